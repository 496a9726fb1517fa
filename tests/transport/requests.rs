//! The server's side of long-polling, which a test plays request by request.

use realtime::transport::{Endpoint, EndpointOptions, Frame, Link, Protocol, Transports};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::peer::{dial, options, read_head, receive, soon};

/// An endpoint for Socket.IO.
pub(crate) fn endpoint(url: &str, transports: Transports) -> Endpoint {
    Endpoint::new(EndpointOptions { protocol: Protocol::SocketIo, transports, ..options(url) }).unwrap()
}

pub(crate) fn handshake(sid: &str, upgrades: &str) -> String {
    format!(r#"0{{"sid":"{sid}","upgrades":[{upgrades}],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}}"#)
}

pub(crate) fn text(text: &str) -> Frame {
    Frame::Text(text.into())
}

/// One request and its connection.
pub(crate) struct Request {
    pub(crate) stream: TcpStream,
    /// `GET /path?query`.
    pub(crate) line: String,
    head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) async fn read(mut stream: TcpStream) -> Self {
        let head = soon(read_head(&mut stream)).await;
        let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
        let mut request = Self { stream, line, head, body: String::new() };
        let mut body = vec![0; request.header("content-length").map_or(0, |length| length.parse().unwrap())];
        soon(request.stream.read_exact(&mut body)).await.unwrap();
        request.body = String::from_utf8(body).unwrap();
        request
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Accepts a connection and reads its first request.
    pub(crate) async fn accept(listener: &TcpListener) -> Self {
        Self::read(soon(listener.accept()).await.unwrap().0).await
    }

    /// Answers with status 200, and leaves the connection open for the next request.
    pub(crate) async fn answer(self, body: &str) -> TcpStream {
        self.answer_with("HTTP/1.1 200 OK", body).await
    }

    /// Answers with these lines of a head, and leaves the connection open.
    pub(crate) async fn answer_with(mut self, head: &str, body: &str) -> TcpStream {
        let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        self.stream.write_all(answer.as_bytes()).await.unwrap();
        self.stream
    }
}

/// A link with an open session, after its handshake has been received, and the connection of its
/// GETs.
pub(crate) async fn open(
    listener: &TcpListener,
    url: &str,
    transports: Transports,
    upgrades: &str,
) -> (Link, TcpStream) {
    open_at(&endpoint(url, transports), listener, upgrades).await
}

/// The same for this endpoint.
pub(crate) async fn open_at(endpoint: &Endpoint, listener: &TcpListener, upgrades: &str) -> (Link, TcpStream) {
    let handshake = handshake("s1", upgrades);
    let serve = async {
        let mut request = Request::accept(listener).await;
        if request.line.contains("websocket") {
            request.stream.write_all(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            request = Request::accept(listener).await;
        }
        assert_eq!(request.line, "GET /socket.io/?EIO=4&transport=polling");
        request.answer(&handshake).await
    };
    let (link, stream) = tokio::join!(dial(endpoint), serve);
    let mut link = link.unwrap();
    assert_eq!(receive(&mut link).await, Ok(text(&handshake)));
    (link, stream)
}

/// Drives the link while the server acts.
pub(crate) async fn meanwhile<T>(link: &mut Link, act: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        received = receive(link) => panic!("nothing was sent, but {received:?} received"),
        result = act => result,
    }
}

pub(crate) const POLL: &str = "GET /socket.io/?EIO=4&transport=polling&sid=s1";
pub(crate) const PUSH: &str = "POST /socket.io/?EIO=4&transport=polling&sid=s1";
