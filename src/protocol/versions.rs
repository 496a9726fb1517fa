//! Detects servers that speak an older version of the protocols, by their first message.

use super::{event::first_member, json::skip_byte_order_mark};

/// Reported when a server joins a client to the namespace unasked and without a `sid`.
pub const SOCKET_IO_2: &str = "the server speaks Socket.IO 2 (Engine.IO 3); this client needs Socket.IO 3 or newer";
/// Reported when a server refuses the version in the client's query (`EIO=4`).
pub const NOT_ENGINE_IO_4: &str =
    "the server does not speak Engine.IO 4, which this client needs: it refuses this version of the protocol";

/// Engine.IO's code for an unsupported version, in the body of its refusal.
const UNSUPPORTED_VERSION: &str = "5";

/// Whether the first long-polling body is Engine.IO 3's, which puts the length of each packet in
/// front of it: `97:0{...}`, or in binary a 0, the digits as bytes, and 255.
#[must_use]
pub fn is_engine_io_3(body: &[u8]) -> bool {
    let (start, is_digit, end): (_, fn(&u8) -> bool, _) = match body {
        [0, rest @ ..] => (rest, |byte| *byte <= 9, 0xff),
        _ => (body, u8::is_ascii_digit, b':'),
    };
    let digits = start.iter().take_while(|byte| is_digit(byte)).count();
    let handshake = start.get(digits..).and_then(|rest| rest.strip_prefix(&[end]));
    digits > 0 && handshake.is_some_and(|handshake| handshake.starts_with(b"0{"))
}

/// Whether Engine.IO refused this client's version: `{"code":5,"message":"Unsupported protocol
/// version"}`.
#[must_use]
pub fn is_version_refused(body: &str) -> bool {
    first_member(skip_byte_order_mark(body), "code") == Some(UNSUPPORTED_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_engine_io_3_by_its_packet_lengths() {
        for body in [&b"97:0{\"sid\":\"a\"}2:40"[..], b"9:0{", b"\x00\x09\x07\xff0{\"sid\":\"a\"}\x00\x02\xff40"] {
            assert!(is_engine_io_3(body), "{body:?}");
        }
        for body in [&b""[..], b"0{\"sid\":\"a\"}", b"97", b":0{", b"97:40", b"97:1", b"<html>", b"\x00\xff0{", b"\x00"]
        {
            assert!(!is_engine_io_3(body), "{body:?}");
        }
    }

    #[test]
    fn detects_a_refused_version_by_its_code() {
        assert!(is_version_refused(r#"{"code":5,"message":"Unsupported protocol version"}"#));
        for body in
            [r#"{"code":1,"message":"Session ID unknown"}"#, r#"{"error":5}"#, r#"{"code":"5"}"#, "5", "", "<html>"]
        {
            assert!(!is_version_refused(body), "{body}");
        }
    }
}
