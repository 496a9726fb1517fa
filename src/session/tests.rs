//! Sessions in virtual time: hours of reconnects in a millisecond.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fastrand::Rng;

use super::*;

const HANDSHAKE: &str = r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;
const JOINED: &str = r#"40{"sid":"abc"}"#;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A session and the world around it: its clock, and what it has asked for.
struct World {
    session: Session,
    now: Instant,
    frames: Vec<String>,
    states: Vec<(ConnectionState, Option<String>)>,
    errors: Vec<Error>,
    outcomes: Vec<(MessageId, Result<Option<String>, Error>)>,
    dials: usize,
    hang_ups: Vec<(Option<String>, bool)>,
}

impl World {
    fn new(adapt: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            protocol: Protocol::SocketIo,
            token: "t0ken".into(),
            application_id: None,
            environment: None,
            reconnect: ReconnectPolicy { randomization: 0.0, ..ReconnectPolicy::default() },
            connect_timeout: seconds(20),
            outbox: OutboxLimits::default(),
        };
        adapt(&mut config);
        let now = Instant::now();
        let mut session = Session::new(config, Rng::with_seed(1), now);
        session.listen(None, true);
        Self {
            session,
            now,
            frames: vec![],
            states: vec![],
            errors: vec![],
            outcomes: vec![],
            dials: 0,
            hang_ups: vec![],
        }
    }

    fn connected() -> Self {
        let mut world = Self::new(|_| {});
        world.connect();
        world
    }

    fn connect(&mut self) {
        self.session.connect(self.now);
        self.establish();
    }

    fn establish(&mut self) {
        self.session.opened(self.now);
        self.receive(HANDSHAKE);
        self.receive(JOINED);
    }

    fn settle(&mut self) {
        loop {
            if let Some(output) = self.session.poll() {
                match output {
                    Output::Dial => self.dials += 1,
                    Output::HangUp { farewell, orderly } => self.hang_ups.push((farewell, orderly)),
                    Output::Notice(Notice::Connection { state, reason }) => self.states.push((state, reason)),
                    Output::Notice(Notice::Error(error)) => self.errors.push(error),
                    Output::Notice(Notice::Outcome { id, result }) => self.outcomes.push((id, result)),
                }
            } else if let Some(frame) = self.session.poll_frame(self.now) {
                self.frames.push(frame);
            } else if !self.session.has_output() {
                break;
            }
        }
    }

    fn receive(&mut self, frame: &str) -> Option<String> {
        let delivery = self.session.receive(self.now, frame).map(|delivery| delivery.text.into_owned());
        self.settle();
        delivery
    }

    fn event(&mut self, id: &str, topic: &str, payload: &str) -> Option<String> {
        self.receive(&format!(r#"42["event",{{"id":"{id}","topic":"{topic}","payload":{payload}}}]"#))
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.deadline().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.session.timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    fn lose(&mut self) {
        self.session.failed(self.now, "ECONNRESET".into(), None);
        self.settle();
    }

    fn state_names(&self) -> Vec<&str> {
        self.states.iter().map(|(state, _)| state.name()).collect()
    }

    fn last_reason(&self) -> Option<&str> {
        self.states.last()?.1.as_deref()
    }

    fn error_kinds(&self) -> Vec<ErrorKind> {
        self.errors.iter().map(|error| error.kind).collect()
    }

    fn take_frames(&mut self) -> Vec<String> {
        self.settle();
        std::mem::take(&mut self.frames)
    }
}

#[test]
fn connects_with_its_credentials() {
    let mut world = World::new(|config| {
        config.application_id = Some("app".into());
        config.environment = Some("test".into());
    });
    world.connect();
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    assert_eq!(world.frames, [r#"40{"applicationId":"app","environment":"test","token":"t0ken"}"#]);
    assert!(world.errors.is_empty());
}

#[test]
fn the_plain_wire_is_connected_as_soon_as_it_is_open() {
    let mut world = World::new(|config| config.protocol = Protocol::Ws);
    world.session.connect(world.now);
    world.session.opened(world.now);
    world.settle();
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    let id = world.session.subscribe(world.now, "t", None, None);
    assert_eq!(world.take_frames(), [r#"{"type":"subscribe","subscriptionId":"sub_1","topic":"t"}"#]);
    world.receive(r#"{"type":"subscribed","subscriptionId":"theirs","topic":"t"}"#);
    let event = world.receive(r#"{"type":"event","topic":"t","data":{"id":"1","topic":"t","payload":{}}}"#);
    assert_eq!(event.as_deref(), Some(r#"{"id":"1","topic":"t","payload":{}}"#));
    assert!(world.session.unsubscribe(&id));
    assert_eq!(world.take_frames(), [r#"{"type":"unsubscribe","subscriptionId":"theirs"}"#]);
}

#[test]
fn the_plain_wire_pings_and_notices_silence() {
    let mut world = World::new(|config| config.protocol = Protocol::Ws);
    world.session.connect(world.now);
    world.session.opened(world.now);
    world.pass(seconds(25));
    assert_eq!(world.take_frames(), [r#"{"type":"ping"}"#]);
    world.receive(r#"{"type":"pong"}"#);
    world.pass(seconds(44));
    assert_eq!(world.state_names().last(), Some(&"connected"));
    world.pass(seconds(1));
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
}

#[test]
fn answers_pings_and_a_flood_of_them_once() {
    let mut world = World::connected();
    world.take_frames();
    world.receive("2");
    assert_eq!(world.take_frames(), ["3"]);
    for _ in 0..10_000 {
        world.session.receive(world.now, "2");
    }
    assert_eq!(world.take_frames(), ["3"]);
}

#[test]
fn reconnects_after_ping_timeout() {
    let mut world = World::connected();
    world.pass(seconds(44));
    world.receive("2");
    world.pass(seconds(44));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(seconds(1));
    assert_eq!(world.state_names(), ["connecting", "connected", "reconnecting"]);
    assert_eq!(world.last_reason(), Some("ping timeout: nothing heard for 45000 ms"));
    assert_eq!(world.hang_ups, [(None, false)]);
    world.pass(seconds(1));
    assert_eq!(world.dials, 2);
    world.establish();
    assert_eq!(world.state_names().last(), Some(&"connected"));
    assert_eq!(world.session.counters().reconnects, 1);
}

#[test]
fn silence_while_the_link_is_not_read_proves_nothing() {
    let mut world = World::connected();
    world.session.pause();
    world.pass(seconds(1000));
    world.session.resume(world.now);
    world.pass(seconds(44));
    assert_eq!(world.state_names(), ["connecting", "connected"]);
    world.pass(seconds(1));
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
}

#[test]
fn reconnects_with_growing_delays_until_the_attempts_are_used_up() {
    let mut world = World::new(|config| config.reconnect.attempts = Some(3));
    world.session.connect(world.now);
    for (delay, dials) in [(1, 2), (2, 3), (4, 4)] {
        world.session.failed(world.now, "connect ECONNREFUSED".into(), Some(Error::new(ErrorKind::Network, "refused")));
        world.settle();
        world.pass(Duration::from_millis(delay * 1000 - 1));
        assert_eq!(world.dials, dials - 1);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.dials, dials);
    }
    world.session.failed(world.now, "connect ECONNREFUSED".into(), Some(Error::new(ErrorKind::Network, "refused")));
    world.settle();
    assert_eq!(world.state_names(), ["connecting", "reconnecting", "disconnected"]);
    assert_eq!(world.last_reason(), Some("connect ECONNREFUSED"));
    assert_eq!(world.error_kinds().last(), Some(&ErrorKind::ReconnectFailed));
    assert_eq!(world.errors.len(), 5);
    assert_eq!((world.session.deadline(), world.session.is_idle()), (None, true));
    world.connect();
    assert_eq!(world.state_names().last(), Some(&"connected"), "connect works again");
}

#[test]
fn a_connection_gives_back_all_attempts() {
    let mut world = World::new(|config| config.reconnect.attempts = Some(1));
    world.connect();
    for _ in 0..5 {
        world.lose();
        world.pass(seconds(1));
        world.establish();
    }
    assert_eq!(world.state_names().last(), Some(&"connected"));
    assert_eq!(world.session.counters().reconnects, 5);
}

#[test]
fn does_not_reconnect_when_told_not_to() {
    let mut world = World::new(|config| config.reconnect.enabled = false);
    world.connect();
    world.lose();
    assert_eq!(world.state_names(), ["connecting", "connected", "disconnected"]);
    assert!(world.errors.is_empty() && world.session.is_idle());
}

#[test]
fn gives_up_a_connection_that_is_not_ready_in_time() {
    for (step, awaited) in [(0, "the WebSocket"), (1, "the Engine.IO handshake"), (2, "the answer to CONNECT")] {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        if step > 0 {
            world.session.opened(world.now);
        }
        if step > 1 {
            world.receive(HANDSHAKE);
        }
        world.pass(seconds(20));
        assert_eq!(world.error_kinds(), [ErrorKind::Timeout]);
        assert!(world.errors[0].message.ends_with(awaited), "{}", world.errors[0]);
        assert_eq!((world.state_names().last(), world.hang_ups.len()), (Some(&"reconnecting"), 1));
    }
}

#[test]
fn a_refused_token_is_terminal() {
    for refusal in
        [r#"44{"message":"expired","data":{"code":"AUTH_FAILED"}}"#, r#"44{"message":"expired"}"#, r#"44"expired""#]
    {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        world.session.opened(world.now);
        world.receive(HANDSHAKE);
        world.receive(refusal);
        assert_eq!(world.error_kinds(), [ErrorKind::AuthFailed], "{refusal}");
        assert!(world.errors[0].message.contains("expired"));
        assert_eq!(world.state_names(), ["connecting", "disconnected"]);
        assert!(world.session.is_idle());
    }
    for (status, kind, state) in [
        (401, ErrorKind::AuthFailed, "disconnected"),
        (403, ErrorKind::AuthFailed, "disconnected"),
        (404, ErrorKind::UpgradeRefused, "disconnected"),
        (429, ErrorKind::UpgradeRefused, "reconnecting"),
        (503, ErrorKind::UpgradeRefused, "reconnecting"),
    ] {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        let error = Error::new(ErrorKind::UpgradeRefused, "no").with_status(status);
        world.session.failed(world.now, format!("HTTP {status}"), Some(error));
        world.settle();
        assert_eq!((world.error_kinds(), world.state_names().last()), (vec![kind], Some(&state)), "{status}");
    }
}

#[test]
fn a_busy_server_is_tried_again() {
    let mut world = World::new(|_| {});
    world.session.connect(world.now);
    world.session.opened(world.now);
    world.receive(HANDSHAKE);
    world.receive(r#"44{"message":"try later","data":{"code":"SERVER_BUSY"}}"#);
    assert_eq!(world.error_kinds(), [ErrorKind::ConnectRefused]);
    assert_eq!(world.state_names(), ["connecting", "reconnecting"]);
}

#[test]
fn a_server_that_ends_the_session_is_not_called_again() {
    let mut world = World::connected();
    world.receive("41");
    assert_eq!(world.state_names().last(), Some(&"disconnected"));
    assert_eq!((world.last_reason(), world.session.deadline()), (Some("server disconnect"), None));
}

#[test]
fn a_server_that_closes_the_transport_is() {
    let mut world = World::connected();
    world.receive("1");
    assert_eq!(world.state_names().last(), Some(&"reconnecting"));
}

#[test]
fn says_goodbye_when_the_user_disconnects() {
    let mut world = World::connected();
    world.session.disconnect();
    world.settle();
    assert_eq!(world.hang_ups, [(Some("41".to_owned()), true)]);
    assert_eq!((world.state_names().last(), world.last_reason()), (Some(&"disconnected"), Some("client disconnect")));
    assert_eq!(world.event("1", "t", "{}"), None);
    world.session.disconnect();
    world.settle();
    assert_eq!(world.states.len(), 3, "only once");
}

#[test]
fn disconnecting_ends_every_state() {
    for steps in 0..5 {
        let mut world = World::new(|_| {});
        world.session.connect(world.now);
        if steps > 0 {
            world.session.opened(world.now);
        }
        if steps > 1 {
            world.receive(HANDSHAKE);
        }
        if steps > 2 {
            world.receive(JOINED);
        }
        if steps > 3 {
            world.lose();
        }
        world.session.disconnect();
        world.settle();
        assert!(world.session.is_idle() && world.session.deadline().is_none(), "after {steps} steps");
        assert_eq!(world.state_names().last(), Some(&"disconnected"));
        world.connect();
        assert_eq!(world.state_names().last(), Some(&"connected"));
    }
}

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
fn uses_the_servers_own_subscription_id() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.take_frames();
    world.receive(r#"430[{"subscriptionId":77,"topic":"t"}]"#);
    assert!(world.session.unsubscribe("sub_1"));
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":77}]"#]);
    world.session.subscribe(world.now, "t", None, None);
    world.receive(r#"42["subscribed",{"subscriptionId":"x9","topic":"t"}]"#);
    world.take_frames();
    world.session.unsubscribe("sub_2");
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"x9"}]"#]);
}

#[test]
fn ends_a_subscription_that_is_confirmed_too_late() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.session.unsubscribe("sub_1");
    world.take_frames();
    world.receive(r#"430[{"subscriptionId":"late","topic":"t"}]"#);
    assert_eq!(world.take_frames(), [r#"42["unsubscribe",{"subscriptionId":"late"}]"#]);
}

#[test]
fn reports_a_refused_subscription_and_no_missing_answer() {
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
fn delivers_an_event_once_however_often_it_comes() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    world.session.subscribe(world.now, "t", None, None);
    assert!(world.event("1", "t", "{}").is_some());
    assert_eq!(world.event("1", "t", "{}"), None);
    world.lose();
    world.pass(seconds(1));
    world.establish();
    assert_eq!(world.event("1", "t", "{}"), None);
    assert!(world.event("2", "t", "{}").is_some());
    let counters = world.session.counters();
    assert_eq!((counters.events_received, counters.dropped_repeats), (4, 2));
}

#[test]
fn drops_what_no_subscription_or_listener_wants() {
    let mut world = World::connected();
    assert_eq!(world.event("1", "t", "{}"), None);
    let all = world.session.subscribe(world.now, "t", None, None);
    world.session.subscribe(world.now, "t", Some(r#"{"n":1}"#.into()), None);
    assert!(world.event("2", "t", r#"{"n":2}"#).is_some());
    world.session.unsubscribe(&all);
    assert_eq!(world.event("3", "t", r#"{"n":2}"#), None);
    assert!(world.event("3", "t", r#"{"n":1}"#).is_some(), "what was dropped as unwanted is not a repeat");
    world.session.listen(None, false);
    assert_eq!(world.event("4", "t", r#"{"n":1}"#), None);
    world.session.listen(Some("t"), true);
    assert!(world.event("5", "t", r#"{"n":1}"#).is_some());
    assert_eq!(world.session.counters().dropped_unwanted, 3);
}

#[test]
fn reports_what_cannot_be_read_and_goes_on() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    for (frame, kind) in [
        ("9", ErrorKind::Protocol),
        ("", ErrorKind::Protocol),
        ("47", ErrorKind::Protocol),
        (r#"42{"no":"array"}"#, ErrorKind::Protocol),
        (r#"42["event",{"id":"1","topic":"t","payload":{}]"#, ErrorKind::Protocol),
        (r#"42["event",7]"#, ErrorKind::InvalidEvent),
        (r#"42["event"]"#, ErrorKind::InvalidEvent),
        (r#"42["event",{"topic":"t","payload":{}}]"#, ErrorKind::InvalidEvent),
        (r#"42["event",{"id":7,"topic":"t","payload":{}}]"#, ErrorKind::InvalidEvent),
        (HANDSHAKE, ErrorKind::Protocol),
        (JOINED, ErrorKind::Protocol),
    ] {
        assert_eq!(world.receive(frame), None, "{frame}");
        assert_eq!(world.error_kinds(), [kind], "{frame}");
        world.errors.clear();
    }
    for ignored in ["43999[1]", "6", "3", r#"42["unknown",1]"#, r#"42/other,["event",{"id":"1","topic":"t"}]"#] {
        assert_eq!(world.receive(ignored), None, "{ignored}");
    }
    for n in 0..10_000 {
        world.receive(&format!("40/namespace-{n},{{}}"));
    }
    assert!(world.errors.is_empty(), "{:?}", world.errors);
    assert!(world.event("1", "t", "{}").is_some());
    assert_eq!(world.state_names(), ["connecting", "connected"]);
}

#[test]
fn a_binary_event_comes_with_its_attachments() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    let event = r#"{"id":"1","topic":"t","payload":{"file":{"_placeholder":true,"num":0}}}"#;
    assert_eq!(world.receive(&format!(r#"451-["event",{event}]"#)), None);
    let delivery = world.session.receive_binary(world.now, Bytes::from_static(b"abc")).expect("complete");
    assert_eq!((&*delivery.text, delivery.attachments), (event, vec![Bytes::from_static(b"abc")]));
    world.pass(seconds(10));
    assert!(world.errors.is_empty());
}

#[test]
fn attachments_that_never_come_are_given_up() {
    let mut world = World::connected();
    world.session.subscribe(world.now, "t", None, None);
    let head = r#"452-["event",{"id":"1","topic":"t","payload":{}}]"#;
    world.receive(head);
    world.pass(seconds(10));
    assert_eq!(world.error_kinds(), [ErrorKind::Protocol]);
    world.receive(head);
    world.receive("2");
    assert_eq!(world.errors.len(), 1, "a ping may come in between");
    world.receive(r#"42["other"]"#);
    assert_eq!(world.errors.len(), 2, "a packet may not");
    assert!(world.session.receive_binary(world.now, Bytes::from_static(b"late")).is_none());
    world.settle();
    assert_eq!(world.errors.len(), 3);
    assert!(world.event("1", "t", "{}").is_some());
}

#[test]
fn messages_wait_until_there_is_a_connection() {
    let mut world = World::new(|_| {});
    let first = world.session.emit(world.now, "m", r#"{"n":1}"#, None).expect("room");
    let second = world.session.emit(world.now, "m", r#"{"n":2}"#, Some(seconds(5))).expect("room");
    world.settle();
    assert!(world.frames.is_empty());
    world.connect();
    assert_eq!(
        world.take_frames().get(1..),
        Some(&[r#"42["m",{"n":1}]"#.to_owned(), r#"420["m",{"n":2}]"#.into()][..])
    );
    world.receive(r#"430[{"id":"x"}]"#);
    assert_eq!(world.outcomes, [(first, Ok(None)), (second, Ok(Some(r#"{"id":"x"}"#.into())))]);
}

#[test]
fn every_message_gets_an_outcome() {
    let mut world = World::new(|config| {
        config.outbox = OutboxLimits { messages: 4, bytes: 10_000, age: seconds(3) };
        config.reconnect.attempts = Some(0);
    });
    world.connect();
    let kinds = |world: &World| -> Vec<_> {
        world.outcomes.iter().map(|(_, result)| result.as_ref().err().map(|error| error.kind)).collect()
    };
    world.session.emit(world.now, "m", "1", Some(seconds(1))).expect("room");
    world.settle();
    world.pass(seconds(1));
    assert_eq!(kinds(&world), [Some(ErrorKind::Timeout)]);
    world.session.emit(world.now, "m", &format!(r#""{}""#, "x".repeat(1000)), Some(seconds(1))).expect("room");
    world.settle();
    assert_eq!(kinds(&world).last(), Some(&Some(ErrorKind::MessageTooLarge)));
    world.session.emit(world.now, "m", "1", Some(seconds(9))).expect("room");
    world.settle();
    world.lose();
    assert_eq!(kinds(&world).last(), Some(&Some(ErrorKind::Network)), "not answered");
    for _ in 0..4 {
        world.session.emit(world.now, "m", "1", None).expect("room");
    }
    assert_eq!(world.session.emit(world.now, "m", "1", None).map_err(|e| e.kind), Err(ErrorKind::OutboxFull));
    world.pass(seconds(3));
    assert_eq!(kinds(&world).len(), 7);
    assert!(kinds(&world)[3..].iter().all(|kind| *kind == Some(ErrorKind::Expired)));
}

#[test]
fn resumes_a_session_where_the_server_can() {
    let mut world = World::new(|_| {});
    world.session.subscribe(world.now, "t", None, None);
    world.session.connect(world.now);
    world.session.opened(world.now);
    world.receive(HANDSHAKE);
    world.receive(r#"40{"sid":"abc","pid":"p1"}"#);
    assert!(world.receive(r#"42["event",{"id":"1","topic":"t"},"off-1"]"#).is_some());
    world.take_frames();
    world.lose();
    world.pass(seconds(1));
    world.session.opened(world.now);
    world.receive(HANDSHAKE);
    assert_eq!(world.take_frames(), [r#"40{"offset":"off-1","pid":"p1","token":"t0ken"}"#]);
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
