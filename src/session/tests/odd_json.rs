//! JSON that `JSON.parse` accepts and stricter parsers reject: its content counts in every packet.

use super::*;

/// A lone surrogate, a number that is too large for a double, and more nesting than `serde_json`
/// reads.
fn odd() -> [String; 3] {
    [r#""\ud83d""#.into(), "1e400".into(), format!("{}{}", "[".repeat(200), "]".repeat(200))]
}

/// A message, a join and a subscription, each answered with `answer`.
fn answered(answer: &str) -> World {
    let mut world = World::connected();
    world.emit("{}", 5).unwrap();
    world.session.join_channel(world.now, "room");
    world.session.subscribe(world.now, "t", None, None);
    world.take_frames();
    for ack in 0..3 {
        world.receive(&format!("43{ack}[{answer}]"));
    }
    world
}

#[test]
fn refusals_of_calls_and_subscriptions_are_errors() {
    for odd in odd() {
        let refusal = format!(r#"{{"more":{odd},"error":"ForbiddenError","message":"no \ud83d"}}"#);
        let world = answered(&refusal);
        assert_eq!(world.outcome_kinds(), [Some(ErrorKind::ChannelDenied), Some(ErrorKind::MessageDenied)], "{odd}");
        assert_eq!((world.error_kinds(), world.confirmed.len()), (vec![ErrorKind::SubscribeDenied], 0), "{odd}");
        assert!(world.errors[0].message.ends_with("ForbiddenError: no \u{fffd}"), "{}", world.errors[0]);

        let mut world = World::plain();
        world.emit("{}", 5).unwrap();
        world.take_frames();
        world.receive(&format!(r#"{{"type":"error","ackId":0,{}"#, &refusal[1..]));
        assert_eq!(world.outcome_kinds(), [Some(ErrorKind::MessageDenied)], "{odd}");
    }
}

#[test]
fn replaces_a_refused_token() {
    for odd in odd() {
        let mut world = World::new(|config| config.token = None);
        world.session.connect(world.now);
        world.session.provide_token(world.now, token("first", None));
        world.establish();
        world.session.provide_token(world.now, token("second", None));
        world.take_frames();
        world.receive(&format!(r#"430[{{"error":{odd}}}]"#));
        assert_eq!(world.dials, 2, "{odd}");
    }
}

#[test]
fn reports_why_a_connection_was_refused() {
    for odd in odd() {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        world.session.handle_open(world.now);
        world.receive(HANDSHAKE);
        world.receive(&format!(r#"44{{"message":"later","data":{{"more":{odd},"code":"OVERLOADED"}}}}"#));
        assert_eq!(world.error_kinds(), [ErrorKind::ConnectRefused], "{odd}");
        assert_eq!(world.last_reason(), Some("refused by the server: later (OVERLOADED)"));
    }
    let mut world = World::new(|_| {});
    world.session.connect(world.now);
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.receive(r#"44"no \ud83d""#);
    assert_eq!(world.last_reason(), Some("refused by the server: no \u{fffd}"));
}

#[test]
fn recovers_a_session() {
    for odd in odd() {
        let joined = format!(r#"40{{"more":{odd},"sid":"abc","pid":"p"}}"#);
        let mut world = World::new(|_| {});
        world.connect_to(&joined);
        assert_eq!(world.session.socket_id(), Some("abc"), "{odd}");
        world.lose();
        world.pass(seconds(1));
        world.establish_to(&joined);
        assert_eq!(world.states.last().map(|(state, _)| *state), Some(ConnectionState::Connected { recovered: true }));
    }
}

#[test]
fn reads_failures_and_confirmations_that_arrive_as_events() {
    for odd in odd() {
        let mut world = World::connected();
        for topic in ["a", "b"] {
            world.session.subscribe(world.now, topic, None, None);
        }
        world.receive(&format!(
            r#"42["error",{{"more":{odd},"error":"ForbiddenError","message":"no","subscriptionId":"sub_1"}}]"#
        ));
        assert_eq!(world.errors[0].subscription_id.as_deref(), Some("sub_1"), "{odd}");
        assert!(world.errors[0].message.ends_with("ForbiddenError: no"), "{}", world.errors[0]);
        world.receive(&format!(r#"42["subscribed",{{"more":{odd},"subscriptionId":"x","topic":"b"}}]"#));
        assert_eq!(world.confirmed, ["sub_2"], "{odd}");
    }
}

#[test]
fn sends_a_servers_id_back_unchanged() {
    for id in odd().into_iter().chain(["12345678901234567890123".into()]) {
        let mut world = World::connected();
        world.session.subscribe(world.now, "t", None, None);
        world.take_frames();
        world.receive(&format!(r#"430[{{"subscriptionId":{id}}}]"#));
        world.session.unsubscribe("sub_1");
        assert_eq!(world.take_frames(), [format!(r#"42["unsubscribe",{{"subscriptionId":{id}}}]"#)]);

        let mut world = World::plain();
        world.session.subscribe(world.now, "t", None, None);
        world.take_frames();
        world.receive(&format!(r#"{{"type":"subscribed","subscriptionId":{id},"topic":"t"}}"#));
        world.session.unsubscribe("sub_1");
        assert_eq!(world.take_frames(), [format!(r#"{{"type":"unsubscribe","subscriptionId":{id}}}"#)]);
    }
}

#[test]
fn an_empty_error_member_is_not_a_refusal() {
    for none in ["null", "false", "0", r#""""#] {
        let world = answered(&format!(r#"{{"error":{none},"message":null,"id":"m","subscriptionId":"x"}}"#));
        assert!(world.outcome_kinds().iter().all(Option::is_none), "{none}: {:?} {:?}", world.outcomes, world.errors);
    }
}

#[test]
fn a_number_is_a_valid_error_code() {
    let world = answered(r#"{"error":403,"message":"not yours"}"#);
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::ChannelDenied), Some(ErrorKind::MessageDenied)]);
    assert!(world.errors[0].message.ends_with("403: not yours"), "{}", world.errors[0]);
}
