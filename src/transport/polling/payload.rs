//! A body of long-polling: a sequence of Engine.IO packets.
//!
//! A packet is decoded only when the caller asks for it, and its size is bounded. So a body of any
//! length needs the memory of one packet.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;

use crate::{
    protocol::engine_io::{EnginePacket, PayloadItem, SEPARATOR, decode_payload, encode_payload},
    transport::{error::Lost, message::Frame},
};

/// The part of a body that has arrived and has not been consumed.
pub(super) struct Payload {
    /// The latest piece.
    piece: Bytes,
    /// The beginning of a packet, from earlier pieces.
    begun: Vec<u8>,
    /// Whether the body has arrived completely.
    is_complete: bool,
    /// The largest packet that is accepted.
    max_bytes: usize,
}

impl Payload {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self { piece: Bytes::new(), begun: Vec::new(), is_complete: false, max_bytes }
    }

    /// Adds the next piece of the body once the earlier ones are [drained](Self::is_drained).
    pub(super) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.is_drained(), "the earlier piece must be consumed first");
        self.piece = piece;
        self.is_complete = false;
    }

    /// The body is complete: a packet that has begun is its last one.
    pub(super) const fn end(&mut self) {
        self.is_complete = true;
    }

    /// Drops the remaining packets.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.max_bytes);
    }

    /// Whether a packet has begun and is not complete.
    pub(super) const fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Whether [`next`](Self::next) needs another piece.
    pub(super) const fn is_drained(&self) -> bool {
        self.piece.is_empty() && (self.begun.is_empty() || !self.is_complete)
    }

    /// The next packet, in the form that a WebSocket brings. A `noop` is skipped: it only ends a
    /// poll.
    pub(super) fn next(&mut self) -> Option<Result<Frame, Lost>> {
        while let Some(element) = self.next_element() {
            let element = match element {
                Ok(element) => element,
                Err(lost) => {
                    self.clear();
                    return Some(Err(lost));
                }
            };
            let text = match str::from_utf8(&element) {
                Ok(text) => text,
                Err(problem) => return Some(Err(broken(problem))),
            };
            let binary = match decode_payload(text).next()? {
                Ok(PayloadItem::Packet(EnginePacket::Noop)) => continue,
                Ok(PayloadItem::Packet(_)) => None,
                Ok(PayloadItem::Binary(base64)) => Some(STANDARD.decode(base64)),
                Err(problem) => return Some(Err(broken(problem))),
            };
            return Some(match binary {
                Some(bytes) => bytes.map(|bytes| Frame::Binary(bytes.into())).map_err(broken),
                None => Ok(Frame::Text(text.to_owned())),
            });
        }
        None
    }

    /// The bytes of the next packet. Each byte is scanned once, even if a packet arrives in many
    /// pieces.
    fn next_element(&mut self) -> Option<Result<Bytes, Lost>> {
        let end = self.piece.iter().position(|byte| *byte == SEPARATOR as u8);
        let part = self.piece.split_to(end.unwrap_or(self.piece.len()));
        // The separator is consumed, too.
        let _ = self.piece.split_to(self.piece.len().min(1));
        let element = if end.is_some() && self.begun.is_empty() {
            part
        } else {
            self.begun.extend_from_slice(&part);
            let is_last = self.is_complete && !self.begun.is_empty();
            if end.is_none() && !is_last {
                return self.check(&self.begun).err().map(Err);
            }
            std::mem::take(&mut self.begun).into()
        };
        Some(self.check(&element).map(|()| element))
    }

    fn check(&self, element: &[u8]) -> Result<(), Lost> {
        let size = match element {
            [b'b', base64 @ ..] => {
                let padding = base64.iter().rev().take(2).filter(|byte| **byte == b'=').count();
                (base64.len() / 4 * 3).saturating_sub(padding)
            }
            text => text.len(),
        };
        if size > self.max_bytes { Err(Lost::TooLarge { size: Some(size), limit: self.max_bytes }) } else { Ok(()) }
    }
}

/// Appends a packet to a body.
pub(super) fn append(frame: &Frame, body: &mut String) {
    match frame {
        Frame::Text(text) => match EnginePacket::decode(text) {
            Ok(packet) => encode_payload(PayloadItem::Packet(packet), body),
            Err(problem) => debug_assert!(false, "not a packet: {problem}"),
        },
        Frame::Binary(bytes) => encode_payload(PayloadItem::Binary(&STANDARD.encode(bytes)), body),
    }
}

