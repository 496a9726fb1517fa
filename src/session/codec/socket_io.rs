//! Socket.IO over Engine.IO: the meanings of packets.

use std::borrow::Cow;

use super::{Incoming, refusal::Refusal, reported_gap::ReportedGap};
use crate::{
    protocol::{
        DecodeError,
        arguments::Arguments,
        attachments::Assembler,
        engine_io::{EnginePacket, Handshake},
        event::{Recognizer, members},
        json::{plain_run, quote, unescape},
        socket_io::{SocketPacket, SocketPacketKind},
    },
    vocabulary::{NAMESPACE, PING_NAMESPACE, incoming, member},
};

/// The beginning of nearly every frame: a message with an event packet of the default namespace,
/// named [`incoming::EVENT`].
const EVENT_HEAD: &str = r#"42["event","#;

pub(super) fn decode<'a>(
    frame: &'a str,
    assembler: &mut Assembler,
    recognizer: &mut impl Recognizer,
) -> Result<Incoming<'a>, DecodeError> {
    if let Some(event) = frame.strip_prefix(EVENT_HEAD)
        && let Some(envelope) = recognizer.recognize(event)
        && let Some(offset) = event.get(envelope.text.len()..).and_then(behind_event)
        && !assembler.is_pending()
    {
        return Ok(Incoming::Event { envelope, offset: Some(offset).filter(|offset| !offset.is_empty()) });
    }
    Ok(match EnginePacket::decode(frame)? {
        EnginePacket::Message(message) => {
            if assembler.is_pending() {
                assembler.skip();
                return Err(DecodeError::AttachmentMissing);
            }
            let packet = SocketPacket::decode(message).inspect_err(|_| {
                // Its attachments follow all the same.
                if message.starts_with(['5', '6']) {
                    assembler.skip();
                }
            })?;
            if matches!(packet.kind, SocketPacketKind::BinaryEvent | SocketPacketKind::BinaryAck) {
                assembler.begin(message.to_owned(), packet.attachments)?;
                return Ok(Incoming::BinaryStarted);
            }
            meaning(&packet, recognizer)?
        }
        EnginePacket::Open(handshake) => Incoming::Opened(Handshake::decode(handshake)?),
        EnginePacket::Close => Incoming::Closed,
        EnginePacket::Ping(text) => Incoming::Ping(text),
        EnginePacket::Pong(_) | EnginePacket::Upgrade | EnginePacket::Noop => Incoming::Ignored,
    })
}

/// What follows an event in its packet: nothing, or the packet's offset, a JSON string. `None`:
/// anything else.
fn behind_event(rest: &str) -> Option<&str> {
    if rest == "]" {
        return Some("");
    }
    let offset = rest.strip_prefix(',')?.strip_suffix(']')?;
    let body = offset.strip_prefix('"')?.strip_suffix('"')?;
    (plain_run(body.as_bytes(), 0).0 == body.len()).then_some(offset)
}

/// The offset of an unreadable event packet, without the packet type of Engine.IO.
pub(super) fn offset(message: &str) -> Option<&str> {
    let arguments = message.strip_prefix(['2', '5'])?.split_once('[')?.1;
    let (event, _) = arguments.rsplit_once(",\"")?;
    // The offset follows the name and the event.
    event.contains(',').then(|| behind_event(arguments.get(event.len()..)?)).flatten()
}

pub(super) fn decode_assembled(message: &str) -> Result<Incoming<'_>, DecodeError> {
    meaning(&SocketPacket::decode(message)?, &mut ())
}

