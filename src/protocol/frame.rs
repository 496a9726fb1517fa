//! Frames of the plain WebSocket endpoint `/ws`: JSON objects keyed by `type`.

use std::borrow::Cow;

use super::{
    DecodeError,
    event::{Envelope, Recognizer},
    json::{Scanner, quote, skip_byte_order_mark, unescape},
};

const SUBSCRIBED: &str = "subscribed";
const EVENT: &str = "event";
const PONG: &str = "pong";
const ERROR: &str = "error";

/// One frame of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFrame<'a> {
    /// A subscription was accepted.
    Subscribed {
        /// The subscription's ID as any JSON, if the server sends one.
        subscription_id: Option<&'a str>,
        /// The subscription's topic.
        topic: Cow<'a, str>,
    },
    /// An event.
    Event {
        /// Member `data`. The event's topic is the envelope's, not the frame's.
        envelope: Envelope<'a>,
    },
    /// The answer to a ping.
    Pong,
    /// The server refused a request.
    Error {
        /// The error code.
        error: Option<Cow<'a, str>>,
        /// The error text.
        message: Option<Cow<'a, str>>,
        /// The refused subscription.
        subscription_id: Option<Cow<'a, str>>,
    },
    /// A frame of another type: the type.
    Unknown(Cow<'a, str>),
}

impl<'a> ServerFrame<'a> {
    /// Reads one text message. Members may be in any order, and the last of duplicate members
    /// counts.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`]. [`DecodeError::Frame`] if the text is not
    /// an object, or lacks a valid `type`, `topic` or `data`. [`DecodeError::Event`] if the `data`
    /// of an event is not an event.
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        Self::read(text, &mut ())
    }

    /// Like [`Self::decode`], but recognizes events by their shape.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn read(text: &'a str, recognizer: &mut impl Recognizer) -> Result<Self, DecodeError> {
        let mut scanner = Scanner::new(skip_byte_order_mark(text));
        if scanner.peek() != Some(b'{') {
            scanner.skip_value()?;
            scanner.finish()?;
            return Err(DecodeError::Frame { member: None, expected: "an object" });
        }
        let (mut kind, mut topic, mut data, mut subscription_id, mut error, mut message) =
            (None, None, None, None, None, None);
        scanner.open_object()?;
        while let Some(key) = scanner.next_key()? {
            match key.decode().as_ref() {
                "type" => kind = unescape(scanner.skip_value()?),
                "topic" => topic = unescape(scanner.skip_value()?),
                "subscriptionId" => subscription_id = Some(scanner.skip_value()?),
                "error" => error = unescape(scanner.skip_value()?),
                "message" => message = unescape(scanner.skip_value()?),
                // Read before the type is known, so that one pass suffices. An invalid envelope
                // matters only if the frame is an event.
                "data" => match Envelope::read(&mut scanner, recognizer) {
                    Err(syntax @ (DecodeError::Json { .. } | DecodeError::TooDeep { .. })) => return Err(syntax),
                    envelope => data = Some(envelope),
                },
                _ => drop(scanner.skip_value()?),
            }
        }
        scanner.finish()?;
        let missing = |member, expected| DecodeError::Frame { member: Some(member), expected };
        let kind = kind.ok_or(missing("type", "a string"))?;
        match kind.as_ref() {
            SUBSCRIBED => Ok(Self::Subscribed { subscription_id, topic: topic.ok_or(missing("topic", "a string"))? }),
            EVENT => Ok(Self::Event { envelope: data.ok_or(missing("data", "an event"))?? }),
            PONG => Ok(Self::Pong),
            ERROR => Ok(Self::Error { error, message, subscription_id: subscription_id.and_then(unescape) }),
            _ => Ok(Self::Unknown(kind)),
        }
    }
}

/// Appends a client frame to `out`: `body`, a JSON object without a member `type`, preceded by the
/// member `type`.
pub fn encode(kind: &str, body: &str, out: &mut String) {
    let members = body.strip_prefix('{').unwrap_or(body).trim();
    out.push_str("{\"type\":");
    quote(kind, out);
    out.push_str(if members == "}" { "" } else { "," });
    out.push_str(members);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_every_type_in_any_order() {
        assert_eq!(
            ServerFrame::decode(r#" {"type":"subscribed","subscriptionId":"s1","topic":"t"} "#),
            Ok(ServerFrame::Subscribed { subscription_id: Some("\"s1\""), topic: "t".into() })
        );
        assert_eq!(
            ServerFrame::decode(r#"{"topic":"t","type":"subscribed"}"#),
            Ok(ServerFrame::Subscribed { subscription_id: None, topic: "t".into() })
        );
        for text in [
            r#"{"type":"event","topic":"t","data":{"id":"e","topic":"t"}}"#,
            r#"{"data":7,"data":{"id":"e","topic":"t"},"more":[],"topic":"t","t\u0079pe":"event"}"#,
        ] {
            let Ok(ServerFrame::Event { envelope }) = ServerFrame::decode(text) else { panic!("{text}") };
            assert_eq!((envelope.id.as_ref(), envelope.text), ("e", r#"{"id":"e","topic":"t"}"#));
        }
        assert_eq!(ServerFrame::decode(r#"{"type":"pong"}"#), Ok(ServerFrame::Pong));
        assert_eq!(ServerFrame::decode("\u{feff}{\"type\":\"pong\"}"), Ok(ServerFrame::Pong));
        assert_eq!(
            ServerFrame::decode(r#"{"type":"error","error":"ForbiddenError","message":"no","subscriptionId":7}"#),
            Ok(ServerFrame::Error {
                error: Some("ForbiddenError".into()),
                message: Some("no".into()),
                subscription_id: None
            })
        );
        assert_eq!(ServerFrame::decode(r#"{"type":"news","data":1}"#), Ok(ServerFrame::Unknown("news".into())));
    }

    #[test]
    fn names_the_missing_member() {
        for (text, at_fault) in [
            ("[]", None),
            ("{}", Some("type")),
            (r#"{"type":7}"#, Some("type")),
            (r#"{"type":"subscribed"}"#, Some("topic")),
            (r#"{"type":"event","topic":"t"}"#, Some("data")),
        ] {
            let fault = ServerFrame::decode(text);
            assert!(matches!(fault, Err(DecodeError::Frame { member, .. }) if member == at_fault), "{text}: {fault:?}");
        }
        let fault = ServerFrame::decode(r#"{"type":"event","data":{"id":"e"}}"#);
        assert!(matches!(fault, Err(DecodeError::Event { member: Some("topic"), .. })), "{fault:?}");
    }

    #[test]
    fn rejects_broken_json() {
        for text in ["", "7 7", "{\"type\":\"pong\"", "{\"type\":\"pong\"}}", "{\"data\":{,\"type\":\"pong\"}"] {
            assert!(matches!(ServerFrame::decode(text), Err(DecodeError::Json { .. })), "{text}");
        }
    }

    #[test]
    fn puts_the_type_in_front() {
        for (body, text) in [
            ("{}", r#"{"type":"ping"}"#),
            ("{ }", r#"{"type":"ping"}"#),
            (r#"{"topic":"t","filter":{"a":1}}"#, r#"{"type":"ping","topic":"t","filter":{"a":1}}"#),
        ] {
            let mut out = String::new();
            encode("ping", body, &mut out);
            assert_eq!(out, text);
        }
    }
}
