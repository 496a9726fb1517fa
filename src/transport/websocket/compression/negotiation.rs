//! The header `Sec-WebSocket-Extensions` on both ways, RFC 7692 section 7.1.

use crate::transport::connect::Compression;

const NAME: &str = "permessage-deflate";
const CLIENT_WINDOW: &str = "client_max_window_bits";
const SERVER_WINDOW: &str = "server_max_window_bits";
const CLIENT_RESET: &str = "client_no_context_takeover";
const SERVER_RESET: &str = "server_no_context_takeover";

/// The window of both sides without an agreement on a smaller one.
const MAX_WINDOW_BITS: u8 = 15;

/// What both sides have agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transport) struct Agreement {
    /// The window of the server's messages, as a power of two.
    pub(super) server_window_bits: u8,
    /// Whether the server's messages refer to the messages before them.
    pub(super) server_keeps_context: bool,
    /// The largest window of our messages, as a power of two.
    pub(super) client_window_bits: u8,
    /// Whether our messages may refer to the messages before them.
    pub(super) client_keeps_context: bool,
}

/// The value of the header that offers compression.
pub(in crate::transport::websocket) fn encode_offer(compression: &Compression) -> String {
    match compression.max_window_bits {
        MAX_WINDOW_BITS.. => format!("{NAME}; {CLIENT_WINDOW}"),
        bits => format!("{NAME}; {CLIENT_WINDOW}={bits}; {SERVER_WINDOW}={bits}"),
    }
}

impl Agreement {
    /// Reads the extensions that the server has chosen. `None`: it compresses nothing.
    ///
    /// # Errors
    /// How the answer violates the offer.
    pub(in crate::transport) fn parse<'a>(
        mut chosen: impl Iterator<Item = &'a str>,
        offer: Option<&Compression>,
    ) -> Result<Option<Self>, &'static str> {
        let Some(extension) = chosen.next() else { return Ok(None) };
        let mut parts = extension.split(';').map(str::trim);
        let Some(offer) = offer.filter(|_| parts.next().is_some_and(|name| name.eq_ignore_ascii_case(NAME))) else {
            return Err("it uses an extension that was not offered");
        };
        if chosen.next().is_some() {
            return Err("it uses more than the one extension that was offered");
        }
        let mut answer = Answer::default();
        parts.try_for_each(|parameter| answer.read(parameter))?;
        answer.agree(offer.max_window_bits.min(MAX_WINDOW_BITS)).map(Some)
    }

    #[cfg(test)]
    pub(in crate::transport::websocket) const fn with_windows(bits: u8) -> Self {
        Self {
            server_window_bits: bits,
            server_keeps_context: true,
            client_window_bits: bits,
            client_keeps_context: true,
        }
    }
}

/// The parameters of the server's answer, each at most once.
#[derive(Default)]
struct Answer {
    server_window_bits: Option<u8>,
    client_window_bits: Option<u8>,
    server_resets: bool,
    client_resets: bool,
}

impl Answer {
    fn read(&mut self, parameter: &str) -> Result<(), &'static str> {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(unquote(value.trim_start()))),
            None => (parameter, None),
        };
        let is_repeated = if name.eq_ignore_ascii_case(SERVER_WINDOW) {
            self.server_window_bits.replace(parse_window(value)?).is_some()
        } else if name.eq_ignore_ascii_case(CLIENT_WINDOW) {
            self.client_window_bits.replace(parse_window(value)?).is_some()
        } else if value.is_some() && [SERVER_RESET, CLIENT_RESET].iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return Err("its permessage-deflate has a parameter with a value that takes none");
        } else if name.eq_ignore_ascii_case(SERVER_RESET) {
            std::mem::replace(&mut self.server_resets, true)
        } else if name.eq_ignore_ascii_case(CLIENT_RESET) {
            std::mem::replace(&mut self.client_resets, true)
        } else {
            return Err("its permessage-deflate has an unknown parameter");
        };
        if is_repeated { Err("its permessage-deflate has a parameter twice") } else { Ok(()) }
    }

    /// Holds the windows against the largest one that was offered.
    fn agree(self, offered: u8) -> Result<Agreement, &'static str> {
        if self.server_window_bits.is_none() && offered < MAX_WINDOW_BITS {
            return Err("its permessage-deflate lacks the server_max_window_bits that was asked for");
        }
        let server_window_bits = self.server_window_bits.unwrap_or(offered);
        let client_window_bits = self.client_window_bits.unwrap_or(offered);
        if server_window_bits.max(client_window_bits) > offered {
            return Err("its permessage-deflate has a larger window than was offered");
        }
        Ok(Agreement {
            server_window_bits,
            server_keeps_context: !self.server_resets,
            client_window_bits,
            client_keeps_context: !self.client_resets,
        })
    }
}

