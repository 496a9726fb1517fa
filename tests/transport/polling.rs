//! Long-polling, request by request, with a server that the test plays.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use realtime::token::Token;
use realtime::transport::{DialErrorKind, Frame, Link, Lost, MAX_MESSAGE_BYTES, Transport, Transports};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::peer::{dial, failed, flush, listen, receive, soon};
use crate::requests::{POLL, PUSH, Request, endpoint, handshake, meanwhile, open, text};

#[tokio::test]
async fn packets_come_by_get_and_go_by_post() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, r#""websocket""#).await;
    assert_eq!(link.transport(), Transport::Polling);

    let poll = meanwhile(&mut link, Request::read(stream)).await;
    assert_eq!(poll.line, POLL);
    let stream = poll.answer("40{}\u{1e}6\u{1e}451-[]\u{1e}bAP8=").await;
    assert_eq!(receive(&mut link).await, Ok(text("40{}")));
    assert_eq!(receive(&mut link).await, Ok(text("451-[]")));
    assert_eq!(receive(&mut link).await, Ok(Frame::Binary(vec![0, 255].into())));

    let poll = meanwhile(&mut link, Request::read(stream)).await;
    assert_eq!(poll.line, POLL);
    for frame in [text("4a"), Frame::Binary(vec![1, 2, 3].into()), text("4b")] {
        poll_fn(|cx| link.poll_ready(cx)).await.unwrap();
        link.send(frame).unwrap();
    }
    let serve = async {
        let push = Request::accept(&listener).await;
        assert_eq!((push.line.as_str(), push.body.as_str()), (PUSH, "4a\u{1e}bAQID\u{1e}4b"));
        push.answer("ok").await
    };
    let (flushed, _stream) = tokio::join!(flush(&mut link), serve);
    flushed.unwrap();
}

#[tokio::test]
async fn requests_are_made_with_the_newest_token() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    assert_eq!(poll.header("authorization"), Some("Bearer secret-token"));

    link.set_token(&Token::parse("newer-token", Duration::ZERO).unwrap());
    link.send(text("4a")).unwrap();
    let push = meanwhile(&mut link, Request::accept(&listener)).await;
    assert_eq!(push.header("authorization"), Some("Bearer newer-token"));
    let stream = poll.answer("4b").await;
    assert_eq!(receive(&mut link).await, Ok(text("4b")));
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    assert_eq!(poll.header("authorization"), Some("Bearer newer-token"));
}

#[tokio::test]
async fn a_refused_session_keeps_status_body_and_retry_after() {
    for (value, expected) in [("7", 7), ("Fri, 31 Dec 1999 23:59:59 GMT", 0)] {
        let (listener, url) = listen().await;
        let endpoint = endpoint(&url, Transports::Polling);
        let serve = async {
            let mut request = Request::accept(&listener).await;
            let answer = format!("HTTP/1.1 503 Busy\r\nRetry-After: {value}\r\nContent-Length: 5\r\n\r\nlater");
            request.stream.write_all(answer.as_bytes()).await.unwrap();
            request
        };
        let (dialled, _request) = tokio::join!(dial(&endpoint), serve);
        let retry_after = Some(Duration::from_secs(expected));
        let refused = DialErrorKind::Refused { status: 503, body: "later".to_owned(), retry_after };
        assert_eq!(failed(dialled).kind, refused);
    }
}

#[tokio::test]
async fn long_polling_has_no_pings() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    assert!(!link.can_ping());
    link.ping().unwrap();
    link.send(text("4a")).unwrap();
    let push = meanwhile(&mut link, Request::accept(&listener)).await;
    assert_eq!(push.body, "4a");
    drop(poll);
}

#[tokio::test]
async fn a_session_id_cannot_break_out_of_its_parameter() {
    let (listener, url) = listen().await;
    let endpoint = endpoint(&url, Transports::Polling);
    let serve = async { Request::accept(&listener).await.answer(&handshake("a b&c=\u{e9}", "")).await };
    let (link, stream) = tokio::join!(dial(&endpoint), serve);
    let mut link = link.unwrap();
    receive(&mut link).await.unwrap();
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    assert_eq!(poll.line, "GET /socket.io/?EIO=4&transport=polling&sid=a%20b%26c%3D%C3%A9");
}

#[tokio::test]
async fn one_post_at_a_time_and_none_above_the_limit_of_the_server() {
    let (listener, url) = listen().await;
    let (mut link, _stream) = open(&listener, &url, Transports::Polling, "").await;
    let frames: Vec<_> = (0..7).map(|n| format!("4{n}{}", "x".repeat(28))).collect();
    for frame in &frames {
        link.send(text(frame)).unwrap();
    }
    let serve = async {
        let mut bodies = Vec::new();
        let mut push = Request::accept(&listener).await;
        loop {
            assert!(push.body.len() <= 100);
            bodies.push(push.body.clone());
            if bodies.join("\u{1e}").len() == frames.join("\u{1e}").len() {
                return (bodies, push.answer("ok").await);
            }
            push = Request::read(push.answer("ok").await).await;
        }
    };
    let (flushed, (bodies, _stream)) = tokio::join!(flush(&mut link), serve);
    flushed.unwrap();
    assert_eq!((bodies.len(), bodies.join("\u{1e}")), (3, frames.join("\u{1e}")));
}

