//! The start of a session over long-polling: the handshake in the first answer.

use std::{
    fmt::{self, Write},
    future::poll_fn,
};

use http::HeaderMap;

use super::{lane::Lane, payload::Payload};
use crate::{
    protocol::{
        engine_io::{EnginePacket, Handshake},
        versions,
    },
    transport::{
        error::{DialError, DialErrorKind},
        http::body_text::{content_encoding, html_page},
        message::Frame,
    },
};

/// Reads the first packet of the answer, which must be the handshake. The packets behind it stay in
/// the payload.
pub(super) async fn read(get: &mut Lane, incoming: &mut Payload) -> Result<(Frame, Handshake), DialError> {
    let packet = loop {
        if let Some(packet) = incoming.next() {
            break packet.map_err(no_handshake)?;
        }
        match poll_fn(|cx| get.poll_piece(cx)).await? {
            Some(piece) if !incoming.has_begun() && versions::is_engine_io_3(&piece) => {
                return Err(DialError::new(DialErrorKind::Protocol, versions::SOCKET_IO_2));
            }
            // A page may be endless, so it is not read to its end.
            Some(page) if !incoming.has_begun() && page.first() != Some(&HANDSHAKE) => {
                return Err(no_handshake(describe(&page)));
            }
            Some(piece) => incoming.push(piece),
            None if incoming.has_begun() => incoming.end(),
            None => return Err(no_handshake("it is empty")),
        }
    };
    let handshake = match &packet {
        Frame::Text(text) => match EnginePacket::decode(text) {
            Ok(EnginePacket::Open(json)) => Handshake::decode(json).map_err(no_handshake)?,
            Ok(_) => return Err(no_handshake("it is another packet")),
            Err(problem) => return Err(no_handshake(problem)),
        },
        Frame::Binary(_) => return Err(no_handshake("it is binary")),
    };
    Ok((packet, handshake))
}

/// The packet type of the handshake.
const HANDSHAKE: u8 = b'0';

/// Describes the start of a body that is not a handshake.
fn describe(page: &[u8]) -> String {
    let encoding =
        content_encoding(&HeaderMap::new(), page).map(|encoding| format!("a body in the encoding {encoding}"));
    let what = encoding.or_else(|| html_page("", &String::from_utf8_lossy(page)));
    format!("it is {}", what.as_deref().unwrap_or("something else"))
}

fn no_handshake(problem: impl fmt::Display) -> DialError {
    let reason = "connected to a server that does not speak Engine.IO: its first answer is not a handshake";
    DialError::new(DialErrorKind::Protocol, format!("{reason}: {problem}"))
}

/// Percent-encodes a value for a query.
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_not_a_handshake_is_described() {
        for (page, words) in [
            (&b"<html><title>Sign in</title>"[..], "it is an HTML page \"Sign in\""),
            (b"\x1f\x8b\x08\0", "it is a body in the encoding gzip"),
            (b"ok", "it is something else"),
        ] {
            assert_eq!(describe(page), words);
        }
    }
}
