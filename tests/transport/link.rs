//! An open link: messages in both directions, and every way in which it is lost.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::task::Poll;

use futures_util::{SinkExt, StreamExt};
use realtime::transport::{Endpoint, EndpointOptions, Frame, Link, Lost, MAX_MESSAGE_BYTES};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::peer::{dial, flush, listen, options, pair, receive, soon};

fn text(text: &str) -> Frame {
    Frame::Text(text.into())
}

#[tokio::test]
async fn messages_travel_both_ways() {
    let (mut link, mut server) = pair().await;
    // Around the lengths at which a header changes.
    let long = [125, 126, 65_535, 65_536].map(|length| text(&"0123456".repeat(10_000)[..length]));
    for frame in [text("h\u{e9}llo"), Frame::Binary(vec![0, 255].into()), text("")].into_iter().chain(long) {
        poll_fn(|cx| link.poll_ready(cx)).await.unwrap();
        link.send(frame.clone()).unwrap();
        flush(&mut link).await.unwrap();
        let message = server.next().await.unwrap().unwrap();
        server.send(message).await.unwrap();
        assert_eq!(receive(&mut link).await, Ok(frame));
    }
}

#[tokio::test]
async fn pings_are_answered_while_receiving() {
    let (mut link, mut server) = pair().await;
    server.send(Message::Ping("are you there".into())).await.unwrap();
    let answer = tokio::select! {
        _ = receive(&mut link) => panic!("a ping is no message"),
        answer = server.next() => answer.unwrap().unwrap(),
    };
    assert_eq!(answer, Message::Pong("are you there".into()));
}

#[tokio::test]
async fn a_pong_shows_what_has_arrived() {
    let (mut link, mut server) = pair().await;
    link.send(text(&"x".repeat(1000))).unwrap();
    assert_eq!((link.written(), link.arrived()), (0, 0));
    flush(&mut link).await.unwrap();
    let message = link.written();
    assert!((1000..1020).contains(&message), "{message}");
    link.ping().unwrap();
    link.send(text("behind it")).unwrap();
    flush(&mut link).await.unwrap();
    assert_eq!(link.arrived(), 0);

    // Pongs that answer none of our pings are ignored.
    for payload in [&b""[..], b"pong", &u64::MAX.to_be_bytes()] {
        server.send(Message::Pong(payload.to_vec().into())).await.unwrap();
    }
    server.send(Message::Text("a".into())).await.unwrap();
    assert_eq!((receive(&mut link).await, link.arrived(), link.pongs()), (Ok(text("a")), 0, 0));

    // The server answers the ping when it reads it.
    while server.next().await.unwrap().unwrap() != Message::Text("behind it".into()) {}
    server.send(Message::Text("b".into())).await.unwrap();
    assert_eq!((receive(&mut link).await, link.arrived(), link.pongs()), (Ok(text("b")), message, 1));
}

#[tokio::test]
async fn a_close_of_the_server_is_reported_and_final() {
    for (frame, code, reason, message) in [
        (Some((1001, "")), Some(1001), "", "closed by the server (1001 going away)"),
        (Some((4001, "token expired")), Some(4001), "token expired", "closed by the server (4001 token expired)"),
        (None, None, "", "closed by the server"),
    ] {
        let (mut link, mut server) = pair().await;
        let frame = frame.map(|(code, reason): (u16, &str)| CloseFrame { code: code.into(), reason: reason.into() });
        server.send(Message::Text("last words".into())).await.unwrap();
        server.close(frame.clone()).await.unwrap();

        assert_eq!(receive(&mut link).await, Ok(text("last words")));
        let lost = Lost::Closed { code, reason: reason.to_owned() };
        assert_eq!(lost.to_string(), message);
        assert_eq!(receive(&mut link).await, Err(lost.clone()));
        assert_eq!(receive(&mut link).await, Err(lost.clone()));
        assert_eq!(link.send(text("too late")), Err(lost.clone()));
        assert_eq!(flush(&mut link).await, Err(lost));
        // The client has answered the close frame, so the server is done.
        assert_eq!(soon(server.next()).await.unwrap().unwrap(), Message::Close(frame));
        assert!(server.next().await.is_none());
    }
}

