//! Incoming events: delivery, acks, attachments, and invalid or unwanted messages.

use bytes::Bytes;

use super::*;
use crate::protocol::MAX_MESSAGE_BYTES;

#[test]
fn answers_pings_and_a_burst_of_them_once() {
    let mut world = World::connected();
    world.take_frames();
    world.receive("2");
    assert_eq!(world.take_frames(), ["3"]);
    for _ in 0..10_000 {
        world.session.receive(world.now, "2", &mut ());
    }
    assert_eq!(world.take_frames(), ["3"]);
}

#[test]
fn acknowledges_an_event_if_the_server_asks_for_it() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.take_frames();
    let event = r#"{"id":"1","topic":"t","payload":{}}"#;
    assert!(world.receive(&format!(r#"427["event",{event}]"#)).is_some());
    assert_eq!(world.take_frames(), ["437[]"]);
    for (frame, ack) in [
        (format!(r#"428["event",{event}]"#), "438[]"),
        (r#"429["event",{"id":"2","topic":"unwanted","payload":{}}]"#.into(), "439[]"),
        (r#"4210["event",{"no":"event"}]"#.into(), "4310[]"),
        (r#"4211["other",1]"#.into(), "4311[]"),
        (r#"4212["subscribed",{"topic":"t"}]"#.into(), "4312[]"),
        ("420[]".into(), "430[]"),
        (format!(r#"429007199254740991["event",{event}]"#), "439007199254740991[]"),
    ] {
        assert_eq!(world.receive(&frame), None, "{frame}");
        assert_eq!(world.take_frames(), [ack], "{frame}");
    }
    for frame in [
        r#"42["event",{"id":"3","topic":"t"}]"#,
        r#"42/other,1["event",{}]"#,
        "4399[]",
        r#"429007199254740992["event",{}]"#,
        r#"42x["event",{}]"#,
        "42",
        "2",
    ] {
        world.receive(frame);
        assert!(!world.take_frames().iter().any(|frame| frame.starts_with("43")), "{frame}");
    }
}

#[test]
fn acknowledges_a_binary_event_when_it_is_complete() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.take_frames();
    let event = r#"{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}}"#;
    world.receive(&format!(r#"451-7["event",{event}]"#));
    assert_eq!(world.take_frames(), [""; 0], "its attachment is missing");
    assert!(world.session.receive_binary(world.now, Bytes::from_static(b"x")).is_some());
    assert_eq!(world.take_frames(), ["437[]"]);
}

#[test]
fn acknowledges_a_rejected_binary_event() {
    let large = Bytes::from(vec![0; MAX_MESSAGE_BYTES / 2 + 1]);
    for (head, attachments) in [
        (r#"452-7["event",{"id":"1","topic":"t"}]"#, vec![large; 2]),
        (r#"4565-7["event",{"id":"1","topic":"t"}]"#, vec![Bytes::new(); 65]),
        (r#"451-7["event",{"id":"1"}]"#, vec![Bytes::new()]),
    ] {
        let mut world = World::connected();
        world.take_frames();
        world.receive(head);
        for attachment in attachments {
            world.session.receive_binary(world.now, attachment);
        }
        world.settle();
        assert_eq!((world.take_frames(), world.errors.len()), (vec!["437[]".to_owned()], 1), "{head}");
    }
}

#[test]
fn waiting_acks_are_bounded_and_dropped_with_the_link() {
    let mut world = World::connected();
    world.take_frames();
    for id in 0..300_000 {
        world.session.receive(world.now, &format!(r#"42{id}["other"]"#), &mut ());
    }
    let frames = world.take_frames();
    assert_eq!((frames.len(), frames[0].as_str()), (262_144, "430[]"));
    world.session.receive(world.now, r#"421["other"]"#, &mut ());
    world.lose();
    assert_eq!(world.take_frames(), [""; 0], "they were the lost connection's");
}

#[test]
fn delivers_an_event_once_however_often_it_arrives() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.session.subscribe(world.now, "t", None, None);
    assert!(world.event("1", "t", "{}").is_some());
    assert_eq!(world.event("1", "t", "{}"), None);
    world.lose();
    world.pass(seconds(1));
    world.establish();
    assert_eq!(world.event("1", "t", "{}"), None);
    assert!(world.event("2", "t", "{}").is_some());
    let counters = world.session.counters();
    assert_eq!((counters.events_received, counters.dropped_repeats), (4, 2));
}

#[test]
fn drops_events_without_a_subscription_or_listener() {
    let mut world = World::connected();
    assert_eq!(world.event("1", "t", "{}"), None);
    let all = world.session.subscribe(world.now, "t", None, None);
    world.session.subscribe(world.now, "t", Some(r#"{"n":1}"#.into()), None);
    assert!(world.event("2", "t", r#"{"n":2}"#).is_some());
    world.session.unsubscribe(&all);
    assert_eq!(world.event("3", "t", r#"{"n":2}"#), None);
    assert!(world.event("3", "t", r#"{"n":1}"#).is_some(), "what was dropped as unwanted is not a repeat");
    world.session.listen(None, false);
    assert!(world.event("4", "t", r#"{"n":1}"#).is_some(), "another listener may be about to follow");
    world.session.end_of_turn();
    assert_eq!(world.event("5", "t", r#"{"n":1}"#), None);
    world.session.listen(Some("t"), true);
    assert!(world.event("6", "t", r#"{"n":1}"#).is_some());
    assert_eq!(world.session.counters().dropped_unwanted, 3);
}

#[test]
fn reports_invalid_messages_and_continues() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    for (frame, kind) in [
        ("9", ErrorKind::Protocol),
        ("", ErrorKind::Protocol),
        ("47", ErrorKind::Protocol),
        (r#"42{"no":"array"}"#, ErrorKind::Protocol),
        (r#"42["event",{"id":"1","topic":"t","payload":{}]"#, ErrorKind::Protocol),
        (r#"42["event",{"id":"1","topic":"t","payload":{}}] x"#, ErrorKind::Protocol),
        (r#"42["event",7]"#, ErrorKind::InvalidEvent),
        (r#"42["event"]"#, ErrorKind::InvalidEvent),
        (r#"42["event",{"topic":"t","payload":{}}]"#, ErrorKind::InvalidEvent),
        (r#"42["event",{"id":7,"topic":"t","payload":{}}]"#, ErrorKind::InvalidEvent),
        (HANDSHAKE, ErrorKind::Protocol),
        (JOINED, ErrorKind::Protocol),
    ] {
        assert_eq!(world.receive(frame), None, "{frame}");
        assert_eq!(world.error_kinds(), [kind], "{frame}");
        world.errors.clear();
    }
    for ignored in ["43999[1]", "6", "3", r#"42["unknown",1]"#, r#"42/other,["event",{"id":"1","topic":"t"}]"#] {
        assert_eq!(world.receive(ignored), None, "{ignored}");
    }
    for n in 0..10_000 {
        world.receive(&format!("40/namespace-{n},{{}}"));
    }
    assert!(world.errors.is_empty(), "{:?}", world.errors);
    assert!(world.event("1", "t", "{}").is_some());
    assert_eq!(world.state_names(), ["connecting", "connected"]);
}

#[test]
fn delivers_a_binary_event_with_its_attachments() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    let event = r#"{"id":"1","topic":"t","payload":{"file":{"_placeholder":true,"num":0}}}"#;
    assert_eq!(world.receive(&format!(r#"451-["event",{event}]"#)), None);
    let delivery = world.session.receive_binary(world.now, Bytes::from_static(b"abc")).expect("complete");
    assert_eq!((&*delivery.event.text, delivery.event.attachments), (event, vec![Bytes::from_static(b"abc")]));
    world.pass(seconds(10));
    assert!(world.errors.is_empty());
}

#[test]
fn drops_a_packet_whose_attachments_never_arrive() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    let head = r#"452-["event",{"id":"1","topic":"t","payload":{}}]"#;
    world.receive(head);
    world.pass(seconds(10));
    assert_eq!(world.error_kinds(), [ErrorKind::Protocol]);
    world.receive(head);
    world.receive("2");
    assert_eq!(world.errors.len(), 1, "a ping may come in between");
    world.receive(r#"42["other"]"#);
    assert_eq!(world.errors.len(), 2, "a packet may not");
    world.receive(head);
    assert!(world.event("2", "t", "{}").is_some(), "but it is not lost for that");
    assert_eq!(world.errors.len(), 3);
    assert!(world.session.receive_binary(world.now, Bytes::from_static(b"late")).is_none());
    world.settle();
    assert_eq!(world.errors.len(), 3, "it was said that they are missing");
    assert!(world.event("1", "t", "{}").is_some());
}

#[test]
fn a_rejected_packet_with_attachments_is_one_error() {
    for head in [
        r#"4570-["event",{"id":"1","topic":"t"}]"#,
        r#"4599999999999999-["event",{}]"#,
        r#"45-["event",{}]"#,
        r#"461-{"no":"array"}"#,
        r#"451-99999999999999999999["event",{}]"#,
    ] {
        let mut world = World::connected();
        world.session.subscribe(world.now, "t", None, None);
        world.receive(head);
        for _ in 0..200 {
            assert!(world.session.receive_binary(world.now, Bytes::from_static(b"x")).is_none());
        }
        world.settle();
        assert_eq!(world.error_kinds(), [ErrorKind::Protocol], "{head}");
        let event = r#"{"id":"2","topic":"t","payload":{"_placeholder":true,"num":0}}"#;
        world.receive(&format!(r#"451-["event",{event}]"#));
        assert!(world.session.receive_binary(world.now, Bytes::from_static(b"x")).is_some(), "the next one is whole");
        assert_eq!(world.errors.len(), 1);
    }
}

#[test]
fn binary_frames_without_a_packet_are_one_error() {
    for mut world in [World::connected(), World::plain()] {
        for _ in 0..200 {
            world.session.receive_binary(world.now, Bytes::from_static(b"x"));
        }
        world.settle();
        assert_eq!(world.error_kinds(), [ErrorKind::Protocol]);
    }
}

#[test]
fn a_rejected_packet_takes_no_attachment_of_the_previous_one() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.receive(r#"452-["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}}]"#);
    world.receive(r#"4570-["event",{"id":"2","topic":"t"}]"#);
    for _ in 0..70 {
        assert!(world.session.receive_binary(world.now, Bytes::from_static(b"x")).is_none());
    }
    world.settle();
    assert_eq!(world.error_kinds(), [ErrorKind::Protocol; 2], "one for each packet");
    world.pass(seconds(11));
    assert_eq!(world.errors.len(), 2);
}

/// The head of a binary packet has arrived.
fn awaiting_attachment() -> World {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.take_frames();
    world.receive(r#"451-["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}}]"#);
    world
}

#[test]
fn waits_for_attachments_while_anything_arrives() {
    let mut world = awaiting_attachment();
    for _ in 0..12 {
        world.pass(seconds(1));
        // Bytes of the attachment arrive all the time.
        world.session.handle_bytes(world.now);
    }
    let delivery = world.session.receive_binary(world.now, Bytes::from(vec![0; 5_000_000])).is_some();
    world.settle();
    assert!(delivery, "errors: {:?}", world.errors);
}

#[test]
fn waits_for_attachments_on_a_paused_link() {
    let mut world = awaiting_attachment();
    world.pause();
    world.pass(seconds(11));
    world.resume();
    let delivery = world.session.receive_binary(world.now, Bytes::from_static(b"x")).is_some();
    world.settle();
    assert!(delivery, "errors: {:?} gaps {:?}", world.errors, world.gaps);
}
