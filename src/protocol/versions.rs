//! Peers of other versions, known by what they say first.

use super::{event::first_member, json::skip_byte_order_mark};

/// What a server is that joins a client without being asked, and without a `sid`.
pub const SOCKET_IO_2: &str = "the server speaks Socket.IO 2 (Engine.IO 3); this client needs Socket.IO 3 or newer";
/// What a server is that does not take the version this client names.
pub const NOT_ENGINE_IO_4: &str =
    "the server does not speak Engine.IO 4, which this client needs: it refuses this version of the protocol";

/// Engine.IO's own code for a version it does not speak, in the body of its refusal.
const UNSUPPORTED_VERSION: &str = "5";

/// Whether the first body of long-polling is of Engine.IO 3, where the length of each packet stands
/// before it: `97:0{...}`, or as bytes, of which the first is a kind, then the digits, then 255.
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

/// Whether a refusal is Engine.IO's of this client's version: `{"code":5,"message":"Unsupported
/// protocol version"}`.
#[must_use]
pub fn is_version_refused(body: &str) -> bool {
    first_member(skip_byte_order_mark(body), "code") == Some(UNSUPPORTED_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_engine_io_3_are_known_by_the_lengths_in_them() {
        for body in [&b"97:0{\"sid\":\"a\"}2:40"[..], b"9:0{", b"\x00\x09\x07\xff0{\"sid\":\"a\"}\x00\x02\xff40"] {
            assert!(is_engine_io_3(body), "{body:?}");
        }
        for body in [&b""[..], b"0{\"sid\":\"a\"}", b"97", b":0{", b"97:40", b"97:1", b"<html>", b"\x00\xff0{", b"\x00"]
        {
            assert!(!is_engine_io_3(body), "{body:?}");
        }
    }

    #[test]
    fn a_refused_version_has_a_code_of_its_own() {
        assert!(is_version_refused(r#"{"code":5,"message":"Unsupported protocol version"}"#));
        for body in
            [r#"{"code":1,"message":"Session ID unknown"}"#, r#"{"error":5}"#, r#"{"code":"5"}"#, "5", "", "<html>"]
        {
            assert!(!is_version_refused(body), "{body}");
        }
    }
}
