//! Heartbeats: when the client pings, when it disconnects, and when silence proves nothing.

use super::*;

pub(super) fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Connected with a heartbeat. The first ping is sent.
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
fn pings_a_silent_peer_and_disconnects_if_it_does_not_answer() {
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
fn any_byte_answers_a_ping() {
    let mut world = watchful(Protocol::SocketIo);
    for (times, patience, asked) in [(5, 1249, &["PING"][..]), (1, 2499, &["PING", "40/-,"]), (5, 2499, &["40/-,"])] {
        for _ in 0..times {
            // The server's pings arrive in between, so that only the heartbeat can time out.
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
fn does_not_ping_a_peer_that_sends() {
    let mut world = watchful(Protocol::SocketIo);
    for n in 0..100 {
        world.pass(milliseconds(1999));
        world.event(&n.to_string(), "t", "{}");
    }
    assert!(world.take_frames().is_empty());
}

#[test]
fn pongs_do_not_replace_the_servers_pings() {
    let mut world = watchful(Protocol::SocketIo);
    for _ in 0..45 {
        world.pass(seconds(1));
        world.session.handle_bytes(world.now);
    }
    assert_eq!(world.last_reason(), Some("ping timeout: nothing heard for 45000 ms"));
}

/// A second passes in which the link accepts nothing.
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
fn disconnects_when_the_link_accepts_nothing_for_long() {
    let mut world = watchful(Protocol::SocketIo);
    world.session.handle_progress(world.now, 1, 0);
    while !world.session.has_output() {
        pass_stuck(&mut world);
    }
    world.settle();
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 33000 ms"));
}

#[test]
fn a_pong_behind_a_large_message_may_take_as_long_as_the_message() {
    let mut world = watchful(Protocol::SocketIo);
    // 10 seconds on a slow line.
    world.session.handle_progress(world.now, 320_000, 0);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
    world.pass(milliseconds(10_499));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(1));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 12500 ms"));

    // The next link starts with an empty backlog.
    world.pass(seconds(1));
    world.establish();
    world.take_frames();
    world.session.handle_progress(world.now, 0, 0);
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn detects_a_dead_peer_however_much_is_written_to_it() {
    let mut world = watchful(Protocol::SocketIo);
    for written in 1..=2000 {
        world.session.handle_progress(world.now, written << 20, 0);
        world.pass(milliseconds(1));
    }
    // The last bytes were written 1 ms ago.
    assert_eq!(world.take_frames(), ["PING"]);
    // Bytes written after the ping do not delay the deadline of its pong.
    world.session.handle_progress(world.now, 3000 << 20, 0);
    world.pass(milliseconds(29_999 + 2499));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(milliseconds(1));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 34499 ms"));
}

#[test]
fn bytes_known_to_have_arrived_need_no_more_time() {
    let mut world = watchful(Protocol::SocketIo);
    world.session.handle_progress(world.now, 3_200_000, 0);
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
    // The pong. 16 kB, half a second, were written after the ping.
    world.session.handle_bytes(world.now);
    world.session.handle_progress(world.now, 3_216_000, 3_200_000);
    world.pass(milliseconds(4500));
    assert_eq!(world.last_reason(), Some("heartbeat timeout: nothing heard for 4500 ms"));
}

#[test]
fn pings_a_peer_that_sends_while_the_send_backlog_is_large() {
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
fn does_not_ping_while_the_link_is_not_read() {
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
fn does_not_ping_a_connection_that_opens_while_reading_is_paused() {
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
fn a_lost_connection_drops_its_pending_ping() {
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
fn relies_on_the_servers_pings_on_a_link_without_pings() {
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

    // The next link may have pings.
    world.pass(seconds(1));
    world.session.set_can_ping(world.now, true);
    establish(&mut world);
    world.pong();
    world.pass(milliseconds(2000));
    assert_eq!(world.take_frames(), ["PING"]);
}

#[test]
fn pings_a_link_once_it_is_upgraded_to_a_websocket() {
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
    // A second report changes nothing.
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
fn an_upgrade_during_the_handshake_or_a_pause_does_not_ping_early() {
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
