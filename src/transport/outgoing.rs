//! The bytes that are to be written to a WebSocket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::Stream;
use super::frames::{Opcode, encode};
use super::random::random;

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
    /// Everything was written, and may still be somewhere on its way to the system.
    unflushed: bool,
}

impl Outgoing {
    /// Appends a frame.
    pub(super) fn push(&mut self, opcode: Opcode, payload: &[u8]) {
        encode(opcode, payload, random(), &mut self.bytes);
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

    use super::*;

    #[tokio::test]
    async fn a_backlog_that_never_ends_takes_no_more_memory_and_keeps_its_bytes() {
        let (ours, mut theirs) = duplex(10_000);
        let (mut stream, mut outgoing): (Box<dyn Stream>, _) = (Box::new(ours), Outgoing::default());
        let mut cx = Context::from_waker(Waker::noop());
        // It begins with a message that needs a lot, once.
        let large = vec![b'x'; 1 << 20];
        outgoing.push(Opcode::Binary, &large);
        let (mut sent, mut received) = (large.len(), 0);
        while sent < 10 << 20 {
            assert!(outgoing.poll_flush(&mut stream, &mut cx).is_pending());
            if outgoing.has_room() {
                outgoing.push(Opcode::Binary, &[b'y'; 5000]);
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
