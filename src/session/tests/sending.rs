//! Messages of the user and what becomes of them.

use super::*;

#[test]
fn messages_wait_until_there_is_a_connection() {
    let mut world = World::new(|_| {});
    let first = world.session.emit(world.now, "m", r#"{"n":1}"#, None).expect("room");
    let second = world.session.emit(world.now, "m", r#"{"n":2}"#, Some(seconds(5))).expect("room");
    world.settle();
    assert!(world.frames.is_empty());
    world.connect();
    assert_eq!(
        world.take_frames().get(1..),
        Some(&[r#"42["m",{"n":1}]"#.to_owned(), r#"420["m",{"n":2}]"#.into()][..])
    );
    world.receive(r#"430[{"id":"x"}]"#);
    assert_eq!(world.outcomes, [(first, Ok(None)), (second, Ok(Some(r#"{"id":"x"}"#.into())))]);
}

#[test]
fn every_message_gets_an_outcome() {
    let mut world = World::new(|config| {
        config.outbox = OutboxLimits { messages: 4, bytes: 10_000, age: seconds(3) };
        config.reconnect.attempts = Some(0);
    });
    world.connect();
    let kinds = |world: &World| -> Vec<_> {
        world.outcomes.iter().map(|(_, result)| result.as_ref().err().map(|error| error.kind)).collect()
    };
    world.session.emit(world.now, "m", "1", Some(seconds(1))).expect("room");
    world.settle();
    world.pass(seconds(1));
    assert_eq!(kinds(&world), [Some(ErrorKind::Timeout)]);
    world.session.emit(world.now, "m", &format!(r#""{}""#, "x".repeat(1000)), Some(seconds(1))).expect("room");
    world.settle();
    assert_eq!(kinds(&world).last(), Some(&Some(ErrorKind::MessageTooLarge)));
    world.session.emit(world.now, "m", "1", Some(seconds(9))).expect("room");
    world.settle();
    world.lose();
    assert_eq!(kinds(&world).last(), Some(&Some(ErrorKind::Network)), "not answered");
    for _ in 0..4 {
        world.session.emit(world.now, "m", "1", None).expect("room");
    }
    assert_eq!(world.session.emit(world.now, "m", "1", None).map_err(|e| e.kind), Err(ErrorKind::OutboxFull));
    world.pass(seconds(3));
    assert_eq!(kinds(&world).len(), 7);
    assert!(kinds(&world)[3..].iter().all(|kind| *kind == Some(ErrorKind::Expired)));
}
