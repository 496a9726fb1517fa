//! The frames of a WebSocket as a client reads and writes them, RFC 6455 section 5. Bytes in, messages out: no socket.
//!
//! A message that came in one frame, as nearly all do, is lent from the buffer it was read into: nothing is allocated or
//! copied for it. The fragments of others are gathered. Whatever breaks the protocol is found as soon as the bytes that
//! tell it are there.

use std::{fmt, ops::Range};

/// The largest payload of a control frame.
const MAX_CONTROL_BYTES: usize = 125;
/// The largest header of a frame that is sent: two bytes, eight of length, four of the key.
const MAX_HEADER_BYTES: usize = 14;

const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
/// In place of a length: it follows in two bytes, in eight.
const LENGTH_16: u8 = 0x7e;
const LENGTH_64: u8 = 0x7f;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xa,
}

/// Something a server sent, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong(&'a [u8]),
    /// The payload, to be sent back, and what it says.
    Close(&'a [u8], Option<(u16, &'a str)>),
}

/// How a server broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    TooLarge { size: usize, limit: usize },
    InvalidText,
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
    /// The code to close with, RFC 6455 section 7.4.1.
    pub(super) const fn close_code(self) -> u16 {
        match self {
            Self::TooLarge { .. } => 1009,
            Self::InvalidText | Self::InvalidReason => 1007,
            _ => 1002,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { size, .. } => write!(f, "a message of {size} bytes"),
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
    /// How large a message may be.
    max_bytes: usize,
    /// What has been read from the socket, and how far it has been taken.
    bytes: Vec<u8>,
    taken: usize,
    /// How many bytes after `taken` make the frame that begins there whole.
    needed: usize,
    /// The message that is under way in fragments, or was given out last.
    fragments: Option<Fragments>,
}

/// The beginning of a message.
#[derive(Debug)]
struct Fragments {
    text: bool,
    bytes: Vec<u8>,
    /// How far a text is known to be UTF-8.
    valid: usize,
    whole: bool,
}

struct Header {
    opcode: Opcode,
    last: bool,
    payload: Range<usize>,
}

impl Frames {
    /// Begins with bytes that came before.
    pub(super) const fn after(bytes: Vec<u8>, max_bytes: usize) -> Self {
        Self { max_bytes, bytes, taken: 0, needed: 0, fragments: None }
    }

    /// What is there and was not taken: the beginning of a frame, once [`next`](Self::next) has found nothing more.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// How many bytes have to follow that beginning, as far as is known.
    pub(super) fn missing(&self) -> usize {
        self.needed.saturating_sub(self.rest().len())
    }

    /// The buffer, with nothing in it but the [rest](Self::rest): more is to be appended.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        &mut self.bytes
    }

    /// Goes on in another buffer, with a copy of the rest, and gives the former one away.
    pub(super) fn move_to(&mut self, mut buffer: Vec<u8>) -> Vec<u8> {
        buffer.clear();
        buffer.extend_from_slice(self.rest());
        self.taken = 0;
        std::mem::replace(&mut self.bytes, buffer)
    }

    /// The next message or control frame; `None` until more has been read.
    pub(super) fn next(&mut self) -> Result<Option<Received<'_>>, Violation> {
        if self.fragments.as_ref().is_some_and(|fragments| fragments.whole) {
            self.fragments = None;
        }
        let (opcode, payload) = loop {
            let Some(Header { opcode, last, payload }) = self.header()? else { return Ok(None) };
            self.taken = payload.end;
            if opcode == Opcode::Continuation || !last {
                self.gather(opcode, payload, last)?;
                if last {
                    return self.gathered();
                }
            } else {
                break (opcode, payload);
            }
        };
        let payload = self.bytes.get(payload).unwrap_or_default();
        Ok(Some(match opcode {
            Opcode::Text => Received::Text(simdutf8::basic::from_utf8(payload).map_err(|_| Violation::InvalidText)?),
            Opcode::Ping => Received::Ping(payload),
            Opcode::Pong => Received::Pong(payload),
            Opcode::Close => Received::Close(payload, read_close(payload)?),
            Opcode::Binary | Opcode::Continuation => Received::Binary(payload),
        }))
    }

    /// The header of the next frame, if all of the frame is there.
    fn header(&mut self) -> Result<Option<Header>, Violation> {
        // Until its length is known: what tells that is never far away.
        self.needed = 0;
        let bytes = self.bytes.get(self.taken..).unwrap_or_default();
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        let opcode = self.check(first, second)?;
        let (length, size) = match second {
            LENGTH_16 => (rest.first_chunk().map(|bytes| u64::from(u16::from_be_bytes(*bytes))), 4),
            LENGTH_64 => (rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)), 10),
            length => (Some(u64::from(length)), 2),
        };
        let Some(length) = length else { return Ok(None) };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let gathered = self.fragments.as_ref().map_or(0, |fragments| fragments.bytes.len());
        let message = if opcode == Opcode::Continuation { length.saturating_add(gathered) } else { length };
        if message > self.max_bytes {
            return Err(Violation::TooLarge { size: message, limit: self.max_bytes });
        }
        let whole = bytes.len() >= size + length;
        self.needed = size + length;
        if !whole {
            return Ok(None);
        }
        let start = self.taken + size;
        Ok(Some(Header { opcode, last: first & FINAL != 0, payload: start..start + length }))
    }

    /// What two bytes tell of a frame.
    fn check(&self, first: u8, second: u8) -> Result<Opcode, Violation> {
        if first & RESERVED != 0 {
            return Err(Violation::ReservedBits);
        }
        if second & MASKED != 0 {
            return Err(Violation::Masked);
        }
        let opcode = match first & 0xf {
            0x0 => Opcode::Continuation,
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            0x9 => Opcode::Ping,
            0xa => Opcode::Pong,
            unknown => return Err(Violation::UnknownOpcode(unknown)),
        };
        match (opcode, &self.fragments) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => {
                if first & FINAL == 0 {
                    return Err(Violation::FragmentedControl);
                }
                if usize::from(second) > MAX_CONTROL_BYTES {
                    return Err(Violation::LargeControl);
                }
            }
            (Opcode::Continuation, None) => return Err(Violation::NothingToContinue),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(Violation::Unfinished),
            _ => {}
        }
        Ok(opcode)
    }

    fn gather(&mut self, opcode: Opcode, payload: Range<usize>, last: bool) -> Result<(), Violation> {
        let fragments = self.fragments.get_or_insert_with(|| Fragments {
            text: opcode == Opcode::Text,
            bytes: Vec::new(),
            valid: 0,
            whole: false,
        });
        fragments.bytes.extend_from_slice(self.bytes.get(payload).unwrap_or_default());
        fragments.whole = last;
        if fragments.text {
            let unchecked = fragments.bytes.get(fragments.valid..).unwrap_or_default();
            fragments.valid = match str::from_utf8(unchecked) {
                Ok(_) => fragments.bytes.len(),
                // The next fragment may end the letter.
                Err(error) if error.error_len().is_none() && !last => fragments.valid + error.valid_up_to(),
                Err(_) => return Err(Violation::InvalidText),
            };
        }
        Ok(())
    }

    fn gathered(&self) -> Result<Option<Received<'_>>, Violation> {
        let Some(fragments) = &self.fragments else { return Ok(None) };
        if !fragments.text {
            return Ok(Some(Received::Binary(&fragments.bytes)));
        }
        let text = simdutf8::basic::from_utf8(&fragments.bytes).map_err(|_| Violation::InvalidText)?;
        Ok(Some(Received::Text(text)))
    }
}

