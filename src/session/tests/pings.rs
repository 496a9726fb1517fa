//! Control and application pings: which of them a server answers, and when its silence means that
//! it is dead.

use super::{
    liveness::{connected, establish, milliseconds},
    *,
};

const BOTH: [Protocol; 2] = [Protocol::SocketIo, Protocol::Ws];

/// The application ping of a protocol, and its answer.
fn question(protocol: Protocol) -> (&'static str, &'static str) {
    match protocol {
        Protocol::SocketIo => ("40/-,", r#"44/-,{"message":"Invalid namespace"}"#),
        Protocol::Ws => (r#"{"type":"ping"}"#, r#"{"type":"pong"}"#),
    }
}

/// Connected to a server that did not answer the control ping. The application ping is sent.
fn unanswered(protocol: Protocol) -> World {
    let mut world = connected(protocol);
    world.pass(milliseconds(1999));
    assert!(world.take_frames().is_empty());
    world.pass(milliseconds(1));
    assert_eq!(world.take_frames(), [question(protocol).0]);
    world
}

/// Only the server's pings arrive. Returns what the client sends besides its pongs.
fn live_on(world: &mut World, time: Duration) -> Vec<String> {
    for _ in 0..time.as_secs() {
        world.pass(seconds(1));
        match world.session.config.protocol {
            Protocol::SocketIo => _ = world.receive("2"),
            Protocol::Ws => world.session.handle_bytes(world.now),
        }
    }
    let mut frames = world.take_frames();
    frames.retain(|frame| frame != "3");
    frames
}

#[test]
fn a_server_that_answers_control_pings_never_sees_an_application_ping() {
    let mut world = connected(Protocol::SocketIo);
    world.pass(milliseconds(1900));
    world.pong();
    for _ in 0..20 {
        world.pass(milliseconds(2000));
        assert_eq!(world.take_frames(), ["PING"]);
        world.pong();
        world.receive("2");
        world.take_frames();
    }
    assert_eq!(world.state_names(), ["connecting", "connected"]);
}

#[test]
fn the_first_ping_goes_out_ahead_of_connect() {
    let mut world =
        World::new(|config| config.heartbeat = Some(Heartbeat { interval: seconds(2), timeout: seconds(2) }));
    world.session.connect(world.now);
    world.session.handle_open(world.now);
    assert!(world.take_frames().is_empty(), "the handshake comes first");
    world.receive(HANDSHAKE);
    assert_eq!(world.take_frames(), ["PING", r#"40{"token":"t0ken"}"#]);
    // The pong may arrive before the connection is ready, or together with the frame that makes it
    // ready.
    world.pong();
    world.pass(seconds(19));
    world.receive(JOINED);
    assert!(world.take_frames().is_empty());
    world.pass(seconds(2));
    assert_eq!(world.take_frames(), ["PING"]);
    world.pass(seconds(2));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4000 ms"));
}

#[test]
fn sends_no_pings_without_a_heartbeat() {
    let mut world = World::connected();
    world.take_frames();
    assert_eq!(live_on(&mut world, seconds(100)), [""; 0]);
    world.pong();
    assert_eq!(live_on(&mut world, seconds(100)), [""; 0]);
}

/// The server sends only late answers to the application ping.
fn keeps_answering(world: &mut World, asked: &str, answer: &str) {
    for _ in 0..30 {
        world.pass(milliseconds(2000));
        assert_eq!(world.take_frames().first().map(String::as_str), Some(asked));
        world.pass(milliseconds(2499));
        world.receive(answer);
    }
}

#[test]
fn uses_application_pings_if_the_server_sends_no_pongs() {
    for protocol in BOTH {
        let mut world = unanswered(protocol);
        let (asked, answer) = question(protocol);
        world.pass(milliseconds(2499));
        world.receive(answer);
        keeps_answering(&mut world, asked, answer);
        assert_eq!(world.state_names(), ["connecting", "connected"]);
        world.pass(milliseconds(4499));
        assert_eq!(world.state_names(), ["connecting", "connected"]);
        world.pass(milliseconds(1));
        assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
    }
}

#[test]
fn relies_on_the_servers_pings_if_it_answers_neither_ping() {
    let mut world = unanswered(Protocol::SocketIo);
    world.pass(milliseconds(2500));
    assert_eq!(live_on(&mut world, seconds(1000)), [""; 0]);
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(seconds(45));
    assert_eq!(world.last_reason(), Some("ping timeout: nothing heard for 45000 ms"));
    // The next connection pings again: it may lead to another server.
    world.pass(seconds(1));
    establish(&mut world);
    world.pong();
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn events_are_signs_of_life_but_not_pongs() {
    let mut world = connected(Protocol::SocketIo);
    for n in 0..10 {
        world.pass(milliseconds(900));
        world.event(&n.to_string(), "t", "{}");
    }
    assert_eq!(world.take_frames(), ["40/-,"]);
    world.receive("2");
    world.pass(seconds(40));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
}

#[test]
fn a_late_pong_counts() {
    let answers: [fn(&mut World); 2] = [World::pong, |world| _ = world.receive(question(Protocol::SocketIo).1)];
    for answer in answers {
        let mut world = unanswered(Protocol::SocketIo);
        world.pass(seconds(20));
        answer(&mut world);
        world.pass(milliseconds(4500));
        assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
    }
    // After a slow answer to the first ping the client uses control pings again.
    let mut world = unanswered(Protocol::SocketIo);
    world.pong();
    world.receive(question(Protocol::SocketIo).1);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
}

#[test]
fn remembers_across_reconnect_which_pings_the_server_answers() {
    let mut world = connected(Protocol::SocketIo);
    world.pong();
    world.lose();
    world.pass(seconds(1));
    // The server freezes before it has answered a ping.
    establish(&mut world);
    world.pass(milliseconds(4499));
    assert_eq!(world.state_names().last(), Some(&"connected"));
    world.pass(milliseconds(1));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn a_gateway_that_starts_to_swallow_pongs_costs_at_most_one_connection() {
    let mut world = connected(Protocol::SocketIo);
    world.pong();
    world.lose();
    world.pass(seconds(1));
    establish(&mut world);
    // The gateway answers neither ping, and the server sends nothing.
    world.pass(milliseconds(4500));
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
    world.pass(seconds(5));
    world.take_frames();
    establish(&mut world);
    world.pass(milliseconds(4500));
    live_on(&mut world, seconds(1000));
    assert_eq!(world.state_names().last(), Some(&"connected"));

    // If the application ping is answered, no connection is lost.
    let mut world = connected(Protocol::SocketIo);
    world.pong();
    world.lose();
    world.pass(seconds(1));
    establish(&mut world);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["40/-,"]);
    world.receive(question(Protocol::SocketIo).1);
    assert_eq!(world.state_names().last(), Some(&"connected"));
}

#[test]
fn a_gateway_that_swallows_all_but_the_first_pongs_costs_no_connection() {
    for protocol in BOTH {
        for pongs in 1..4 {
            let mut world = connected(protocol);
            world.pong();
            let (asked, answer) = question(protocol);
            for _ in 1..pongs {
                world.pass(milliseconds(2000));
                assert_eq!(world.take_frames(), ["PING"]);
                world.pong();
            }
            world.pass(milliseconds(2000));
            assert_eq!(world.take_frames(), ["PING"]);
            world.pass(milliseconds(1250));
            assert_eq!(world.take_frames(), [asked]);
            world.pass(milliseconds(1249));
            world.receive(answer);
            keeps_answering(&mut world, asked, answer);
            assert_eq!(world.state_names(), ["connecting", "connected"]);
            world.pass(milliseconds(4500));
            assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
        }
    }
}

#[test]
fn returns_to_control_pings_after_a_late_pong() {
    let mut world = connected(Protocol::SocketIo);
    world.pong();
    world.pass(milliseconds(2000));
    world.pass(milliseconds(1250));
    assert_eq!(world.take_frames(), ["PING", "40/-,"]);
    world.pass(milliseconds(1249));
    world.pong();
    world.receive(question(Protocol::SocketIo).1);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
}

#[test]
fn the_plain_codec_relies_on_the_json_ping_until_it_fails_once() {
    let mut world = unanswered(Protocol::Ws);
    world.pass(milliseconds(2500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
    world.pass(seconds(1));
    establish(&mut world);
    world.pass(milliseconds(4500));
    // From then on any byte suffices: the server's WebSocket pings.
    let frames = live_on(&mut world, seconds(1000));
    assert!(frames.iter().all(|frame| frame == r#"{"type":"ping"}"#), "{frames:?}");
    assert_eq!(world.state_names().last(), Some(&"connected"));
    world.pass(seconds(45));
    assert_eq!(world.last_reason(), Some("ping timeout: nothing heard for 45000 ms"));
}

#[test]
fn leaves_an_opened_ping_namespace_at_once_and_never_uses_it_again() {
    let mut world = unanswered(Protocol::SocketIo);
    world.receive(r#"40/-,{"sid":"other"}"#);
    assert_eq!(world.take_frames(), ["41/-,"]);
    // The rest of that namespace is ignored.
    world.receive(r#"42/-,["event",{"id":"x","topic":"t"}]"#);
    world.receive("41/-,");
    world.receive(r#"40/-,{"sid":"once more"}"#);
    assert_eq!(live_on(&mut world, seconds(1000)), [""; 0]);
    world.lose();
    world.pass(seconds(1));
    establish(&mut world);
    assert_eq!(live_on(&mut world, seconds(1000)), [""; 0]);
    assert_eq!((world.state_names().last(), world.error_kinds()), (Some(&"connected"), vec![]));
    // Pongs of the server would still count.
    world.pong();
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn a_refusal_without_the_namespace_is_a_pong() {
    let mut world = unanswered(Protocol::SocketIo);
    world.receive(r#"44{"message":"Invalid namespace"}"#);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["40/-,"]);
    assert_eq!((world.state_names().last(), world.error_kinds()), (Some(&"connected"), vec![]));
}

#[test]
fn stops_pinging_a_server_that_closes_connections_at_a_ping() {
    let lose: [fn(&mut World); 3] = [World::lose, |world| _ = world.receive("1"), |world| world.pass(seconds(20))];
    for lose in lose {
        let mut world = World::new(|config| {
            config.heartbeat = Some(Heartbeat { interval: seconds(2), timeout: seconds(2) });
        });
        world.session.connect(world.now);
        let mut pings = vec![];
        for attempt in 0..6 {
            world.session.handle_open(world.now);
            world.receive(HANDSHAKE);
            pings.push(world.take_frames().contains(&"PING".to_owned()));
            if pings.last() == Some(&true) {
                lose(&mut world);
            } else {
                world.receive(JOINED);
                assert_eq!(live_on(&mut world, seconds(100)), [""; 0], "attempt {attempt}");
                world.lose();
            }
            world.pass(seconds(6));
        }
        assert_eq!(pings, [true, true, false, true, false, true]);
    }
}

#[test]
fn an_unread_pong_is_not_missing() {
    for asked in [connected(Protocol::SocketIo), unanswered(Protocol::SocketIo)] {
        let mut world = asked;
        world.pause();
        world.pass(seconds(30));
        assert!(world.take_frames().is_empty());
        world.resume();
        // Earlier answers may be on the way, so another ping of the same kind is harmless.
        assert_eq!(world.take_frames().len(), 1);
        world.pong();
        world.pass(milliseconds(2000));
        assert_eq!(world.take_frames(), ["PING"]);
    }
}

#[test]
fn the_answer_to_an_application_ping_proves_what_has_arrived() {
    let mut world = connected(Protocol::SocketIo);
    // 10 seconds on a slow line.
    world.session.handle_progress(world.now, 320_000, 0);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["40/-,"]);
    world.session.handle_progress(world.now, 320_010, 0);
    world.pass(milliseconds(100));
    world.receive(question(Protocol::SocketIo).1);
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn the_answer_to_an_application_ping_shortens_a_gap() {
    let mut world = unanswered(Protocol::SocketIo);
    world.session.subscribe(world.now, "t", None, None);
    world.receive(question(Protocol::SocketIo).1);
    world.pause();
    world.pass(seconds(10));
    world.resume();
    world.receive("42[\"other\"]");
    world.pass(seconds(2));
    let proven = world.now;
    assert!(world.take_frames().contains(&"40/-,".to_owned()));
    world.pass(seconds(1));
    world.receive(question(Protocol::SocketIo).1);
    assert!(world.session.sent_before() < proven, "it proves nothing of itself");
    world.event("1", "t", "{}");
    assert_eq!(world.session.sent_before(), world.now);
}
