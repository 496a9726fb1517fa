//! Quiet peers: who is asked, who is given up, and when silence proves nothing.

use super::*;

pub(super) fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Connected, with a heartbeat; the first ping is sent.
pub(super) fn connected(protocol: Protocol) -> World {
    let mut world = World::new(|config| {
        config.protocol = protocol;
        config.heartbeat = Some(Heartbeat { interval: milliseconds(2000), timeout: milliseconds(2500) });
    });
    world.session.connect(world.now);
    establish(&mut world);
    world
}

pub(super) fn establish(world: &mut World) {
    match world.session.config.protocol {
        Protocol::SocketIo => world.establish(),
        Protocol::Ws => world.session.handle_open(world.now),
    }
    let frames = world.take_frames();
    assert_eq!(frames.iter().filter(|frame| *frame == "PING").count(), 1, "{frames:?}");
}

/// Connected to a server that answers control pings.
fn watchful(protocol: Protocol) -> World {
    let mut world = connected(protocol);
    world.pong();
    world
}

#[test]
fn a_quiet_peer_is_asked_and_given_up_when_it_does_not_answer() {
    for protocol in [Protocol::SocketIo, Protocol::Ws] {
        let mut world = watchful(protocol);
        world.pass(milliseconds(1999));
        assert!(world.take_frames().is_empty());
        world.pass(milliseconds(1));
        assert_eq!(world.take_frames(), ["PING"]);
        world.pass(milliseconds(2499));
        assert_eq!(world.state_names(), ["connecting", "connected"]);
        world.pass(milliseconds(1));
        assert_eq!(world.state_names().last(), Some(&"reconnecting"));
        assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
        assert_eq!(world.hang_ups, [(None, false)]);
    }
}

#[test]
fn any_byte_is_an_answer() {
    let mut world = watchful(Protocol::SocketIo);
    for (times, patience, asked) in [(5, 1249, &["PING"][..]), (1, 2499, &["PING", "40/-,"]), (5, 2499, &["40/-,"])] {
        for _ in 0..times {
            // The server's own pings come in between, so that only the heartbeat is at work.
            world.receive("2");
            world.take_frames();
            world.pass(milliseconds(2000));
            world.pass(milliseconds(patience));
            assert_eq!(world.take_frames(), asked);
            world.session.handle_bytes(world.now);
        }
    }
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(4499));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(1));
    assert_eq!(world.state_names().last(), Some(&"reconnecting"), "4.5 s after the last sign of life");
}

#[test]
fn a_peer_that_is_heard_is_not_asked() {
    let mut world = watchful(Protocol::SocketIo);
    for n in 0..100 {
        world.pass(milliseconds(1999));
        world.event(&n.to_string(), "t", "{}");
    }
    assert!(world.take_frames().is_empty());
}

#[test]
fn an_answer_to_our_pings_does_not_stand_in_for_the_servers_own() {
    let mut world = watchful(Protocol::SocketIo);
    for _ in 0..45 {
        world.pass(seconds(1));
        world.session.handle_bytes(world.now);
    }
    assert_eq!(world.last_reason(), Some("ping timeout: nothing heard for 45000 ms"));
}

/// A second passes, in which the link takes nothing.
fn pass_stuck(world: &mut World) {
    world.now += seconds(1);
    world.session.handle_timeout(world.now);
}

