//! The bytes that are to be written to a WebSocket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use tungstenite::protocol::frame::coding::{Control, OpCode};

use super::frames::encode;
use crate::transport::connect::Stream;

/// How much is gathered before it is written without a flush.
const MOST_BYTES: usize = 64 * 1024;
/// The room that is kept while there is nothing to send.
const IDLE_BYTES: usize = 256;

/// What is to be written.
#[derive(Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    /// How many of them have been written.
    written: usize,
    /// How many bytes have been appended so far.
    appended: u64,
    /// How many of them the peer is known to have.
    arrived: u64,
    /// How many of our pings the peer has answered.
    pongs: u64,
    /// The answer to the latest ping, where there was no room for it. It will do for all before, RFC 6455 section 5.5.3:
    /// a peer that sends pings and does not read costs no memory, and is heard all the same.
    late_pong: Option<Vec<u8>>,
    /// Everything was written, and may still be somewhere on its way to the system.
    unflushed: bool,
}

impl Outgoing {
    /// Appends a frame.
    pub(super) fn push(&mut self, opcode: OpCode, payload: &[u8]) {
        let before = self.bytes.len();
        encode(opcode, payload, rand::random(), &mut self.bytes);
        self.appended += (self.bytes.len() - before) as u64;
    }

    /// Answers a ping, as soon as there is room.
    pub(super) fn answer(&mut self, payload: &[u8]) {
        if self.has_room() {
            self.push(OpCode::Control(Control::Pong), payload);
            self.late_pong = None;
        } else {
            self.late_pong = Some(payload.to_vec());
        }
    }

    /// What a ping is to carry, so that its answer tells what has arrived: the number of bytes ahead of it.
    pub(super) const fn mark(&self) -> [u8; 8] {
        self.appended.to_be_bytes()
    }

    /// Takes the payload of a pong: the peer has what was ahead of that ping. A pong that repeats
    /// no ping of ours answers none: a peer may send pongs unasked, RFC 6455 section 5.5.3.
    pub(super) fn confirm(&mut self, mark: &[u8]) {
        let Ok(arrived) = mark.try_into().map(u64::from_be_bytes) else { return };
        if arrived <= self.taken() {
            self.arrived = self.arrived.max(arrived);
            self.pongs += 1;
        }
    }

    /// How many of our pings the peer has answered.
    pub(super) const fn pongs(&self) -> u64 {
        self.pongs
    }

    /// How many bytes the peer is known to have.
    pub(super) const fn arrived(&self) -> u64 {
        self.arrived
    }

    /// How many bytes the stream has taken.
    pub(super) const fn taken(&self) -> u64 {
        self.appended - (self.bytes.len() - self.written) as u64
    }

    /// Whether more may be appended before what there is has been written.
    pub(super) const fn has_room(&self) -> bool {
        self.bytes.len() - self.written < MOST_BYTES
    }

    /// How many bytes it can hold without asking for more memory.
    #[cfg(test)]
    pub(super) const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Writes until the stream has taken everything.
    pub(super) fn poll_flush(&mut self, stream: &mut Box<dyn Stream>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.has_room()
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
        while let Some(rest @ [_, ..]) = self.bytes.get(self.written..) {
            self.unflushed = true;
            let Poll::Ready(written) = Pin::new(&mut *stream).poll_write(cx, rest) else {
                self.compact();
                return Poll::Pending;
            };
            match written? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        self.written = 0;
        self.bytes.clear();
        self.bytes.shrink_to(IDLE_BYTES);
        if self.unflushed {
            ready!(Pin::new(stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Forgets what has been written while there is always something left, so that a sender faster than its line needs no
    /// more memory from hour to hour. Only when that is most of it: no byte is moved more often than bytes are written.
    fn compact(&mut self) {
        let left = self.bytes.len() - self.written;
        if self.written >= left.max(MOST_BYTES) {
            self.bytes.drain(..self.written);
            self.written = 0;
            self.bytes.shrink_to(2 * left.max(MOST_BYTES));
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
    async fn a_backlog_that_never_ends_takes_no_more_memory_and_keeps_its_bytes() {
        let (ours, mut theirs) = duplex(10_000);
        let (mut stream, mut outgoing): (Box<dyn Stream>, _) = (Box::new(ours), Outgoing::default());
        let mut cx = Context::from_waker(Waker::noop());
        // It begins with a message that needs a lot, once.
        let large = vec![b'x'; 1 << 20];
        outgoing.push(OpCode::Data(Data::Binary), &large);
        let (mut sent, mut received) = (large.len(), 0);
        while sent < 10 << 20 {
            assert!(outgoing.poll_flush(&mut stream, &mut cx).is_pending());
            if outgoing.has_room() {
                outgoing.push(OpCode::Data(Data::Binary), &[b'y'; 5000]);
                sent += 5000;
            }
            let mut bytes = [0; 4000];
            received += theirs.read(&mut bytes).await.unwrap();
        }
        assert!(received > large.len());
        assert!(outgoing.capacity() <= 3 * MOST_BYTES, "{}", outgoing.capacity());

        // All of them to the last frame.
        let rest = async {
            let mut bytes = Vec::new();
            theirs.read_to_end(&mut bytes).await.map(|_| bytes)
        };
        let flush = async {
            std::future::poll_fn(|cx| outgoing.poll_flush(&mut stream, cx)).await.unwrap();
            drop(stream);
        };
        let ((), rest) = tokio::join!(flush, rest);
        let rest = rest.unwrap();
        let frames = (sent - large.len()) / 5000;
        assert_eq!(received + rest.len(), large.len() + 14 + frames * 5008);
        assert_eq!(rest[rest.len() - 5008], 0x82, "a frame begins there");
    }
}
