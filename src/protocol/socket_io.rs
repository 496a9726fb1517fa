//! Socket.IO 5 packets. The payload stays text: [`Arguments`] reads it in one pass.

use std::fmt::Write as _;

use super::{
    DecodeError,
    arguments::Arguments,
    json,
    limits::{MAX_ACK_ID, MAX_NAMESPACE_BYTES},
};

pub use super::packet_kind::SocketPacketKind;

/// One Socket.IO packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketPacket<'a> {
    /// Its type.
    pub kind: SocketPacketKind,
    /// Its namespace, `/` by default.
    pub namespace: &'a str,
    /// The ack ID.
    pub id: Option<u64>,
    /// Number of binary messages that follow, or 0 if the type is not binary.
    /// [`Assembler::begin`](super::attachments::Assembler::begin) checks the number.
    pub attachments: u32,
    /// The payload's JSON. [`Self::decode`] checks only its first character.
    pub payload: Option<&'a str>,
}

impl<'a> SocketPacket<'a> {
    /// Reads the head of a packet. [`Arguments`] or [`Self::validate`] reads the payload.
    ///
    /// # Errors
    /// The error in the head, or [`DecodeError::Payload`].
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let mut characters = text.chars();
        let digit = characters.next();
        let kind = digit.and_then(SocketPacketKind::from_digit).ok_or(DecodeError::SocketPacketType(digit))?;
        let mut rest = characters.as_str();

        let mut attachments = 0;
        if kind.is_binary() {
            let (count, behind) = split_digits(rest);
            attachments = count.parse().unwrap_or(0);
            rest = behind.strip_prefix('-').ok_or(DecodeError::AttachmentCount)?;
            if attachments == 0 {
                return Err(DecodeError::AttachmentCount);
            }
        }

        let mut namespace = "/";
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
            if namespace.len() > MAX_NAMESPACE_BYTES {
                return Err(DecodeError::NamespaceTooLong);
            }
        }

        let (digits, rest) = split_digits(rest);
        let id = match digits {
            "" => None,
            _ => Some(digits.parse().ok().filter(|id| *id <= MAX_ACK_ID).ok_or(DecodeError::AckId)?),
        };

        let payload = if rest.is_empty() { None } else { Some(rest) };
        let packet = Self { kind, namespace, id, attachments, payload };
        packet.check_shape()?;
        Ok(packet)
    }

    /// Checks the whole payload, for packets whose reader does not scan the payload itself.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`], [`DecodeError::Payload`],
    /// [`DecodeError::ReservedEventName`].
    pub fn validate(&self) -> Result<(), DecodeError> {
        self.check_shape()?;
        match (self.kind, self.payload) {
            (_, None) => Ok(()),
            (SocketPacketKind::Event | SocketPacketKind::BinaryEvent, Some(payload)) => {
                Arguments::of(payload)?.1.finish()
            }
            (_, Some(payload)) => json::validate(payload),
        }
    }

    /// Appends the packet to `out`.
    pub fn encode(&self, out: &mut String) {
        out.push(self.kind.digit());
        // Writing into a String cannot fail.
        if self.kind.is_binary() {
            let _ = write!(out, "{}-", self.attachments);
        }
        if self.namespace != "/" {
            let _ = write!(out, "{},", self.namespace);
        }
        if let Some(id) = self.id {
            let _ = write!(out, "{id}");
        }
        out.push_str(self.payload.unwrap_or_default());
    }

    /// Checks by the payload's first character that the packet type can carry it.
    fn check_shape(&self) -> Result<(), DecodeError> {
        use SocketPacketKind::{Ack, BinaryAck, BinaryEvent, Connect, ConnectError, Disconnect, Event};
        let first = self.payload.map(|payload| payload.bytes().next());
        let expected = match (self.kind, first) {
            (Connect, None | Some(Some(b'{')))
            | (Disconnect, None)
            | (ConnectError, None | Some(Some(b'{' | b'"')))
            | (Event | BinaryEvent | Ack | BinaryAck, Some(Some(b'['))) => return Ok(()),
            (Connect, _) => "an object",
            (Disconnect, _) => "nothing",
            (ConnectError, _) => "an object or a string",
            (Event | BinaryEvent | Ack | BinaryAck, _) => "an array",
        };
        Err(DecodeError::Payload { kind: self.kind, expected })
    }
}