/// Accepts a WebSocket for the session and answers its probe. Returns once the link has received
/// the answer.
async fn accept_probe(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (stream, _) = soon(listener.accept()).await.unwrap();
    let mut socket = soon(tokio_tungstenite::accept_async(stream)).await.unwrap();
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::text("2probe"));
    socket.send(Message::text("3probe")).await.unwrap();
    socket.send(Message::Ping("seen?".into())).await.unwrap();
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::Pong("seen?".into()));
    socket
}

/// Answers polls with a noop, as a server does while a WebSocket is about to take over.
pub(crate) async fn end_polls(mut stream: TcpStream) {
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n6").await;
        }
    }
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_websocket_takes_over_when_the_requests_have_ended() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Either, r#""websocket""#).await;
    let (poll, mut socket) =
        meanwhile(&mut link, async { tokio::join!(Request::read(stream), accept_probe(&listener)) }).await;

    // The poll is still open: a message to send has to wait, and the poll's messages come first.
    link.send(text("4sent while it moves")).unwrap();
    let stream = poll.answer("4by polling").await;
    assert_eq!(receive(&mut link).await, Ok(text("4by polling")));
    assert_eq!(link.transport(), Transport::Polling);
    let serve = async {
        for expected in ["5", "4sent while it moves"] {
            assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::text(expected));
        }
        socket.send(Message::text("4by WebSocket")).await.unwrap();
        std::future::pending::<()>().await;
    };
    let received = tokio::select! {
        received = receive(&mut link) => received,
        _ = async { tokio::join!(end_polls(stream), serve) } => unreachable!(),
    };
    assert_eq!(received, Ok(text("4by WebSocket")));
    assert_eq!(link.transport(), Transport::WebSocket);
    assert!(link.can_ping());
}

#[tokio::test]
async fn a_websocket_that_ends_before_it_takes_over_costs_nothing() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Either, r#""websocket""#).await;
    let (poll, socket) =
        meanwhile(&mut link, async { tokio::join!(Request::read(stream), accept_probe(&listener)) }).await;
    drop(socket);
    link.send(text("4still here")).unwrap();
    let push = meanwhile(&mut link, Request::accept(&listener)).await;
    assert_eq!((push.line.as_str(), push.body.as_str()), (PUSH, "4still here"));
    push.answer("ok").await;
    let stream = poll.answer("4by polling").await;
    assert_eq!(receive(&mut link).await, Ok(text("4by polling")));
    assert_eq!(meanwhile(&mut link, Request::read(stream)).await.line, POLL);
    assert_eq!(link.transport(), Transport::Polling);
}

#[tokio::test]
async fn closing_notifies_the_server() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let _poll = meanwhile(&mut link, Request::read(stream)).await;
    link.send(text("41")).unwrap();
    let serve = async {
        let push = Request::accept(&listener).await;
        assert_eq!(push.body, "41");
        let push = Request::read(push.answer("ok").await).await;
        assert_eq!(push.body, "1");
        push.answer("ok").await
    };
    soon(async { tokio::join!(poll_fn(|cx| link.poll_close(cx, 1000, "")), serve) }).await;
}

#[tokio::test]
async fn a_close_of_the_server_is_the_last_frame() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    let _stream = poll.answer("4last words\u{1e}1\u{1e}4never").await;
    assert_eq!(receive(&mut link).await, Ok(text("4last words")));
    assert_eq!(receive(&mut link).await, Ok(text("1")));
    let lost = Lost::Closed { code: None, reason: String::new() };
    assert_eq!(receive(&mut link).await, Err(lost.clone()));
    assert_eq!(link.send(text("4too late")), Err(lost.clone()));
    assert_eq!(flush(&mut link).await, Err(lost));
}

