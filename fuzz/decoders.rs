//! Properties that hold for any bytes of a peer, one function per decoder. The fuzz targets call
//! them. `tests/decoders.rs` calls them with the seeds and with damaged copies of the seeds.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fastrand::Rng;
use realtime::{
    protocol::{
        DecodeError, MAX_MESSAGE_BYTES,
        arguments::Arguments,
        attachments::Assembler,
        engine_io::{EnginePacket, Handshake, decode_payload, encode_payload},
        event::{Envelope, Recognizer, member},
        frame::ServerFrame,
        json::{self, Scanner},
        socket_io::{SocketPacket, SocketPacketKind},
    },
    rest,
    session::{Config, Heartbeat, Measure, OutboxLimits, Output, ReconnectPolicy, Session},
    shape::{Batch, Shapes},
    token::Token,
    transport,
    vocabulary::Protocol,
};
use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// Panics if a decoder violates a property.
pub(crate) type Check = fn(&[u8]);

/// Every check, by the name of its fuzz target.
#[rustfmt::skip]
pub(crate) const ALL: &[(&str, Check)] = &[
    ("engine_io", engine_io), ("socket_io", socket_io), ("arguments", arguments), ("event", event), ("json", json),
    ("frame", frame), ("attachments", attachments), ("session", session), ("answer", answer), ("upgrade", upgrade),
    ("shape", shape), ("websocket", websocket), ("compression", compression),
];

