//! Refusals by the server: which end the attempts, and which are retried.

use super::{connecting::attempts, *};

#[test]
fn a_refused_token_is_terminal() {
    for refusal in [
        r#"44{"message":"expired","data":{"code":"AUTH_FAILED"}}"#,
        r#"44{"message":"expired","data":{"status":401}}"#,
        r#"44{"message":"token expired"}"#,
        r#"44"token expired""#,
    ] {
        let mut world = World::joining(|_| {});
        world.receive(refusal);
        assert_eq!(world.error_kinds(), [ErrorKind::AuthFailed], "{refusal}");
        assert!(world.errors[0].message.contains("expired"));
        assert_eq!(world.state_names(), ["connecting", "disconnected"]);
        assert!(world.session.is_idle());
    }
}

#[test]
fn retries_after_a_refusal_that_is_not_about_the_token() {
    for refusal in [
        r#"44{"message":"try later","data":{"code":"SERVER_BUSY"}}"#,
        r#"44{"message":"database is down"}"#,
        r#"44{"message":"slow down","data":{"code":429}}"#,
        r#"44"database is down""#,
        "44{}",
    ] {
        let mut world = World::joining(|_| {});
        world.receive(refusal);
        assert_eq!(world.error_kinds(), [ErrorKind::ConnectRefused], "{refusal}");
        assert_eq!(world.state_names(), ["connecting", "reconnecting"]);
        world.pass(seconds(1));
        world.establish();
        assert_eq!(world.state_names().last(), Some(&"connected"));
    }
}

#[test]
fn waits_as_long_as_a_refusal_asks_before_reconnecting() {
    let mut world = World::joining(|_| {});
    world.receive(r#"44{"message":"slow down","data":{"code":429,"retryAfter":30000}}"#);
    assert_eq!((attempts(&world), world.errors[0].retry_after), (vec![(1, 31)], Some(seconds(30))));
}

#[test]
fn only_a_refusal_by_the_server_itself_ends_the_attempts_of_a_client_that_was_connected() {
    for (outlook, at_first, later) in [
        (Outlook::Passing, "reconnecting", "reconnecting"),
        (Outlook::Unproven, "disconnected", "reconnecting"),
        (Outlook::Permanent, "disconnected", "disconnected"),
    ] {
        for kind in [ErrorKind::UpgradeRefused, ErrorKind::AuthFailed, ErrorKind::Proxy] {
            let mut world = World::new(|_| {});
            world.session.connect(world.now);
            world.refuse_upgrade(kind, outlook);
            assert_eq!((world.error_kinds(), world.state_names().last()), (vec![kind], Some(&at_first)), "{outlook:?}");

            let mut world = World::new(|config| config.reconnect.attempts = Some(2));
            world.connect();
            world.lose();
            world.pass(seconds(1));
            world.refuse_upgrade(kind, outlook);
            assert_eq!((world.error_kinds(), world.state_names().last()), (vec![kind], Some(&later)), "{outlook:?}");
            if later == "reconnecting" {
                world.pass(seconds(5));
                world.refuse_upgrade(kind, outlook);
                assert_eq!(world.error_kinds(), [kind, kind, ErrorKind::ReconnectFailed], "within its attempts");
                world.session.connect(world.now);
                world.refuse_upgrade(kind, outlook);
                assert_eq!(world.state_names().last(), Some(&later), "the user starts again, with the same server");
            }
        }
    }
}
