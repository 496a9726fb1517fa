//! The frames of a WebSocket as a client reads and writes them, RFC 6455 section 5. This file turns
//! bytes into messages and touches no socket.
//!
//! Opcodes, close codes and the headers of sent frames are `tungstenite`'s. Headers are parsed
//! here, because its parser costs an event 2 to 3 % more instructions and reports a violation only
//! once the whole header has arrived. The buffer is ours, too: a message of a single frame, as
//! nearly all are, is lent from the buffer it was read into, so that nothing is allocated or copied
//! for it. Only the fragments of other messages are copied together. A compressed message is lent
//! from the buffer it is inflated into.

use std::{fmt, ops::Range};

use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{CloseCode, Control, Data, OpCode},
};

use super::compression::{Inflater, InvalidData};
use crate::transport::error::BAD_GATEWAY;

/// The largest payload of a control frame.
const MAX_CONTROL_BYTES: usize = 125;
/// The largest header of a frame that a client sends: two bytes, eight of length, four of the mask.
const MAX_HEADER_BYTES: usize = 14;

/// The parts of a header's first byte.
const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
/// The reserved bit that RFC 7692 section 6 gives a meaning: the message is compressed.
const COMPRESSED: u8 = 0x40;
const OPCODE: u8 = 0x0f;
/// The parts of its second byte. Two values of the length say that it follows in two or in eight
/// bytes.
const MASKED: u8 = 0x80;
const LENGTH_16: u8 = 0x7e;
const LENGTH_64: u8 = 0x7f;

/// A whole message or control frame of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong(&'a [u8]),
    /// The payload, which the answer repeats, and the code and reason in it.
    Close(&'a [u8], Option<(u16, &'a str)>),
}

/// How the server violated the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    TooLarge { size: Option<usize>, limit: usize },
    InvalidText,
    InvalidCompression,
    InvalidReason,
    ReservedBits,
    Masked,
    UnknownOpcode(u8),
    FragmentedControl,
    LargeControl,
    NothingToContinue,
    Unfinished,
    ShortClose,
    CloseCode(u16),
}

impl Violation {
    const fn of(problem: InvalidData, limit: usize) -> Self {
        match problem {
            InvalidData::TooLarge => Self::TooLarge { size: None, limit },
            InvalidData::Malformed => Self::InvalidCompression,
        }
    }

    /// The code to close with, RFC 6455 section 7.4.1.
    pub(super) fn close_code(self) -> u16 {
        let code = match self {
            Self::TooLarge { .. } => CloseCode::Size,
            Self::InvalidText | Self::InvalidReason | Self::InvalidCompression => CloseCode::Invalid,
            _ => CloseCode::Protocol,
        };
        code.into()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { size: Some(size), .. } => write!(f, "a message of {size} bytes"),
            Self::TooLarge { size: None, limit } => write!(f, "a message of more than {limit} bytes"),
            Self::InvalidCompression => f.write_str("a compressed message that cannot be inflated"),
            Self::InvalidText => f.write_str("a text message that is not valid UTF-8"),
            Self::InvalidReason => f.write_str("a close reason that is not valid UTF-8"),
            Self::ReservedBits => f.write_str("a frame with reserved bits"),
            Self::Masked => f.write_str("a masked frame"),
            Self::UnknownOpcode(opcode) => write!(f, "a frame with the unknown opcode {opcode}"),
            Self::FragmentedControl => f.write_str("a control frame in fragments"),
            Self::LargeControl => write!(f, "a control frame of more than {MAX_CONTROL_BYTES} bytes"),
            Self::NothingToContinue => f.write_str("a continuation with nothing to continue"),
            Self::Unfinished => f.write_str("a message within another one's fragments"),
            Self::ShortClose => f.write_str("a close frame with half a code"),
            Self::CloseCode(code) => write!(f, "a close frame with the code {code}"),
        }
    }
}

/// Reads the frames of a server.
#[derive(Debug)]
pub(super) struct Frames {
    /// The largest message that is accepted.
    max_bytes: usize,
    /// Bytes read from the socket. The first `consumed` of them are no longer needed.
    bytes: Vec<u8>,
    consumed: usize,
    /// The length of the frame that begins at `consumed`; 0 while its header is incomplete.
    frame_bytes: usize,
    /// The fragments of the current message, kept until the next call after the last fragment.
    fragments: Option<Fragments>,
    /// Reads compressed messages, if the server has agreed to compress.
    inflater: Option<Box<Inflater>>,
}

/// The fragments of one message, copied together.
#[derive(Debug)]
struct Fragments {
    is_text: bool,
    is_compressed: bool,
    /// Inflated if the message is compressed.
    bytes: Vec<u8>,
    /// How many of the bytes of a text are known to be valid UTF-8.
    valid: usize,
    is_complete: bool,
}

/// A frame that has arrived completely.
struct Frame {
    /// The first byte of its header.
    first: u8,
    opcode: OpCode,
    payload: Range<usize>,
}