#[tokio::test]
async fn an_end_without_a_close_frame_is_a_network_loss() {
    let (mut link, server) = pair().await;
    drop(server);
    let lost = Lost::Network("the connection ended without a close frame".to_owned());
    assert_eq!(receive(&mut link).await, Err(lost));

    let (mut link, server) = pair().await;
    server.get_ref().set_zero_linger().unwrap();
    drop(server);
    let lost = Lost::Network("ECONNRESET: connection reset by peer".to_owned());
    assert_eq!(receive(&mut link).await, Err(lost));
}

/// Other systems may drop received bytes when the connection is reset.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn messages_from_before_a_reset_are_received() {
    let (mut link, mut server) = pair().await;
    server.send(Message::Text("last words".into())).await.unwrap();
    let close = CloseFrame { code: 1001.into(), reason: "deploy".into() };
    server.send(Message::Close(Some(close))).await.unwrap();
    server.get_ref().set_zero_linger().unwrap();
    drop(server);
    // The write fails first.
    link.send(text("nobody reads this")).unwrap();
    let _ = flush(&mut link).await;
    assert_eq!(receive(&mut link).await, Ok(text("last words")));
    let lost = Lost::Closed { code: Some(1001), reason: "deploy".to_owned() };
    assert_eq!(receive(&mut link).await, Err(lost));
}

/// Sends raw bytes from the server. Returns the resulting loss, and the close code that the server
/// receives.
async fn break_protocol(bytes: &[u8]) -> (Lost, u16) {
    let (mut link, mut server): (Link, WebSocketStream<TcpStream>) = pair().await;
    let stream = server.get_mut();
    let write = async {
        stream.write_all(bytes).await.unwrap();
        pending::<Infallible>().await
    };
    // The link may be lost before it has read all of them.
    let lost = tokio::select! {
        lost = receive(&mut link) => lost,
        never = write => match never {},
    };
    match soon(server.next()).await.unwrap().unwrap() {
        Message::Close(Some(close)) => (lost.unwrap_err(), close.code.into()),
        other => panic!("expected a close frame, got {other:?}"),
    }
}

#[tokio::test]
async fn a_message_above_the_limit_is_not_read() {
    let announced = 100 * 1024 * 1024;
    let header = [&[0x81, 127][..], &u64::to_be_bytes(announced)].concat();
    let limit = MAX_MESSAGE_BYTES;
    let (lost, code) = break_protocol(&header).await;
    assert_eq!((lost, code), (Lost::TooLarge { size: Some(100 * 1024 * 1024), limit }, 1009));
}

#[tokio::test]
async fn fragments_above_the_limit_are_not_collected() {
    let half = vec![b'x'; MAX_MESSAGE_BYTES / 2 + 1];
    let length = u64::try_from(half.len()).unwrap().to_be_bytes();
    let fragment = |opcode: u8| [&[opcode, 127][..], &length, &half].concat();
    let (lost, code) = break_protocol(&[fragment(0x01), fragment(0x80)].concat()).await;
    assert_eq!((lost, code), (Lost::TooLarge { size: Some(2 * half.len()), limit: MAX_MESSAGE_BYTES }, 1009));
}

#[tokio::test]
async fn the_limit_of_a_message_can_be_set() {
    const LIMIT: usize = 1000;
    let (listener, url) = listen().await;
    let options = EndpointOptions { max_message_bytes: LIMIT, ..options(&url) };
    let endpoint = Endpoint::new(options).unwrap();
    let accept = async { tokio_tungstenite::accept_async(listener.accept().await.unwrap().0).await.unwrap() };
    let (link, mut server) = tokio::join!(dial(&endpoint), accept);
    let mut link = link.unwrap();
    server.send(Message::Text("x".repeat(LIMIT).into())).await.unwrap();
    assert_eq!(receive(&mut link).await, Ok(text(&"x".repeat(LIMIT))));
    server.send(Message::Binary(vec![0; LIMIT + 1].into())).await.unwrap();
    assert_eq!(receive(&mut link).await, Err(Lost::TooLarge { size: Some(LIMIT + 1), limit: LIMIT }));
}