/// A link whose POST was refused while its poll is still open.
async fn refused() -> (Link, Request) {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    link.send(text("40")).unwrap();
    let stream = meanwhile(&mut link, async { Request::accept(&listener).await.answer("ok").await }).await;
    soon(poll_fn(|cx| link.poll_flush(cx))).await.unwrap();
    link.send(text("4a")).unwrap();
    let mut push = meanwhile(&mut link, Request::read(stream)).await;
    push.stream.write_all(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert_eq!(meanwhile(&mut link, push.stream.read(&mut [0])).await.unwrap(), 0, "the connection is closed");
    (link, poll)
}

#[tokio::test]
async fn messages_from_before_a_refused_post_are_received() {
    let gone = Lost::Network("long-polling was answered with HTTP 400".to_owned());
    let closed = Lost::Closed { code: None, reason: String::new() };
    for (body, last, lost) in [("4last words\u{1e}41", "41", &gone), ("4last words\u{1e}1", "1", &closed)] {
        let (mut link, poll) = refused().await;
        link.send(text("4b")).unwrap();
        assert!(poll_fn(|cx| Poll::Ready(link.poll_ready(cx))).await.is_pending());
        let _stream = poll.answer(body).await;
        assert_eq!(receive(&mut link).await, Ok(text("4last words")));
        assert_eq!(receive(&mut link).await, Ok(text(last)));
        assert_eq!(receive(&mut link).await.as_ref(), Err(lost));
        assert_eq!(flush(&mut link).await.as_ref(), Err(lost));
    }
}

#[tokio::test]
async fn a_refused_post_is_the_reason_if_the_poll_brings_nothing() {
    let gone = Lost::Network("long-polling was answered with HTTP 400".to_owned());
    // The server cuts the poll, or stays silent.
    for cut in [true, false] {
        let (mut link, poll) = refused().await;
        let _poll = (!cut).then_some(poll);
        assert_eq!(receive(&mut link).await, Err(gone.clone()));
    }
}

/// The loss that this answer to a poll causes.
async fn lose(answer: &str) -> Lost {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let mut poll = meanwhile(&mut link, Request::read(stream)).await;
    let serve = async {
        // The link may be lost before it has read all of the answer.
        let _ = poll.stream.write_all(answer.as_bytes()).await;
        let _ = poll.stream.shutdown().await;
    };
    tokio::join!(receive(&mut link), serve).0.unwrap_err()
}

#[tokio::test]
async fn a_poll_that_fails_is_a_loss() {
    let limit = MAX_MESSAGE_BYTES;
    let endless =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}", limit + 2, "x".repeat(limit + 2));
    assert!(matches!(lose(&endless).await, Lost::TooLarge { size: Some(size), .. } if size > limit));
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n?";
    assert!(matches!(lose(broken).await, Lost::Protocol(_)));
    let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let problem = "the server answered a long-polling request with an empty body";
    assert_eq!(lose(empty).await, Lost::Protocol(problem.to_owned()));
    for (body, status) in [(r#"{"code":1,"message":"unknown"}"#, "HTTP 400: unknown"), ("<html>", "HTTP 400")] {
        let gone = format!("HTTP/1.1 400 Bad\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(lose(&gone).await, Lost::Network(format!("long-polling was answered with {status}")));
    }
    for cut in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n4a"] {
        assert!(matches!(lose(cut).await, Lost::CutOff(_)), "{cut}");
    }
}

#[tokio::test]
async fn heads_are_read_as_leniently_as_those_of_an_upgrade() {
    let many = format!("HTTP/1.1 200 OK{}", "\r\nx: y".repeat(500));
    for head in ["HTTP/1.1 200 OK\r\nX-Odd : a", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200\r\nX: a,\r\n\tb", &many]
    {
        let (listener, url) = listen().await;
        let endpoint = endpoint(&url, Transports::Polling);
        let serve = async { Request::accept(&listener).await.answer_with(head, &handshake("s", "")).await };
        let (dialled, _stream) = tokio::join!(dial(&endpoint), serve);
        assert!(dialled.is_ok(), "{head}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_a_handshake_is_explained() {
    for (body, problem) in [
        ("", "empty"),
        ("<html>Sign in</html>", "an HTML page"),
        ("4a", "something else"),
        ("0{}", "`sid` must be a string"),
        (r#"0{"sid":7}"#, "`sid` must be a string"),
        ("0[]", "invalid JSON"),
    ] {
        let (listener, url) = listen().await;
        let endpoint = endpoint(&url, Transports::Polling);
        let serve = async { Request::accept(&listener).await.answer(body).await };
        let (dialled, _stream) = tokio::join!(dial(&endpoint), serve);
        let error = failed(dialled);
        assert_eq!(error.kind, DialErrorKind::Protocol);
        assert!(error.reason.contains("does not speak Engine.IO") && error.reason.contains(problem), "{error}");
    }

    // The client does not wait for the end of a page.
    let (listener, url) = listen().await;
    let endpoint = endpoint(&url, Transports::Polling);
    let serve = async {
        let mut request = Request::accept(&listener).await;
        request.stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<html>").await.unwrap();
        request
    };
    let (dialled, _open) = soon(async { tokio::join!(dial(&endpoint), serve) }).await;
    assert_eq!(failed(dialled).kind, DialErrorKind::Protocol);
}

#[tokio::test]
async fn an_odd_number_in_a_handshake_does_not_prevent_the_session() {
    for number in ["null", "0", "-1", "25000.0", "2.5e4", "1e300", "1e999", "\"25000\"", "[]"] {
        let (listener, url) = listen().await;
        let endpoint = endpoint(&url, Transports::Polling);
        let packet = format!(
            r#"0{{"sid":"s1","upgrades":{number},"pingInterval":{number},"pingTimeout":{number},"maxPayload":{number}}}"#
        );
        let serve = async { Request::accept(&listener).await.answer(&packet).await };
        let (link, _stream) = tokio::join!(dial(&endpoint), serve);
        assert_eq!(receive(&mut link.unwrap()).await, Ok(text(&packet)));
    }
}

#[tokio::test]
async fn a_dropped_link_closes_its_connections() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let mut poll = meanwhile(&mut link, Request::read(stream)).await;
    drop(link);
    assert_eq!(soon(poll.stream.read(&mut [0])).await.unwrap(), 0);
}
