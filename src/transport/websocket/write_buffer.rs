//! The bytes that wait to be written to a WebSocket.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::AsyncWrite;
use tungstenite::protocol::frame::coding::{Control, OpCode};

use super::frames::encode;
use crate::transport::connect::Stream;

/// How many bytes may wait before a sender has to wait, too.
const MAX_WAITING_BYTES: usize = 64 * 1024;
/// The capacity that an empty buffer keeps.
const IDLE_BYTES: usize = 256;

/// Encoded frames, and how far the peer has received them.
#[derive(Default)]
pub(super) struct WriteBuffer {
    bytes: Vec<u8>,
    /// How many of `bytes` have been written.
    offset: usize,
    /// How many bytes have been appended since the start.
    appended: u64,
    /// How many of them the peer has acknowledged.
    arrived: u64,
    /// How many of our pings the peer has answered.
    pongs: u64,
    /// The answer to the latest ping, while the buffer is full. It answers all earlier pings, too,
    /// RFC 6455 section 5.5.3. So a peer that sends pings and does not read costs no memory, and
    /// its messages are still received.
    late_pong: Option<Vec<u8>>,
    /// The stream may still hold written bytes back.
    is_unflushed: bool,
}

impl WriteBuffer {
    /// Appends a frame.
    pub(super) fn push(&mut self, opcode: OpCode, payload: &[u8]) {
        self.append(opcode, false, payload);
    }

    /// Appends a message that is compressed already.
    pub(super) fn push_compressed(&mut self, opcode: OpCode, payload: &[u8]) {
        self.append(opcode, true, payload);
    }

    fn append(&mut self, opcode: OpCode, is_compressed: bool, payload: &[u8]) {
        let before = self.bytes.len();
        encode(opcode, is_compressed, payload, rand::random(), &mut self.bytes);
        self.appended += (self.bytes.len() - before) as u64;
    }

    /// Answers a ping as soon as the buffer is no longer full.
    pub(super) fn push_pong(&mut self, payload: &[u8]) {
        if self.is_full() {
            self.late_pong = Some(payload.to_vec());
        } else {
            self.push(OpCode::Control(Control::Pong), payload);
            self.late_pong = None;
        }
    }

    /// The payload of a ping: the number of bytes ahead of it, which its answer acknowledges.
    pub(super) const fn ping_payload(&self) -> [u8; 8] {
        self.appended.to_be_bytes()
    }

    /// Handles the payload of a pong: the peer has received the bytes ahead of that ping. A pong
    /// that repeats none of our pings is ignored: a peer may send pongs unasked, RFC 6455 section
    /// 5.5.3.
    pub(super) fn handle_pong(&mut self, payload: &[u8]) {
        let Ok(arrived) = payload.try_into().map(u64::from_be_bytes) else { return };
        if arrived <= self.written() {
            self.arrived = self.arrived.max(arrived);
            self.pongs += 1;
        }
    }

    /// How many of our pings the peer has answered.
    pub(super) const fn pongs(&self) -> u64 {
        self.pongs
    }

    /// How many bytes the peer has acknowledged.
    pub(super) const fn arrived(&self) -> u64 {
        self.arrived
    }

    /// How many bytes the stream has accepted.
    pub(super) const fn written(&self) -> u64 {
        self.appended - (self.bytes.len() - self.offset) as u64
    }

    /// Whether the buffer must be flushed before more is appended.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes.len() - self.offset >= MAX_WAITING_BYTES
    }

    /// The memory that it occupies, in bytes.
    #[cfg(test)]
    pub(super) const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Writes until the stream has accepted everything.
    pub(super) fn poll_flush(&mut self, stream: &mut Box<dyn Stream>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if !self.is_full()
                && let Some(payload) = self.late_pong.take()
            {
                self.push(OpCode::Control(Control::Pong), &payload);
            }
            ready!(self.poll_write(stream, cx))?;
            if self.late_pong.is_none() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_write(&mut self, stream: &mut Box<dyn Stream>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(waiting @ [_, ..]) = self.bytes.get(self.offset..) {
            self.is_unflushed = true;
            let Poll::Ready(written) = Pin::new(&mut *stream).poll_write(cx, waiting) else {
                self.compact();
                return Poll::Pending;
            };
            match written? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.offset += written,
            }
        }
        self.offset = 0;
        self.bytes.clear();
        self.bytes.shrink_to(IDLE_BYTES);
        if self.is_unflushed {
            ready!(Pin::new(stream).poll_flush(cx))?;
            self.is_unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Drops the written bytes although some still wait, so that the memory of a sender faster than
    /// its line does not grow. It waits until they are the larger part, so that no byte moves more
    /// often than bytes are written.
    fn compact(&mut self) {
        let waiting = self.bytes.len() - self.offset;
        if self.offset >= waiting.max(MAX_WAITING_BYTES) {
            self.bytes.drain(..self.offset);
            self.offset = 0;
            self.bytes.shrink_to(2 * waiting.max(MAX_WAITING_BYTES));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::{AsyncReadExt, duplex};

    use tungstenite::protocol::frame::coding::Data;

    use super::*;

    #[tokio::test]
    async fn an_endless_backlog_needs_no_more_memory_and_loses_no_byte() {
        let (ours, mut theirs) = duplex(10_000);
        let (mut stream, mut buffer): (Box<dyn Stream>, _) = (Box::new(ours), WriteBuffer::default());
        let mut cx = Context::from_waker(Waker::noop());
        // A large first message makes the buffer grow once.
        let large = vec![b'x'; 1 << 20];
        buffer.push(OpCode::Data(Data::Binary), &large);
        let (mut sent, mut received) = (large.len(), 0);
        while sent < 10 << 20 {
            assert!(buffer.poll_flush(&mut stream, &mut cx).is_pending());
            if !buffer.is_full() {
                buffer.push(OpCode::Data(Data::Binary), &[b'y'; 5000]);
                sent += 5000;
            }
            let mut bytes = [0; 4000];
            received += theirs.read(&mut bytes).await.unwrap();
        }
        assert!(received > large.len());
        assert!(buffer.capacity() <= 3 * MAX_WAITING_BYTES, "{}", buffer.capacity());

        // Everything arrives, up to the last frame.
        let rest = async {
            let mut bytes = Vec::new();
            theirs.read_to_end(&mut bytes).await.map(|_| bytes)
        };
        let flush = async {
            std::future::poll_fn(|cx| buffer.poll_flush(&mut stream, cx)).await.unwrap();
            drop(stream);
        };
        let ((), rest) = tokio::join!(flush, rest);
        let rest = rest.unwrap();
        let frames = (sent - large.len()) / 5000;
        assert_eq!(received + rest.len(), large.len() + 14 + frames * 5008);
        assert_eq!(rest[rest.len() - 5008], 0x82, "a frame begins there");
    }
}
