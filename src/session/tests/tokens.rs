//! Token requests, token renewal, and the expiry of a fixed token.

use super::*;

const REFUSED: &str = r#"44{"message":"token expired","data":{"code":"AUTH_FAILED"}}"#;

/// A session with a token provider, after `connect()`.
fn asking(adapt: impl FnOnce(&mut Config)) -> World {
    let mut world = World::new(|config| {
        config.token = None;
        adapt(config);
    });
    world.session.connect(world.now);
    world.settle();
    world
}

/// Connected with a token of 100 seconds, which the session renews after 90.
fn connected() -> World {
    let mut world = asking(|_| {});
    world.provide("first", Some(100));
    world.establish();
    world.asked.clear();
    world.frames.clear();
    world
}

impl World {
    fn provide(&mut self, text: &str, lives: Option<u64>) {
        self.session.provide_token(self.now, token(text, lives));
        self.settle();
    }

    fn refuse(&mut self) -> bool {
        let asked = self.session.refuse_token(self.now);
        self.settle();
        asked
    }

    /// Asserts that the session sends this token to the connection.
    fn presents(&mut self, id: u64, text: &str, lives: u64) {
        let token = token(text, Some(lives));
        assert_eq!(self.take_frames(), [format!(r#"42{id}["auth",{{"token":"{}"}}]"#, token.as_str())]);
    }

    fn last_dialled(&self) -> Option<&str> {
        self.dialled.last().map(Token::as_str)
    }
}

#[test]
fn asks_for_a_token_before_the_first_dial() {
    let mut world = asking(|_| {});
    world.pass(seconds(1000));
    assert_eq!((world.dials, world.asked.as_slice()), (0, [TokenReason::Connect].as_slice()));
    assert!(!world.session.is_idle(), "the driver goes on");
    world.provide("t", None);
    assert_eq!((world.dials, world.last_dialled()), (1, Some("t")));
    world.establish();
    assert_eq!(world.frames, [r#"40{"token":"t"}"#]);
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    assert_eq!((world.session.token_wanted(), world.asked.len()), (None, 1));
}

#[test]
fn redials_with_a_valid_token_and_asks_for_a_new_one_otherwise() {
    let mut world = connected();
    world.lose();
    world.pass(seconds(1));
    assert_eq!((world.dials, world.asked.len()), (2, 0));
    world.session.disconnect();
    world.pass(seconds(100));
    world.session.connect(world.now);
    world.settle();
    assert_eq!((world.dials, world.asked.as_slice()), (2, [TokenReason::Expiring].as_slice()));
    world.provide("second", None);
    assert_eq!((world.dials, world.last_dialled()), (3, Some("second")));
}

#[test]
fn a_failed_token_request_counts_as_an_attempt() {
    let mut world = asking(|config| config.reconnect.attempts = Some(2));
    for delay in [1, 2] {
        assert!(world.refuse());
        assert!(!world.refuse(), "it was not asked for another");
        assert_eq!((world.state_names().last(), world.last_reason()), (Some(&"reconnecting"), Some("no token")));
        world.pass(Duration::from_millis(delay * 1000 - 1));
        assert_eq!(world.session.token_wanted(), None);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.session.token_wanted(), Some(TokenReason::Connect));
    }
    assert!(world.refuse());
    assert_eq!(world.error_kinds(), [ErrorKind::ReconnectFailed]);
    assert!(world.session.is_idle() && world.dials == 0 && world.asked.len() == 3);
}

#[test]
fn replaces_a_refused_token_once() {
    let mut world = asking(|_| {});
    world.provide("old", None);
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.receive(REFUSED);
    assert_eq!(world.asked, [TokenReason::Connect, TokenReason::Refused]);
    assert_eq!(world.last_reason(), Some("refused by the server: token expired"));
    assert!(world.errors.is_empty(), "no failure yet");
    world.provide("new", None);
    assert_eq!((world.dials, world.last_dialled()), (2, Some("new")));
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.receive(REFUSED);
    assert_eq!(world.error_kinds(), [ErrorKind::AuthFailed]);
    assert_eq!(world.state_names(), ["connecting", "reconnecting", "disconnected"]);
    assert_eq!((world.asked.len(), world.session.is_idle(), world.session.deadline()), (2, true, None));
    world.session.connect(world.now);
    world.settle();
    assert_eq!(world.asked.last(), Some(&TokenReason::Connect), "the refused one is not tried again");
}

#[test]
fn a_refused_upgrade_counts_as_a_refused_token() {
    let mut world = asking(|config| config.protocol = Protocol::Ws);
    world.provide("old", None);
    for (kind, asked) in [(ErrorKind::UpgradeRefused, 1), (ErrorKind::AuthFailed, 2)] {
        world.refuse_upgrade(kind, Outlook::Passing);
        world.pass(seconds(1));
        assert_eq!(world.asked.len(), asked, "{kind:?}");
    }
    world.provide("new", None);
    world.session.handle_open(world.now);
    assert_eq!((world.take_frames(), world.state_names().last()), (vec![], Some(&"connected")));
}

#[test]
fn replaces_a_token_that_a_gateway_may_have_refused_once() {
    let mut world = connected();
    world.lose();
    world.pass(seconds(1));
    world.refuse_upgrade(ErrorKind::AuthFailed, Outlook::Unproven);
    assert_eq!(world.asked, [TokenReason::Refused]);
    world.provide("second", None);
    for _ in 0..3 {
        world.refuse_upgrade(ErrorKind::AuthFailed, Outlook::Unproven);
        assert_eq!(world.state_names().last(), Some(&"reconnecting"));
        world.pass(seconds(5));
        assert_eq!((world.asked.len(), world.last_dialled()), (1, Some("second")), "it may well be good");
    }
    world.refuse_upgrade(ErrorKind::AuthFailed, Outlook::Permanent);
    assert_eq!((world.state_names().last(), world.asked.len()), (Some(&"disconnected"), 1), "this time it is refused");
}

#[test]
fn a_connection_allows_another_replacement() {
    let mut world = connected();
    for _ in 0..3 {
        world.lose();
        world.pass(seconds(5));
        world.session.handle_open(world.now);
        world.receive(HANDSHAKE);
        world.receive(REFUSED);
        world.provide("next", None);
        world.establish();
        assert_eq!(world.state_names().last(), Some(&"connected"));
    }
    assert_eq!((world.asked.as_slice(), world.errors.len()), ([TokenReason::Refused; 3].as_slice(), 0));
}

#[test]
fn the_refusal_of_an_already_replaced_token_requests_none() {
    let mut world = asking(|config| config.protocol = Protocol::Ws);
    world.provide("old", None);
    world.provide("new", None);
    world.refuse_upgrade(ErrorKind::AuthFailed, Outlook::Permanent);
    assert_eq!((world.dials, world.last_dialled(), world.asked.len()), (2, Some("new"), 1));
}

#[test]
fn renews_the_token_of_a_connection_before_it_expires() {
    let mut world = connected();
    world.ignore_silence();
    world.pass(Duration::from_millis(89_999));
    assert_eq!((world.asked.len(), world.session.token_state(world.now)), (0, TokenState::Fresh));
    world.pass(Duration::from_millis(1));
    assert_eq!(world.asked, [TokenReason::Expiring]);
    assert_eq!(world.session.token_state(world.now), TokenState::Due);
    world.provide("second", Some(200));
    world.presents(0, "second", 200);
    world.receive(r#"430[{"ok":true,"expiresAt":1}]"#);
    assert_eq!((world.session.pending_acks(), world.session.token_state(world.now)), (0, TokenState::Fresh));
    world.pass(seconds(180));
    assert_eq!((world.dials, world.asked.len(), world.errors.len()), (1, 2, 0), "and so on");
}

#[test]
fn reconnects_if_the_server_refuses_a_renewed_token() {
    let refusal = r#"430[{"error":"NotFoundError","message":"what?"}]"#;
    for (answer, problem) in [(Some(refusal), "NotFoundError: what?"), (None, "no answer")] {
        let mut world = connected();
        world.provide("second", Some(200));
        world.presents(0, "second", 200);
        match answer {
            Some(answer) => assert_eq!(world.receive(answer), None),
            None => world.pass(seconds(10)),
        }
        assert_eq!(world.hang_ups, [(None, true)], "so that the session can be recovered");
        assert!(world.last_reason().is_some_and(|reason| reason.ends_with(problem)), "{:?}", world.last_reason());
        assert_eq!((world.dials, world.last_dialled()), (2, Some(token("second", Some(200)).as_str())));
        world.establish();
        assert_eq!(world.state_names(), ["connecting", "connected", "reconnecting", "connected"]);
        assert!(world.errors.is_empty() && world.asked.is_empty());
    }
}

#[test]
fn the_plain_codec_reconnects_if_the_server_does_not_know_the_renewal_frame() {
    let mut world = asking(|config| config.protocol = Protocol::Ws);
    world.provide("first", None);
    world.session.handle_open(world.now);
    world.settle();
    world.receive(r#"{"type":"error","error":"E","message":"unrelated"}"#);
    assert_eq!((world.dials, world.error_kinds()), (1, vec![ErrorKind::Server]));
    world.provide("second", None);
    assert_eq!(world.take_frames(), [r#"{"type":"auth","token":"second","ackId":0}"#]);
    world.receive(r#"{"type":"error","error":"ValidationError","message":"type: unknown"}"#);
    assert_eq!((world.dials, world.errors.len()), (2, 1));
}

#[test]
fn sends_a_token_that_arrives_while_connecting_to_the_connection() {
    let mut world = asking(|_| {});
    world.provide("first", None);
    world.session.handle_open(world.now);
    world.receive(HANDSHAKE);
    world.provide("second", Some(200));
    world.take_frames();
    world.receive(JOINED);
    world.presents(0, "second", 200);
    world.provide("second", Some(200));
    assert_eq!(world.take_frames(), [""; 0], "the same one again is nothing new");
}

#[test]
fn requests_a_new_token_again_with_growing_delays() {
    let mut world = connected();
    world.ignore_silence();
    world.pass(seconds(90));
    for (delay, asked) in [(1, 2), (2, 3), (4, 4)] {
        assert!(world.refuse());
        world.pass(Duration::from_millis(delay * 1000 - 1));
        assert_eq!(world.asked.len(), asked - 1);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.asked.len(), asked);
    }
    assert!(world.errors.is_empty() && world.state_names().last() == Some(&"connected"));
    world.provide("second", Some(100));
    world.receive(r#"430[{"ok":true}]"#);
    world.pass(seconds(90));
    assert_eq!(world.asked.len(), 5);
}

#[test]
fn stops_requesting_tokens_if_none_is_newer() {
    let mut world = connected();
    world.ignore_silence();
    let (start, first) = (world.now, token("first", Some(100)));
    for _ in 0..500 {
        world.pass(Duration::from_millis(250));
        if world.session.token_wanted().is_some() {
            let again = Token::parse(first.as_str(), seconds(1000) + (world.now - start)).expect("as before");
            world.session.provide_token(world.now, again);
        }
    }
    assert!((3..10).contains(&world.asked.len()), "{}", world.asked.len());
    assert_eq!((world.take_frames(), world.dials), (vec![], 1), "the server has this token already");
}

#[test]
fn answers_a_disconnect_for_an_expired_token_with_a_new_token() {
    let mut world = connected();
    world.ignore_silence();
    world.pass(seconds(100));
    world.receive("41");
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
    world.pass(seconds(1));
    world.provide("second", None);
    assert_eq!(world.last_dialled(), Some("second"));

    let mut world = connected();
    world.receive("41");
    assert_eq!(world.state_names().last(), Some(&"disconnected"), "one that is valid was not the reason");
}

#[test]
fn disconnecting_cancels_the_token_request() {
    let mut world = asking(|_| {});
    world.session.disconnect();
    world.settle();
    assert!(world.session.is_idle() && world.session.deadline().is_none());
    assert_eq!(world.session.token_wanted(), None);
    assert!(!world.refuse());
    world.provide("late", None);
    assert_eq!((world.dials, world.state_names()), (0, vec!["connecting", "disconnected"]));
}

#[test]
fn reports_once_that_the_only_token_expired() {
    let mut world = World::new(|config| config.token = Some(token("only", Some(100))));
    world.connect();
    world.ignore_silence();
    world.pass(Duration::from_millis(99_999));
    assert!(world.errors.is_empty());
    world.pass(Duration::from_millis(1));
    assert_eq!(world.error_kinds(), [ErrorKind::TokenExpired]);
    world.session.disconnect();
    world.connect();
    assert_eq!((world.errors.len(), world.dials), (1, 2), "and the server has the last word");
}

#[test]
fn reports_an_only_token_that_is_already_expired() {
    let mut world = World::new(|config| config.token = Some(token("only", Some(0))));
    world.pass(seconds(10));
    assert!(world.errors.is_empty(), "nothing was asked of it yet");
    world.connect();
    assert_eq!((world.error_kinds(), world.asked.len()), (vec![ErrorKind::TokenExpired], 0));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
}

#[test]
fn an_unread_answer_to_a_renewal_does_not_reconnect() {
    let mut world = connected();
    world.provide("second", Some(200));
    world.presents(0, "second", 200);
    world.pause();
    world.pass(seconds(29));
    assert_eq!((world.dials, world.session.pending_acks()), (1, 1));
    world.resume();
    world.pass(seconds(9));
    assert_eq!(world.receive(r#"430[{"ok":true}]"#), None);
    world.ignore_silence();
    world.pass(seconds(60));
    assert_eq!((world.dials, world.session.pending_acks()), (1, 0));

    let mut world = connected();
    world.provide("second", Some(200));
    world.pause();
    world.pass(seconds(29));
    world.resume();
    world.pass(seconds(10));
    assert_eq!(world.dials, 2, "all was read, and there is no answer");
}
