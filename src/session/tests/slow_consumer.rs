//! Slow consumers: how long the connection may stay unread, and what follows.

use super::*;

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Asserts that the connection survives `time`, but not a millisecond more.
fn assert_survives(world: &mut World, time: Duration) {
    world.pass(time.checked_sub(milliseconds(1)).expect("a time"));
    assert_eq!((world.state_names().last(), world.error_kinds()), (Some(&"connected"), vec![]));
    world.pass(milliseconds(1));
    assert_eq!(world.error_kinds(), [ErrorKind::SlowConsumer]);
    assert_eq!((world.state_names().last(), world.last_reason()), (Some(&"reconnecting"), Some("slow consumer")));
    assert_eq!(world.hang_ups.last(), Some(&(None, false)));
}

#[test]
fn disconnects_a_slow_consumer_shortly_before_the_server_would() {
    let mut world = World::connected();
    world.pass(seconds(25));
    world.receive("2");
    world.pass(seconds(4));
    world.pause();
    // From the last pong: 25 s until the next ping, and half of the 20 s that the server waits.
    assert_survives(&mut world, seconds(31));
}

#[test]
fn counts_from_the_connection_if_no_ping_has_arrived() {
    let mut world = World::connected();
    world.pause();
    assert_survives(&mut world, seconds(35));
}

#[test]
fn a_late_ping_of_the_server_is_not_the_users_fault() {
    let mut world = World::connected();
    world.pass(seconds(40));
    world.event("1", "t", "{}");
    world.pause();
    assert_survives(&mut world, seconds(10));
}

#[test]
fn pauses_add_up_until_the_link_is_read_to_its_end_or_a_ping_is_answered() {
    let mut world = World::connected();
    world.pass(seconds(20));
    for n in 0..7 {
        world.pause();
        world.pass(seconds(2));
        world.resume();
        world.event(&n.to_string(), "t", "{}");
        world.pass(milliseconds(100));
    }
    world.pause();
    assert_survives(&mut world, milliseconds(300));

    let mut world = World::connected();
    world.pass(seconds(34));
    world.pause();
    world.resume();
    world.session.handle_read_to_end();
    world.pass(seconds(7));
    world.pause();
    assert_survives(&mut world, seconds(10));

    let mut world = World::connected();
    for _ in 0..10 {
        world.pause();
        world.pass(seconds(30));
        world.resume();
        world.receive("2");
    }
    world.pause();
    assert_survives(&mut world, seconds(35));
}

#[test]
fn on_the_plain_wire_the_link_must_be_read_to_its_end_every_20_seconds() {
    let mut world = World::plain();
    world.pass(seconds(5));
    world.pause();
    world.pass(seconds(15));
    world.resume();
    world.pause();
    assert_survives(&mut world, seconds(5));

    let mut world = World::plain();
    for _ in 0..10 {
        world.pause();
        world.pass(seconds(15));
        world.resume();
        world.session.handle_read_to_end();
    }
    world.pause();
    assert_survives(&mut world, seconds(20));
}

#[test]
fn max_pause_disconnects_earlier() {
    let mut world = World::new(|config| config.max_pause = Some(seconds(3)));
    world.connect();
    for _ in 0..3 {
        world.pause();
        world.pass(milliseconds(2999));
        world.resume();
    }
    world.pause();
    assert_survives(&mut world, seconds(3));

    let mut world = World::new(|config| config.max_pause = Some(seconds(100)));
    world.connect();
    world.pause();
    assert_survives(&mut world, seconds(35));

    let mut world = World::new(|config| config.max_pause = Some(Duration::ZERO));
    world.connect();
    world.pause();
    assert!(world.session.deadline() <= Some(world.now), "at once");
}

#[test]
fn the_error_reports_how_much_waits_and_since_when() {
    let mut world = World::connected();
    world.pass(seconds(1));
    world.pause();
    world.pass(seconds(34));
    let told = "the client closed the connection: 5 events (77 bytes) wait for their handlers, and the connection has \
                not been read to its end for 34000 ms";
    assert_eq!(world.errors.last().map(|error| error.message.as_str()), Some(told));
}

