//! Peers of another version, and peers that do not speak the protocol.

use bytes::Bytes;

use super::*;

/// Asserts that the attempt ended at once with this error, and that another one follows.
fn assert_ended(world: &World, kind: ErrorKind, words: &str) {
    assert_eq!((world.error_kinds(), world.state_names()), (vec![kind], vec!["connecting", "reconnecting"]), "{words}");
    assert!(world.errors[0].message.contains(words), "{}", world.errors[0]);
    assert_eq!(world.hang_ups.len(), 1);
}

#[test]
fn a_server_that_joins_without_a_socket_id_is_never_connected() {
    for joined in ["40", "40{}", r#"40{"sid":null}"#, r#"40{"sid":7}"#, r#"40{"sid":"","pid":"p"}"#] {
        let mut world = World::joining(|_| {});
        world.receive(joined);
        assert_ended(&world, ErrorKind::Protocol, "Socket.IO 2 (Engine.IO 3)");
        assert_eq!(world.session.socket_id(), None);
    }
}

#[test]
fn an_attempt_ends_at_once_if_the_first_message_is_not_a_handshake() {
    for first in [
        "0{\"sid\":\"s\"",
        "0{}",
        "0",
        "1",
        "2",
        "40{\"sid\":\"s\"}",
        "42[\"event\",{\"id\":\"1\",\"topic\":\"t\"}]",
        "",
        "hello",
        "{\"type\":\"connected\",\"socketId\":\"a\"}",
        "1::",
    ] {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        world.session.handle_open(world.now);
        assert_eq!(world.receive(first), None);
        assert_ended(&world, ErrorKind::Protocol, "the Engine.IO handshake");
    }
    let mut world = World::new(|_| {});
    world.session.connect(world.now);
    world.session.handle_open(world.now);
    world.session.receive_binary(world.now, Bytes::from_static(b"x"));
    world.settle();
    assert_ended(&world, ErrorKind::Protocol, "the Engine.IO handshake");
}

#[test]
fn an_attempt_ends_at_once_if_the_answer_to_connect_is_invalid() {
    for answer in ["40{\"sid\":", "40[]", "44[1]", "44{\"message\":\"no\""] {
        let mut world = World::joining(|_| {});
        world.receive(answer);
        assert_ended(&world, ErrorKind::Protocol, "answer to CONNECT cannot be read");
    }
    let mut world = World::joining(|_| {});
    for skipped in ["9", "42[", "40/other,[]", "44/other,[]"] {
        world.receive(skipped);
    }
    assert_eq!((world.error_kinds(), world.state_names()), (vec![ErrorKind::Protocol; 4], vec!["connecting"]));
    world.receive(JOINED);
    assert_eq!(world.state_names().last(), Some(&"connected"));
    world.receive("40[]");
    assert_eq!((world.errors.len(), world.state_names().len()), (5, 2), "no attempt is under way");
}

#[test]
fn reports_a_server_with_another_parser() {
    let mut world = World::joining(|_| {});
    world.session.handle_close(world.now, "closed by the server".into());
    world.settle();
    assert_eq!((world.error_kinds(), world.state_names().last()), (vec![ErrorKind::Protocol], Some(&"reconnecting")));
    assert!(world.errors[0].message.contains("socket.io-msgpack-parser"), "{}", world.errors[0]);

    let mut world = World::joining(|_| {});
    world.receive("1");
    assert_ended(&world, ErrorKind::Protocol, "socket.io-msgpack-parser");

    let mut world = World::joining(|_| {});
    world.session.receive_binary(world.now, Bytes::from_static(b"\x85\xa4type"));
    world.settle();
    assert_ended(&world, ErrorKind::Protocol, "socket.io-msgpack-parser");
}

#[test]
fn closing_an_established_connection_does_not_indicate_another_parser() {
    let mut world = World::connected();
    world.session.handle_close(world.now, "closed by the server".into());
    world.settle();
    assert_eq!((world.error_kinds(), world.last_reason()), (vec![], Some("closed by the server")));
    world.session.handle_close(world.now, "closed by the server".into());
    world.settle();
    assert_eq!(world.states.len(), 3, "there is no link any more");
}

#[test]
fn receives_attachments_of_missed_events_before_the_answer_to_connect() {
    let mut world = World::new(|_| {});
    world.connect_to(r#"40{"sid":"abc","pid":"p"}"#);
    world.session.subscribe(world.now, "t", None, None);
    world.lose();
    world.pass(seconds(1));
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.receive(r#"451-["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}},"o"]"#);
    assert!(world.session.receive_binary(world.now, Bytes::from_static(b"x")).is_some());
    world.receive(r#"40{"sid":"abc","pid":"p"}"#);
    assert_eq!((world.errors.len(), world.state_names().last()), (0, Some(&"connected")));
}