#[tokio::test]
async fn broken_frames_are_a_protocol_loss() {
    for (bytes, words, expected) in [
        (&b"\x81\x02\xc3\x28"[..], "not valid UTF-8", 1007),
        (b"\x81\x81\x00\x00\x00\x00x", "masked", 1002),
        (b"\xc1\x01x", "reserved bits", 1002),
        (b"\x80\x01x", "nothing to continue", 1002),
        (b"\x83\x01x", "opcode", 1002),
        (b"\x09\x01x", "in fragments", 1002),
        (b"\x89\x7e\x00\x7e", "more than 125", 1002),
        (b"\x01\x01x\x01\x01x", "within another", 1002),
        (b"\x88\x01x", "half a code", 1002),
        (b"\x88\x02\x03\xed", "1005", 1002),
        (b"\x88\x03\x03\xe8\xff", "reason", 1007),
        (b"\x01\x01\xff", "not valid UTF-8", 1007),
        (b"\x01\x01\xc3\x80\x00", "not valid UTF-8", 1007),
    ] {
        let (lost, code) = break_protocol(bytes).await;
        assert!(matches!(&lost, Lost::Protocol(text) if text.contains(words)), "{lost:?}");
        assert_eq!(code, expected, "{lost:?}");
    }
}

#[tokio::test]
async fn a_slow_reader_blocks_writing_but_not_reading() {
    let (mut link, mut server) = pair().await;
    let megabyte = "x".repeat(1024 * 1024);
    let mut sent = 0;
    // The server does not read, so the system's buffers fill up.
    loop {
        link.send(text(&megabyte)).unwrap();
        sent += 1;
        assert!(sent < 256, "the socket accepted more than any buffer should");
        if poll_fn(|cx| Poll::Ready(link.poll_flush(cx))).await.is_pending() {
            break;
        }
    }
    assert!(poll_fn(|cx| Poll::Ready(link.poll_ready(cx))).await.is_pending());

    server.send(Message::Text("still here".into())).await.unwrap();
    assert_eq!(receive(&mut link).await, Ok(text("still here")));

    let read = async {
        for _ in 0..sent {
            assert_eq!(server.next().await.unwrap().unwrap().len(), megabyte.len());
        }
    };
    let (flushed, ()) = tokio::join!(flush(&mut link), read);
    flushed.unwrap();
}

#[tokio::test]
async fn closing_sends_the_reason_and_waits_for_the_peer() {
    let (mut link, mut server) = pair().await;
    let reason = "\u{e9}".repeat(100);
    let serve = async {
        server.send(Message::Text("on its way".into())).await.unwrap();
        let close = server.next().await.unwrap().unwrap();
        assert!(server.next().await.is_none());
        close
    };
    let ((), close) = soon(async { tokio::join!(poll_fn(|cx| link.poll_close(cx, 1000, &reason)), serve) }).await;
    // The limit is 123 bytes: 61 characters of two bytes.
    assert_eq!(close, Message::Close(Some(CloseFrame { code: 1000.into(), reason: "\u{e9}".repeat(61).into() })));
    assert!(matches!(link.send(text("too late")), Err(Lost::Closed { .. })));
    poll_fn(|cx| link.poll_close(cx, 1000, "again")).await;
}

#[tokio::test]
async fn a_dropped_link_closes_its_socket() {
    let (link, mut server) = pair().await;
    drop(link);
    assert!(server.next().await.unwrap().is_err(), "the stream ends without a close frame");
}
