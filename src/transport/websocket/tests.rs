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
