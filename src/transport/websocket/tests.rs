//! A WebSocket over streams in memory, polled by hand.

use std::task::Waker;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;
use crate::protocol::MAX_MESSAGE_BYTES;

#[tokio::test]
async fn a_peer_that_pings_and_never_reads_costs_no_memory_and_is_answered_when_it_reads() {
    let (ours, mut theirs) = duplex(4096);
    let mut link = WebSocket::new(Box::new(ours), Vec::new(), MAX_MESSAGE_BYTES);
    let mut cx = Context::from_waker(Waker::noop());
    for n in 0..20_000_u16 {
        let ping = [&[0x89, 100][..], &[b'x'; 98], &n.to_be_bytes()].concat();
        theirs.write_all(&ping).await.unwrap();
        assert!(link.poll_receive(&mut cx).is_pending());
    }
    assert!(link.write_buffer.capacity() < 500_000, "{}", link.write_buffer.capacity());
    theirs.write_all(&[0x81, 1, b'x']).await.unwrap();
    assert_eq!(link.poll_receive(&mut cx), Poll::Ready(Ok(Frame::Text("x".into()))));

    let mut pongs = Vec::new();
    let flush = async {
        poll_fn(|cx| link.poll_flush(cx)).await.unwrap();
        drop(link);
    };
    let ((), read) = tokio::join!(flush, theirs.read_to_end(&mut pongs));
    read.unwrap();
    assert_eq!(unmasked(&pongs[pongs.len() - 106..])[98..], 19_999_u16.to_be_bytes(), "the latest ping is answered");
}

/// A connection to a peer that has sent these bytes and no longer accepts any.
fn half_gone(bytes: &[u8]) -> WebSocket {
    let (written, _) = duplex(1);
    WebSocket::new(Box::new(tokio::io::join(io::Cursor::new(bytes.to_vec()), written)), Vec::new(), MAX_MESSAGE_BYTES)
}

#[tokio::test]
async fn a_failed_write_loses_no_received_message() {
    let text = [0x81, 1, b'x'];
    let close = [0x88, 6, 0x03, 0xe9, b'g', b'o', b'n', b'e'];
    let pipe = Lost::Network("EPIPE: broken pipe".to_owned());
    let gone = Lost::Closed { code: Some(1001), reason: "gone".to_owned() };
    for (bytes, lost) in [(text.to_vec(), pipe), ([&text[..], &[0x89, 0], &close].concat(), gone)] {
        let mut link = half_gone(&bytes);
        let mut cx = Context::from_waker(Waker::noop());
        link.send(Frame::Text("y".into())).unwrap();
        assert_eq!(link.poll_flush(&mut cx), Poll::Ready(Ok(())));
        // The link accepts no further message, and one that is sent anyway needs no memory.
        assert!(link.poll_ready(&mut cx).is_pending());
        link.send(Frame::Text("z".repeat(10_000))).unwrap();
        assert_eq!(link.write_buffer.capacity(), 0);
        assert_eq!(link.poll_receive(&mut cx), Poll::Ready(Ok(Frame::Text("x".into()))));
        assert_eq!(link.poll_receive(&mut cx), Poll::Ready(Err(lost.clone())));
        assert_eq!(link.poll_ready(&mut cx), Poll::Ready(Err(lost.clone())));
        assert_eq!(link.send(Frame::Text("y".into())), Err(lost));
    }
}

