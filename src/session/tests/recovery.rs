//! Connection state recovery: which sessions the client resumes, and which it must not resume.

use super::{
    continuity::{confirm, establish, recovered_flags, subscribed},
    *,
};

#[test]
fn a_recovered_session_reports_no_gap_however_often_it_is_lost() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    for n in 0..5 {
        world.receive(&format!(r#"42["event",{{"id":"{n}","topic":"a"}},"off-{n}"]"#));
        world.lose();
        world.pass(seconds(10));
        world.take_frames();
        establish(&mut world, "p");
        let credentials = format!(r#"40{{"offset":"off-{n}","pid":"p","token":"t0ken"}}"#);
        assert_eq!(world.take_frames().first(), Some(&credentials));
    }
    confirm(&mut world, 0, 10);
    world.pass(seconds(10));
    assert_eq!((recovered_flags(&world), world.gaps.len()), (vec![false, true, true, true, true, true], 0));

    world.lose();
    world.pass(seconds(10));
    establish(&mut world, "expired");
    confirm(&mut world, 0, 10);
    assert_eq!((recovered_flags(&world).last(), world.gaps.len()), (Some(&false), 1));
}

#[test]
fn does_not_recover_a_session_after_the_user_discarded_its_events() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    world.refuse_upgrade(ErrorKind::UpgradeRefused, Outlook::Permanent);
    assert_eq!(world.state_names().last(), Some(&"disconnected"));
    world.session.disconnect();
    world.take_frames();
    world.session.connect(world.now);
    establish(&mut world, "p");
    assert_eq!(world.take_frames().first().map(String::as_str), Some(r#"40{"token":"t0ken"}"#));
    confirm(&mut world, 0, 5);
    assert_eq!((recovered_flags(&world), world.gaps.len()), (vec![false, false], 1));
}

#[test]
fn does_not_resume_a_session_that_the_server_may_believe_alive() {
    let lose: [fn(&mut World); 3] = [
        |world| world.pass(seconds(45)),
        |world| {
            world.session.discard_resumable_session();
            world.lose();
        },
        // The answer to CONNECT does not arrive.
        |world| {
            world.lose();
            world.pass(seconds(2));
            world.session.handle_open(world.now);
            world.receive(HANDSHAKE);
            world.pass(seconds(20));
        },
    ];
    for lose in lose {
        let mut world = subscribed(&["a"]);
        establish(&mut world, "p");
        world.lose();
        world.pass(seconds(1));
        establish(&mut world, "p");
        lose(&mut world);
        world.pass(seconds(5));
        world.take_frames();
        establish(&mut world, "q");
        assert_eq!(
            world.take_frames().first().map(String::as_str),
            Some(r#"40{"token":"t0ken"}"#),
            "{:?}",
            world.states
        );
        world.pass(seconds(5));
        assert_eq!((recovered_flags(&world), world.gaps.len()), (vec![false, true, false], 1));
    }
}

#[test]
fn missed_events_arrive_before_the_answer_to_connect() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    world.receive(r#"42["event",{"id":"1","topic":"a"},"off-1"]"#);
    world.lose();
    world.pass(seconds(1));
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    // The official server sends in this order.
    assert!(world.receive(r#"42["event",{"id":"2","topic":"a"},"off-2"]"#).is_some());
    world.lose();
    world.pass(seconds(2));
    world.take_frames();
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    assert_eq!(world.take_frames(), [r#"40{"offset":"off-2","pid":"p","token":"t0ken"}"#]);
    assert_eq!(world.receive(r#"42["event",{"id":"2","topic":"a"},"off-2"]"#), None);
    world.receive(r#"40{"sid":"abc","pid":"p"}"#);
    assert_eq!(recovered_flags(&world), [false, true]);
}

#[test]
fn failed_attempts_keep_the_session_resumable() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    world.receive(r#"42["event",{"id":"1","topic":"a"},"off"]"#);
    world.lose();
    for step in 0..3 {
        world.pass(seconds(10));
        if step > 0 {
            world.session.handle_open(world.now);
        }
        if step > 1 {
            world.receive(HANDSHAKE);
        }
        world.lose();
    }
    world.pass(seconds(10));
    establish(&mut world, "p");
    confirm(&mut world, 0, 10);
    assert_eq!((recovered_flags(&world), world.gaps.len()), (vec![false, true], 0));
}

/// The CONNECT of the next connection.
fn next_connect(world: &mut World) -> String {
    world.pass(seconds(10));
    world.take_frames();
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.take_frames().into_iter().find(|frame| frame.starts_with("40")).expect("it connects")
}

#[test]
fn does_not_resume_a_session_whose_data_the_client_refused() {
    let refusals = [ErrorKind::MessageTooLarge, ErrorKind::Protocol];
    for (refusal, while_joining) in refusals.into_iter().flat_map(|refusal| [(refusal, false), (refusal, true)]) {
        let mut world = subscribed(&["a"]);
        establish(&mut world, "p");
        world.receive(r#"42["event",{"id":"1","topic":"a"},"off-1"]"#);
        if while_joining {
            world.lose();
            assert_eq!(next_connect(&mut world), r#"40{"offset":"off-1","pid":"p","token":"t0ken"}"#);
            // Missed events arrive before the answer to CONNECT.
            world.receive(r#"42["event",{"id":"2","topic":"a"},"off-2"]"#);
        }
        let since = world.now;
        world.session.handle_disconnect(world.now, "refused".into(), Some(Error::new(refusal, "refused")));
        world.settle();
        assert_eq!(world.error_kinds(), [refusal]);
        assert_eq!(next_connect(&mut world), r#"40{"token":"t0ken"}"#);
        world.receive(r#"40{"sid":"abc","pid":"q"}"#);
        confirm(&mut world, 0, 5);
        assert_eq!((recovered_flags(&world), world.gaps.len()), (vec![false, false], 1));
        assert!(world.gaps[0].since <= since);
        // The new session can be recovered like any other.
        world.receive(r#"42["event",{"id":"3","topic":"a"},"off-3"]"#);
        world.lose();
        assert_eq!(next_connect(&mut world), r#"40{"offset":"off-3","pid":"q","token":"t0ken"}"#);
    }
}

#[test]
fn a_refusal_before_the_server_knows_the_session_keeps_it_resumable() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    world.receive(r#"42["event",{"id":"1","topic":"a"},"off-1"]"#);
    world.lose();
    for opened in [false, true] {
        world.pass(seconds(10));
        if opened {
            world.session.handle_open(world.now);
        }
        // A gateway's error page, or the handshake of another protocol.
        world.session.handle_disconnect(
            world.now,
            "no server".into(),
            Some(Error::new(ErrorKind::Protocol, "no server")),
        );
        world.settle();
    }
    assert_eq!(next_connect(&mut world), r#"40{"offset":"off-1","pid":"p","token":"t0ken"}"#);
}

#[test]
fn a_skipped_event_does_not_come_back_by_recovery() {
    let mut world = subscribed(&["a"]);
    establish(&mut world, "p");
    world.receive(r#"42["event",{"id":"1","topic":"a"},"off-1"]"#);
    for (frames, offset) in [
        (vec![r#"42["event",{"id":2,"topic":"a"},"off-2"]"#], "off-2"),
        (vec![r#"42["event",{"id":"3","topic":"a",},"off-3"]"#], "off-3"),
        // More attachments than the client accepts.
        (vec![r#"45999-["event",{"id":"4","topic":"a"},"off-4"]"#], "off-4"),
        // Without an offset the previous one counts.
        (vec![r#"42["event",{"id":5,"topic":"a"}]"#, r#"42["event","text"]"#], "off-4"),
    ] {
        for frame in &frames {
            world.receive(frame);
        }
        world.lose();
        assert_eq!(next_connect(&mut world), format!(r#"40{{"offset":"{offset}","pid":"p","token":"t0ken"}}"#));
        world.receive(r#"40{"sid":"abc","pid":"p"}"#);
    }
    assert_eq!(world.error_kinds().len(), 5);

    // Attachments that are too large together, but not individually.
    world.receive(r#"452-["event",{"id":"6","topic":"a"},"off-6"]"#);
    for _ in 0..2 {
        let half = vec![0; crate::protocol::MAX_MESSAGE_BYTES / 2 + 1];
        world.session.receive_binary(world.now, half.into());
    }
    world.lose();
    assert_eq!(next_connect(&mut world), r#"40{"offset":"off-6","pid":"p","token":"t0ken"}"#);
    assert_eq!(world.error_kinds().last(), Some(&ErrorKind::MessageTooLarge));
}

#[test]
fn replaces_a_session_that_repeatedly_fails_to_recover() {
    let fail: [fn(&mut World); 3] = [
        World::lose,
        |world| _ = world.receive("1"),
        |world| _ = world.receive(r#"44{"message":"unknown session","data":{"code":"BUSY"}}"#),
    ];
    for fail in fail {
        let mut world = subscribed(&["a"]);
        establish(&mut world, "p");
        world.lose();
        for _ in 0..2 {
            assert_eq!(next_connect(&mut world), r#"40{"pid":"p","token":"t0ken"}"#);
            fail(&mut world);
        }
        assert_eq!(next_connect(&mut world), r#"40{"pid":"p","token":"t0ken"}"#);
        // Every recovery that makes progress allows another attempt.
        world.receive(r#"42["event",{"id":"1","topic":"a"},"off-1"]"#);
        for _ in 0..3 {
            fail(&mut world);
            assert_eq!(next_connect(&mut world), r#"40{"offset":"off-1","pid":"p","token":"t0ken"}"#);
        }
        fail(&mut world);
        assert_eq!(next_connect(&mut world), r#"40{"token":"t0ken"}"#);
        world.receive(r#"40{"sid":"abc","pid":"q"}"#);
        confirm(&mut world, 0, 10);
        assert_eq!((recovered_flags(&world), world.gaps.len()), (vec![false, false], 1));
    }
}

#[test]
fn the_plain_codec_recovers_no_session() {
    let mut world = World::new(|config| config.protocol = Protocol::Ws);
    world.session.subscribe(world.now, "a", None, None);
    world.session.connect(world.now);
    for _ in 0..2 {
        world.session.handle_open(world.now);
        world.receive(r#"{"type":"subscribed","subscriptionId":"sub_1","topic":"a"}"#);
        world.lose();
        world.pass(seconds(2));
    }
    assert_eq!((recovered_flags(&world), world.gaps.len()), (vec![false, false], 1));
}