/// The length of a packet in a body, with its separator.
pub(super) fn encoded_len(frame: &Frame) -> usize {
    match frame {
        Frame::Text(text) => text.len() + 1,
        Frame::Binary(bytes) => bytes.len().div_ceil(3) * 4 + 2,
    }
}

fn broken(problem: impl fmt::Display) -> Lost {
    Lost::Protocol(format!("the server sent a long-polling body that cannot be read: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_BYTES: usize = 100;

    /// The packets of a body that arrives in pieces of this length, up to the first error.
    fn frames_of_pieces(body: &[u8], length: usize) -> Vec<Result<Frame, Lost>> {
        let mut payload = Payload::new(MAX_BYTES);
        let mut frames = Vec::new();
        for piece in body.chunks(length).map(Some).chain([None]) {
            match piece {
                Some(piece) => payload.push(Bytes::copy_from_slice(piece)),
                None => payload.end(),
            }
            while let Some(frame) = payload.next() {
                let failed = frame.is_err();
                frames.push(frame);
                if failed {
                    return frames;
                }
            }
            assert!(payload.is_drained());
        }
        frames
    }

    fn frames(body: &[u8]) -> Vec<Result<Frame, Lost>> {
        let whole = frames_of_pieces(body, body.len().max(1));
        for length in 1..body.len() {
            assert_eq!(frames_of_pieces(body, length), whole, "in pieces of {length}");
        }
        whole
    }

    #[test]
    fn packets_come_one_by_one_as_on_a_websocket() {
        let text = |text: &str| Ok(Frame::Text(text.into()));
        assert_eq!(
            frames("4h\u{e9}\u{1e}6\u{1e}2\u{1e}bAP8=\u{1e}b\u{1e}1".as_bytes()),
            [
                text("4h\u{e9}"),
                text("2"),
                Ok(Frame::Binary(vec![0, 255].into())),
                Ok(Frame::Binary(Bytes::new())),
                text("1")
            ]
        );
        assert_eq!(frames(b""), []);
        assert_eq!(frames(b"6"), []);
    }

    #[test]
    fn an_invalid_packet_is_a_protocol_loss() {
        for body in [&b"4\xc3\x28"[..], b"9", b"<html>", b"b!", b"2\x1e\x1e2"] {
            let last = frames(body).into_iter().find_map(Result::err);
            assert!(matches!(last, Some(Lost::Protocol(_))), "{body:?}: {last:?}");
        }
    }

    #[test]
    fn a_packet_is_bounded_and_a_body_is_not() {
        let packet = format!("4{}", "x".repeat(MAX_BYTES - 1));
        let body = vec![packet.as_str(); 50].join("\u{1e}");
        assert_eq!(frames_of_pieces(body.as_bytes(), 7), vec![Ok(Frame::Text(packet.clone())); 50]);

        // The error is reported before the whole packet has arrived.
        let mut payload = Payload::new(MAX_BYTES);
        payload.push(format!("4a\u{1e}{packet}").into());
        assert_eq!(payload.next(), Some(Ok(Frame::Text("4a".into()))));
        assert_eq!(payload.next(), None);
        payload.push("y".into());
        assert_eq!(payload.next(), Some(Err(Lost::TooLarge { size: Some(MAX_BYTES + 1), limit: MAX_BYTES })));
    }

    #[test]
    fn a_binary_packet_is_bounded_by_its_decoded_size() {
        for (size, fits) in [(MAX_BYTES - 1, true), (MAX_BYTES, true), (MAX_BYTES + 1, false)] {
            let bytes = vec![7; size];
            let mut body = String::new();
            append(&Frame::Binary(bytes.clone().into()), &mut body);
            for length in [1, body.len() - 1, body.len()] {
                let expected = if fits {
                    Ok(Frame::Binary(bytes.clone().into()))
                } else {
                    Err(Lost::TooLarge { size: Some(size), limit: MAX_BYTES })
                };
                assert_eq!(frames_of_pieces(body.as_bytes(), length).last(), Some(&expected), "{size} in {length}");
            }
        }
    }

    #[test]
    fn a_body_is_as_long_as_announced() {
        let mut body = String::new();
        let frames = [Frame::Text("4a".into()), Frame::Binary(vec![1, 2, 3, 4].into()), Frame::Text("3probe".into())];
        for frame in &frames {
            append(frame, &mut body);
        }
        assert_eq!(body, "4a\u{1e}bAQIDBA==\u{1e}3probe");
        assert_eq!(frames.iter().map(encoded_len).sum::<usize>(), body.len() + 1);
    }
}