/// The payload of a short frame.
fn unmasked(frame: &[u8]) -> Vec<u8> {
    frame[6..].iter().zip(frame[2..6].iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

#[tokio::test]
async fn pings_during_the_write_of_a_large_message_do_not_stop_the_reading() {
    let (ours, mut theirs) = duplex(4096);
    let mut link = WebSocket::new(Box::new(ours), Vec::new(), MAX_MESSAGE_BYTES);
    let mut cx = Context::from_waker(Waker::noop());
    link.send(Frame::Text("y".repeat(1 << 20))).unwrap();
    assert!(link.poll_flush(&mut cx).is_pending());
    theirs.write_all(&[&[0x89, 0].repeat(100)[..], &[0x81, 1, b'x']].concat()).await.unwrap();
    assert_eq!(link.poll_receive(&mut cx), Poll::Ready(Ok(Frame::Text("x".into()))));

    // One pong follows the message.
    let mut sent = vec![0; 14 + (1 << 20) + 6];
    let (flushed, _) = tokio::join!(poll_fn(|cx| link.poll_flush(cx)), theirs.read_exact(&mut sent));
    flushed.unwrap();
    assert_eq!(sent[sent.len() - 6..][..2], [0x8a, 0x80]);
}

#[tokio::test]
async fn a_message_behind_many_pings_is_received_without_another_read() {
    let (ours, mut theirs) = duplex(4096);
    let mut link = WebSocket::new(Box::new(ours), Vec::new(), MAX_MESSAGE_BYTES);
    let bytes = [&[0x89, 0].repeat(48)[..], &[0x81, 1, b'x']].concat();
    theirs.write_all(&bytes).await.unwrap();

    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(link.poll_receive(&mut cx), Poll::Ready(Ok(Frame::Text("x".into()))));
    assert!(link.poll_flush(&mut cx).is_ready());
    theirs.read_exact(&mut [0; 48 * 6]).await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_has_no_buffer_and_an_incomplete_message_a_small_one() {
    let (ours, mut theirs) = duplex(4096);
    let mut link = WebSocket::new(Box::new(ours), Vec::new(), MAX_MESSAGE_BYTES);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(link.poll_receive(&mut cx).is_pending());
    assert_eq!(link.frames.buffer().capacity(), 0);

    theirs.write_all(&[0x81, 3, b'a', b'b']).await.unwrap();
    assert!(link.poll_receive(&mut cx).is_pending());
    assert!((4..100).contains(&link.frames.buffer().capacity()));

    link.send(Frame::Text("x".repeat(10_000))).unwrap();
    theirs.write_all(b"c").await.unwrap();
    assert_eq!(link.poll_receive(&mut cx), Poll::Ready(Ok(Frame::Text("abc".into()))));
    let mut sent = [0; 10_008];
    let (flushed, _) = tokio::join!(poll_fn(|cx| link.poll_flush(cx)), theirs.read_exact(&mut sent));
    flushed.unwrap();
    assert!(link.poll_receive(&mut cx).is_pending());
    assert_eq!(link.frames.buffer().capacity(), 0);
    assert!(link.write_buffer.capacity() < 1000);
}

/// A compressed "Hello", the first one and all further ones, RFC 7692 section 7.2.3.
const HELLO: [u8; 9] = [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
const HELLO_AGAIN: [u8; 7] = [0xc1, 5, 0xf2, 0x00, 0x11, 0x00, 0x00];

/// A connection with compression to a peer that has sent these bytes.
fn compressed(bytes: &[u8], max_message_bytes: usize) -> WebSocket {
    let stream = tokio::io::join(io::Cursor::new(bytes.to_vec()), tokio::io::sink());
    let mut link = WebSocket::new(Box::new(stream), Vec::new(), max_message_bytes);
    link.compress(Agreement::with_windows(15), 100);
    link
}

/// The messages of the peer, and how the connection ends.
fn read_all(mut link: WebSocket) -> (Vec<Frame>, Lost) {
    let mut messages = Vec::new();
    loop {
        match link.poll_receive(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(frame)) => messages.push(frame),
            Poll::Ready(Err(lost)) => return (messages, lost),
            Poll::Pending => panic!("the peer has ended"),
        }
    }
}

#[tokio::test]
async fn compressed_and_plain_messages_mix_in_any_fragments() {
    let hello = Frame::Text("Hello".into());
    let bytes = [
        &HELLO[..],
        &[0x81, 1, b'x'],
        &HELLO_AGAIN,
        // Fragments, with a ping and an empty one among them.
        &[0x41, 2, 0xf2, 0x00, 0x89, 0, 0x00, 0, 0x80, 3, 0x11, 0x00, 0x00],
        // A plain message in fragments.
        &[0x01, 1, b'y', 0x80, 1, b'z'],
        // A binary one, and empty ones.
        &[0xc2, 5, 0xf2, 0x00, 0x11, 0x00, 0x00],
        &[0xc1, 1, 0x00, 0xc1, 0, 0x41, 0, 0x80, 0],
        &HELLO_AGAIN,
    ]
    .concat();
    let (messages, _) = read_all(compressed(&bytes, 5));
    let (text, empty) = (|text: &str| Frame::Text(text.into()), || Frame::Text(String::new()));
    let expected = [
        hello.clone(),
        text("x"),
        hello.clone(),
        hello.clone(),
        text("yz"),
        Frame::Binary("Hello".into()),
        empty(),
        empty(),
        empty(),
        hello,
    ];
    assert_eq!(messages, expected);
}

#[tokio::test]
async fn only_the_first_frame_of_a_message_may_have_the_bit_of_compression() {
    for (bytes, note) in [
        (&[0xc9, 0][..], "a ping"),
        (&[0xca, 0], "a pong"),
        (&[0xc8, 0], "a close frame"),
        (&[0x41, 1, 0xf2, 0xc0, 1, 0x00], "a continuation"),
        (&[0xa1, 0], "the second reserved bit"),
        (&[0xd1, 0], "the third one as well"),
        (&[0xc3, 0], "an unknown opcode"),
    ] {
        let (_, lost) = read_all(compressed(bytes, 100));
        let broken = "the server broke the WebSocket protocol: it sent a frame with reserved bits";
        assert_eq!(lost, Lost::Protocol(broken.to_owned()), "{note}");
    }
    let mut uncompressed = half_gone(&HELLO);
    uncompressed.compress(Agreement::with_windows(15), 0);
    assert_eq!(read_all(uncompressed).0.len(), 1);
    assert!(read_all(half_gone(&HELLO)).1.to_string().contains("reserved bits"));
}

#[tokio::test]
async fn what_cannot_be_inflated_ends_the_connection_with_its_own_error() {
    let malformed = Lost::Protocol("the server sent a compressed message that cannot be inflated".to_owned());
    assert_eq!(read_all(compressed(&HELLO_AGAIN, 100)), (Vec::new(), malformed.clone()));
    assert_eq!(read_all(compressed(&[0x41, 3, 0xf2, 0x48, 0xcd, 0x80, 0], 100)), (Vec::new(), malformed));
    let invalid = Lost::Protocol("the server sent a text message that is not valid UTF-8".to_owned());
    // A stored block with the byte 0xff.
    assert_eq!(read_all(compressed(&[0xc1, 7, 0, 1, 0, 0xfe, 0xff, 0xff, 0], 100)), (Vec::new(), invalid));
}

#[tokio::test]
async fn an_inflated_message_above_the_limit_is_too_large_like_any_other() {
    let (messages, lost) = read_all(compressed(&HELLO, 4));
    assert_eq!((messages, &lost), (Vec::new(), &Lost::TooLarge { size: None, limit: 4 }));
    assert_eq!(lost.to_string(), "the server sent a message above the limit of 4 bytes (maxMessageBytes)");
    let tail = [0x00, 4, 0x00, 0x00, 0xff, 0xff];
    let fragments = [&[0x41][..], &HELLO[1..], &tail, &[0x80], &HELLO_AGAIN[1..]].concat();
    assert_eq!(read_all(compressed(&fragments, 10)).0, [Frame::Text("HelloHello".into())]);
    assert_eq!(read_all(compressed(&fragments, 9)).1, Lost::TooLarge { size: None, limit: 9 });
    // A frame that could not be inflated to so little is not waited for.
    let huge = [&[0xc1, 127][..], &(1_u64 << 40).to_be_bytes()].concat();
    assert_eq!(read_all(compressed(&huge, 1000)).1, Lost::TooLarge { size: Some(1 << 40), limit: 1000 });
}

#[tokio::test]
async fn messages_from_the_threshold_on_are_sent_compressed() {
    let (ours, mut theirs) = duplex(100_000);
    let mut link = WebSocket::new(Box::new(ours), Vec::new(), MAX_MESSAGE_BYTES);
    link.compress(Agreement::with_windows(15), 100);
    for size in [99, 100, 100] {
        link.send(Frame::Text("x".repeat(size))).unwrap();
    }
    link.ping().unwrap();
    let mut bytes = Vec::new();
    let flush = async {
        poll_fn(|cx| link.poll_flush(cx)).await.unwrap();
        drop(link);
    };
    let ((), read) = tokio::join!(flush, theirs.read_to_end(&mut bytes));
    read.unwrap();
    let (first, rest) = bytes.split_at(6 + 99);
    assert_eq!(first[..2], [0x81, 0x80 + 99]);
    let length = usize::from(rest[1] & 0x7f);
    assert_eq!((rest[0], length < 20), (0xc1, true));
    // The second one refers to the first, and control frames are never compressed.
    let (_, rest) = rest.split_at(6 + length);
    assert_eq!((rest[0], usize::from(rest[1] & 0x7f) < length), (0xc1, true));
    assert_eq!(rest[6 + usize::from(rest[1] & 0x7f)], 0x89);
}
