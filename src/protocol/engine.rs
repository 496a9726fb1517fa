//! Engine.IO 4 packets: the outer envelope of every Socket.IO message, the handshake, and long-polling bodies.

use std::time::Duration;

use super::DecodeError;
use super::json::{Scanner, unescape};

/// The longest session id a server may give, in bytes.
pub const MAX_SID_BYTES: usize = 256;
/// The longest ping interval or timeout a server may ask for: one day, in milliseconds.
pub const MAX_HEARTBEAT_MS: u64 = 24 * 60 * 60 * 1_000;

/// Stands between the elements of a long-polling body.
pub const SEPARATOR: char = '\x1e';

/// One Engine.IO packet. Binary data has no packet: a binary WebSocket message is an attachment as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnginePacket<'a> {
    /// The server's handshake, JSON: see [`Handshake::decode`].
    Open(&'a str),
    /// The peer closes the connection.
    Close,
    /// A heartbeat (from the server since Engine.IO 4), or `probe` during a transport upgrade.
    Ping(&'a str),
    /// The answer, with the ping's text.
    Pong(&'a str),
    /// A message: for Socket.IO, one packet.
    Message(&'a str),
    /// The client moves to another transport.
    Upgrade,
    /// Nothing: ends a pending poll.
    Noop,
}

impl<'a> EnginePacket<'a> {
    /// Reads one text message. What stands behind a type that carries nothing is ignored, as the official parser does.
    ///
    /// # Errors
    /// [`DecodeError::EnginePacketType`].
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let mut characters = text.chars();
        let digit = characters.next();
        let data = characters.as_str();
        match digit {
            Some('0') => Ok(Self::Open(data)),
            Some('1') => Ok(Self::Close),
            Some('2') => Ok(Self::Ping(data)),
            Some('3') => Ok(Self::Pong(data)),
            Some('4') => Ok(Self::Message(data)),
            Some('5') => Ok(Self::Upgrade),
            Some('6') => Ok(Self::Noop),
            unknown => Err(DecodeError::EnginePacketType(unknown)),
        }
    }

    /// Appends the packet to `out`.
    pub fn encode(&self, out: &mut String) {
        let (digit, data) = match *self {
            Self::Open(data) => ('0', data),
            Self::Close => ('1', ""),
            Self::Ping(data) => ('2', data),
            Self::Pong(data) => ('3', data),
            Self::Message(data) => ('4', data),
            Self::Upgrade => ('5', ""),
            Self::Noop => ('6', ""),
        };
        out.push(digit);
        out.push_str(data);
    }
}

/// What the server says when the connection opens, within sane bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The Engine.IO session id.
    pub sid: String,
    /// The server pings this often.
    pub ping_interval: Duration,
    /// A ping later than interval + timeout means the connection is dead.
    pub ping_timeout: Duration,
    /// The largest message, in bytes, the server accepts.
    pub max_payload: Option<u64>,
}

impl Handshake {
    /// Reads the JSON of [`EnginePacket::Open`]. Unknown members are ignored.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`], [`DecodeError::Handshake`].
    pub fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut sid, mut ping_interval, mut ping_timeout, mut max_payload) = (None, None, None, None);
        let mut scanner = Scanner::new(json);
        scanner.open_object()?;
        while let Some(key) = scanner.next_key()? {
            let value = Some(scanner.skip_value()?);
            match key.decode().as_ref() {
                "sid" => sid = value,
                "pingInterval" => ping_interval = value,
                "pingTimeout" => ping_timeout = value,
                "maxPayload" => max_payload = value,
                _ => {}
            }
        }
        scanner.finish()?;

        let sid = sid.and_then(unescape).filter(|sid| (1..=MAX_SID_BYTES).contains(&sid.len()));
        let out_of_bounds = |member, expected| DecodeError::Handshake { member, expected };
        Ok(Self {
            sid: sid.ok_or(out_of_bounds("sid", "a string of 1 to 256 bytes"))?.into_owned(),
            ping_interval: heartbeat("pingInterval", ping_interval)?,
            ping_timeout: heartbeat("pingTimeout", ping_timeout)?,
            max_payload: max_payload
                .map(|value| integer(value).ok_or(out_of_bounds("maxPayload", "a positive integer")))
                .transpose()?,
        })
    }
}

/// One element of a long-polling body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadItem<'a> {
    /// A packet.
    Packet(EnginePacket<'a>),
    /// Binary data, still base64.
    Binary(&'a str),
}

/// Splits a long-polling body into its elements.
pub fn decode_payload(body: &str) -> impl Iterator<Item = Result<PayloadItem<'_>, DecodeError>> {
    body.split(SEPARATOR).map(|element| match element.strip_prefix('b') {
        Some(base64) => Ok(PayloadItem::Binary(base64)),
        None => EnginePacket::decode(element).map(PayloadItem::Packet),
    })
}

