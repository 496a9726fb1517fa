//! A server that follows the test's script over hand-written HTTP/1.1.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Waits for an event that should happen at once, so that a test fails instead of hanging.
pub(crate) async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), event).await.expect("it happens within seconds")
}

pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> Peer<TcpStream> {
        let (stream, _) = soon(self.listener.accept()).await.unwrap();
        Peer { stream }
    }

    /// The next connection and its first request.
    pub(crate) async fn request(&self) -> (Peer<TcpStream>, Request) {
        let mut peer = self.accept().await;
        let request = peer.request().await;
        (peer, request)
    }
}

/// The server's end of one connection.
pub(crate) struct Peer<S> {
    pub(crate) stream: S,
}

pub(crate) struct Request {
    /// The request line, and the headers in lower case.
    pub(crate) head: Vec<String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn line(&self) -> &str {
        &self.head[0]
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) async fn request(&mut self) -> Request {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(soon(self.stream.read_u8()).await.expect("a request comes"));
        }
        let text = String::from_utf8(bytes).unwrap();
        let mut request = Request { head: text.lines().map(str::to_owned).collect(), body: String::new() };
        let mut body = vec![0; request.header("content-length").map_or(0, |length| length.parse().unwrap())];
        soon(self.stream.read_exact(&mut body)).await.unwrap();
        request.body = String::from_utf8(body).unwrap();
        request
    }

    /// Writes bytes without checking them.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Answers with a status, more headers and a body.
    pub(crate) async fn answer(&mut self, status: u16, headers: &[&str], body: impl AsRef<[u8]>) {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n", body.len());
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        self.write([head.as_bytes(), b"\r\n", body].concat()).await;
    }

    /// Waits until the client has closed the connection.
    pub(crate) async fn end(&mut self) {
        let left = soon(self.stream.read_u8()).await;
        assert!(left.is_err(), "the client sent more: {left:?}");
    }
}