fn meaning<'a>(packet: &SocketPacket<'a>, recognizer: &mut impl Recognizer) -> Result<Incoming<'a>, DecodeError> {
    if packet.namespace != NAMESPACE {
        return Ok(match (packet.namespace, packet.kind) {
            (PING_NAMESPACE, SocketPacketKind::ConnectError) => Incoming::Pong { timestamp: None },
            (PING_NAMESPACE, SocketPacketKind::Connect) => Incoming::PingAdmitted,
            _ => Incoming::Ignored,
        });
    }
    let payload = packet.payload.unwrap_or_default();
    match packet.kind {
        SocketPacketKind::Event | SocketPacketKind::BinaryEvent => event_meaning(payload, recognizer),
        SocketPacketKind::Ack | SocketPacketKind::BinaryAck => {
            let mut arguments = Arguments::of_ack(payload)?;
            let payload = arguments.next_value()?;
            arguments.finish()?;
            Ok(packet.id.map_or(Incoming::Ignored, |id| Incoming::Acked { id, payload }))
        }
        SocketPacketKind::Connect => {
            packet.validate()?;
            let [socket_id, pid] = members(payload, ["sid", "pid"]).map(text);
            Ok(Incoming::Joined { socket_id: socket_id.filter(|sid| !sid.is_empty()), pid })
        }
        SocketPacketKind::ConnectError => {
            packet.validate()?;
            Ok(Incoming::Refused(Refusal::read(payload)))
        }
        SocketPacketKind::Disconnect => Ok(Incoming::Disconnected),
    }
}

fn event_meaning<'a>(payload: &'a str, recognizer: &mut impl Recognizer) -> Result<Incoming<'a>, DecodeError> {
    let (name, mut arguments) = Arguments::of(payload)?;
    match &*name {
        incoming::EVENT => {
            let envelope = match arguments.next_envelope(recognizer) {
                Err(syntax @ (DecodeError::Json { .. } | DecodeError::TooDeep { .. })) => return Err(syntax),
                envelope => envelope,
            };
            // With Connection State Recovery the server appends the packet's offset.
            let offset = arguments.next_value()?;
            arguments.finish()?;
            let missing = DecodeError::Event { member: None, expected: "an object" };
            Ok(Incoming::Event { envelope: envelope?.ok_or(missing)?, offset })
        }
        incoming::SUBSCRIBED => {
            let confirmation = arguments.next_value()?.unwrap_or_default();
            arguments.finish()?;
            let [subscription_id, topic] = members(confirmation, [member::SUBSCRIPTION_ID, member::TOPIC]);
            Ok(Incoming::Subscribed { subscription_id, topic: topic.and_then(unescape) })
        }
        incoming::GAP => {
            let gap = ReportedGap::read(arguments.next_value()?.unwrap_or_default());
            let offset = arguments.next_value()?;
            arguments.finish()?;
            Ok(Incoming::Gap { gap, offset })
        }
        incoming::ERROR => {
            let report = arguments.next_value()?.unwrap_or_default();
            arguments.finish()?;
            let [error, message, subscription_id] =
                members(report, [member::ERROR, member::MESSAGE, member::SUBSCRIPTION_ID])
                    .map(|json| json.and_then(unescape));
            Ok(Incoming::Failed { error, message, subscription_id })
        }
        _ => arguments.finish().map(|()| Incoming::Ignored),
    }
}

/// The characters of a JSON string, if it is one.
fn text(json: Option<&str>) -> Option<String> {
    json.and_then(unescape).map(Cow::into_owned)
}

pub(super) fn event(name: &str, payload: &str, ack: Option<u64>, attachments: usize) -> String {
    let mut arguments = String::with_capacity(payload.len() + name.len() + 8);
    arguments.push('[');
    quote(name, &mut arguments);
    arguments.push(',');
    arguments.push_str(payload);
    arguments.push(']');
    let attachments = u32::try_from(attachments).unwrap_or(u32::MAX);
    let kind = if attachments == 0 { SocketPacketKind::Event } else { SocketPacketKind::BinaryEvent };
    packet(SocketPacket { kind, namespace: NAMESPACE, id: ack, attachments, payload: Some(&arguments) })
}

/// Whether a frame is a `CONNECT` or `CONNECT_ERROR` of the default namespace, by its first
/// characters.
pub(super) fn answers_join(frame: &str) -> bool {
    let payload = frame.strip_prefix("40").or_else(|| frame.strip_prefix("44"));
    payload.is_some_and(|payload| !payload.starts_with('/'))
}

