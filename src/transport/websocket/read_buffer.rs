//! Reads the bytes of a connection into the buffer of its [`Frames`].
//!
//! A connection holds a buffer of the [pool](buffer_pool) from its first look at the socket until
//! every whole message has been consumed. What remains then is mostly nothing, or the beginning of
//! a message, which is small and moves into a buffer of its own size. So an idle connection has no
//! buffer, and a busy one reads all there is with one system call.

use std::{
    io,
    pin::pin,
    task::{Context, Poll},
};

use bytes::BufMut;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::frames::Frames;
use crate::transport::buffer_pool::{self, BUFFER_BYTES};

/// The most that is read at once, so that other connections get their turn.
const MAX_READ_BYTES: usize = 2 * BUFFER_BYTES;
/// The largest beginning of a message that moves into a buffer of its own size.
const MAX_SMALL_BYTES: usize = 16 * 1024;

/// Reads once. Returns the number of bytes read; 0 is the end of the stream.
pub(super) fn poll_fill(
    frames: &mut Frames,
    stream: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    if frames.buffer().capacity() < BUFFER_BYTES {
        frames.replace_buffer(buffer_pool::acquire());
    }
    let missing = frames.missing_bytes();
    let buffer = frames.buffer();
    if buffer.capacity() - buffer.len() < missing {
        // A peer that only announces a large message costs at most twice what it has sent.
        buffer.reserve(missing.min(buffer.len()));
    }
    pin!(stream.read_buf(&mut buffer.limit(MAX_READ_BYTES))).poll(cx)
}

/// Returns the buffer to the pool, unless the beginning of a large message needs it.
pub(super) fn release(frames: &mut Frames) {
    frames.release();
    let unread = frames.unread().len();
    if unread <= MAX_SMALL_BYTES && frames.buffer().capacity() >= BUFFER_BYTES {
        buffer_pool::release(frames.replace_buffer(Vec::with_capacity(unread)));
    }
}