/// A number from 8 to 15 without leading zeros, RFC 7692 section 7.1.2.
fn parse_window(value: Option<&str>) -> Result<u8, &'static str> {
    match value.map(str::as_bytes) {
        Some([digit @ b'8'..=b'9']) => Ok(digit - b'0'),
        Some([b'1', digit @ b'0'..=b'5']) => Ok(10 + digit - b'0'),
        _ => Err("its permessage-deflate has a window that is not a number from 8 to 15"),
    }
}

/// A value may be quoted, RFC 6455 section 9.1.
fn unquote(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(answer: &str, max_window_bits: u8) -> Result<Option<Agreement>, &'static str> {
        let offer = Compression { threshold: 0, max_window_bits };
        Agreement::parse(answer.split(',').filter(|part| !part.is_empty()), Some(&offer))
    }

    fn windows(answer: &str, max_window_bits: u8) -> (u8, u8) {
        let agreement = parse(answer, max_window_bits).unwrap().unwrap();
        (agreement.server_window_bits, agreement.client_window_bits)
    }

    #[test]
    fn the_offer_has_the_windows_that_are_smaller_than_usual() {
        let offer = |max_window_bits| encode_offer(&Compression { threshold: 0, max_window_bits });
        assert_eq!(offer(15), "permessage-deflate; client_max_window_bits");
        assert_eq!(offer(10), "permessage-deflate; client_max_window_bits=10; server_max_window_bits=10");
    }

    #[test]
    fn a_server_may_decline_agree_or_ask_for_less() {
        assert_eq!(parse("", 15), Ok(None));
        assert_eq!(Agreement::parse([].into_iter(), None), Ok(None));
        assert_eq!(parse("permessage-deflate", 15), Ok(Some(Agreement::with_windows(15))));
        assert_eq!(windows("Permessage-Deflate ;SERVER_max_window_bits = \"12\"", 15), (12, 15));
        assert_eq!(windows("permessage-deflate; client_max_window_bits=8; server_max_window_bits=9", 15), (9, 8));
        assert_eq!(windows("permessage-deflate; server_max_window_bits=10", 10), (10, 10));
        assert_eq!(windows("permessage-deflate; server_max_window_bits=8", 10), (8, 10));
        let reset = parse("permessage-deflate; server_no_context_takeover;client_no_context_takeover", 15);
        let expected =
            Agreement { server_keeps_context: false, client_keeps_context: false, ..Agreement::with_windows(15) };
        assert_eq!(reset, Ok(Some(expected)));
    }

    #[test]
    fn any_other_answer_is_a_violation() {
        for (answer, words) in [
            ("x-webkit-deflate-frame", "not offered"),
            ("permessage-deflate, permessage-deflate", "more than the one"),
            ("permessage-deflate, x-mine", "more than the one"),
            ("permessage-deflate;", "unknown parameter"),
            ("permessage-deflate; x=1", "unknown parameter"),
            ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", "twice"),
            ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", "twice"),
            ("permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", "twice"),
            ("permessage-deflate; server_no_context_takeover=1", "takes none"),
            ("permessage-deflate; client_no_context_takeover=", "takes none"),
            ("permessage-deflate; server_max_window_bits", "from 8 to 15"),
            ("permessage-deflate; client_max_window_bits", "from 8 to 15"),
            ("permessage-deflate; server_max_window_bits=7", "from 8 to 15"),
            ("permessage-deflate; server_max_window_bits=16", "from 8 to 15"),
            ("permessage-deflate; server_max_window_bits=010", "from 8 to 15"),
            ("permessage-deflate; server_max_window_bits=\"10", "from 8 to 15"),
        ] {
            assert!(parse(answer, 15).unwrap_err().contains(words), "{answer}");
        }
        assert!(parse("permessage-deflate", 10).unwrap_err().contains("lacks the server_max_window_bits"));
        for parameter in ["server_max_window_bits=11", "server_max_window_bits=10; client_max_window_bits=11"] {
            assert!(parse(&format!("permessage-deflate; {parameter}"), 10).unwrap_err().contains("larger"));
        }
        assert!(Agreement::parse(["permessage-deflate"].into_iter(), None).unwrap_err().contains("not offered"));
    }
}
