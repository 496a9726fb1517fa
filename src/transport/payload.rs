//! A body of long-polling: Engine.IO packets behind each other, read and written one at a time.
//!
//! Nothing is made of a packet before it is asked for, so that the bytes of a body bound the memory that its packets
//! take, however small they are.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::error::Lost;
use super::message::Frame;
use crate::protocol::engine::{EnginePacket, PayloadItem, SEPARATOR, decode_payload, encode_payload};

/// What is left of a received body.
#[derive(Default)]
pub(super) struct Payload {
    rest: Bytes,
}

impl Payload {
    pub(super) const fn new(body: Bytes) -> Self {
        Self { rest: body }
    }

    /// Whether nothing is left. There may be no packet in what is.
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next packet, as a WebSocket would bring it. A `noop` is left out: all it does is to end a poll.
    pub(super) fn next(&mut self) -> Option<Result<Frame, Lost>> {
        while !self.rest.is_empty() {
            let end = self.rest.iter().position(|byte| *byte == SEPARATOR as u8).unwrap_or(self.rest.len());
            let element = self.rest.split_to(end);
            // The separator too.
            let _ = self.rest.split_to(self.rest.len().min(1));
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

/// How long a packet is in a body, with its separator.
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

    fn frames(body: &'static [u8]) -> Vec<Result<Frame, Lost>> {
        let mut payload = Payload::new(Bytes::from_static(body));
        std::iter::from_fn(|| payload.next()).collect()
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
    fn what_is_no_packet_is_a_protocol_loss() {
        for body in [&b"4\xc3\x28"[..], b"9", b"<html>", b"b!", b"2\x1e\x1e2"] {
            let last = frames(body).into_iter().find_map(Result::err);
            assert!(matches!(last, Some(Lost::Protocol(_))), "{body:?}: {last:?}");
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