/// Appends one element to a long-polling body.
pub fn encode_payload(item: PayloadItem<'_>, body: &mut String) {
    if !body.is_empty() {
        body.push(SEPARATOR);
    }
    match item {
        PayloadItem::Packet(packet) => packet.encode(body),
        PayloadItem::Binary(base64) => {
            body.push('b');
            body.push_str(base64);
        }
    }
}

fn heartbeat(member: &'static str, value: Option<&str>) -> Result<Duration, DecodeError> {
    value
        .and_then(integer)
        .filter(|milliseconds| *milliseconds <= MAX_HEARTBEAT_MS)
        .map(Duration::from_millis)
        .ok_or(DecodeError::Handshake { member, expected: "an integer from 1 to 86400000 (milliseconds)" })
}

fn integer(value: &str) -> Option<u64> {
    value.parse().ok().filter(|integer| *integer > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKETS: [(&str, EnginePacket<'static>); 8] = [
        ("0{\"sid\":\"a\"}", EnginePacket::Open("{\"sid\":\"a\"}")),
        ("1", EnginePacket::Close),
        ("2", EnginePacket::Ping("")),
        ("2probe", EnginePacket::Ping("probe")),
        ("3probe", EnginePacket::Pong("probe")),
        ("4hé", EnginePacket::Message("hé")),
        ("5", EnginePacket::Upgrade),
        ("6", EnginePacket::Noop),
    ];

    #[test]
    fn decodes_and_encodes_every_type() {
        for (text, packet) in PACKETS {
            assert_eq!(EnginePacket::decode(text), Ok(packet));
            let mut out = String::new();
            packet.encode(&mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn refuses_unknown_types() {
        for text in ["7", "b", "é", " 2", "-1"] {
            assert_eq!(EnginePacket::decode(text), Err(DecodeError::EnginePacketType(text.chars().next())));
        }
        assert_eq!(EnginePacket::decode(""), Err(DecodeError::EnginePacketType(None)));
    }

    #[test]
    fn reads_a_handshake() {
        let json = r#"{"sid":"lv_VI97HAXpY6yYWAAAB","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
        let handshake = Handshake {
            sid: "lv_VI97HAXpY6yYWAAAB".into(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: Some(1_000_000),
        };
        assert_eq!(Handshake::decode(json), Ok(handshake.clone()));
        let json = r#"{"sid":"lv_VI97HAXpY6yYWAAAB","pingInterval":25000,"pingTimeout":20000}"#;
        assert_eq!(Handshake::decode(json), Ok(Handshake { max_payload: None, ..handshake }));
    }

    #[test]
    fn refuses_a_handshake_out_of_bounds() {
        let long = format!("\"{}\"", "s".repeat(MAX_SID_BYTES + 1));
        for (sid, interval, timeout, max_payload, at_fault) in [
            ("\"\"", "1", "1", "1", "sid"),
            ("7", "1", "1", "1", "sid"),
            (&long, "1", "1", "1", "sid"),
            ("\"s\"", "0", "1", "1", "pingInterval"),
            ("\"s\"", "-5", "1", "1", "pingInterval"),
            ("\"s\"", "86400001", "1", "1", "pingInterval"),
            ("\"s\"", "86400000", "1e3", "1", "pingTimeout"),
            ("\"s\"", "1", "\"20\"", "1", "pingTimeout"),
            ("\"s\"", "1", "1", "0", "maxPayload"),
            ("\"s\"", "1", "1", "99999999999999999999", "maxPayload"),
        ] {
            let json = format!(
                r#"{{"sid":{sid},"pingInterval":{interval},"pingTimeout":{timeout},"maxPayload":{max_payload}}}"#
            );
            let fault = Handshake::decode(&json);
            assert!(
                matches!(fault, Err(DecodeError::Handshake { member, .. }) if member == at_fault),
                "{json}: {fault:?}"
            );
        }
        assert!(matches!(Handshake::decode("{}"), Err(DecodeError::Handshake { member: "sid", .. })));
        for json in ["", "[]", "{\"sid\":\"s\"", "{}x"] {
            assert!(matches!(Handshake::decode(json), Err(DecodeError::Json { .. })), "{json}");
        }
    }

    #[test]
    fn splits_and_joins_a_polling_body() {
        let body = "4hello\u{1e}2\u{1e}bAQIDBA==\u{1e}4€";
        let items = [
            PayloadItem::Packet(EnginePacket::Message("hello")),
            PayloadItem::Packet(EnginePacket::Ping("")),
            PayloadItem::Binary("AQIDBA=="),
            PayloadItem::Packet(EnginePacket::Message("€")),
        ];
        assert_eq!(decode_payload(body).collect::<Result<Vec<_>, _>>(), Ok(items.to_vec()));
        let mut joined = String::new();
        for item in items {
            encode_payload(item, &mut joined);
        }
        assert_eq!(joined, body);
        let empty: Vec<_> = decode_payload("2\u{1e}").collect();
        assert_eq!(empty[1], Err(DecodeError::EnginePacketType(None)));
    }
}