fn text(bytes: &[u8]) -> &str {
    // The transport checks text frames for UTF-8, so a decoder sees only valid text.
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// Engine.IO: packets and long-polling bodies round-trip, and a handshake is within its bounds.
pub(crate) fn engine_io(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(packet) = EnginePacket::decode(text) {
        let mut again = String::new();
        packet.encode(&mut again);
        assert_eq!(EnginePacket::decode(&again), Ok(packet));
    }
    if let Ok(handshake) = Handshake::decode(text) {
        assert!(!handshake.sid.is_empty() && handshake.ping_interval > Duration::ZERO);
    }
    let items: Vec<_> = decode_payload(text).filter_map(Result::ok).collect();
    let mut body = String::new();
    for item in &items {
        encode_payload(*item, &mut body);
    }
    if !items.is_empty() {
        assert!(decode_payload(&body).eq(items.into_iter().map(Ok)), "{text:?}");
    }
}

/// Socket.IO: a decoded packet is within its bounds and round-trips.
pub(crate) fn socket_io(bytes: &[u8]) {
    let Ok(packet) = SocketPacket::decode(text(bytes)) else { return };
    let binary = matches!(packet.kind, SocketPacketKind::BinaryEvent | SocketPacketKind::BinaryAck);
    assert_eq!(binary, packet.attachments > 0);
    let valid = packet.validate();
    let mut again = String::new();
    packet.encode(&mut again);
    let decoded = SocketPacket::decode(&again).expect("a packet that was just encoded");
    assert_eq!((decoded, decoded.validate()), (packet, valid));
}

/// The arguments of a packet: reading them one by one accepts exactly what the full check accepts.
pub(crate) fn arguments(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok((_, mut arguments)) = Arguments::of(text) {
        let mut values = 1;
        let read = loop {
            match arguments.next_value() {
                Ok(Some(value)) => {
                    assert_eq!(json::validate(value), Ok(()));
                    values += 1;
                }
                Ok(None) => break arguments.finish().is_ok(),
                Err(_) => break false,
            }
        };
        assert_eq!(read, json::validate(text).is_ok(), "{text:?}");
        if let (true, Ok(Value::Array(array))) = (read, serde_json::from_str(text)) {
            assert_eq!(array.len(), values);
        }
        let _ = Arguments::of(text).map(|(_, mut arguments)| arguments.next_envelope(&mut ()).is_ok());
    }
    if let Ok(mut arguments) = Arguments::of_ack(text) {
        let _ = arguments.next_value().and_then(|_| arguments.finish());
    }
}

/// The envelope: its members equal those that `serde_json` finds.
pub(crate) fn event(bytes: &[u8]) {
    let text = text(bytes);
    let mut scanner = Scanner::new(text);
    let Ok(envelope) = Envelope::scan(&mut scanner) else { return };
    assert!(!envelope.id.is_empty() && !envelope.topic.is_empty());
    let Ok(Value::Object(object)) = serde_json::from_str(envelope.text) else { return };
    assert_eq!(object["id"].as_str(), Some(&*envelope.id));
    assert_eq!(object["topic"].as_str(), Some(&*envelope.topic));
    let payload = envelope.payload.and_then(|payload| serde_json::from_str(payload).ok());
    assert_eq!(payload.as_ref(), object.get("payload"));
    assert_eq!(member(envelope.text, "payload").is_some(), envelope.payload.is_some());
}

/// JSON: the verdict equals that of `serde_json`, except for the limit of depth.
pub(crate) fn json(bytes: &[u8]) {
    let text = text(bytes);
    let verdict = json::validate(text);
    if !matches!(verdict, Err(DecodeError::TooDeep { .. })) {
        assert_eq!(verdict.is_ok(), serde_json::from_str::<IgnoredAny>(text).is_ok(), "{text:?}: {verdict:?}");
    }
    let mut quoted = String::new();
    json::quote(text, &mut quoted);
    assert_eq!(json::unescape(&quoted).as_deref(), Some(text));
    if let Ok(string) = serde_json::from_str::<String>(text) {
        assert_eq!(json::unescape(text.trim_ascii()).as_deref(), Some(&*string));
    }
}

/// The plain codec: only JSON is decoded as a frame.
pub(crate) fn frame(bytes: &[u8]) {
    let text = text(bytes);
    if ServerFrame::decode(text).is_ok() {
        assert_eq!(json::validate(text), Ok(()));
    }
}

/// Attachments: each byte is the size of one attachment, in units that can reach the limit. 0
/// starts a packet.
pub(crate) fn attachments(bytes: &[u8]) {
    const UNIT: usize = MAX_MESSAGE_BYTES / 512;
    static ZEROS: [u8; 255 * UNIT] = [0; 255 * UNIT];
    let mut assembler = Assembler::new(MAX_MESSAGE_BYTES);
    let mut held = 0;
    for pair in bytes.chunks(2) {
        match *pair {
            [0, count] => {
                let was_pending = assembler.is_pending();
                let begun = assembler.begin("packet".into(), u32::from(count));
                assert!(!(was_pending && begun.is_ok()), "one packet at a time");
                if begun.is_ok() {
                    held = 0;
                }
            }
            [size, ..] => {
                let size = usize::from(size) * UNIT;
                let was_pending = assembler.is_pending();
                match assembler.push(Bytes::from_static(&ZEROS[..size])) {
                    // Skipped, because it belongs to a dropped packet.
                    Ok(packet) if !was_pending => assert!(packet.is_none() && !assembler.is_pending()),
                    Ok(packet) => {
                        held += size;
                        assert!(held <= MAX_MESSAGE_BYTES);
                        assert_eq!(packet.is_some(), !assembler.is_pending());
                    }
                    Err(_) => {
                        let packet = assembler.skip();
                        assert_eq!((packet.is_some(), assembler.is_pending()), (was_pending, false));
                    }
                }
            }
            [] => {}
        }
    }
}

/// A session with either protocol: with any frames, one per line, its queues stay bounded and its
/// timers stay in the future.
pub(crate) fn session(bytes: &[u8]) {
    let (protocol, bytes) = match bytes.split_first() {
        Some((b'w', rest)) => (Protocol::Ws, rest),
        _ => (Protocol::SocketIo, bytes),
    };
    let config = Config {
        protocol,
        token: Token::parse("t0ken", Duration::ZERO).ok(),
        application_id: None,
        environment: None,
        reconnect: ReconnectPolicy::default(),
        connect_timeout: Duration::from_secs(20),
        heartbeat: Some(Heartbeat { interval: Duration::from_secs(2), timeout: Duration::from_millis(2500) }),
        outbox: OutboxLimits::default(),
        max_pause: None,
        max_message_bytes: MAX_MESSAGE_BYTES,
        measure: Measure { latency: true, topics: true },
    };
    let mut now = Instant::now();
    let mut session = Session::new(config, Rng::with_seed(1), now);
    session.listen(None, true);
    session.listen_to_messages(true);
    let _ = session.subscribe(now, "t", Some(r#"{"n":1}"#.into()), None);
    let _ = session.join_channel(now, "c");
    session.connect(now);
    let mut shapes = Shapes::default();
    let mut linked = false;
    for line in bytes.split(|byte| *byte == b'\n') {
        now += Duration::from_millis(100);
        let mut outputs = 0;
        while let Some(output) = session.poll_output() {
            linked = match output {
                Output::Dial => true,
                Output::HangUp { .. } => false,
                Output::Notice(_) => linked,
            };
            outputs += 1;
        }
        assert!(outputs <= 16, "{outputs} outputs for one frame");
        while let Some(frame) = session.poll_frame(now) {
            assert!(linked, "a frame without a link: {frame:?}");
        }
        session.handle_open(now);
        match line.split_first() {
            Some((b'#', attachment)) => _ = session.receive_binary(now, Bytes::copy_from_slice(attachment)),
            Some((b'~', _)) => now += Duration::from_secs(10),
            _ => {
                if let Some(delivery) = session.receive(now, text(line), &mut shapes) {
                    assert_eq!(json::validate(delivery.event.text()), Ok(()));
                }
            }
        }
        session.handle_timeout(now);
        assert!(session.deadline().is_none_or(|at| at > now), "a timer in the past");
        assert!(session.pending_acks() <= 512);
    }
}

/// A REST answer: the status and `Retry-After` on the first line, then the body.
pub(crate) fn answer(bytes: &[u8]) {
    let (head, body) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    let (status, retry_after) = text(head).split_once(' ').unwrap_or((text(head), ""));
    let status = status.parse().unwrap_or(200);
    let body = body.get(1..).unwrap_or_default();
    match rest::judge(status, retry_after, body) {
        Ok(text) => {
            assert!(matches!(status, 200..300));
            assert!(text.is_empty() || json::validate(&text).is_ok());
        }
        Err(error) => assert!(error.message.chars().count() < 2000, "{} bytes of message", error.message.len()),
    }
}

/// The answer to an upgrade: never accepted without the right key, and never kept beyond an
/// excerpt.
pub(crate) fn upgrade(bytes: &[u8]) {
    thread_local! {
        static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    let answer = RUNTIME.with(|runtime| runtime.block_on(transport::read_upgrade(bytes)));
    let error = answer.expect_err("the key is random");
    assert!(format!("{error:?}").len() < 32 * 1024);
}

/// Events by their shape, one per line. All lines are read three times, because a shape is learned
/// when it occurs twice. A recognized event is valid JSON, and has the envelope that a scan finds.
pub(crate) fn shape(bytes: &[u8]) {
    let (mut shapes, mut batch) = (Shapes::default(), Batch::default());
    for line in [text(bytes); 3].iter().flat_map(|text| text.lines()) {
        let read = Envelope::scan(&mut Scanner::new(line));
        if let Some(found) = shapes.recognize(line) {
            assert!(found.shape.is_some());
            assert_eq!(json::validate(found.text), Ok(()));
            batch.push_event(shapes.accept(found.text, found.shape));
            assert_eq!(Ok(Envelope { shape: None, ..found }), read);
        } else if let Ok(envelope) = read {
            batch.push_event(shapes.accept(envelope.text, None));
        } else if shapes.write_inline(line) {
            assert_eq!(json::validate(line), Ok(()));
        }
    }
}

/// Where to split frames, which the first four bytes say, and the frames.
fn split_frames(bytes: &[u8]) -> Option<([usize; 2], &[u8])> {
    let [a, b, c, d, frames @ ..] = bytes else { return None };
    let (first, second) = (usize::from(u16::from_be_bytes([*a, *b])), usize::from(u16::from_be_bytes([*c, *d])));
    let modulus = frames.len() + 1;
    let mut places = [first % modulus, second % modulus];
    places.sort_unstable();
    Some((places, frames))
}

/// The WebSocket: its messages do not depend on how their bytes are split. The first four bytes say
/// where.
pub(crate) fn websocket(bytes: &[u8]) {
    let Some((places, frames)) = split_frames(bytes) else { return };
    let whole = transport::read_messages(frames, [0, 0]);
    assert_eq!(transport::read_messages(frames, places), whole);
    let bytes: usize = whole.0.iter().map(|message| transport::Message::from(message).len()).sum();
    assert!(bytes + 2 * whole.0.len() <= frames.len(), "each has a header");
}

/// Compressed messages: whatever the server has agreed to, on the first line, they do not depend on
/// how their bytes are split, and none is larger than the limit.
pub(crate) fn compression(bytes: &[u8]) {
    const MAX_BYTES: usize = 64 * 1024;
    let (line, rest) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    let Some((places, frames)) = split_frames(rest.get(1..).unwrap_or_default()) else { return };
    let read = |places| transport::read_compressed_messages(text(line), frames, places, MAX_BYTES);
    let whole = read([0, 0]);
    assert_eq!(read(places), whole);
    let messages = whole.map(|(messages, _)| messages).unwrap_or_default();
    assert!(messages.iter().all(|message| transport::Message::from(message).len() <= MAX_BYTES));
}