/// The leading decimal digits of `text`, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::SocketPacketKind::{Ack, BinaryAck, BinaryEvent, Connect, ConnectError, Disconnect, Event};
    use super::*;

    type Fields = (SocketPacketKind, &'static str, Option<u64>, u32, Option<&'static str>);

    const PACKETS: [(&str, Fields); 15] = [
        ("0", (Connect, "/", None, 0, None)),
        ("0{\"sid\":\"a\"}", (Connect, "/", None, 0, Some("{\"sid\":\"a\"}"))),
        ("0/admin,{\"token\":\"t\"}", (Connect, "/admin", None, 0, Some("{\"token\":\"t\"}"))),
        ("0/admin?a=1,", (Connect, "/admin?a=1", None, 0, None)),
        ("1", (Disconnect, "/", None, 0, None)),
        ("1/admin,", (Disconnect, "/admin", None, 0, None)),
        ("2[\"foo\"]", (Event, "/", None, 0, Some("[\"foo\"]"))),
        ("2/admin,12[\"foo\",1]", (Event, "/admin", Some(12), 0, Some("[\"foo\",1]"))),
        ("2[3,\"foo\"]", (Event, "/", None, 0, Some("[3,\"foo\"]"))),
        ("3/admin,9007199254740991[]", (Ack, "/admin", Some(MAX_ACK_ID), 0, Some("[]"))),
        ("4{\"message\":\"no\"}", (ConnectError, "/", None, 0, Some("{\"message\":\"no\"}"))),
        ("4/admin,\"no\"", (ConnectError, "/admin", None, 0, Some("\"no\""))),
        (
            "51-[\"a\",{\"_placeholder\":true,\"num\":0}]",
            (BinaryEvent, "/", None, 1, Some("[\"a\",{\"_placeholder\":true,\"num\":0}]")),
        ),
        ("564-/admin,0[\"a\"]", (BinaryEvent, "/admin", Some(0), 64, Some("[\"a\"]"))),
        ("62-/admin,7[]", (BinaryAck, "/admin", Some(7), 2, Some("[]"))),
    ];

    #[test]
    fn decodes_and_encodes_every_kind() {
        for (text, (kind, namespace, id, attachments, payload)) in PACKETS {
            let packet = SocketPacket { kind, namespace, id, attachments, payload };
            assert_eq!(SocketPacket::decode(text), Ok(packet), "{text}");
            assert_eq!(packet.validate(), Ok(()), "{text}");
            let mut out = String::new();
            packet.encode(&mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn accepts_a_namespace_without_a_comma() {
        assert_eq!(SocketPacket::decode("1/admin").unwrap().namespace, "/admin");
    }

    #[test]
    fn rejects_a_bad_head() {
        let long = format!("2/{},[\"a\"]", "n".repeat(MAX_NAMESPACE_BYTES));
        for (text, error) in [
            ("", DecodeError::SocketPacketType(None)),
            ("7[]", DecodeError::SocketPacketType(Some('7'))),
            ("é", DecodeError::SocketPacketType(Some('é'))),
            ("5[\"a\"]", DecodeError::AttachmentCount),
            ("5-[\"a\"]", DecodeError::AttachmentCount),
            ("50-[\"a\"]", DecodeError::AttachmentCount),
            ("5-1-[\"a\"]", DecodeError::AttachmentCount),
            ("51.5-[\"a\"]", DecodeError::AttachmentCount),
            ("699999999999-[]", DecodeError::AttachmentCount),
            ("61", DecodeError::AttachmentCount),
            (&long, DecodeError::NamespaceTooLong),
            ("29007199254740992[\"a\"]", DecodeError::AckId),
            ("399999999999999999999[]", DecodeError::AckId),
        ] {
            assert_eq!(SocketPacket::decode(text), Err(error), "{text}");
        }
    }

    #[test]
    fn rejects_a_payload_of_the_wrong_type_before_any_scan() {
        for text in [
            "0[]",
            "0\"a\"",
            "1{}",
            "2",
            "2{}",
            "2\"a\"",
            "2 [\"a\"]",
            "3",
            "3{}",
            "4[]",
            "41true",
            "51-",
            "51-{}",
            "61-",
            "2é",
            "2-1[\"a\"]",
            "2/admin",
            "21.5[\"a\"]",
        ] {
            let decoded = SocketPacket::decode(text);
            assert!(matches!(decoded, Err(DecodeError::Payload { .. })), "{text}: {decoded:?}");
        }
    }

    #[test]
    fn validates_the_payload() {
        for text in ["0{", "2[\"a\"", "2[\"a\"]]", "2[\"a\",]", "3[1", "4\"a", "4{\"a\":}", "51-[\"a\" 1]"] {
            let fault = SocketPacket::decode(text).unwrap().validate();
            assert!(matches!(fault, Err(DecodeError::Json { .. })), "{text}: {fault:?}");
        }
        for text in ["2[]", "2[null]", "2[{}]", "2[[\"a\"]]", "51-[true]"] {
            let fault = SocketPacket::decode(text).unwrap().validate();
            assert!(matches!(fault, Err(DecodeError::Payload { .. })), "{text}: {fault:?}");
        }
        for name in super::super::arguments::RESERVED_EVENT_NAMES {
            let text = format!("2[\"{name}\",1]");
            assert_eq!(SocketPacket::decode(&text).unwrap().validate(), Err(DecodeError::ReservedEventName(name)));
        }
        let escaped = SocketPacket::decode("2[\"\\u0063onnect\"]").unwrap();
        assert_eq!(escaped.validate(), Err(DecodeError::ReservedEventName("connect")));
    }
}