#[test]
fn reconnects_when_the_inbox_has_room_again() {
    let mut world = World::new(|_| {});
    world.session.subscribe(world.now, "a", None, None);
    world.connect();
    world.receive("430[{}]");
    let heard = world.now;
    world.pause();
    world.pass(seconds(500));
    assert_eq!((world.dials, world.error_kinds()), (1, vec![ErrorKind::SlowConsumer]));
    world.resume();
    assert_eq!(world.dials, 2);
    world.establish();
    world.receive("431[{}]");
    let [gap] = &world.gaps[..] else { panic!("{:?}", world.gaps) };
    assert_eq!((gap.since, gap.until, gap.reason.as_str()), (heard, world.now, "slow consumer"));
}

#[test]
fn room_in_the_inbox_does_not_shorten_the_reconnect_delay() {
    let mut world = World::connected();
    world.pause();
    world.pass(seconds(35));
    world.pass(milliseconds(500));
    world.resume();
    assert_eq!(world.dials, 1);
    world.pass(milliseconds(500));
    assert_eq!(world.dials, 2);
}

#[test]
fn does_not_dial_while_the_inbox_is_full() {
    let mut world = World::new(|_| {});
    world.pause();
    world.session.connect(world.now);
    world.settle();
    world.pass(seconds(60));
    assert_eq!((world.dials, world.state_names()), (0, vec!["connecting"]));
    world.session.disconnect();
    world.resume();
    assert_eq!((world.dials, world.state_names()), (0, vec!["connecting", "disconnected"]));
    world.session.connect(world.now);
    world.settle();
    assert_eq!(world.dials, 1);
}

#[test]
fn a_user_who_does_not_read_the_missed_events_of_a_recovery_is_a_slow_consumer() {
    let mut world = World::new(|_| {});
    world.session.connect(world.now);
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.pause();
    world.pass(seconds(20));
    assert_eq!(world.error_kinds(), [ErrorKind::SlowConsumer]);
}

#[test]
fn unread_answers_count_when_they_are_read() {
    let mut world = World::new(|_| {});
    world.session.subscribe(world.now, "t", None, None);
    world.session.join_channel(world.now, "old");
    world.connect();
    world.receive("430[{}]");
    world.receive("431[{}]");
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.session.join_channel(world.now, "new");
    world.emit("{}", 5).unwrap();
    world.take_frames();
    world.pass(seconds(1));
    world.receive("2");
    (world.confirmed, world.joined, world.outcomes) = (vec![], vec![], vec![]);
    world.pause();
    world.pass(seconds(34));
    assert_eq!(world.outcome_kinds(), [Some(ErrorKind::Timeout); 2], "a call has its time limit");
    assert!(world.outcomes.iter().all(|(_, result)| result.as_ref().is_err_and(|error| error.uncertain)));
    world.resume();
    for ack in 2..6 {
        world.receive(&format!("43{ack}[{{}}]"));
    }
    assert_eq!((world.confirmed.len(), world.joined), (1, vec!["old".to_owned(), "new".into()]));
    assert_eq!((world.outcomes.len(), world.session.pending_acks()), (2, 0));
}

#[test]
fn reports_dropped_events_for_their_topics_only() {
    let mut world = World::new(|_| {});
    for topic in ["a", "b", "a.*"] {
        world.session.subscribe(world.now, topic, None, None);
    }
    world.session.join_channel(world.now, "room");
    world.session.join_channel(world.now, "a");
    world.connect();
    let (since, until) = (world.now, world.now + seconds(3));
    world.session.report_dropped(since, until, 7, |topic| topic == "a");
    world.session.report_dropped(since, until, 7, |topic| topic == "direct");
    world.settle();
    let subscription = |number: u32, topic: &str| (format!("sub_{number}"), topic.to_owned());
    let reason = "slow consumer".to_owned();
    let subscriptions = vec![subscription(1, "a"), subscription(3, "a.*")];
    let gap = Gap {
        since,
        until,
        reason: reason.clone(),
        subscriptions,
        channels: vec!["a".into()],
        dropped: Some(7),
        by_server: false,
    };
    let direct = Gap { subscriptions: vec![subscription(3, "a.*")], channels: vec![], ..gap.clone() };
    assert_eq!(world.gaps, [gap, direct]);

    let mut world = World::connected();
    world.session.report_dropped(since, until, 7, |topic| topic == "ended");
    world.settle();
    assert_eq!(world.gaps, [], "there is nothing to read");
    world.session.report_dropped(since, until, 7, |topic| topic == "direct");
    world.settle();
    assert_eq!(world.gaps.len(), 1);
}
