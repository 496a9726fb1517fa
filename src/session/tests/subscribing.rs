//! Subscriptions: requests to the server, and its answers.

use super::*;

#[test]
fn keeps_subscriptions_across_reconnect_in_order() {
    let mut world = World::new(|_| {});
    assert_eq!(world.session.subscribe(world.now, "a", None, None), "sub_1");
    world.connect();
    let filter = Some(r#"{"campusId":12}"#.to_owned());
    assert_eq!(world.session.subscribe(world.now, "b", filter, Some("diff".into())), "sub_2");
    assert_eq!(world.session.subscribe(world.now, "c", None, None), "sub_3");
    assert!(world.session.unsubscribe("sub_3") && !world.session.unsubscribe("sub_3"));
    let first = r#"["subscribe",{"subscriptionId":"sub_1","topic":"a"}]"#;
    let second = r#"["subscribe",{"filter":{"campusId":12},"returnMode":"diff","subscriptionId":"sub_2","topic":"b"}]"#;
    let third = r#"["subscribe",{"subscriptionId":"sub_3","topic":"c"}]"#;
    let expected = [
        format!("420{first}"),
        format!("421{second}"),
        format!("422{third}"),
        r#"42["unsubscribe",{"subscriptionId":"sub_3"}]"#.to_owned(),
    ];
    assert_eq!(world.take_frames().get(1..), Some(&expected[..]));
    world.lose();
    world.pass(seconds(1));
    world.establish();
    assert_eq!(world.take_frames().get(1..), Some(&[format!("423{first}"), format!("424{second}")][..]));
    assert!(world.event("1", "a", "{}").is_some());
}

#[test]
fn sends_a_filter_unchanged() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    for filter in [r#"{"at":12345678901234567890,"x":1e400,"y":0.30000000000000004}"#, &deep] {
        let mut world = World::connected();
        world.take_frames();
        world.session.subscribe(world.now, "t", Some(filter.to_owned()), None);
        let expected = format!(r#"420["subscribe",{{"filter":{filter},"subscriptionId":"sub_1","topic":"t"}}]"#);
        assert_eq!(world.take_frames(), [expected]);
    }
}

#[test]
fn uses_the_servers_own_subscription_id() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.take_frames();
    world.receive(r#"430[{"subscriptionId":77,"topic":"t"}]"#);
    assert!(world.session.unsubscribe("sub_1"));
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":77}]"#]);

    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.receive(r#"42["subscribed",{"subscriptionId":"x9","topic":"t"}]"#);
    world.take_frames();
    world.session.unsubscribe("sub_1");
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"x9"}]"#]);
}

