//! The other side of the tests: endpoints for a local port, and servers that a test controls.

use std::future::poll_fn;
use std::time::Duration;

use realtime::token::Token;
use realtime::transport::{
    DialError, Endpoint, EndpointOptions, Frame, Link, Lost, MAX_MESSAGE_BYTES, Protocol, TlsOptions, Transports,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;

/// The fewest options of an endpoint.
pub(crate) fn options(url: &str) -> EndpointOptions {
    EndpointOptions {
        url: url.to_owned(),
        protocol: Protocol::Ws,
        transports: Transports::WebSocket,
        path: None,
        headers: Vec::new(),
        application_id: None,
        environment: None,
        tls: TlsOptions::default(),
        proxy: None,
        max_message_bytes: MAX_MESSAGE_BYTES,
        compression: None,
    }
}

/// Dials with a token.
pub(crate) async fn dial(endpoint: &Endpoint) -> Result<Link, DialError> {
    endpoint.dial(&Token::parse("secret-token", Duration::ZERO).unwrap()).await
}

pub(crate) fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(options(url)).unwrap()
}

/// A listener on a free port, and its url.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// The error of a dial. A link has no `Debug`, so `unwrap_err` does not compile.
pub(crate) fn failed(dialled: Result<Link, DialError>) -> DialError {
    dialled.err().expect("the dial fails")
}

/// A link and the server's end of it.
pub(crate) async fn pair() -> (Link, WebSocketStream<TcpStream>) {
    let (listener, url) = listen().await;
    let endpoint = endpoint(&url);
    let accept = async {
        let (stream, _) = listener.accept().await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    };
    let (link, server) = tokio::join!(dial(&endpoint), accept);
    (link.unwrap(), server)
}

/// Reads one request head.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Dials a server that answers the upgrade with these bytes and then keeps the connection open.
pub(crate) async fn dial_answered(answer: impl AsRef<[u8]>) -> DialError {
    let (listener, url) = listen().await;
    let endpoint = endpoint(&url);
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(answer.as_ref()).await.unwrap();
        stream
    };
    let (dialled, _open) = tokio::join!(dial(&endpoint), serve);
    failed(dialled)
}

/// Waits for an event that is due at once. A test whose event never comes fails instead of hanging.
pub(crate) async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), event).await.expect("it happens within seconds")
}

pub(crate) async fn receive(link: &mut Link) -> Result<Frame, Lost> {
    soon(poll_fn(|cx| link.poll_receive(cx))).await
}

pub(crate) async fn flush(link: &mut Link) -> Result<(), Lost> {
    soon(poll_fn(|cx| link.poll_flush(cx))).await
}
