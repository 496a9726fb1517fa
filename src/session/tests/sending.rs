//! Messages of the user and their outcomes.

use super::*;

#[test]
fn messages_wait_for_a_connection() {
    let mut world = World::new(|_| {});
    let first = world.emit(r#"{"n":1}"#, 5).unwrap();
    let second = world.emit(r#"{"n":2}"#, 5).unwrap();
    world.settle();
    assert!(world.frames.is_empty() && !world.session.is_idle());
    world.connect();
    assert_eq!(
        world.take_frames().get(1..),
        Some(&[r#"420["m",{"n":1}]"#.to_owned(), r#"421["m",{"n":2}]"#.into()][..])
    );
    world.receive(r#"431[{"id":"x"}]"#);
    world.receive("430[]");
    assert_eq!(world.outcomes, [(second, Ok(Some(r#"{"id":"x"}"#.into()))), (first, Ok(None))]);
}

#[test]
fn every_message_gets_an_outcome() {
    let mut world = World::new(|config| {
        config.outbox = OutboxLimits { messages: 4, bytes: 10_000, age: seconds(3) };
        config.reconnect.attempts = Some(0);
    });
    world.connect();
    world.emit("1", 1).unwrap();
    world.settle();
    world.pass(seconds(1));
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::Timeout)]);
    world.emit(&format!(r#""{}""#, "x".repeat(1000)), 1).unwrap();
    world.settle();
    assert_eq!(world.outcome_kinds().last(), Some(&Some(ErrorKind::MessageTooLarge)));
    world.emit("1", 9).unwrap();
    world.settle();
    world.receive(r#"432[{"error":"ForbiddenError","message":"not yours"}]"#);
    assert_eq!(world.outcome_kinds().last(), Some(&Some(ErrorKind::MessageDenied)));
    world.emit("1", 9).unwrap();
    world.settle();
    world.lose();
    assert_eq!(world.outcome_kinds().last(), Some(&Some(ErrorKind::Network)), "not answered");
    let uncertain: Vec<_> =
        world.outcomes.iter().map(|(_, result)| result.as_ref().is_err_and(|e| e.uncertain)).collect();
    assert_eq!(uncertain, [true, false, false, true], "overdue, too large, refused, lost");
    for _ in 0..4 {
        world.emit("1", 1).unwrap();
    }
    assert_eq!(world.emit("1", 1), Err(ErrorKind::OutboxFull));
    world.pass(seconds(3));
    assert_eq!(world.outcome_kinds().len(), 8);
    assert!(world.outcome_kinds()[4..].iter().all(|kind| *kind == Some(ErrorKind::Expired)));
}

#[test]
fn retries_an_unanswered_message_only_if_the_user_allows_it() {
    let mut world = World::connected();
    let again = Outgoing { retry: true, ..message(r#"{"id":"again"}"#, 5) };
    let again = world.session.emit(world.now, again).unwrap();
    let once = world.emit(r#"{"id":"once"}"#, 5).unwrap();
    world.take_frames();
    world.lose();
    assert_eq!(world.outcomes.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [once]);
    world.emit(r#"{"id":"later"}"#, 5).unwrap();
    world.pass(seconds(1));
    world.establish();
    let frames = world.take_frames();
    assert_eq!(
        frames.get(1..),
        Some(&[r#"422["m",{"id":"again"}]"#.to_owned(), r#"423["m",{"id":"later"}]"#.into()][..])
    );
    world.receive(r#"432[{"id":"again"}]"#);
    assert_eq!(world.outcomes.last().map(|(id, result)| (Some(*id), result.is_ok())), Some((again, true)));
    assert_eq!(world.session.outbox_depth(), (0, 0));
}

#[test]
fn a_volatile_message_is_dropped_when_it_cannot_be_sent_at_once() {
    let volatile = Outgoing { volatile: true, ..message("{}", 5) };
    let mut world = World::new(|_| {});
    assert_eq!(world.session.emit(world.now, volatile.clone()), Ok(None));
    world.connect();
    world.take_frames();
    assert!(world.session.emit(world.now, volatile.clone()).unwrap().is_some());
    assert_eq!(world.session.emit(world.now, volatile), Ok(None), "the one before has not left yet");
    assert_eq!(world.take_frames(), [r#"420["m",{}]"#]);
}

#[test]
fn attachments_follow_their_message() {
    let mut world = World::connected();
    world.take_frames();
    let payload = r#"{"data":{"_placeholder":true,"num":0}}"#;
    let attachments = vec![Bytes::from_static(b"abc"), Bytes::from_static(b"d")];
    world.session.emit(world.now, Outgoing { attachments: attachments.clone(), ..message(payload, 5) }).unwrap();
    assert_eq!(world.take_frames(), [format!(r#"452-0["m",{payload}]"#)]);
    assert_eq!(world.attachments, attachments);
    let large = vec![Bytes::from(vec![0; 1001])];
    world.session.emit(world.now, Outgoing { attachments: large, ..message(payload, 5) }).unwrap();
    assert_eq!(world.take_frames(), [""; 0]);
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::MessageTooLarge)]);
}

#[test]
fn an_attachment_that_is_too_large_as_base64_is_refused_over_long_polling_alone() {
    // base64 turns 3 bytes into 4, after a prefix of 1: 997 of the server's limit of 1000, and
    // 1001.
    for (size, can_ping, outcome) in
        [(747, false, None), (748, false, Some(ErrorKind::MessageTooLarge)), (748, true, None), (1000, true, None)]
    {
        let mut world = World::connected();
        world.session.set_can_ping(world.now, can_ping);
        world.take_frames();
        let attachments = vec![Bytes::from(vec![0; size])];
        let payload = r#"{"data":{"_placeholder":true,"num":0}}"#;
        world.session.emit(world.now, Outgoing { attachments, ..message(payload, 5) }).unwrap();
        assert_eq!(world.take_frames().len(), usize::from(outcome.is_none()), "{size} bytes");
        assert_eq!(world.outcome_kinds().first(), outcome.map(Some).as_ref(), "{size} bytes");
    }
}

#[test]
fn the_plain_codec_matches_answers_by_number() {
    let mut world = World::plain();
    world.receive(r#"{"type":"connected","socketId":"me"}"#);
    assert_eq!(world.session.socket_id(), Some("me"));
    let accepted = world.emit(r#"{"channel":"c"}"#, 5).unwrap();
    let refused = world.emit("{}", 5).unwrap();
    assert_eq!(world.take_frames(), [r#"{"type":"m","channel":"c","ackId":0}"#, r#"{"type":"m","ackId":1}"#]);
    world.receive(r#"{"type":"error","error":"ForbiddenError","message":"no","ackId":1}"#);
    world.receive(r#"{"type":"ack","ackId":0,"id":"x"}"#);
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::MessageDenied), None]);
    assert_eq!(world.outcomes.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [refused, accepted]);
    assert!(world.errors.is_empty());
}
