//! Engine.IO 4: packets, which carry every Socket.IO packet, the handshake, and long-polling
//! bodies.

use std::time::Duration;

use super::{
    DecodeError,
    json::{Scanner, unescape},
    limits::{MAX_HEARTBEAT_MS, MAX_SID_BYTES},
};

/// The defaults of Engine.IO's servers, in milliseconds.
const DEFAULT_PING_INTERVAL_MS: u64 = 25_000;
const DEFAULT_PING_TIMEOUT_MS: u64 = 20_000;

/// Separates the elements of a long-polling body.
pub const SEPARATOR: char = '\x1e';

/// One Engine.IO packet. A binary WebSocket message is not a packet: it is an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnginePacket<'a> {
    /// The JSON of the server's handshake, for [`Handshake::decode`].
    Open(&'a str),
    /// The peer closes the connection.
    Close,
    /// A heartbeat (from the server since Engine.IO 4), or `probe` during a transport upgrade.
    Ping(&'a str),
    /// The answer to a ping, with the ping's text.
    Pong(&'a str),
    /// A message: for Socket.IO, one packet.
    Message(&'a str),
    /// The client moves to another transport.
    Upgrade,
    /// No content: ends a pending poll.
    Noop,
}

impl<'a> EnginePacket<'a> {
    /// Reads one text message. Like the official parser, ignores text after a type that carries no
    /// data.
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

/// The server's handshake, with every value within its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The Engine.IO session ID.
    pub sid: String,
    /// How often the server pings.
    pub ping_interval: Duration,
    /// The connection is dead if no ping arrives within `ping_interval + ping_timeout`.
    pub ping_timeout: Duration,
    /// The largest message that the server accepts, in bytes. `None`: the server states no limit.
    pub max_payload: Option<u64>,
    /// Whether a long-polling session can be upgraded to a WebSocket.
    pub offers_websocket: bool,
}

impl Handshake {
    /// Reads the JSON of [`EnginePacket::Open`]. Unknown members are ignored.
    ///
    /// Its numbers come from the server's options. They are hints, so that no number makes the
    /// handshake fail:
    ///
    /// | member | any number | `null`, which is `Infinity` in JSON | 0, negative, missing, of another type |
    /// |---|---|---|---|
    /// | `pingInterval`, `pingTimeout` | rounded, at most [`MAX_HEARTBEAT_MS`] | [`MAX_HEARTBEAT_MS`] | Engine.IO's default |
    /// | `maxPayload` | rounded | no limit | no limit |
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`], [`DecodeError::Handshake`].
    pub fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut sid, mut ping_interval, mut ping_timeout, mut max_payload) = (None, None, None, None);
        let mut upgrades = None;
        let mut scanner = Scanner::new(json);
        scanner.open_object()?;
        while let Some(key) = scanner.next_key()? {
            let value = Some(scanner.skip_value()?);
            match key.decode().as_ref() {
                "sid" => sid = value,
                "pingInterval" => ping_interval = value,
                "pingTimeout" => ping_timeout = value,
                "maxPayload" => max_payload = value,
                "upgrades" => upgrades = value,
                _ => {}
            }
        }
        scanner.finish()?;

        let sid = sid.and_then(unescape).filter(|sid| (1..=MAX_SID_BYTES).contains(&sid.len()));
        let expected = "a string of 1 to 256 bytes";
        Ok(Self {
            sid: sid.ok_or(DecodeError::Handshake { member: "sid", expected })?.into_owned(),
            ping_interval: heartbeat(ping_interval, DEFAULT_PING_INTERVAL_MS),
            ping_timeout: heartbeat(ping_timeout, DEFAULT_PING_TIMEOUT_MS),
            max_payload: max_payload.and_then(positive),
            offers_websocket: upgrades.is_some_and(names_websocket),
        })
    }
}

/// One element of a long-polling body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadItem<'a> {
    /// A packet.
    Packet(EnginePacket<'a>),
    /// Binary data, in base64.
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

fn heartbeat(value: Option<&str>, default: u64) -> Duration {
    let milliseconds = match value {
        Some("null") => MAX_HEARTBEAT_MS,
        value => value.and_then(positive).unwrap_or(default),
    };
    Duration::from_millis(milliseconds.min(MAX_HEARTBEAT_MS))
}

/// A number, rounded, if it is positive. A number that is too large becomes `u64::MAX`.
fn positive(json: &str) -> Option<u64> {
    let number = json.parse::<f64>().ok()?.round();
    // `Duration` has the only conversion from a float that neither wraps nor panics.
    (number > 0.0).then(|| Duration::try_from_secs_f64(number).map_or(u64::MAX, |seconds| seconds.as_secs()))
}

/// Whether a JSON text is an array that contains `"websocket"`.
fn names_websocket(json: &str) -> bool {
    let mut scanner = Scanner::new(json);
    if scanner.open_array().is_err() {
        return false;
    }
    while let Ok(true) = scanner.next_element() {
        match scanner.skip_value() {
            Ok(element) if unescape(element).as_deref() == Some("websocket") => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
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
    fn rejects_unknown_types() {
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
            offers_websocket: true,
        };
        assert_eq!(Handshake::decode(json), Ok(handshake.clone()));
        let json = r#"{"sid":"lv_VI97HAXpY6yYWAAAB"}"#;
        assert_eq!(Handshake::decode(json), Ok(Handshake { max_payload: None, offers_websocket: false, ..handshake }));
    }

    #[test]
    fn every_number_of_a_handshake_is_read() {
        const DAY: u64 = MAX_HEARTBEAT_MS;
        for (number, interval, timeout, payload) in [
            ("25000.0", 25_000, 25_000, Some(25_000)),
            ("2.5e4", 25_000, 25_000, Some(25_000)),
            ("33333.333333", 33_333, 33_333, Some(33_333)),
            ("99.5", 100, 100, Some(100)),
            ("1", 1, 1, Some(1)),
            ("86400001", DAY, DAY, Some(86_400_001)),
            ("1e300", DAY, DAY, Some(u64::MAX)),
            ("1e999", DAY, DAY, Some(u64::MAX)),
            ("99999999999999999999", DAY, DAY, Some(u64::MAX)),
            ("null", DAY, DAY, None),
            ("0", 25_000, 20_000, None),
            ("-0.0", 25_000, 20_000, None),
            ("-5", 25_000, 20_000, None),
            ("-1e999", 25_000, 20_000, None),
            ("1e-9", 25_000, 20_000, None),
            ("\"25000\"", 25_000, 20_000, None),
            ("[1]", 25_000, 20_000, None),
            ("true", 25_000, 20_000, None),
        ] {
            let json = format!(r#"{{"sid":"s","pingInterval":{number},"pingTimeout":{number},"maxPayload":{number}}}"#);
            let Handshake { ping_interval, ping_timeout, max_payload, .. } = Handshake::decode(&json).unwrap();
            let times = (Duration::from_millis(interval), Duration::from_millis(timeout));
            assert_eq!((ping_interval, ping_timeout), times, "{number}");
            assert_eq!(max_payload, payload, "{number}");
        }
    }

    #[test]
    fn finds_the_offer_of_a_websocket() {
        for (upgrades, offered) in [
            (r#"["websocket"]"#, true),
            (r#"[ "webtransport" , "web\u0073ocket" ]"#, true),
            ("[]", false),
            (r#"["webtransport", 7, ["websocket"]]"#, false),
            ("null", false),
            (r#""websocket""#, false),
        ] {
            let json = format!(r#"{{"sid":"s","upgrades":{upgrades}}}"#);
            assert_eq!(Handshake::decode(&json).map(|read| read.offers_websocket), Ok(offered), "{upgrades}");
        }
    }

    #[test]
    fn rejects_a_handshake_without_a_session_id() {
        let long = format!("\"{}\"", "s".repeat(MAX_SID_BYTES + 1));
        for sid in ["\"\"", "7", "null", &long] {
            let fault = Handshake::decode(&format!(r#"{{"sid":{sid}}}"#));
            assert!(matches!(fault, Err(DecodeError::Handshake { member: "sid", .. })), "{sid}: {fault:?}");
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
