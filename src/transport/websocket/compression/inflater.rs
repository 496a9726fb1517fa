//! Inflates the server's messages.

use std::cell::Cell;

use flate2::{Decompress, FlushDecompress, Status};

use super::{Agreement, TAIL};

/// The smallest window that the library knows. A larger one than was agreed on reads the same.
const MIN_WINDOW_BITS: u8 = 9;
/// How much room an output without any gets at least.
const MIN_ROOM: usize = 4096;
/// The buffer of a thread is not kept once a large message has grown it beyond this.
const MAX_BUFFER_BYTES: usize = 256 * 1024;

thread_local! {
    /// The buffer for inflated messages, which the connections of a thread share.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Why a message cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transport::websocket) enum InvalidData {
    /// It has more bytes than a message may have.
    TooLarge,
    /// Its bytes are not what RFC 7692 section 7.2.1 makes of a message.
    Malformed,
}

/// What is needed to read the messages of one server.
#[derive(Debug)]
pub(in crate::transport::websocket) struct Inflater {
    window_bits: u8,
    keeps_context: bool,
    /// Where the last message ended, with the window for the next one. `None` until the first
    /// message, and between messages that do not refer to each other.
    stream: Option<Decompress>,
    /// The latest message.
    message: Vec<u8>,
    /// Whether a part of the current message has had bytes.
    has_begun: bool,
}

impl Inflater {
    pub(in crate::transport::websocket) fn new(agreement: Agreement) -> Self {
        Self {
            window_bits: agreement.server_window_bits.max(MIN_WINDOW_BITS),
            keeps_context: agreement.server_keeps_context,
            stream: None,
            message: Vec::new(),
            has_begun: false,
        }
    }

    /// Inflates a whole message, which [`message`](Self::message) returns.
    pub(in crate::transport::websocket) fn inflate(
        &mut self,
        payload: &[u8],
        max_bytes: usize,
    ) -> Result<(), InvalidData> {
        let mut message = std::mem::take(&mut self.message);
        if message.capacity() == 0 {
            message = BUFFER.take();
        }
        message.clear();
        let inflated = self.inflate_part(payload, true, &mut message, max_bytes);
        self.message = message;
        inflated
    }

    /// The message that was inflated last.
    pub(in crate::transport::websocket) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Appends a part of a message to `output`, which may grow to `max_bytes`.
    pub(in crate::transport::websocket) fn inflate_part(
        &mut self,
        payload: &[u8],
        is_last: bool,
        output: &mut Vec<u8>,
        max_bytes: usize,
    ) -> Result<(), InvalidData> {
        let window_bits = self.window_bits;
        let stream = self.stream.get_or_insert_with(|| Decompress::new_with_window_bits(false, window_bits));
        self.has_begun |= !payload.is_empty();
        let has_ended = feed(stream, payload, output, max_bytes)?;
        if is_last {
            // A message without bytes is an empty one, which some servers do not compress into a
            // block. A message whose last block says that it is the last needs no tail either.
            if std::mem::take(&mut self.has_begun) && !has_ended {
                let (inflated, consumed) = (output.len(), stream.total_in());
                feed(stream, &TAIL, output, max_bytes)?;
                if output.len() > inflated || stream.total_in() != consumed + TAIL.len() as u64 {
                    // The message was cut off: the tail was read as a part of it.
                    return Err(InvalidData::Malformed);
                }
            }
            if !self.keeps_context {
                stream.reset(false);
            }
        }
        Ok(())
    }

    /// Whether it holds a window, and the capacity of its buffer.
    #[cfg(test)]
    pub(super) const fn memory(&self) -> (bool, usize) {
        (self.stream.is_some(), self.message.capacity())
    }

    /// Releases what no message needs at the moment.
    pub(in crate::transport::websocket) fn release(&mut self) {
        let message = std::mem::take(&mut self.message);
        if (1..=MAX_BUFFER_BYTES).contains(&message.capacity()) {
            BUFFER.set(message);
        }
        if !self.keeps_context && !self.has_begun {
            self.stream = None;
        }
    }
}

/// Inflates all of `input`. Returns whether it ends with the last block of a stream: another stream
/// begins behind it, without a window. Compressors that end their streams do not look back either.
fn feed(
    stream: &mut Decompress,
    mut input: &[u8],
    output: &mut Vec<u8>,
    max_bytes: usize,
) -> Result<bool, InvalidData> {
    let mut has_ended = false;
    while !input.is_empty() || (output.len() == output.capacity() && !has_ended) {
        if output.len() == output.capacity() {
            // One byte more than fits, to find out that there is more. It at most doubles.
            let room = output.len().max(MIN_ROOM).min((max_bytes + 1).saturating_sub(output.len()));
            output.reserve_exact(room.max(1));
        }
        let (before, inflated) = (stream.total_in(), output.len());
        let status = stream.decompress_vec(input, output, FlushDecompress::Sync).map_err(|_| InvalidData::Malformed)?;
        if output.len() > max_bytes {
            return Err(InvalidData::TooLarge);
        }
        let consumed = usize::try_from(stream.total_in() - before).unwrap_or(usize::MAX);
        input = input.get(consumed..).unwrap_or_default();
        has_ended = status == Status::StreamEnd;
        if has_ended {
            stream.reset(false);
        } else if consumed == 0 && output.len() == inflated {
            return if input.is_empty() { Ok(false) } else { Err(InvalidData::Malformed) };
        }
    }
    Ok(has_ended)
}