/// Code and reason of a close frame.
fn read_close(payload: &[u8]) -> Result<Option<(u16, &str)>, Violation> {
    let &[a, b, ref reason @ ..] = payload else {
        return if payload.is_empty() { Ok(None) } else { Err(Violation::ShortClose) };
    };
    let code = u16::from_be_bytes([a, b]);
    // Registered ones that may be sent; those of libraries and of applications.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::CloseCode(code));
    }
    let reason = str::from_utf8(reason).map_err(|_| Violation::InvalidReason)?;
    Ok(Some((code, reason)))
}

/// Appends a frame to what is to be sent, masked with a key that nobody can foresee.
pub(super) fn encode(opcode: Opcode, payload: &[u8], key: [u8; 4], bytes: &mut Vec<u8>) {
    bytes.reserve(payload.len() + MAX_HEADER_BYTES);
    bytes.push(FINAL | opcode as u8);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..LENGTH_16), _) => bytes.push(MASKED | length),
        (_, Ok(length)) => {
            bytes.push(MASKED | LENGTH_16);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(MASKED | LENGTH_64);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(key);
    let start = bytes.len();
    bytes.extend_from_slice(payload);
    let (words, tail) = bytes.get_mut(start..).unwrap_or_default().as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(key)).to_ne_bytes();
    }
    tail.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
}
