//! Redirects of the handshake. Both transports follow them within the server, and the error names
//! any other target.

use futures_util::{SinkExt, StreamExt};
use realtime::transport::{DialErrorKind, Frame, Link, Protocol, Transport, Transports};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server;

use crate::peer::{dial, endpoint, failed, listen, receive, soon};
use crate::polling::end_polls;
use crate::requests::{self, Request, handshake, meanwhile, text};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// Answers the next request with a redirect. Returns its request line.
async fn redirect(listener: &TcpListener, status: u16, location: &str) -> String {
    let request = Request::accept(listener).await;
    let line = request.line.clone();
    let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nSet-Cookie: node=a; Path=/");
    request.answer_with(&head, "").await;
    line
}

/// Accepts a WebSocket. Returns its target and its cookies.
async fn accept(listener: &TcpListener) -> (String, String, WebSocketStream<TcpStream>) {
    let (stream, _) = soon(listener.accept()).await.unwrap();
    let (mut target, mut cookies) = (String::new(), String::new());
    #[allow(clippy::result_large_err, reason = "the callback has the type that tungstenite wants")]
    let note = |request: &server::Request, response: server::Response| {
        target = request.uri().to_string();
        let sent = request.headers().get("cookie").map_or("", |value| value.to_str().unwrap());
        cookies.push_str(sent);
        Ok(response)
    };
    let socket = soon(tokio_tungstenite::accept_hdr_async(stream, note)).await.unwrap();
    (target, cookies, socket)
}

#[tokio::test]
async fn a_websocket_follows_redirects() {
    for status in STATUSES {
        let (listener, url) = listen().await;
        let endpoint = endpoint(&url);
        let serve = async {
            assert_eq!(redirect(&listener, status, "/v2/ws/").await, "GET /ws");
            assert_eq!(redirect(&listener, status, &format!("{url}/v3?x=1#top")).await, "GET /v2/ws/");
            accept(&listener).await
        };
        let (link, (target, cookies, _socket)) = soon(async { tokio::join!(dial(&endpoint), serve) }).await;
        assert_eq!((target.as_str(), cookies.as_str()), ("/v3?x=1", "node=a"), "{status}");
        assert_eq!(link.unwrap().transport(), Transport::WebSocket);
    }
}

/// A link over long-polling whose first GET was redirected to this target, and the connection of
/// its next GET.
async fn open_redirected(listener: &TcpListener, url: &str, status: u16, to: &str) -> (Link, TcpStream) {
    let endpoint = requests::endpoint(url, Transports::Either);
    let packet = handshake("s1", r#""websocket""#);
    let serve = async {
        let upgrade = Request::accept(listener).await;
        upgrade.answer_with("HTTP/1.1 404 Not Found", "").await;
        assert_eq!(redirect(listener, status, to).await, "GET /socket.io/?EIO=4&transport=polling");
        let poll = Request::accept(listener).await;
        assert_eq!(poll.line, "GET /socket.io?EIO=4&transport=polling");
        assert_eq!(poll.header("cookie"), Some("node=a"));
        poll.answer(&packet).await
    };
    let (link, stream) = soon(async { tokio::join!(dial(&endpoint), serve) }).await;
    let mut link = link.unwrap();
    assert_eq!(receive(&mut link).await, Ok(text(&packet)));
    (link, stream)
}

#[tokio::test]
async fn a_session_of_long_polling_stays_where_it_was_redirected_to() {
    for (status, location) in [(308, "/socket.io?EIO=4&transport=polling"), (302, "/socket.io")] {
        let (listener, url) = listen().await;
        let (mut link, stream) = open_redirected(&listener, &url, status, location).await;
        let serve = async { tokio::join!(Request::read(stream), accept(&listener)) };
        let (poll, (target, cookies, mut socket)) = meanwhile(&mut link, serve).await;
        assert_eq!(poll.line, "GET /socket.io?EIO=4&transport=polling&sid=s1");
        assert_eq!((target.as_str(), cookies.as_str()), ("/socket.io?EIO=4&transport=websocket&sid=s1", "node=a"));

        link.send(text("4a")).unwrap();
        let push = meanwhile(&mut link, Request::accept(&listener)).await;
        assert_eq!((push.line.as_str(), push.body.as_str()), ("POST /socket.io?EIO=4&transport=polling&sid=s1", "4a"));
        push.answer("ok").await;
        let stream = poll.answer("4b").await;
        assert_eq!(receive(&mut link).await, Ok(text("4b")));
        let poll = meanwhile(&mut link, Request::read(stream)).await;
        assert_eq!(poll.line, "GET /socket.io?EIO=4&transport=polling&sid=s1");
        assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::text("2probe"));
    }
}