/// The id of the ack that the server expects for the event in a frame.
pub(super) fn awaited_ack(frame: &str) -> Option<u64> {
    // Nearly every event has none: its arguments follow its type.
    let message = frame.strip_prefix("42").filter(|rest| !rest.starts_with('[')).and(frame.get(1..))?;
    awaited_ack_of(message)
}

/// The same, for a packet without its Engine.IO type.
pub(super) fn awaited_ack_of(message: &str) -> Option<u64> {
    let packet = SocketPacket::decode(message).ok()?;
    let is_event = matches!(packet.kind, SocketPacketKind::Event | SocketPacketKind::BinaryEvent);
    packet.id.filter(|_| is_event && packet.namespace == NAMESPACE)
}

pub(super) fn ack(id: u64) -> String {
    packet(SocketPacket {
        kind: SocketPacketKind::Ack,
        namespace: NAMESPACE,
        id: Some(id),
        attachments: 0,
        payload: Some("[]"),
    })
}

pub(super) fn join(credentials: &str) -> String {
    bare(SocketPacketKind::Connect, NAMESPACE, Some(credentials))
}

pub(super) fn leave() -> String {
    bare(SocketPacketKind::Disconnect, NAMESPACE, None)
}

pub(super) fn ping() -> String {
    bare(SocketPacketKind::Connect, PING_NAMESPACE, None)
}

pub(super) fn leave_ping_namespace() -> String {
    bare(SocketPacketKind::Disconnect, PING_NAMESPACE, None)
}

pub(super) fn pong(text: &str) -> String {
    let mut frame = String::with_capacity(text.len() + 1);
    EnginePacket::Pong(text).encode(&mut frame);
    frame
}

fn bare(kind: SocketPacketKind, namespace: &str, payload: Option<&str>) -> String {
    packet(SocketPacket { kind, namespace, id: None, attachments: 0, payload })
}

fn packet(packet: SocketPacket<'_>) -> String {
    let mut message = String::with_capacity(packet.payload.map_or(0, str::len) + 24);
    packet.encode(&mut message);
    let mut frame = String::with_capacity(message.len() + 1);
    EnginePacket::Message(&message).encode(&mut frame);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_an_event_is_what_would_be_sent() {
        assert_eq!(event(incoming::EVENT, "{}", None, 0), format!("{EVENT_HEAD}{{}}]"));
    }

    #[test]
    fn a_packet_that_cannot_be_read_may_have_an_offset() {
        for message in [r#"2["event",{"id":1},"a1"]"#, r#"2["event","x","a1"]"#, r#"565-["event",{,"a1"]"#] {
            assert_eq!(offset(message), Some(r#""a1""#), "{message}");
        }
        for message in
            ["", "2", "2[", r#"2["event"]"#, r#"2["event","x"]"#, r#"2["event",{"id":1,"a":"b"}]"#, r#"3["a",1,"b"]"#]
        {
            assert_eq!(offset(message), None, "{message}");
        }
    }

    #[test]
    fn a_packet_is_checked_to_its_end() {
        for frame in [
            "430[1",
            "430[1,]",
            r#"42["subscribed",{"topic":"t"}"#,
            r#"42["error",{} 7]"#,
            r#"42["event",{"id":1},]"#,
            r#"42["other",}"#,
        ] {
            let decoded = decode(frame, &mut Assembler::new(1000), &mut ());
            assert!(matches!(decoded, Err(DecodeError::Json { .. })), "{frame}: {decoded:?}");
        }
    }

    #[test]
    fn an_offset_may_follow_an_event() {
        assert_eq!(behind_event("]"), Some(""));
        assert_eq!(behind_event(r#","a1-b"]"#), Some(r#""a1-b""#));
        for rest in ["", ",]", r#",""]]"#, r#","a"b"]"#, r#","\""]"#, "],", r#", "a"]"#, r#","a""#, r#",""#, ",7]"] {
            assert_eq!(behind_event(rest), None, "{rest}");
        }
    }
}
