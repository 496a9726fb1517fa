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
            match ready!(Pin::new(&mut *stream).poll_write(cx, rest))? {
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
}
