//! Gaps: the events that the user may have missed.

use super::*;

pub(super) fn recovered_flags(world: &World) -> Vec<bool> {
    let flag = |(state, _): &(ConnectionState, _)| match state {
        ConnectionState::Connected { recovered } => Some(*recovered),
        _ => None,
    };
    world.states.iter().filter_map(flag).collect()
}

/// Connects to a server that assigns this private session ID.
pub(super) fn establish(world: &mut World, pid: &str) {
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.receive(&format!(r#"40{{"sid":"abc","pid":"{pid}"}}"#));
}

/// The server confirms `count` requests, starting with ack ID `first`.
pub(super) fn confirm(world: &mut World, first: u64, count: u64) {
    for ack in first..first + count {
        world.receive(&format!("43{ack}[{{}}]"));
    }
}

pub(super) fn subscribed(topics: &[&str]) -> World {
    let mut world = World::new(|_| {});
    for topic in topics {
        world.session.subscribe(world.now, topic, None, None);
    }
    world.session.connect(world.now);
    world
}

fn topics(gap: &Gap) -> Vec<(&str, &str)> {
    gap.subscriptions.iter().map(|(id, topic)| (id.as_str(), topic.as_str())).collect()
}

#[test]
fn reports_a_gap_once_every_subscription_is_live_again() {
    let mut world = subscribed(&["a", "b"]);
    world.session.join_channel(world.now, "room");
    world.establish();
    confirm(&mut world, 0, 3);
    assert!(world.gaps.is_empty(), "a first connection has no gap");
    world.pass(seconds(20));
    world.event("1", "a", "{}");
    let heard = world.now;
    world.pass(seconds(5));
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.pass(seconds(1));
    confirm(&mut world, 3, 2);
    assert!(world.gaps.is_empty(), "the channel is still missing");
    confirm(&mut world, 5, 1);
    let [gap] = &world.gaps[..] else { panic!("{:?}", world.gaps) };
    assert_eq!((gap.since, gap.until, gap.reason.as_str()), (heard, world.now, "ECONNRESET"));
    assert_eq!((topics(gap), &gap.channels), (vec![("sub_1", "a"), ("sub_2", "b")], &vec!["room".to_owned()]));
    world.pass(seconds(30));
    assert_eq!((world.gaps.len(), recovered_flags(&world)), (1, vec![false, false]));
}

#[test]
fn a_server_that_never_confirms_only_delays_a_gap() {
    let mut world = subscribed(&["a"]);
    world.establish();
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.pass(Duration::from_millis(4999));
    assert!(world.gaps.is_empty());
    world.pass(Duration::from_millis(1));
    assert_eq!(world.gaps.len(), 1);
}

#[test]
fn a_gap_waits_for_unread_confirmations() {
    let mut world = subscribed(&["a"]);
    world.establish();
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.pause();
    world.pass(seconds(28));
    assert!(world.gaps.is_empty());
    world.resume();
    confirm(&mut world, 1, 1);
    assert_eq!(world.gaps.first().map(|gap| gap.until), Some(world.now));
}

#[test]
fn a_gap_stays_open_until_a_connection_closes_it() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    let heard = world.now;
    world.lose();
    world.pass(seconds(10));
    establish(&mut world, "q");
    world.session.subscribe(world.now, "b", None, None);
    world.lose();
    world.pass(seconds(10));
    // Recovery restores the latest lost session, not an earlier one.
    establish(&mut world, "q");
    confirm(&mut world, 0, 10);
    let [gap] = &world.gaps[..] else { panic!("{:?}", world.gaps) };
    assert_eq!((gap.since, topics(gap)), (heard, vec![("sub_1", "a")]));

    world.lose();
    world.pass(seconds(10));
    establish(&mut world, "r");
    let heard = world.now;
    world.pass(seconds(1));
    world.lose();
    world.pass(seconds(10));
    establish(&mut world, "s");
    confirm(&mut world, 0, 20);
    let gap = world.gaps.get(1).expect("a second gap");
    assert!(gap.since < heard, "it began on the connection before");
    assert_eq!(topics(gap), [("sub_1", "a"), ("sub_2", "b")]);
    assert_eq!(world.gaps.len(), 2);
}

#[test]
fn ended_new_and_refused_subscriptions_have_no_gap() {
    let mut world = subscribed(&["ended", "refused", "kept"]);
    world.establish();
    confirm(&mut world, 0, 3);
    world.lose();
    assert!(world.session.unsubscribe("sub_1"));
    world.session.subscribe(world.now, "new", None, None);
    world.pass(seconds(1));
    world.establish();
    world.receive(r#"433[{"error":"ForbiddenError","message":"no longer"}]"#);
    confirm(&mut world, 4, 2);
    world.pass(seconds(5));
    let [gap] = &world.gaps[..] else { panic!("{:?}", world.gaps) };
    assert_eq!(topics(gap), [("sub_3", "kept")]);
}

#[test]
fn reports_no_gap_without_a_live_subscription() {
    let mut world = World::connected();
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.session.subscribe(world.now, "a", None, None);
    world.pass(seconds(30));
    assert!(world.gaps.is_empty());
}

#[test]
fn reports_a_gap_after_disconnect_and_connect() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    confirm(&mut world, 0, 1);
    let taken = world.now;
    world.pass(seconds(3));
    world.event("1", "a", "{}");
    // The user's thread has not handled this event yet, and now never will.
    world.session.discard_since(taken);
    world.session.disconnect();
    world.settle();
    world.pass(seconds(60));
    world.session.connect(world.now);
    establish(&mut world, "q");
    confirm(&mut world, 1, 1);
    let [gap] = &world.gaps[..] else { panic!("{:?}", world.gaps) };
    assert_eq!((gap.since, gap.until, gap.reason.as_str()), (taken, world.now, "client disconnect"));
}

#[test]
fn a_gap_after_disconnect_starts_with_the_undelivered_events_of_a_paused_link() {
    let mut world = subscribed(&["a"]);
    world.establish();
    confirm(&mut world, 0, 1);
    let taken = world.now;
    world.pass(seconds(3));
    world.event("1", "a", "{}");
    world.pause();
    world.pass(seconds(1));
    world.session.discard_since(taken);
    world.session.disconnect();
    world.settle();
    world.session.resume(world.now);
    world.session.connect(world.now);
    world.establish();
    confirm(&mut world, 1, 1);
    assert_eq!(world.gaps.first().map(|gap| gap.since), Some(taken));
}

#[test]
fn a_gap_starts_with_the_last_frame_of_a_paused_link() {
    let mut world = subscribed(&["a"]);
    world.establish();
    let heard = world.now;
    world.pause();
    world.pass(seconds(30));
    world.resume();
    world.lose();
    world.pass(seconds(1));
    world.establish();
    confirm(&mut world, 1, 1);
    assert_eq!(world.gaps.first().map(|gap| gap.since), Some(heard));
}

#[test]
fn a_destroyed_session_reports_no_gap() {
    let mut world = subscribed(&["a"]);
    world.establish();
    world.session.destroy();
    world.session.connect(world.now);
    world.session.subscribe(world.now, "a", None, None);
    world.establish();
    world.pass(seconds(60));
    assert!(world.gaps.is_empty());
}

#[test]
fn unread_frames_do_not_advance_the_watermark_until_the_server_has_pinged_twice() {
    let mut world = subscribed(&["a"]);
    world.establish();
    confirm(&mut world, 0, 1);
    let heard = world.now;
    world.pause();
    world.pass(seconds(20));
    world.resume();
    world.event("1", "a", "{}");
    world.receive("2");
    world.lose();
    world.pass(seconds(5));
    world.establish();
    confirm(&mut world, 1, 1);
    assert_eq!(world.gaps[0].since, heard, "what was read had been sent at any time before");

    world.pause();
    world.resume();
    world.receive("2");
    world.pass(seconds(20));
    world.receive("2");
    world.pass(seconds(3));
    world.event("2", "a", "{}");
    let heard = world.now;
    world.lose();
    world.pass(seconds(5));
    world.establish();
    confirm(&mut world, 2, 1);
    assert_eq!(world.gaps[1].since, heard, "the second ping followed the answer to the first");
}

#[test]
fn on_the_plain_codec_a_pong_proves_that_a_backlog_was_read() {
    let confirmation = r#"{"type":"subscribed","subscriptionId":"x","topic":"a"}"#;
    let pong = r#"{"type":"pong"}"#;
    let mut world = World::new(|config| config.protocol = Protocol::Ws);
    world.session.subscribe(world.now, "a", None, None);
    world.session.connect(world.now);
    world.session.handle_open(world.now);
    world.receive(confirmation);
    let reconnect = |world: &mut World| {
        world.lose();
        world.pass(seconds(5));
        world.session.handle_open(world.now);
        world.receive(confirmation);
        world.gaps.last().expect("a gap").since
    };

    let heard = world.now;
    world.pause();
    world.pass(seconds(15));
    world.resume();
    world.receive(pong);
    world.pass(seconds(1));
    assert_eq!(reconnect(&mut world), heard, "that pong was not asked for");

    world.pass(seconds(20));
    world.pause();
    world.pass(seconds(5));
    let asked = world.now;
    world.pass(seconds(5));
    world.resume();
    world.receive(pong);
    assert_eq!(reconnect(&mut world), asked, "the ping was sent before the link was read again");

    world.pause();
    world.pass(seconds(10));
    world.resume();
    world.pass(seconds(15));
    world.receive(pong);
    world.pass(seconds(3));
    world.receive(r#"{"type":"event","topic":"a","data":{"id":"1","topic":"a"}}"#);
    let heard = world.now;
    world.pass(seconds(2));
    assert_eq!(reconnect(&mut world), heard, "it was sent afterwards, so that nothing is left of the backlog");
}

#[test]
fn a_gap_is_reported_after_the_unread_confirmations() {
    let mut world = World::plain();
    world.session.subscribe(world.now, "t", None, None);
    world.lose();
    world.pass(seconds(1));
    world.session.handle_open(world.now);
    world.take_frames();
    world.pause();
    world.pass(Duration::from_millis(9_999));
    world.resume();
    world.pass(Duration::from_millis(1));
    assert!(world.gaps.is_empty(), "reported before the waiting frames were read");
}
