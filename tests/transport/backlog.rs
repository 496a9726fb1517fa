//! The limits of long-polling: the size of packets, the pace of polls and requests, and the idle
//! time of connections.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use realtime::transport::{DialErrorKind, Endpoint, EndpointOptions, Lost, Protocol, Transports};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::yield_now;

use crate::peer::{dial, failed, flush, listen, options, receive, soon};
use crate::requests::{POLL, Request, endpoint, handshake, meanwhile, open, open_at, text};

/// An endpoint that accepts messages of up to this size.
fn bounded(url: &str, max_message_bytes: usize) -> Endpoint {
    let (protocol, transports) = (Protocol::SocketIo, Transports::Polling);
    Endpoint::new(EndpointOptions { protocol, transports, max_message_bytes, ..options(url) }).unwrap()
}

#[tokio::test]
async fn a_backlog_above_the_limit_of_a_message_is_delivered() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open_at(&bounded(&url, 1000), &listener, "").await;
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    let packets: Vec<_> = (0..100).map(|n| format!("4{n:0>999}")).collect();
    let stream = poll.answer(&packets.join("\u{1e}")).await;
    for packet in &packets {
        assert_eq!(receive(&mut link).await, Ok(text(packet)));
    }

    // The limit is one of packets, and the packets before a large one are delivered.
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    let _stream = poll.answer(&format!("4a\u{1e}4{}", "x".repeat(1000))).await;
    assert_eq!(receive(&mut link).await, Ok(text("4a")));
    let lost = Lost::TooLarge { size: Some(1001), limit: 1000 };
    assert_eq!(
        lost.to_string(),
        "the server sent a message of 1001 bytes, above the limit of 1000 bytes (maxMessageBytes)"
    );
    assert_eq!(receive(&mut link).await, Err(lost));
}

#[tokio::test]
async fn a_body_is_not_read_ahead_of_its_consumer() {
    const PACKETS: usize = 64_000;
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let mut stream = meanwhile(&mut link, Request::read(stream)).await.stream;
    let packet = format!("4{}\u{1e}", "x".repeat(998));
    let body = packet.repeat(PACKETS).into_bytes();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();

    // The test flushes the link and receives nothing.
    let (mut written, mut refused) = (0, 0);
    while refused < 1000 {
        if let Ok(length) = stream.try_write(&body[written..]) {
            (written, refused) = (written + length, 0);
        } else {
            refused += 1;
            assert!(poll_fn(|cx| Poll::Ready(link.poll_flush(cx))).await.is_ready());
            yield_now().await;
        }
        assert!(written < body.len() / 2, "no buffer of a system holds that much");
    }

    let read = async {
        for _ in 0..PACKETS {
            assert_eq!(receive(&mut link).await, Ok(text(packet.trim_end_matches('\u{1e}'))));
        }
    };
    let (written, ()) = tokio::join!(stream.write_all(&body[written..]), read);
    written.unwrap();
}

