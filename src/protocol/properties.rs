//! Properties of the codecs: round trips, and agreement with `serde_json` on generated and damaged
//! texts.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value;

use super::{
    DecodeError,
    arguments::Arguments,
    engine_io::EnginePacket,
    event::{Envelope, member},
    json::{self, Scanner},
    limits::MAX_ACK_ID,
    socket_io::{SocketPacket, SocketPacketKind},
};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let key = prop_oneof!["id|topic|source|type|payload", any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key, inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Inserts a text somewhere, in place of `removed` characters, for each edit.
fn damage(text: &str, edits: &[(Index, usize, &str)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (index, removed, inserted) in edits {
        let start = index.index(characters.len() + 1);
        let end = characters.len().min(start + removed);
        characters.splice(start..end, inserted.chars());
    }
    characters.into_iter().collect()
}

fn any_edits() -> impl Strategy<Value = Vec<(Index, usize, &'static str)>> {
    let inserted = prop::sample::select(vec![
        "", "", "\"", "\\", "\\u", "\\ud800", "{", "}", "[", "]", ",", ":", " ", "\t", "\0", "\u{a0}", "0", "00", "1",
        "-", "+", ".", "e", "E", "null", "true", "x", "é", "\"a\":",
    ]);
    vec((any::<Index>(), 0..3_usize, inserted), 1..4)
}

proptest! {
    #[test]
    fn accepts_what_serde_json_writes(value in any_json()) {
        prop_assert_eq!(json::validate(&value.to_string()), Ok(()));
        prop_assert_eq!(json::validate(&format!("{value:#}")), Ok(()));
    }

    #[test]
    fn judges_damaged_texts_as_serde_json_does(value in any_json(), edits in any_edits()) {
        let text = damage(&value.to_string(), &edits);
        // `IgnoredAny` checks only the grammar: it accepts numbers of any size and lone surrogates.
        let verdict = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(json::validate(&text).is_ok(), verdict, "{}", text);
    }

    #[test]
    fn unescapes_what_was_quoted(text in any::<String>()) {
        let mut quoted = String::new();
        json::quote(&text, &mut quoted);
        prop_assert_eq!(serde_json::from_str::<String>(&quoted).ok(), Some(text.clone()));
        let unescaped = json::unescape(&quoted);
        prop_assert_eq!(unescaped.as_deref(), Some(text.as_str()));
    }

    #[test]
    fn finds_the_members_serde_json_finds(value in any_json()) {
        let text = value.to_string();
        for key in ["id", "topic", "payload", ""] {
            let found = member(&text, key).and_then(|found| serde_json::from_str::<Value>(found).ok());
            let parsed: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(found.as_ref(), parsed.as_object().and_then(|object| object.get(key)));
        }
        let name = |key| value.get(key).and_then(Value::as_str).filter(|name| !name.is_empty());
        match (Envelope::scan(&mut Scanner::new(&text)), name("id").zip(name("topic"))) {
            (Ok(envelope), Some((id, topic))) => {
                prop_assert_eq!((envelope.id.as_ref(), envelope.topic.as_ref(), envelope.text), (id, topic, text.as_str()));
            }
            (Err(_), None) => {}
            (scanned, expected) => prop_assert!(false, "{:?} but {:?}", scanned, expected),
        }
    }

    #[test]
    fn engine_packets_round_trip(digit in 0..7_u8, data in any::<String>()) {
        let text = format!("{digit}{}", if matches!(digit, 1 | 5 | 6) { "" } else { &data });
        let mut out = String::new();
        EnginePacket::decode(&text).unwrap().encode(&mut out);
        prop_assert_eq!(out, text);
    }

    #[test]
    fn socket_packets_round_trip(
        kind in prop::sample::select(vec![SocketPacketKind::Event, SocketPacketKind::Ack, SocketPacketKind::BinaryEvent, SocketPacketKind::BinaryAck]),
        namespace in "/[^,]{0,64}",
        id in prop::option::of(0..=MAX_ACK_ID),
        count in 1..=64_u32,
        arguments in vec(any_json(), 0..4),
    ) {
        let mut values = vec![Value::from("name")];
        values.extend(arguments);
        let payload = Value::from(values.clone()).to_string();
        let attachments = if matches!(kind, SocketPacketKind::BinaryEvent | SocketPacketKind::BinaryAck) { count } else { 0 };
        let packet = SocketPacket { kind, namespace: &namespace, id, attachments, payload: Some(&payload) };
        let mut text = String::new();
        packet.encode(&mut text);
        prop_assert_eq!(SocketPacket::decode(&text), Ok(packet));
        prop_assert_eq!(packet.validate(), Ok(()));

        let (name, mut arguments) = Arguments::of(&payload).unwrap();
        prop_assert_eq!(name, "name");
        for value in &values[1..] {
            let argument = value.to_string();
            prop_assert_eq!(arguments.next_value(), Ok(Some(argument.as_str())));
        }
        prop_assert_eq!(arguments.finish(), Ok(()));
    }

    #[test]
    fn reading_lazily_accepts_what_the_full_check_accepts(topic in ".{0,40}", edits in any_edits()) {
        let text = damage(&format!("2/a,1[\"event\",{{\"id\":\"\\u00e9\",\"topic\":\"{topic}\"}}]"), &edits);
        let packet = SocketPacket::decode(&text).ok().filter(|packet| packet.kind == SocketPacketKind::Event);
        if let Some((packet, payload)) = packet.and_then(|packet| Some((packet, packet.payload?))) {
            let read = Arguments::of(payload).and_then(|(_, mut arguments)| match arguments.next_envelope(&mut ()) {
                Ok(_) | Err(DecodeError::Event { .. }) => arguments.finish(),
                Err(syntax) => Err(syntax),
            });
            prop_assert_eq!(read.is_ok(), packet.validate().is_ok(), "{}", text);
        }
    }
}
