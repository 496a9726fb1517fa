//! Channels: joining, leaving, and messages of their members.

use super::*;

fn socket_event(id: &str, topic: &str) -> String {
    format!(r#"42["event",{{"id":"{id}","topic":"{topic}","source":"socket","type":"m","payload":{{}}}}]"#)
}

#[test]
fn joins_channels_again_after_reconnect_and_after_the_subscriptions() {
    let mut world = World::new(|_| {});
    let waiting = world.session.join_channel(world.now, "a");
    world.session.subscribe(world.now, "t", None, None);
    world.connect();
    let now = world.now;
    let second = world.session.join_channel(now, "b");
    let join = |ack: u32, channel: &str| format!(r#"42{ack}["channel:join",{{"channel":"{channel}"}}]"#);
    assert_eq!(world.take_frames().get(2..), Some(&[join(1, "a"), join(2, "b")][..]));
    world.receive(r#"432[{"channel":"b","memberCount":1}]"#);
    world.receive(r#"431[{"channel":"a","memberCount":2}]"#);
    let answer = |text: &str| Ok(Some(text.to_owned()));
    assert_eq!(
        world.outcomes,
        [
            (second, answer(r#"{"channel":"b","memberCount":1}"#)),
            (waiting, answer(r#"{"channel":"a","memberCount":2}"#))
        ]
    );
    world.lose();
    world.pass(seconds(1));
    world.establish();
    assert_eq!(world.take_frames().get(2..), Some(&[join(4, "a"), join(5, "b")][..]));
    world.receive(r#"434[{"channel":"a","memberCount":2}]"#);
    assert_eq!(world.joined, ["b", "a", "a"]);
    assert_eq!(world.outcomes.len(), 2);
}

#[test]
fn does_not_rejoin_a_left_channel() {
    let mut world = World::connected();
    world.session.join_channel(world.now, "a");
    let left = world.session.leave_channel(world.now, "a");
    assert_eq!(world.take_frames().last().unwrap(), r#"421["channel:leave",{"channel":"a"}]"#);
    world.receive(r#"430[{"channel":"a","memberCount":1}]"#);
    world.receive(r#"431[{"channel":"a","memberCount":0}]"#);
    assert_eq!((world.outcomes.last().unwrap().0, world.outcome_kinds()), (left, vec![None, None]));
    assert_eq!(world.joined, [""; 0]);
    world.lose();
    let unsent = world.session.join_channel(world.now, "b");
    world.session.leave_channel(world.now, "b");
    world.settle();
    assert_eq!(world.outcomes[2].0, unsent);
    assert_eq!(world.outcome_kinds()[2..], [Some(ErrorKind::Network), None]);
    world.pass(seconds(1));
    world.establish();
    assert_eq!(world.take_frames().len(), 1);
}

#[test]
fn sends_a_message_before_the_leave_that_follows_it() {
    let mut world = World::connected();
    world.session.join_channel(world.now, "a");
    world.take_frames();
    world.emit("{}", 5).unwrap();
    world.session.leave_channel(world.now, "a");
    assert_eq!(world.take_frames(), [r#"421["m",{}]"#, r#"422["channel:leave",{"channel":"a"}]"#]);
}

#[test]
fn a_leave_succeeds_when_the_connection_ends() {
    let mut world = World::connected();
    world.session.join_channel(world.now, "a");
    world.take_frames();
    world.receive(r#"430[{"channel":"a","memberCount":1}]"#);
    world.session.leave_channel(world.now, "a");
    world.take_frames();
    world.lose();
    assert_eq!((world.outcome_kinds(), world.errors.len()), (vec![None, None], 0));
}

#[test]
fn does_not_rejoin_a_refused_channel() {
    let refusal = r#"[{"error":"ForbiddenError","message":"not yours"}]"#;
    let mut world = World::connected();
    world.session.join_channel(world.now, "a");
    world.take_frames();
    world.receive(&format!("430{refusal}"));
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::ChannelDenied)]);
    assert_eq!(world.receive(&socket_event("1", "a")), None);

    world.session.join_channel(world.now, "b");
    world.take_frames();
    world.receive(r#"431[{"channel":"b","memberCount":1}]"#);
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.receive(&format!("432{refusal}"));
    assert_eq!(world.error_kinds(), [ErrorKind::ChannelDenied], "nobody called");
    assert_eq!(world.errors[0].channel.as_deref(), Some("b"));
}

#[test]
fn a_late_refusal_of_a_left_channel_is_reported_only_to_a_waiting_call() {
    let refusal = r#"[{"error":"ForbiddenError","message":"no longer"}]"#;
    let mut world = World::connected();
    world.session.join_channel(world.now, "a");
    world.take_frames();
    world.receive(r#"430[{"channel":"a","memberCount":1}]"#);
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.session.leave_channel(world.now, "a");
    world.take_frames();
    world.receive(&format!("431{refusal}"));
    assert_eq!((world.errors.len(), world.outcomes.len()), (0, 1), "the join of its own accord");

    let call = world.session.join_channel(world.now, "b");
    world.session.leave_channel(world.now, "b");
    world.take_frames();
    world.receive(&format!("433{refusal}"));
    let (id, Err(error)) = world.outcomes.last().unwrap() else { panic!("{:?}", world.outcomes) };
    assert_eq!((*id, error.channel.as_deref(), world.errors.len()), (call, Some("b"), 0));
    assert!(error.message.contains("the channel 'b'"), "{error}");
}

#[test]
fn the_last_answer_to_two_joins_of_a_channel_counts() {
    let refusal = r#"[{"error":"ForbiddenError","message":"not yours"}]"#;
    for (last, wanted) in [(r#"[{"channel":"a","memberCount":1}]"#, true), (refusal, false)] {
        let mut world = World::connected();
        world.session.join_channel(world.now, "a");
        world.session.join_channel(world.now, "a");
        world.take_frames();
        world.receive(&format!("430{refusal}"));
        world.receive(&format!("431{last}"));
        let denied = Some(ErrorKind::ChannelDenied);
        assert_eq!(world.outcome_kinds(), [denied, denied.filter(|_| !wanted)]);
        let mut errors = world.outcomes.iter().filter_map(|(_, result)| result.as_ref().err());
        assert!(errors.all(|error| error.message.contains("the channel 'a'")), "{:?}", world.outcomes);
        assert_eq!(world.receive(&socket_event("1", "a")).is_some(), wanted);
        let gone = world.outcomes.iter().filter_map(|(_, result)| result.as_ref().err()?.channel.as_deref());
        assert_eq!(gone.collect::<Vec<_>>(), if wanted { vec![] } else { vec!["a"] });
    }
}

#[test]
fn an_unanswered_join_waits_for_the_next_connection() {
    let mut world = World::connected();
    let call = world.session.join_channel(world.now, "a");
    world.take_frames();
    world.lose();
    assert_eq!(world.outcomes, []);
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.receive(r#"431[{"channel":"a","memberCount":1}]"#);
    assert_eq!(world.outcomes.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [call]);
    world.session.join_channel(world.now, "b");
    world.session.disconnect();
    world.settle();
    assert_eq!(world.outcome_kinds(), [None, Some(ErrorKind::Network)]);
    world.connect();
    assert_eq!(world.take_frames().len(), 3, "the CONNECT, and both channels: they are still wanted");
}

#[test]
fn delivers_channel_and_direct_messages_without_a_subscription() {
    let mut world = World::connected();
    world.session.listen(None, false);
    world.session.end_of_turn();
    world.session.join_channel(world.now, "a");
    world.take_frames();
    assert_eq!(world.receive(&socket_event("1", "a")), None, "nobody listens");
    world.session.listen_to_messages(true);
    assert!(world.receive(&socket_event("2", "a")).is_some());
    assert!(world.receive(&socket_event("3", "direct")).is_some());
    assert_eq!(world.receive(&socket_event("4", "other")), None);
    assert_eq!(world.event("5", "a", "{}"), None, "no message, though its topic has the channel's name");
    world.session.listen_to_messages(false);
    world.session.end_of_turn();
    world.session.listen(Some("a"), true);
    assert!(world.receive(&socket_event("6", "a")).is_some());
    assert_eq!(world.receive(&socket_event("6", "a")), None, "a repeat");
    world.session.leave_channel(world.now, "a");
    assert_eq!(world.receive(&socket_event("7", "a")), None);
}

#[test]
fn a_join_call_expires_like_a_message_but_its_channel_is_kept() {
    let mut world = World::new(|config| config.outbox.age = seconds(10));
    world.session.join_channel(world.now, "a");
    world.pass(seconds(100));
    assert_eq!((world.outcomes.len(), world.session.is_idle()), (0, true), "nobody has asked for a connection");
    world.session.connect(world.now);
    world.pass(seconds(4));
    world.session.join_channel(world.now, "b");
    world.pass(Duration::from_millis(5999));
    assert_eq!(world.outcomes.len(), 0);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::Expired)]);
    world.pass(seconds(4));
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::Expired); 2]);
    let channels = world.outcomes.iter().map(|(_, result)| result.as_ref().unwrap_err().channel.as_deref());
    assert_eq!(channels.collect::<Vec<_>>(), [Some("a"), Some("b")]);
    world.establish();
    let joins = |world: &mut World| world.take_frames().iter().filter(|frame| frame.contains("channel:join")).count();
    assert_eq!(joins(&mut world), 2, "both are wanted");

    world.receive(r#"430[{"channel":"a"}]"#);
    world.receive(r#"431[{"channel":"b"}]"#);
    world.session.join_channel(world.now, "c");
    world.take_frames();
    world.pass(seconds(6));
    world.lose();
    world.session.join_channel(world.now, "d");
    world.session.leave_channel(world.now, "d");
    world.pass(seconds(1));
    world.session.handle_disconnect(world.now, "ECONNREFUSED".into(), None);
    world.pass(seconds(2));
    assert_eq!(world.outcomes.len(), 4, "of d");
    world.pass(seconds(1));
    assert_eq!(world.outcome_kinds().last(), Some(&Some(ErrorKind::Expired)), "10 seconds after the call");
    world.establish();
    assert_eq!((joins(&mut world), world.outcomes.len()), (3, 5));
    assert_eq!(world.joined, ["a", "b"]);
}

#[test]
fn an_unconfirmed_join_is_reported_once_by_its_call_or_by_an_error() {
    let mut world = World::connected();
    world.ignore_silence();
    world.session.join_channel(world.now, "a");
    world.session.join_channel(world.now, "b");
    world.take_frames();
    world.receive(r#"430[{"channel":"a"}]"#);
    world.pass(seconds(10));
    assert_eq!(
        (world.outcome_kinds(), world.errors.len()),
        (vec![None, Some(ErrorKind::Timeout)], 0),
        "its call tells"
    );
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.ignore_silence();
    world.pass(seconds(11));
    assert_eq!(world.error_kinds(), [ErrorKind::SubscribeUnconfirmed], "the caller of the other knows already");
    assert_eq!(world.errors[0].channel.as_deref(), Some("a"));
    assert!(world.errors[0].message.contains("the channel 'a'"), "{}", world.errors[0]);
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.ignore_silence();
    world.pass(seconds(100));
    assert_eq!((world.errors.len(), world.outcomes.len()), (1, 2), "once each");
}

#[test]
fn a_server_that_never_confirms_channels_causes_no_error() {
    let mut world = World::connected();
    world.ignore_silence();
    world.session.join_channel(world.now, "a");
    world.lose();
    world.session.leave_channel(world.now, "a");
    world.pass(seconds(1));
    world.session.join_channel(world.now, "b");
    world.session.disconnect();
    world.settle();
    world.connect();
    world.ignore_silence();
    world.pass(seconds(100));
    assert!(world.errors.is_empty(), "{:?}", world.errors);
    world.session.subscribe(world.now, "t", None, None);
    world.receive("43999[{}]");
    world.receive(r#"42["subscribed",{"subscriptionId":"sub_1","topic":"t"}]"#);
    assert_eq!(world.error_kinds(), [ErrorKind::SubscribeUnconfirmed], "one that confirms subscriptions does");
    assert_eq!(world.errors[0].channel.as_deref(), Some("b"));
}