#[tokio::test]
async fn polls_without_data_are_slowed_down() {
    for nothing in ["6", "6\u{1e}6", "2"] {
        let (listener, url) = listen().await;
        let (mut link, mut stream) = open(&listener, &url, Transports::Polling, "").await;
        let begun = Instant::now();
        for _ in 0..10 {
            let answered = async { Request::read(stream).await.answer(nothing).await };
            stream = if nothing == "2" {
                let (received, stream) = tokio::join!(receive(&mut link), answered);
                assert_eq!(received, Ok(text("2")));
                stream
            } else {
                meanwhile(&mut link, answered).await
            };
        }
        meanwhile(&mut link, Request::read(stream)).await;
        assert!(begun.elapsed() >= Duration::from_millis(400), "{nothing:?}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_post_has_no_more_packets_than_every_server_accepts() {
    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let _poll = meanwhile(&mut link, Request::read(stream)).await;
    for n in 0..40 {
        link.send(text(&format!("4{}", n % 10))).unwrap();
    }
    let serve = async {
        let mut push = Request::accept(&listener).await;
        let mut counts = Vec::new();
        loop {
            counts.push(push.body.split('\u{1e}').count());
            if counts.iter().sum::<usize>() == 40 {
                return (counts, push.answer("ok").await);
            }
            push = Request::read(push.answer("ok").await).await;
        }
    };
    let (flushed, (counts, _stream)) = tokio::join!(flush(&mut link), serve);
    flushed.unwrap();
    assert_eq!(counts, [16, 16, 8]);
}

#[tokio::test]
async fn the_client_does_not_wait_for_a_server_that_does_not_know_the_session() {
    let unknown = r#"{"code":1,"message":"Session ID unknown"}"#;
    // The first POST asks to join. Any refusal of it ends the session.
    for (posts, body, said) in
        [(0, "no", ""), (0, unknown, ": Session ID unknown"), (1, unknown, ": Session ID unknown")]
    {
        let (listener, url) = listen().await;
        let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
        let poll = meanwhile(&mut link, Request::read(stream)).await;
        link.send(text("40{}")).unwrap();
        let mut push = meanwhile(&mut link, Request::accept(&listener)).await;
        for _ in 0..posts {
            let stream = push.answer("ok").await;
            flush(&mut link).await.unwrap();
            link.send(text("4a")).unwrap();
            push = meanwhile(&mut link, Request::read(stream)).await;
        }
        let begun = Instant::now();
        let _push = push.answer_with("HTTP/1.1 400 Bad Request", body).await;
        let lost = Lost::Network(format!("long-polling was answered with HTTP 400{said}"));
        assert_eq!(receive(&mut link).await, Err(lost));
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        drop(poll);
    }
}

#[tokio::test]
async fn a_connection_is_reused_for_as_long_as_the_server_allows() {
    for (hint, kept) in [("X: y", true), ("Keep-Alive: timeout=5", true), ("keep-alive: max=9, timeout=1", false)] {
        let (listener, url) = listen().await;
        let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
        let poll = meanwhile(&mut link, Request::read(stream)).await;
        let mut stream = poll.answer_with(&format!("HTTP/1.1 200 OK\r\n{hint}"), "4a").await;
        assert_eq!(receive(&mut link).await, Ok(text("4a")));
        let next = async {
            if kept {
                return Request::read(stream).await;
            }
            let next = Request::accept(&listener).await;
            assert_eq!(soon(stream.read(&mut [0])).await.unwrap(), 0, "the previous connection is closed");
            next
        };
        assert_eq!(meanwhile(&mut link, next).await.line, POLL);
    }
}

#[tokio::test]
async fn an_unrequested_encoding_is_named() {
    let (listener, url) = listen().await;
    let endpoint = endpoint(&url, Transports::Polling);
    let gzip = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip";
    let serve = async {
        let request = Request::accept(&listener).await;
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        request.answer_with(gzip, "junk").await
    };
    let (dialled, _stream) = tokio::join!(dial(&endpoint), serve);
    let reason = "the answer to a long-polling request cannot be read: its content encoding is gzip, and only identity is \
                understood";
    let error = failed(dialled);
    assert_eq!((error.kind, error.reason.as_str()), (DialErrorKind::Protocol, reason));

    let (listener, url) = listen().await;
    let (mut link, stream) = open(&listener, &url, Transports::Polling, "").await;
    let poll = meanwhile(&mut link, Request::read(stream)).await;
    let _stream = poll.answer_with(gzip, "junk").await;
    assert_eq!(receive(&mut link).await, Err(Lost::Protocol(reason.to_owned())));
}

#[tokio::test]
async fn interim_answers_are_skipped() {
    let (listener, url) = listen().await;
    let endpoint = endpoint(&url, Transports::Polling);
    let hints = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK";
    let serve = async { Request::accept(&listener).await.answer_with(hints, &handshake("s1", "")).await };
    let (link, _stream) = tokio::join!(dial(&endpoint), serve);
    assert_eq!(receive(&mut link.unwrap()).await, Ok(text(&handshake("s1", ""))));
}
