//! The connection's life cycle: from idle to connected, and every way back.

use super::*;

#[test]
fn requests_a_hang_up_until_the_link_is_closed() {
    let mut world = World::connected();
    assert!(!world.session.has_hang_up());
    world.session.disconnect();
    world.session.connect(world.now);
    assert!(world.session.has_hang_up(), "an event of the old link must not be attributed to the next link");
    world.session.handle_open(world.now);
    world.session.handle_disconnect(world.now, "ECONNRESET".into(), None);
    world.settle();
    assert!(!world.session.has_hang_up());
    assert_eq!(world.state_names(), ["connecting", "connected", "disconnected", "connecting"]);
    world.establish();
    assert_eq!(world.state_names().last(), Some(&"connected"));
}

#[test]
fn connects_with_its_credentials() {
    let mut world = World::new(|config| {
        config.application_id = Some("app".into());
        config.environment = Some("test".into());
    });
    world.connect();
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    assert_eq!(world.frames, [r#"40{"applicationId":"app","environment":"test","token":"t0ken"}"#]);
    assert!(world.errors.is_empty());
}

#[test]
fn the_plain_codec_is_connected_as_soon_as_the_link_opens() {
    let mut world = World::plain();
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    let id = world.session.subscribe(world.now, "t", None, None);
    assert_eq!(world.take_frames(), [r#"{"type":"subscribe","subscriptionId":"sub_1","topic":"t"}"#]);
    world.receive(r#"{"type":"subscribed","subscriptionId":"theirs","topic":"t"}"#);
    let event = world.receive(r#"{"type":"event","topic":"t","data":{"id":"1","topic":"t","payload":{}}}"#);
    assert_eq!(event.as_deref(), Some(r#"{"id":"1","topic":"t","payload":{}}"#));
    assert!(world.session.unsubscribe(&id));
    assert_eq!(world.take_frames(), [r#"{"type":"unsubscribe","subscriptionId":"theirs"}"#]);
}

#[test]
fn the_plain_codec_pings_and_detects_silence() {
    let mut world = World::plain();
    world.pass(seconds(25));
    assert_eq!(world.take_frames(), [r#"{"type":"ping"}"#]);
    world.receive(r#"{"type":"pong"}"#);
    world.pass(seconds(44));
    assert_eq!(world.state_names().last(), Some(&"connected"));
    world.pass(seconds(1));
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
}

#[test]
fn reconnects_after_ping_timeout() {
    let mut world = World::connected();
    world.pass(seconds(44));
    world.receive("2");
    world.pass(seconds(44));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(seconds(1));
    assert_eq!(world.state_names(), ["connecting", "connected", "reconnecting"]);
    assert_eq!(world.last_reason(), Some("ping timeout: nothing heard for 45000 ms"));
    assert_eq!(world.hang_ups, [(None, false)]);
    world.pass(seconds(1));
    assert_eq!(world.dials, 2);
    world.establish();
    assert_eq!(world.state_names().last(), Some(&"connected"));
    assert_eq!(world.session.counters().reconnects, 1);
}

#[test]
fn silence_while_the_link_is_not_read_proves_nothing() {
    let mut world = World::connected();
    world.pause();
    world.pass(seconds(34));
    world.resume();
    world.pass(seconds(44));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(seconds(1));
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
}

#[test]
fn reconnects_with_growing_delays_until_the_last_attempt_fails() {
    let mut world = World::new(|config| config.reconnect.attempts = Some(3));
    world.session.connect(world.now);
    for (delay, dials) in [(1, 2), (2, 3), (4, 4)] {
        world.session.handle_disconnect(
            world.now,
            "connect ECONNREFUSED".into(),
            Some(Error::new(ErrorKind::Network, "refused")),
        );
        world.settle();
        world.pass(Duration::from_millis(delay * 1000 - 1));
        assert_eq!(world.dials, dials - 1);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.dials, dials);
    }
    world.session.handle_disconnect(
        world.now,
        "connect ECONNREFUSED".into(),
        Some(Error::new(ErrorKind::Network, "refused")),
    );
    world.settle();
    let names = ["connecting", "reconnecting", "reconnecting", "reconnecting", "disconnected"];
    assert_eq!(world.state_names(), names);
    assert_eq!(attempts(&world), [(1, 1), (2, 2), (3, 4)]);
    assert_eq!(world.last_reason(), Some("connect ECONNREFUSED"));
    assert_eq!(world.error_kinds().last(), Some(&ErrorKind::ReconnectFailed));
    assert_eq!(world.errors.len(), 5);
    assert_eq!((world.session.deadline(), world.session.is_idle()), (None, true));
    world.connect();
    assert_eq!(world.state_names().last(), Some(&"connected"), "connect works again");
}

/// Each reported attempt: its number, and its delay in seconds.
pub(super) fn attempts(world: &World) -> Vec<(u32, u64)> {
    let attempt = |(state, _): &(ConnectionState, _)| match state {
        ConnectionState::Reconnecting { attempt, retry_in } => Some((*attempt, retry_in.as_secs())),
        _ => None,
    };
    world.states.iter().filter_map(attempt).collect()
}

#[test]
fn delays_grow_until_a_connection_is_stable() {
    let mut world = World::new(|config| config.reconnect.delay_max = seconds(60));
    world.connect();
    for (stands, delay) in [(0, 1), (9, 2), (9, 4), (9, 8), (9, 16), (15, 32), (32, 1), (9, 2), (10, 1)] {
        // The server's pings arrive in between.
        for _ in 0..stands {
            world.pass(seconds(1));
            world.receive("2");
        }
        world.lose();
        assert_eq!(attempts(&world).last(), Some(&(1, delay)), "after {stands} s");
        world.pass(seconds(delay));
        world.establish();
    }
}

#[test]
fn waits_as_long_as_the_server_asks_before_reconnecting() {
    let mut world = World::new(|_| {});
    world.session.connect(world.now);
    for (status, asked) in [(503, 30), (429, 7)] {
        let error = Error::new(ErrorKind::UpgradeRefused, "no").with_status(status);
        let error = error.with_retry_after(Some(seconds(asked)));
        world.session.handle_disconnect(world.now, format!("HTTP {status}"), Some(error));
        world.settle();
        let dials = world.dials;
        world.pass(seconds(asked));
        assert_eq!(world.dials, dials);
        world.pass(seconds(2));
        assert_eq!(world.dials, dials + 1);
    }
    assert_eq!(attempts(&world), [(1, 31), (2, 9)]);
}

#[test]
fn a_connection_resets_the_attempts() {
    let mut world = World::new(|config| config.reconnect.attempts = Some(1));
    world.connect();
    for _ in 0..5 {
        world.lose();
        world.pass(seconds(5));
        world.establish();
    }
    assert_eq!(world.state_names().last(), Some(&"connected"));
    assert_eq!(world.session.counters().reconnects, 5);
}

#[test]
fn does_not_reconnect_if_reconnection_is_off() {
    let mut world = World::new(|config| config.reconnect.enabled = false);
    world.connect();
    world.lose();
    assert_eq!(world.state_names(), ["connecting", "connected", "disconnected"]);
    assert!(world.errors.is_empty() && world.session.is_idle());
}

#[test]
fn closes_a_connection_that_is_not_ready_in_time() {
    for (step, awaited) in [(0, "the WebSocket"), (1, "the Engine.IO handshake"), (2, "the answer to CONNECT")] {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        if step > 0 {
            world.session.handle_open(world.now);
        }
        if step > 1 {
            world.receive(HANDSHAKE);
        }
        world.pass(seconds(20));
        assert_eq!(world.error_kinds(), [ErrorKind::Timeout]);
        assert!(world.errors[0].message.ends_with(awaited), "{}", world.errors[0]);
        assert_eq!((world.state_names().last(), world.hang_ups.len()), (Some(&"reconnecting"), 1));
    }
}

#[test]
fn does_not_reconnect_after_the_server_disconnects_the_session() {
    let mut world = World::connected();
    world.receive("41");
    assert_eq!(world.state_names().last(), Some(&"disconnected"));
    assert_eq!((world.last_reason(), world.session.deadline()), (Some("server disconnect"), None));
}

#[test]
fn reconnects_after_the_server_disconnects_the_session_if_the_user_wants_it() {
    let mut world = World::new(|config| config.reconnect.after_server_disconnect = true);
    world.connect();
    world.receive("41");
    assert_eq!((world.state_names().last(), world.last_reason()), (Some(&"reconnecting"), Some("server disconnect")));
    world.pass(seconds(1));
    world.establish();
    assert_eq!(world.state_names().last(), Some(&"connected"));
}

#[test]
fn reconnects_after_the_server_closes_the_transport() {
    let mut world = World::connected();
    world.receive("1");
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
}

#[test]
fn sends_disconnect_when_the_user_disconnects() {
    let mut world = World::connected();
    world.session.disconnect();
    world.settle();
    assert_eq!(world.hang_ups, [(Some("41".to_owned()), true)]);
    assert_eq!((world.state_names().last(), world.last_reason()), (Some(&"disconnected"), Some("client disconnect")));
    assert_eq!(world.event("1", "t", "{}"), None);
    world.session.disconnect();
    world.settle();
    assert_eq!(world.states.len(), 3, "only once");
}

#[test]
fn disconnecting_ends_every_state() {
    for steps in 0..5 {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        if steps > 0 {
            world.session.handle_open(world.now);
        }
        if steps > 1 {
            world.receive(HANDSHAKE);
        }
        if steps > 2 {
            world.receive(JOINED);
        }
        if steps > 3 {
            world.lose();
        }
        world.session.disconnect();
        world.settle();
        assert!(world.session.is_idle() && world.session.deadline().is_none(), "after {steps} steps");
        assert_eq!(world.state_names().last(), Some(&"disconnected"));
        world.connect();
        assert_eq!(world.state_names().last(), Some(&"connected"));
    }
}

#[test]
fn resumes_a_session_if_the_server_supports_recovery() {
    let mut world = World::new(|_| {});
    world.session.subscribe(world.now, "t", None, None);
    world.session.connect(world.now);
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.receive(r#"40{"sid":"abc","pid":"p1"}"#);
    assert!(world.receive(r#"42["event",{"id":"1","topic":"t"},"off-1"]"#).is_some());
    world.take_frames();
    world.lose();
    world.pass(seconds(1));
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    assert_eq!(world.take_frames(), [r#"40{"offset":"off-1","pid":"p1","token":"t0ken"}"#]);
}

#[test]
fn delivers_the_missed_events_of_a_recovered_session_before_the_answer_to_connect() {
    let mut world = World::new(|_| {});
    world.connect_to(r#"40{"sid":"abc","pid":"p1"}"#);
    world.session.subscribe(world.now, "t", None, None);
    assert!(world.receive(r#"42["event",{"id":"1","topic":"t"},"o1"]"#).is_some());
    world.lose();
    world.pass(seconds(5));
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    assert!(world.receive(r#"42["event",{"id":"2","topic":"t"},"o2"]"#).is_some());
    world.receive(r#"40{"sid":"abc","pid":"p1"}"#);
    assert!(world.receive(r#"42["event",{"id":"2","topic":"t"},"o2"]"#).is_none());
}

#[test]
fn unsubscribes_again_what_a_recovered_session_brings_back() {
    let recovery = r#"40{"sid":"abc","pid":"p1"}"#;
    let mut world = World::new(|_| {});
    world.connect_to(recovery);
    let ids: Vec<_> = ["a", "b", "c"].map(|topic| world.session.subscribe(world.now, topic, None, None)).into();
    world.session.join_channel(world.now, "room");
    world.receive(r#"430[{"subscriptionId":"theirs"}]"#);
    world.lose();
    assert!(world.session.unsubscribe(&ids[0]) && world.session.unsubscribe(&ids[1]));
    world.session.leave_channel(world.now, "room");
    world.pass(seconds(5));
    world.take_frames();
    world.establish_to(recovery);
    let frames = world.take_frames();
    assert_eq!(frames.len(), 5, "{frames:?}");
    assert!(frames[1].contains("sub_3"), "first, so that nothing is missed where it takes the place of another");
    assert_eq!(frames[2], r#"425["unsubscribe",{"subscriptionId":"theirs"}]"#);
    assert_eq!(frames[3], r#"426["unsubscribe",{"subscriptionId":"sub_2"}]"#);
    assert_eq!(frames[4], r#"427["channel:leave",{"channel":"room"}]"#);
    world.receive(r#"435[{"error":"NotFoundError","message":"no such subscription"}]"#);
    assert!(world.errors.is_empty(), "{:?}", world.errors);

    world.lose();
    world.pass(seconds(5));
    world.take_frames();
    world.establish_to(r#"40{"sid":"abc","pid":"another"}"#);
    assert_eq!(world.take_frames().len(), 2, "a new session has nothing to end");
}