impl Frames {
    /// Starts with bytes that arrived together with the answer to the upgrade.
    pub(super) const fn new(bytes: Vec<u8>, max_bytes: usize) -> Self {
        Self { max_bytes, bytes, consumed: 0, frame_bytes: 0, fragments: None, inflater: None }
    }

    /// Accepts compressed messages from now on.
    pub(super) fn accept_compressed(&mut self, inflater: Inflater) {
        self.inflater = Some(Box::new(inflater));
    }

    /// Releases what no message needs at the moment, except the [buffer](Self::buffer).
    pub(super) fn release(&mut self) {
        if let Some(inflater) = &mut self.inflater {
            inflater.release();
        }
    }

    /// The bytes that no message has consumed. Once [`next`](Self::next) has returned `None`, they
    /// are the beginning of a frame.
    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.consumed..).unwrap_or_default()
    }

    /// How many bytes the frame that has begun still lacks, as far as that is known.
    pub(super) fn missing_bytes(&self) -> usize {
        self.frame_bytes.saturating_sub(self.unread().len())
    }

    /// The buffer to append to. It holds the [unread](Self::unread) bytes and nothing else.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        self.bytes.drain(..self.consumed);
        self.consumed = 0;
        &mut self.bytes
    }

    /// Continues in another buffer, with a copy of the unread bytes. Returns the former buffer.
    pub(super) fn replace_buffer(&mut self, mut buffer: Vec<u8>) -> Vec<u8> {
        buffer.clear();
        buffer.extend_from_slice(self.unread());
        self.consumed = 0;
        std::mem::replace(&mut self.bytes, buffer)
    }

    /// Returns the next message or control frame, or `None` until more bytes have been appended.
    pub(super) fn next(&mut self) -> Result<Option<Received<'_>>, Violation> {
        if self.fragments.as_ref().is_some_and(|fragments| fragments.is_complete) {
            self.fragments = None;
        }
        let (opcode, payload) = loop {
            let Some(Frame { first, opcode, payload }) = self.next_frame()? else { return Ok(None) };
            self.consumed = payload.end;
            if opcode != OpCode::Data(Data::Continue) {
                match first & (FINAL | COMPRESSED) {
                    FINAL => break (opcode, payload),
                    0 | COMPRESSED => {}
                    _ => return self.inflate(opcode, payload),
                }
            }
            self.append_fragment(first, opcode, payload)?;
            if first & FINAL != 0 {
                return self.assembled();
            }
        };
        let payload = self.bytes.get(payload).unwrap_or_default();
        Ok(Some(match opcode {
            OpCode::Data(Data::Text) => {
                Received::Text(simdutf8::basic::from_utf8(payload).map_err(|_| Violation::InvalidText)?)
            }
            OpCode::Data(_) => Received::Binary(payload),
            OpCode::Control(Control::Ping) => Received::Ping(payload),
            OpCode::Control(Control::Pong) => Received::Pong(payload),
            OpCode::Control(_) => Received::Close(payload, read_close(payload)?),
        }))
    }

    /// The next frame, if all of it has arrived.
    fn next_frame(&mut self) -> Result<Option<Frame>, Violation> {
        self.frame_bytes = 0;
        let bytes = self.bytes.get(self.consumed..).unwrap_or_default();
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        let opcode = self.check(first, second)?;
        let (length, header_bytes) = match second {
            LENGTH_16 => (rest.first_chunk().map(|bytes| u64::from(u16::from_be_bytes(*bytes))), 4),
            LENGTH_64 => (rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)), 10),
            length => (Some(u64::from(length)), 2),
        };
        let Some(length) = length else { return Ok(None) };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let fragmented = self.fragments.as_ref().map_or(0, |fragments| fragments.bytes.len());
        let size = if opcode == OpCode::Data(Data::Continue) { length.saturating_add(fragmented) } else { length };
        if size > self.max_bytes {
            self.check_compressed(first, opcode, length)
                .ok_or(Violation::TooLarge { size: Some(size), limit: self.max_bytes })?;
        }
        self.frame_bytes = header_bytes + length;
        if bytes.len() < self.frame_bytes {
            return Ok(None);
        }
        let payload = self.consumed + header_bytes..self.consumed + self.frame_bytes;
        Ok(Some(Frame { first, opcode, payload }))
    }

    /// Whether a frame that is larger than a message may be still fits: data that cannot be
    /// compressed grows a little, and what was inflated of the message so far does not count. The
    /// inflater holds the message itself against the limit.
    #[cold]
    fn check_compressed(&self, first: u8, opcode: OpCode, length: usize) -> Option<()> {
        let is_compressed = match &self.fragments {
            Some(fragments) if opcode == OpCode::Data(Data::Continue) => fragments.is_compressed,
            _ => first & COMPRESSED != 0,
        };
        // What zlib's `compressBound` allows for any of its settings.
        let bound = self.max_bytes.saturating_add(self.max_bytes / 8 + self.max_bytes / 64 + 16);
        (is_compressed && length <= bound).then_some(())
    }

    /// Holds the first two bytes of a header against the rules. The only extension is compression,
    /// whose bit is for the first frame of a data message.
    fn check(&self, first: u8, second: u8) -> Result<OpCode, Violation> {
        if first & RESERVED != 0 && !(self.inflater.is_some() && matches!(first & !FINAL, 0x41 | 0x42)) {
            return Err(Violation::ReservedBits);
        }
        if second & MASKED != 0 {
            return Err(Violation::Masked);
        }
        let opcode = OpCode::from(first & OPCODE);
        match (opcode, &self.fragments) {
            (OpCode::Data(Data::Reserved(unknown)) | OpCode::Control(Control::Reserved(unknown)), _) => {
                Err(Violation::UnknownOpcode(unknown))
            }
            (OpCode::Control(_), _) if first & FINAL == 0 => Err(Violation::FragmentedControl),
            (OpCode::Control(_), _) if usize::from(second) > MAX_CONTROL_BYTES => Err(Violation::LargeControl),
            (OpCode::Data(Data::Continue), None) => Err(Violation::NothingToContinue),
            (OpCode::Data(Data::Text | Data::Binary), Some(_)) => Err(Violation::Unfinished),
            _ => Ok(opcode),
        }
    }

    /// Inflates a message that has come in one frame.
    fn inflate(&mut self, opcode: OpCode, payload: Range<usize>) -> Result<Option<Received<'_>>, Violation> {
        let limit = self.max_bytes;
        let inflater = self.inflater.as_mut().ok_or(Violation::ReservedBits)?;
        let payload = self.bytes.get(payload).unwrap_or_default();
        inflater.inflate(payload, limit).map_err(|problem| Violation::of(problem, limit))?;
        let message = inflater.message();
        if opcode != OpCode::Data(Data::Text) {
            return Ok(Some(Received::Binary(message)));
        }
        let text = simdutf8::basic::from_utf8(message).map_err(|_| Violation::InvalidText)?;
        Ok(Some(Received::Text(text)))
    }

    fn append_fragment(&mut self, first: u8, opcode: OpCode, payload: Range<usize>) -> Result<(), Violation> {
        let is_final = first & FINAL != 0;
        let fragments = self.fragments.get_or_insert_with(|| Fragments {
            is_text: opcode == OpCode::Data(Data::Text),
            is_compressed: first & COMPRESSED != 0,
            bytes: Vec::new(),
            valid: 0,
            is_complete: false,
        });
        let payload = self.bytes.get(payload).unwrap_or_default();
        match &mut self.inflater {
            Some(inflater) if fragments.is_compressed => inflater
                .inflate_part(payload, is_final, &mut fragments.bytes, self.max_bytes)
                .map_err(|problem| Violation::of(problem, self.max_bytes))?,
            _ => fragments.bytes.extend_from_slice(payload),
        }
        fragments.is_complete = is_final;
        if fragments.is_text {
            let unchecked = fragments.bytes.get(fragments.valid..).unwrap_or_default();
            fragments.valid = match str::from_utf8(unchecked) {
                Ok(_) => fragments.bytes.len(),
                // The next fragment may complete the character.
                Err(error) if error.error_len().is_none() && !is_final => fragments.valid + error.valid_up_to(),
                Err(_) => return Err(Violation::InvalidText),
            };
        }
        Ok(())
    }

    /// The message whose last fragment has been appended.
    fn assembled(&self) -> Result<Option<Received<'_>>, Violation> {
        let Some(fragments) = &self.fragments else { return Ok(None) };
        if !fragments.is_text {
            return Ok(Some(Received::Binary(&fragments.bytes)));
        }
        let text = simdutf8::basic::from_utf8(&fragments.bytes).map_err(|_| Violation::InvalidText)?;
        Ok(Some(Received::Text(text)))
    }
}