#[tokio::test]
async fn a_probe_follows_a_redirect_too() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open_redirected(&listener, &url, 308, "/socket.io").await;
    let serve = async {
        let probe = async {
            let asked = redirect(&listener, 307, "/elsewhere?node=7").await;
            assert_eq!(asked, "GET /socket.io?EIO=4&transport=websocket&sid=s1");
            let (target, _, mut socket) = accept(&listener).await;
            assert_eq!(target, "/elsewhere?node=7&EIO=4&transport=websocket&sid=s1");
            assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::text("2probe"));
            socket.send(Message::text("3probe")).await.unwrap();
            socket
        };
        tokio::join!(Request::read(stream), probe)
    };
    let (poll, mut socket) = meanwhile(&mut link, serve).await;
    let stream = poll.answer("6").await;
    let takes_over = async {
        assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::text("5"));
        socket.send(Message::text("4over")).await.unwrap();
    };
    let received = tokio::select! {
        received = receive(&mut link) => received,
        _ = async { tokio::join!(takes_over, end_polls(stream)) } => unreachable!("polls go on without end"),
    };
    assert_eq!(received, Ok(Frame::Text("4over".into())));
}

#[tokio::test]
async fn a_message_is_sent_again_if_its_method_is_kept() {
    let (listener, url) = listen().await;
    let (mut link, stream) = requests::open(&listener, &url, Transports::Polling, "").await;
    let _poll = meanwhile(&mut link, Request::read(stream)).await;
    link.send(text("4a")).unwrap();
    let serve = async {
        redirect(&listener, 307, "/there").await;
        Request::accept(&listener).await
    };
    let push = meanwhile(&mut link, serve).await;
    assert_eq!((push.line.as_str(), push.body.as_str()), ("POST /there?EIO=4&transport=polling&sid=s1", "4a"));
}

#[tokio::test]
async fn a_redirect_to_another_server_is_named_and_not_followed() {
    for (location, reason) in [
        ("https://127.0.0.1/a?token=1", "a redirect to https://127.0.0.1/a: write https:// in options.url"),
        (
            "http://user:pass@other.example/login?token=1",
            "a redirect to another server, http://other.example/login, which is not followed",
        ),
        ("", "a redirect without a usable Location"),
    ] {
        for transports in [Transports::WebSocket, Transports::Polling, Transports::Either] {
            let (listener, url) = listen().await;
            let endpoint = requests::endpoint(&url, transports);
            let (dialled, _) = soon(async { tokio::join!(dial(&endpoint), redirect(&listener, 301, location)) }).await;
            let error = failed(dialled);
            assert_eq!(error.kind, DialErrorKind::Redirected { status: 301 });
            assert_eq!(error.reason, format!("HTTP 301, {reason}"));
        }
    }
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    for (transports, protocol) in [(Transports::WebSocket, Protocol::Ws), (Transports::Polling, Protocol::SocketIo)] {
        let (listener, url) = listen().await;
        let options = crate::peer::options(&url);
        let endpoint = realtime::transport::EndpointOptions { transports, protocol, ..options };
        let endpoint = realtime::transport::Endpoint::new(endpoint).unwrap();
        let serve = async {
            for _ in 0..6 {
                redirect(&listener, 307, "/again").await;
            }
        };
        let (dialled, ()) = soon(async { tokio::join!(dial(&endpoint), serve) }).await;
        let error = failed(dialled);
        assert_eq!(error.kind, DialErrorKind::Redirected { status: 307 });
        assert_eq!(error.reason, "HTTP 307, a redirect to /again, after 5 others");
    }
}