#[test]
fn a_ping_that_waits_for_the_link_is_not_overdue() {
    let mut world = watchful(Protocol::SocketIo);
    for _ in 0..20 {
        pass_stuck(&mut world);
        assert!(!world.session.has_output());
    }
    assert_eq!(world.take_frames(), ["PING"]);
    world.pass(milliseconds(2500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 22500 ms"));
}

#[test]
fn a_link_that_takes_nothing_for_long_is_given_up() {
    let mut world = watchful(Protocol::SocketIo);
    world.session.handle_progress(world.now, 1, 0);
    while !world.session.has_output() {
        pass_stuck(&mut world);
    }
    world.settle();
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 33000 ms"));
}

#[test]
fn an_answer_behind_a_large_message_has_the_time_that_the_message_takes() {
    let mut world = watchful(Protocol::SocketIo);
    // 10 seconds of a slow line.
    world.session.handle_progress(world.now, 320_000, 0);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
    world.pass(milliseconds(10_499));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(1));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 12500 ms"));

    // The next link begins anew.
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.session.handle_progress(world.now, 0, 0);
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn a_peer_that_is_gone_is_noticed_however_much_is_written_to_it() {
    let mut world = watchful(Protocol::SocketIo);
    for written in 1..=2000 {
        world.session.handle_progress(world.now, written << 20, 0);
        world.pass(milliseconds(1));
    }
    // The last of it was written 1 ms ago.
    assert_eq!(world.take_frames(), ["PING"]);
    // What is written behind the ping does not put off its answer.
    world.session.handle_progress(world.now, 3000 << 20, 0);
    world.pass(milliseconds(29_999 + 2499));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(1));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 34499 ms"));
}

#[test]
fn what_is_known_to_have_arrived_needs_no_more_time() {
    let mut world = watchful(Protocol::SocketIo);
    world.session.handle_progress(world.now, 3_200_000, 0);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
    // The pong; 16 kB, half a second, were written behind the ping.
    world.session.handle_bytes(world.now);
    world.session.handle_progress(world.now, 3_216_000, 3_200_000);
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn a_peer_that_is_heard_is_asked_what_has_arrived_while_much_is_sent() {
    let mut world = watchful(Protocol::SocketIo);
    let (mut written, mut pings) = (0, 0);
    for n in 0..100 {
        world.pass(milliseconds(200));
        world.event(&n.to_string(), "t", "{}");
        written += 1 << 20;
        world.session.handle_progress(world.now, written, 0);
        pings += world.take_frames().len();
    }
    assert!((8..=10).contains(&pings), "{pings} in 20 seconds");
    world.session.handle_progress(world.now, written, written);
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn a_link_that_is_not_read_is_not_asked() {
    let mut world = watchful(Protocol::SocketIo);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
    world.pause();
    world.pass(seconds(30));
    assert!(world.take_frames().is_empty());
    world.resume();
    world.pass(milliseconds(1999));
    assert!(world.take_frames().is_empty());
    world.pass(milliseconds(1));
    assert_eq!((world.take_frames(), world.state_names().last()), (vec!["PING".to_owned()], Some(&"connected")));
}

#[test]
fn a_connection_that_is_made_while_the_user_takes_no_more_is_not_asked_either() {
    let mut world = watchful(Protocol::Ws);
    world.lose();
    world.pass(seconds(1));
    world.pause();
    world.session.handle_open(world.now);
    world.take_frames();
    world.pass(seconds(19));
    assert!(!world.take_frames().contains(&"PING".to_owned()));
    assert_eq!(world.state_names().last(), Some(&"connected"));
    world.resume();
    world.pass(seconds(2));
    assert!(world.take_frames().contains(&"PING".to_owned()));
}

#[test]
fn a_lost_connection_takes_its_question_along() {
    let mut world = watchful(Protocol::SocketIo);
    world.pass(milliseconds(2000));
    world.lose();
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.pass(milliseconds(1999));
    assert!(world.take_frames().is_empty());
    assert_eq!(world.state_names().last(), Some(&"connected"));
}

#[test]
fn a_link_without_pings_is_not_asked_and_has_only_the_servers_own() {
    let mut world = watchful(Protocol::SocketIo);
    world.session.set_can_ping(world.now, false);
    for _ in 0..10 {
        world.pass(milliseconds(44_999));
        world.receive("2");
        assert_eq!(world.take_frames(), ["3"], "no ping of ours");
    }
    world.pause();
    world.resume();
    world.pass(milliseconds(44_999));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(1));
    assert_eq!(world.last_reason(), Some("ping timeout: nothing heard for 45000 ms"));

    // The next one may have them.
    world.pass(seconds(1));
    world.session.set_can_ping(world.now, true);
    establish(&mut world);
    world.pong();
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
}

#[test]
fn a_link_that_moves_to_a_websocket_is_asked_from_then_on() {
    let mut world = World::new(|config| {
        config.heartbeat = Some(Heartbeat { interval: milliseconds(2000), timeout: milliseconds(2500) });
    });
    world.session.set_can_ping(world.now, false);
    world.connect();
    world.pass(seconds(40));
    assert!(!world.take_frames().contains(&"PING".to_owned()));
    world.session.set_can_ping(world.now, true);
    assert_eq!(world.take_frames(), ["PING"]);
    world.pong();
    world.pass(milliseconds(1999));
    // To say it again changes nothing.
    world.session.set_can_ping(world.now, true);
    assert!(world.take_frames().is_empty());
    world.pass(milliseconds(1));
    assert_eq!(world.take_frames(), ["PING"]);
    world.pass(milliseconds(2499));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(1));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn a_link_that_moves_while_it_is_made_or_not_read_is_not_asked_before_its_time() {
    let mut world = World::new(|config| {
        config.heartbeat = Some(Heartbeat { interval: milliseconds(2000), timeout: milliseconds(2500) });
    });
    world.session.connect(world.now);
    world.session.set_can_ping(world.now, false);
    world.session.handle_open(world.now);
    world.session.set_can_ping(world.now, true);
    world.pass(seconds(10));
    assert!(!world.take_frames().contains(&"PING".to_owned()), "it is not connected");
    world.receive(HANDSHAKE);
    world.receive(JOINED);
    assert_eq!(world.take_frames().first().map(String::as_str), Some("PING"));
    world.pong();

    world.session.set_can_ping(world.now, false);
    world.pause();
    world.session.set_can_ping(world.now, true);
    world.pass(seconds(10));
    assert!(world.take_frames().is_empty(), "it is not read");
    world.resume();
    world.pass(seconds(2));
    assert_eq!(world.take_frames(), ["PING"]);
}