#[test]
fn reports_confirmed_subscriptions_on_each_connection() {
    let mut world = World::connected();
    for topic in ["a", "b", "c"] {
        world.session.subscribe(world.now, topic, None, None);
    }
    world.take_frames();
    world.receive(r#"432[{"error":"ForbiddenError","message":"not yours"}]"#);
    world.receive(r#"431[{"subscriptionId":"theirs","topic":"b"}]"#);
    world.receive(r#"42["subscribed",{"subscriptionId":"x","topic":"a"}]"#);
    world.receive(r#"430[{"subscriptionId":"x","topic":"a"}]"#);
    assert_eq!(world.confirmed, ["sub_2", "sub_1"]);
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.receive(r#"433[{"subscriptionId":"y","topic":"a"}]"#);
    assert_eq!(world.confirmed, ["sub_2", "sub_1", "sub_1"]);
}

#[test]
fn unsubscribes_a_subscription_that_is_confirmed_too_late() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.session.unsubscribe("sub_1");
    world.take_frames();
    world.receive(r#"430[{"subscriptionId":"late","topic":"t"}]"#);
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"late"}]"#]);
}

#[test]
fn reports_a_refused_subscription_but_not_a_missing_answer() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.receive(r#"430[{"error":"ForbiddenError","message":"not yours"}]"#);
    assert_eq!(world.error_kinds(), [ErrorKind::SubscribeDenied]);
    assert_eq!(world.errors[0].subscription_id.as_deref(), Some("sub_1"));
    world.session.subscribe(world.now, "t", None, None);
    world.receive("2");
    world.pass(seconds(31));
    assert_eq!((world.errors.len(), world.session.pending_acks()), (1, 0));
}

#[test]
fn ignores_the_refusal_of_an_ended_subscription() {
    let mut world = World::connected();
    for _ in 0..2 {
        world.session.subscribe(world.now, "t", None, None);
    }
    world.receive(r#"430[{"error":"ForbiddenError","message":"not yours"}]"#);
    assert_eq!(world.errors.len(), 1);
    world.session.unsubscribe("sub_1");
    world.session.unsubscribe("sub_2");
    world.receive(r#"42["error",{"error":"NotFoundError","message":"what?","subscriptionId":"sub_1"}]"#);
    world.receive(r#"431[{"error":"ForbiddenError","message":"not yours"}]"#);
    assert_eq!(world.errors.len(), 1, "{:?}", world.errors);
}

#[test]
fn destroying_forgets_the_subscriptions() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.session.destroy();
    world.settle();
    assert_eq!(world.session.subscription_count(), 0);
    assert!(world.session.is_idle());
}

/// Connected to a server that recovers sessions, with these confirmed subscriptions.
fn recoverable(subscriptions: &[(&str, &str)]) -> World {
    let mut world = World::new(|_| {});
    world.connect_to(RECOVERABLE);
    for (ack, (topic, server_id)) in subscriptions.iter().enumerate() {
        world.session.subscribe(world.now, topic, None, None);
        world.receive(&format!(r#"43{ack}[{{"subscriptionId":"{server_id}"}}]"#));
    }
    world
}

/// Loses the connection and recovers the session. Returns the frames after CONNECT.
fn recover(world: &mut World) -> Vec<String> {
    world.lose();
    world.pass(seconds(5));
    world.take_frames();
    world.establish_to(RECOVERABLE);
    world.take_frames().split_off(1)
}

const RECOVERABLE: &str = r#"40{"sid":"abc","pid":"p1"}"#;

#[test]
fn thousands_of_subscriptions_are_all_confirmed_after_a_reconnect() {
    let mut world = World::new(|_| {});
    for _ in 0..3000 {
        world.session.subscribe(world.now, "t", None, None);
    }
    world.connect();
    for ack in 0..3000 {
        world.receive(&format!("43{ack}[{{}}]"));
    }
    assert_eq!(world.confirmed.len(), 3000);
}

#[test]
fn a_repeated_confirmation_confirms_one_subscription() {
    let mut world = World::connected();
    for _ in 0..2 {
        world.session.subscribe(world.now, "t", None, None);
    }
    world.take_frames();
    world.receive(r#"430[{"subscriptionId":"x1","topic":"t"}]"#);
    world.receive(r#"42["subscribed",{"subscriptionId":"x1","topic":"t"}]"#);
    assert_eq!(world.confirmed, ["sub_1"]);
    world.receive(r#"42["subscribed",{"subscriptionId":"x2","topic":"t"}]"#);
    world.receive(r#"431[{"subscriptionId":"x2","topic":"t"}]"#);
    assert_eq!(world.confirmed, ["sub_1", "sub_2"]);
    world.session.unsubscribe("sub_2");
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"x2"}]"#]);
}

#[test]
fn matches_confirmations_by_id_in_a_recovered_session() {
    let mut world = recoverable(&[("t", "x1"), ("t", "x2")]);
    recover(&mut world);
    world.receive(r#"42["subscribed",{"subscriptionId":"x2","topic":"t"}]"#);
    world.receive(r#"42["subscribed",{"subscriptionId":"x1","topic":"t"}]"#);
    assert_eq!(world.confirmed, ["sub_1", "sub_2", "sub_2", "sub_1"]);
    assert_eq!(world.take_frames(), [""; 0], "both are what they were");
}

#[test]
fn unsubscribes_a_duplicate_of_a_recovered_session_once() {
    let mut world = recoverable(&[("a", "x1"), ("b", "x2")]);
    recover(&mut world);
    world.receive(r#"432[{"subscriptionId":"y1","topic":"a"}]"#);
    world.receive(r#"433[{"subscriptionId":"x2","topic":"b"}]"#);
    assert_eq!(world.take_frames(), [r#"424["unsubscribe",{"subscriptionId":"x1"}]"#]);
    world.receive(r#"434[{"error":"NotFoundError","message":"no such subscription"}]"#);
    assert!(world.errors.is_empty(), "it was gone already");
    let frames = recover(&mut world);
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[2], r#"427["unsubscribe",{"subscriptionId":"x1"}]"#, "the server may not have heard of it");
}

#[test]
fn unsubscribes_a_late_subscription_again_in_a_recovered_session() {
    let mut world = recoverable(&[]);
    world.session.subscribe(world.now, "t", None, None);
    world.session.unsubscribe("sub_1");
    world.receive(r#"430[{"subscriptionId":"late","topic":"t"}]"#);
    let frames = recover(&mut world);
    assert_eq!(frames.len(), 2);
    assert!(frames[0].contains("sub_1") && frames[1].contains("late"), "{frames:?}");
}

#[test]
fn does_not_unsubscribe_the_id_of_a_live_subscription() {
    // This server uses topics as subscription IDs.
    let mut world = recoverable(&[("t", "t"), ("t", "t")]);
    world.take_frames();
    world.session.unsubscribe("sub_1");
    assert_eq!(world.take_frames(), [""; 0], "the other is still wanted");
    world.session.unsubscribe("sub_2");
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"t"}]"#]);
    world.session.subscribe(world.now, "t", None, None);
    world.receive(r#"432[{"subscriptionId":"t"}]"#);
    let frames = recover(&mut world);
    assert_eq!(frames.len(), 1);
    assert!(frames[0].contains("subscribe") && frames[0].contains("sub_3"), "{frames:?}");
}

#[test]
fn accepts_one_server_id_for_all_subscriptions_of_a_topic() {
    let mut world = World::plain();
    for _ in 0..2 {
        world.session.subscribe(world.now, "t", None, None);
    }
    world.take_frames();
    for _ in 0..2 {
        world.receive(r#"{"type":"subscribed","subscriptionId":"t","topic":"t"}"#);
    }
    world.session.unsubscribe("sub_1");
    let frames = world.take_frames();
    assert!(frames.is_empty(), "the other is still wanted: {frames:?}");
    assert_eq!(world.confirmed, ["sub_1", "sub_2"]);
}

#[test]
fn reports_an_unconfirmed_subscription_once_if_the_server_confirms_others() {
    for mut world in [World::connected(), World::plain()] {
        let is_plain = world.session.config.protocol == Protocol::Ws;
        world.ignore_silence();
        for topic in ["a", "b", "c"] {
            world.session.subscribe(world.now, topic, None, None);
        }
        world.take_frames();
        let confirmation = if is_plain {
            r#"{"type":"subscribed","subscriptionId":"sub_2","topic":"b"}"#
        } else {
            r#"431[{"subscriptionId":"sub_2"}]"#
        };
        world.receive(confirmation);
        world.session.unsubscribe("sub_3");
        assert_eq!(world.session.pending_acks(), if is_plain { 1 } else { 2 });
        world.pass(seconds(29));
        assert!(world.errors.is_empty(), "{:?}", world.errors);
        world.pass(seconds(1));
        assert_eq!(world.error_kinds(), [ErrorKind::SubscribeUnconfirmed]);
        assert_eq!(world.errors[0].subscription_id.as_deref(), Some("sub_1"));
        assert!(world.errors[0].message.contains("'a'"), "{}", world.errors[0]);
        world.lose();
        world.pass(seconds(5));
        world.session.handle_open(world.now);
        if !is_plain {
            world.receive(HANDSHAKE);
            world.receive(JOINED);
        }
        world.ignore_silence();
        world.pass(seconds(31));
        let concerned: Vec<_> = world.errors.iter().filter_map(|error| error.subscription_id.as_deref()).collect();
        assert_eq!(concerned, ["sub_1", "sub_2"], "each once, and the second now");
    }
}

#[test]
fn reports_unconfirmed_subscriptions_after_the_servers_first_confirmation() {
    let mut world = World::connected();
    world.ignore_silence();
    world.session.subscribe(world.now, "a", None, None);
    world.session.subscribe(world.now, "b", None, None);
    world.pass(seconds(100));
    assert!(world.errors.is_empty(), "it may confirm nothing at all");
    world.session.unsubscribe("sub_2");
    world.session.subscribe(world.now, "c", None, None);
    world.receive(r#"42["subscribed",{"subscriptionId":"sub_3","topic":"c"}]"#);
    assert_eq!(world.error_kinds(), [ErrorKind::SubscribeUnconfirmed]);
    assert_eq!(world.errors[0].subscription_id.as_deref(), Some("sub_1"));
    world.pass(seconds(100));
    assert_eq!(world.errors.len(), 1);
}

#[test]
fn a_confirmation_event_counts_like_an_ack() {
    let mut world = World::connected();
    world.ignore_silence();
    for (topic, id) in [("a", "sub_1"), ("b", "sub_2")] {
        world.session.subscribe(world.now, topic, None, None);
        world.receive(&format!(r#"42["subscribed",{{"subscriptionId":"{id}","topic":"{topic}"}}]"#));
    }
    world.pass(seconds(100));
    assert!(world.errors.is_empty(), "{:?}", world.errors);
}

#[test]
fn waits_for_unread_confirmations_of_a_paused_link() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "a", None, None);
    world.session.subscribe(world.now, "b", None, None);
    world.receive(r#"430[{"subscriptionId":"x"}]"#);
    world.pause();
    world.pass(seconds(34));
    world.resume();
    world.ignore_silence();
    world.pass(seconds(9));
    assert!(world.errors.is_empty(), "{:?}", world.errors);
    world.receive(r#"431[{"subscriptionId":"y"}]"#);
    world.pass(seconds(100));
    assert!(world.errors.is_empty(), "{:?}", world.errors);
}
