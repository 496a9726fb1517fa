//! How the bytes of a connection come into its [`Frames`].
//!
//! A connection has a [room](room) from when it looks at its socket until it has taken all whole messages. What is left
//! then is mostly nothing, or the beginning of a message, which is small: it is kept apart. So an idle connection has no
//! buffer at all, and one under load reads as much as there is with one call of the system.

use std::{
    io,
    pin::pin,
    task::{Context, Poll},
};

use bytes::BufMut;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::frames::Frames;
use crate::transport::buffer_pool::{self as room, ROOM_BYTES};

/// The most that is read at once, so that other connections get their turn.
const MOST_BYTES: usize = 2 * ROOM_BYTES;
/// The beginning of a message that is kept apart. A larger one keeps the room.
const SMALL_BYTES: usize = 16 * 1024;

/// Reads once; gives how many bytes came, none at the end of the stream.
pub(super) fn poll_fill(
    frames: &mut Frames,
    stream: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    if frames.buffer().capacity() < ROOM_BYTES {
        frames.replace_buffer(room::take());
    }
    let missing = frames.missing_bytes();
    let buffer = frames.buffer();
    if buffer.capacity() - buffer.len() < missing {
        // A peer that only announces a large message costs no more than twice what it sent.
        buffer.reserve(missing.min(buffer.len()));
    }
    pin!(stream.read_buf(&mut buffer.limit(MOST_BYTES))).poll(cx)
}

/// Gives the room back, unless it is needed for what is left.
pub(super) fn settle(frames: &mut Frames) {
    let rest = frames.unread().len();
    if rest <= SMALL_BYTES && frames.buffer().capacity() >= ROOM_BYTES {
        room::give(frames.replace_buffer(Vec::with_capacity(rest)));
    }
}