/// The code and the reason of a close frame.
fn read_close(payload: &[u8]) -> Result<Option<(u16, &str)>, Violation> {
    let &[a, b, ref reason @ ..] = payload else {
        return if payload.is_empty() { Ok(None) } else { Err(Violation::ShortClose) };
    };
    let code = u16::from_be_bytes([a, b]);
    if code != BAD_GATEWAY && !CloseCode::from(code).is_allowed() {
        return Err(Violation::CloseCode(code));
    }
    let reason = str::from_utf8(reason).map_err(|_| Violation::InvalidReason)?;
    Ok(Some((code, reason)))
}

/// Appends a frame to the bytes to send, masked with `mask`, which must be unpredictable.
/// `is_compressed` says what the payload is.
pub(super) fn encode(opcode: OpCode, is_compressed: bool, payload: &[u8], mask: [u8; 4], bytes: &mut Vec<u8>) {
    bytes.reserve(payload.len() + MAX_HEADER_BYTES);
    let header = FrameHeader { opcode, rsv1: is_compressed, mask: Some(mask), ..FrameHeader::default() };
    // Writing to a `Vec` does not fail.
    let _ = header.format(payload.len() as u64, bytes);
    let start = bytes.len();
    bytes.extend_from_slice(payload);
    // The library keeps its own masking of a slice to itself.
    let (words, tail) = bytes.get_mut(start..).unwrap_or_default().as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    tail.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
}
