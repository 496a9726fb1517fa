//! One simulation: the session, a driver as simple as can be, the network, the user, and the order of all events in time.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    ops::AddAssign,
    time::{Duration, Instant},
};

use fastrand::Rng;

use super::{
    ledger::{Ledger, Sabotage},
    server::{DENIED, Deed, PING_INTERVAL, Server, event_number},
};
use crate::{
    error::{Error, ErrorKind},
    session::{Config, ConnectionState, Frame, Notice, OutboxLimits, Outgoing, Output, ReconnectPolicy, Session},
    vocabulary::Protocol,
};

/// For how long the faults go on, and how long things then have to settle.
const TROUBLE: Duration = Duration::from_secs(100);
const PEACE: Duration = Duration::from_secs(80);
const ATTEMPTS: u32 = 6;
const DELAY_MAX: Duration = Duration::from_secs(5);
const OUTBOX: OutboxLimits = OutboxLimits { messages: 6, bytes: 400, age: Duration::from_secs(10) };
/// More steps than this at one moment are no progress.
const MOST_STEPS_AT_ONCE: u32 = 1000;

/// What no server should send.
const JUNK: &[&str] = &[
    "",
    "4",
    "9",
    "42",
    "42[",
    "42[1]",
    r#"42["event"]"#,
    r#"42["event",{}]"#,
    r#"42["event",{"id":1,"topic":2}]"#,
    r#"42["event",{"id":"x","topic":"t0"}"#,
    "43",
    "4399[]",
    r#"430[{"id":"m"}]"#,
    r#"431[{"error":"x"}]"#,
    "432[null]",
    r#"40{"sid":"again"}"#,
    r#"0{"sid":"again","upgrades":[],"pingInterval":1,"pingTimeout":1}"#,
    "451-[\"event\"]",
    r#"42["subscribed",{"subscriptionId":"sub_1"}]"#,
    r#"42["error",{"error":"E","message":"m","subscriptionId":"sub_999"}]"#,
    "3",
    "5",
    "6",
    "2x",
    "42/other,[\"event\"]",
];

/// How often each situation came about.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    const EXPECTED: &[&str] = &[
        "ack overdue",
        "auth refused",
        "black hole",
        "closed by server",
        "connect timeout",
        "cut",
        "delivered",
        "excused",
        "expired",
        "gave up",
        "half open",
        "junk",
        "left by server",
        "lost call",
        "outbox full",
        "paused",
        "recovered",
        "refused call",
        "repeat dropped",
        "resubscribed",
        "sent again",
        "status refused",
        "user disconnects",
    ];

    fn count(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    pub(super) fn missed(&self) -> Vec<&str> {
        Self::EXPECTED.iter().copied().filter(|what| self.0.get(what).is_none_or(|times| *times == 0)).collect()
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            self.count(what, *times);
        }
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

enum Happening {
    DialEnded {
        link: usize,
        result: Result<(), Option<u16>>,
    },
    ToClient {
        link: usize,
        frame: String,
        sent: Instant,
    },
    ToServer {
        link: usize,
        frame: String,
    },
    ClientLoses {
        link: usize,
    },
    ServerLoses {
        link: usize,
    },
    Ping {
        link: usize,
    },
    User,
    Publish,
    Fault,
    /// Whatever was refused is taken again.
    Relent,
    /// The mailbox has room again.
    Resume,
    /// A link takes frames again.
    Nudge,
}

/// A TCP connection: it keeps the order and loses nothing, until it is cut or swallows all.
struct Link {
    /// When the latest frame arrives, each way.
    to_client: Instant,
    to_server: Instant,
    cut: bool,
    swallows: bool,
    blocked_until: Instant,
    /// When the last frame that the client has read was sent.
    heard: Instant,
    /// Whether a ping may stay unanswered.
    excuse: bool,
    /// The topics of a recovered session, and how many frames are to come until it is complete: the events that
    /// were missed, and CONNECT. The frames of a connection keep their order.
    recovery: Option<(Vec<String>, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Client {
    Unlinked,
    Dialing(usize),
    Linked(usize),
}

pub(super) struct World {
    session: Session,
    rng: Rng,
    server: Server,
    ledger: Ledger,
    sabotage: Option<Sabotage>,
    tally: Tally,
    now: Instant,
    end_of_trouble: Instant,
    queue: BTreeMap<(Instant, u64), Happening>,
    /// Tells apart what happens at one moment.
    serial: u64,
    links: Vec<Link>,
    client: Client,
    state: ConnectionState,
    /// What came while the mailbox was full.
    unread: VecDeque<Happening>,
    paused: bool,
    /// What the next dials come to, but for the ordinary.
    dial: Option<Result<(), Option<u16>>>,
    dials: u32,
    given_up_at: Option<Instant>,
    slowest: u64,
    /// How many messages the user has sent.
    messages: u64,
    started: Instant,
    /// Whether to print what happens, for a replay.
    pub(super) traced: bool,
}

impl World {
    pub(super) fn new(seed: u64, sabotage: Option<Sabotage>) -> Self {
        let mut rng = Rng::with_seed(seed);
        let now = Instant::now();
        let config = Config {
            protocol: Protocol::SocketIo,
            token: "t0ken".into(),
            application_id: None,
            environment: None,
            reconnect: ReconnectPolicy {
                attempts: Some(ATTEMPTS),
                delay: Duration::from_millis(500),
                delay_max: DELAY_MAX,
                ..ReconnectPolicy::default()
            },
            connect_timeout: Duration::from_secs(8),
            outbox: OUTBOX,
        };
        let mut session = Session::new(config, rng.fork(), now);
        session.listen(None, true);
        let mut world = Self {
            session,
            server: Server::new(rng.fork()),
            ledger: Ledger::default(),
            sabotage,
            tally: Tally::default(),
            now,
            end_of_trouble: now + TROUBLE,
            queue: BTreeMap::new(),
            serial: 0,
            links: vec![],
            client: Client::Unlinked,
            state: ConnectionState::Disconnected,
            unread: VecDeque::new(),
            paused: false,
            dial: None,
            dials: 0,
            given_up_at: None,
            slowest: *rng.choice(&[5, 100, 1500]).expect("not empty"),
            rng,
            messages: 0,
            started: now,
            traced: false,
        };
        for happening in [Happening::User, Happening::Publish, Happening::Fault] {
            world.after(0, happening);
        }
        world
    }

    pub(super) fn run(mut self) -> Tally {
        self.pass_until(self.end_of_trouble);
        self.settle();
        self.tally
    }

    /// Peace: nothing new goes wrong. In the end all is as the user wants it.
    fn settle(&mut self) {
        self.relent();
        self.server.moody = false;
        self.pass_until(self.end_of_trouble + PEACE);
        assert_eq!(self.state, ConnectionState::Connected, "after {PEACE:?} of peace");
        let Client::Linked(link) = self.client else { panic!("connected without a link") };
        assert_eq!(self.server.sockets.keys().collect::<Vec<_>>(), [&link], "connections of one client");
        let socket = &self.server.sockets[&link];
        assert_eq!(socket.subscriptions, self.ledger.wanted_subscriptions(), "subscriptions on the server");
        assert_eq!(socket.channels, self.ledger.channels, "channels on the server");
        let waiting = (self.session.frames.len(), self.session.pending_acks(), self.session.outbox_depth());
        assert_eq!(waiting, (0, 0, (0, 0)), "frames, answers and messages that wait");

        self.session.destroy();
        self.pump();
        assert!(self.session.is_idle() && self.session.deadline().is_none(), "something is left to be done");
        let counters = self.session.counters();
        self.tally.count("repeat dropped", counters.dropped_repeats);
        self.tally.count("resubscribed", counters.reconnects);
        let (delivered, excused) = self.ledger.close(&self.server.log);
        self.tally.count("delivered", delivered);
        self.tally.count("excused", excused);
    }

    fn trace(&self, what: fmt::Arguments<'_>) {
        if self.traced {
            println!("{:>9.3} {what}", (self.now - self.started).as_secs_f64());
        }
    }

    fn pass_until(&mut self, end: Instant) {
        let mut steps_at_once = 0;
        loop {
            let next = self.queue.first_key_value().map(|((at, _), _)| *at);
            let timer = self.session.deadline().map(|at| at.max(self.now));
            let Some(at) = next.into_iter().chain(timer).min().filter(|at| *at <= end) else { break };
            steps_at_once = if at > self.now { 0 } else { steps_at_once + 1 };
            assert!(steps_at_once < MOST_STEPS_AT_ONCE, "it spins: deadline {:?}", self.session.deadline());
            self.now = at;
            if timer == Some(at) {
                self.session.timeout(at);
                assert!(self.session.deadline().is_none_or(|next| next > at), "a timer that is due was not taken");
            } else if let Some((_, happening)) = self.queue.pop_first() {
                self.take(happening);
            }
            self.pump();
            self.check_bounds();
        }
        self.now = end;
    }

    fn check_bounds(&self) {
        let (messages, bytes) = self.session.outbox_depth();
        assert!(messages <= OUTBOX.messages && bytes <= OUTBOX.bytes, "outbox: {messages} messages, {bytes} bytes");
        let frames = self.session.frames.len();
        assert!(frames <= self.session.subscription_count() + 64, "{frames} frames wait");
        assert!(self.session.pending_acks() <= 512, "{} answers are waited for", self.session.pending_acks());
    }

    /// The driver: does what the session asks for until it asks for nothing more.
    fn pump(&mut self) {
        loop {
            if let Some(output) = self.session.poll() {
                match output {
                    Output::Dial => self.dial(),
                    Output::HangUp { farewell, orderly } => self.hang_up(farewell, orderly),
                    Output::Notice(notice) => self.note(notice),
                }
                continue;
            }
            let Client::Linked(link) = self.client else { break };
            if self.links[link].blocked_until > self.now {
                break;
            }
            if self.rng.u8(..) < 4 {
                let blocked = self.rng.u64(1..500);
                self.links[link].blocked_until = self.now + Duration::from_millis(blocked);
                self.after(blocked, Happening::Nudge);
                break;
            }
            if let Some(frame) = self.session.poll_frame(self.now) {
                let Frame::Text(text) = frame else { panic!("no attachments were sent") };
                self.send_to_server(link, text);
            } else if !self.session.has_output() {
                break;
            }
        }
    }

    fn dial(&mut self) {
        assert_eq!(self.client, Client::Unlinked, "a second link was asked for");
        if let Some(since) = self.given_up_at.take() {
            assert!(self.now <= since + DELAY_MAX, "dialled later than the policy allows");
        }
        self.dials += 1;
        assert!(self.dials <= ATTEMPTS + 1, "{} dials in a row", self.dials);
        let link = self.links.len();
        let now = self.now;
        let fresh = Link {
            to_client: now,
            to_server: now,
            cut: false,
            swallows: false,
            blocked_until: now,
            heard: now,
            excuse: self.paused,
            recovery: None,
        };
        self.links.push(fresh);
        self.client = Client::Dialing(link);
        let hangs = self.dial.is_none() && self.is_troubled() && self.rng.u8(..) < 8;
        if !hangs {
            let delay = self.latency();
            self.after(delay, Happening::DialEnded { link, result: self.dial.unwrap_or(Ok(())) });
        }
    }

    fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        if let Client::Linked(link) = self.client {
            if let Some(frame) = farewell {
                self.send_to_server(link, frame);
            }
            self.links[link].excuse = true;
            let half_open = !orderly && self.rng.bool();
            if half_open {
                self.tally.count("half open", 1);
            } else if !self.links[link].swallows {
                let at = self.arrival(link, true);
                self.at(at, Happening::ServerLoses { link });
            }
        }
        self.unlink();
    }

    /// The client has no link any more. What is still under way to it is never read.
    fn unlink(&mut self) {
        if let (Client::Linked(link), ConnectionState::Connected) = (self.client, self.state) {
            self.ledger.lost(self.links[link].heard);
        }
        self.client = Client::Unlinked;
        self.unread.clear();
    }

    fn note(&mut self, notice: Notice) {
        self.trace(format_args!("{notice:?}"));
        match notice {
            Notice::Connection { state, .. } => {
                assert_ne!(state, self.state, "a state was announced twice");
                self.state = state;
                match state {
                    ConnectionState::Connected => self.dials = 0,
                    ConnectionState::Reconnecting => self.given_up_at = Some(self.now),
                    ConnectionState::Disconnected => self.given_up_at = None,
                    ConnectionState::Connecting => {}
                }
            }
            Notice::Outcome { id, result } => {
                let what = match result.as_ref().err().map(|error| error.kind) {
                    Some(ErrorKind::Timeout) => "ack overdue",
                    Some(ErrorKind::Expired) => "expired",
                    Some(ErrorKind::MessageDenied | ErrorKind::ChannelDenied) => "refused call",
                    Some(ErrorKind::Network) => "lost call",
                    Some(kind) => panic!("{kind:?} is no outcome of a call here"),
                    None => "answered",
                };
                self.tally.count(what, 1);
                if self.sabotaged(Sabotage::LoseOutcome) {
                    return;
                }
                self.ledger.settled(id);
                if self.sabotaged(Sabotage::RepeatOutcome) {
                    self.ledger.settled(id);
                }
            }
            Notice::Error(Error { kind: ErrorKind::ReconnectFailed, .. }) => self.tally.count("gave up", 1),
            Notice::Error(Error { kind: ErrorKind::AuthFailed, .. }) => self.tally.count("auth refused", 1),
            Notice::Error(Error { kind: ErrorKind::Timeout, .. }) => self.tally.count("connect timeout", 1),
            Notice::Error(_) | Notice::Subscribed { .. } | Notice::Joined { .. } => {}
        }
    }

    fn take(&mut self, happening: Happening) {
        match happening {
            Happening::DialEnded { link, result } if self.client == Client::Dialing(link) => match result {
                Ok(()) => {
                    self.client = Client::Linked(link);
                    self.session.opened(self.now);
                    let greeting = self.server.accept(link);
                    self.send_to_client(link, greeting);
                    self.after(5000, Happening::Ping { link });
                }
                Err(status) => {
                    self.unlink();
                    let error = Error::new(ErrorKind::Network, "the dial failed");
                    let error = status.map_or(error.clone(), |status| error.with_status(status));
                    self.session.failed(self.now, "the dial failed".into(), Some(error));
                }
            },
            Happening::ToClient { link, .. } | Happening::ClientLoses { link }
                if self.paused && self.client == Client::Linked(link) =>
            {
                self.unread.push_back(happening);
            }
            Happening::ToClient { link, frame, sent }
                if self.client == Client::Linked(link) && !self.links[link].cut =>
            {
                self.read(link, &frame, sent);
            }
            Happening::ClientLoses { link } if self.client == Client::Linked(link) => {
                self.unlink();
                self.session.failed(self.now, "ECONNRESET".into(), None);
            }
            Happening::ToServer { link, frame } if !self.links[link].cut => self.serve(link, &frame),
            Happening::ServerLoses { link } => {
                self.trace(format_args!("link {link} is lost to the server"));
                self.server.lose(self.now, link);
            }
            Happening::Ping { link } => self.ping(link),
            Happening::User => self.act(),
            Happening::Publish => self.publish(),
            Happening::Fault => self.strike(),
            Happening::Relent => self.relent(),
            Happening::Resume => self.resume(),
            // What an earlier link still brings, and nudges, which only wake the driver.
            _ => {}
        }
    }

    fn read(&mut self, link: usize, frame: &str, sent: Instant) {
        self.trace(format_args!("link {link} ▶ client {frame}"));
        self.links[link].heard = sent;
        let connected = self.state == ConnectionState::Connected || self.links[link].recovery.is_some();
        let delivery = self.session.receive(self.now, frame);
        if let Some(number) = event_number(frame) {
            let mut deliveries = usize::from(delivery.is_some());
            if self.sabotaged(Sabotage::LoseEvent) {
                deliveries = 0;
            }
            self.ledger.arrived(&self.server.log[number], connected, deliveries);
            if deliveries > 0 && self.sabotaged(Sabotage::RepeatEvent) {
                self.ledger.arrived(&self.server.log[number], connected, 1);
            }
        } else {
            assert!(delivery.is_none(), "no event, but delivered: {frame}");
        }
        let counts = frame.starts_with("40") || event_number(frame).is_some();
        if let Some((topics, frames)) = self.links[link].recovery.as_mut().filter(|_| counts) {
            *frames -= 1;
            if *frames == 0 {
                self.tally.count("recovered", 1);
                self.ledger.recovered(topics);
                self.links[link].recovery = None;
            }
        }
    }

    fn serve(&mut self, link: usize, frame: &str) {
        let sabotaged = self.sabotaged(Sabotage::LoseSubscription) && frame.contains("\"subscribe\"")
            || self.sabotaged(Sabotage::LoseUnsubscription) && frame.contains("\"unsubscribe\"")
            || self.sabotaged(Sabotage::LoseJoin) && frame.contains("\"channel:join\"");
        if sabotaged {
            return;
        }
        self.trace(format_args!("link {link} ▶ server {frame}"));
        let (answers, deed) = self.server.receive(self.now, link, frame);
        match deed {
            Some(Deed::Recovered { topics, missed }) => self.links[link].recovery = Some((topics, missed + 1)),
            Some(Deed::SentAgain) => self.tally.count("sent again", 1),
            Some(Deed::Subscribed { topic }) if self.client == Client::Linked(link) => {
                self.ledger.in_force(self.now, &topic);
            }
            _ => {}
        }
        for answer in answers {
            self.send_to_client(link, answer);
        }
    }

    /// The server's heartbeat: a client that did not answer the last one is gone.
    fn ping(&mut self, link: usize) {
        let Some(socket) = self.server.sockets.get_mut(&link) else { return };
        if socket.unanswered_pings > 0 {
            assert!(self.links[link].excuse, "a ping was not answered");
            self.server.lose(self.now, link);
            let at = self.arrival(link, false);
            return self.at(at, Happening::ClientLoses { link });
        }
        socket.unanswered_pings += 1;
        self.send_to_client(link, "2".into());
        let interval = PING_INTERVAL.as_millis() as u64;
        self.after(interval, Happening::Ping { link });
    }

    fn publish(&mut self) {
        let topic = self.topic();
        self.trace(format_args!("event {} of '{topic}' is published", self.server.log.len()));
        for (link, frame) in self.server.publish(self.now, &topic) {
            self.send_to_client(link, frame);
        }
        let pause = self.rng.u64(0..2000);
        self.after(pause, Happening::Publish);
    }

    /// The user does something, a while after something else.
    fn act(&mut self) {
        let now = self.now;
        if self.state == ConnectionState::Disconnected && (self.rng.bool() || !self.is_troubled()) {
            self.dials = 0;
            self.session.connect(now);
        }
        match self.rng.u8(0..20) {
            0..6 if self.ledger.subscription_ids().len() < 8 => {
                let topic = self.topic();
                let id = self.session.subscribe(now, &topic, None, None);
                self.ledger.subscribed(now, id, &topic);
            }
            6..9 => {
                if let Some(id) = self.rng.choice(self.ledger.subscription_ids()) {
                    assert!(self.session.unsubscribe(&id), "{id} is unknown");
                    self.ledger.unsubscribed(&id);
                }
            }
            9..12 => {
                let channel = self.channel();
                let call = self.session.join_channel(now, &channel);
                self.ledger.called(call);
                if channel != DENIED {
                    self.ledger.channels.insert(channel);
                }
            }
            12..14 => {
                let channel = self.channel();
                let call = self.session.leave_channel(now, &channel);
                self.ledger.called(call);
                self.ledger.channels.remove(&channel);
            }
            14 if self.is_troubled() && self.rng.bool() => {
                self.tally.count("user disconnects", 1);
                self.session.disconnect();
            }
            _ => self.emit(),
        }
        let pause = self.rng.u64(0..3000);
        // In peace the user stops acting in time, so that the last answers can come.
        if now < self.end_of_trouble + PEACE / 4 {
            self.after(pause, Happening::User);
        }
    }

    fn emit(&mut self) {
        let (retry, volatile) = (self.rng.bool(), self.rng.u8(0..8) == 0);
        let outgoing = Outgoing {
            event: "channel:publish".into(),
            payload: format!(
                r#"{{"number":{},"retry":{retry},"data":"{}"}}"#,
                self.messages,
                "x".repeat(self.rng.usize(0..60))
            ),
            attachments: vec![],
            ack_timeout: Duration::from_secs(5),
            retry,
            volatile,
        };
        self.messages += 1;
        let waits = self.session.pending_acks();
        match self.session.emit(self.now, outgoing) {
            Ok(Some(id)) => self.ledger.called(id),
            Ok(None) => assert!(volatile, "dropped without being volatile"),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::OutboxFull);
                assert_eq!(self.session.pending_acks(), waits);
                self.tally.count("outbox full", 1);
            }
        }
    }

    fn strike(&mut self) {
        if !self.is_troubled() {
            return;
        }
        let pause = self.rng.u64(0..12_000);
        self.after(pause, Happening::Fault);
        let delay = self.latency();
        match (self.rng.u8(0..20), self.client) {
            (0..4, Client::Linked(link)) => {
                self.tally.count("cut", 1);
                let (client, server) = (self.latency(), self.latency());
                self.links[link].cut |= self.rng.bool();
                self.links[link].excuse = true;
                self.after(client, Happening::ClientLoses { link });
                self.after(server, Happening::ServerLoses { link });
            }
            (4..6, Client::Linked(link)) => {
                self.tally.count("black hole", 1);
                (self.links[link].swallows, self.links[link].excuse) = (true, true);
            }
            (6, Client::Linked(link)) => {
                self.tally.count("closed by server", 1);
                self.send_to_client(link, "1".into());
                self.server.lose(self.now, link);
            }
            (7, Client::Linked(link)) if self.state == ConnectionState::Connected => {
                self.tally.count("left by server", 1);
                self.send_to_client(link, "41".into());
                self.server.sockets.remove(&link);
            }
            (8, _) => {
                self.server.refuses = self.rng.choice(["BUSY", "TOKEN_EXPIRED"]);
                self.after(delay * 8, Happening::Relent);
            }
            (9..12, _) => {
                let status = self.rng.choice([None, Some(503), Some(429), Some(404)]).flatten();
                self.tally.count("status refused", u64::from(status.is_some()));
                self.dial = Some(Err(status));
                let pause = self.rng.u64(0..30_000);
                self.after(pause, Happening::Relent);
            }
            (12..14, Client::Linked(link)) if self.state == ConnectionState::Connected => {
                self.tally.count("junk", 1);
                let junk = self.rng.choice(JUNK).copied().unwrap_or_default();
                self.send_to_client(link, junk.into());
            }
            (14..16, _) => {
                if let Some((link, frame)) = self.server.repeat() {
                    self.send_to_client(link, frame);
                }
            }
            (16, _) if !self.paused => {
                self.tally.count("paused", 1);
                self.paused = true;
                self.session.pause();
                // Nobody reads the link, so nobody sees its pings.
                self.links.iter_mut().for_each(|link| link.excuse = true);
                let pause = self.rng.u64(0..12_000);
                self.after(pause, Happening::Resume);
            }
            _ => {}
        }
    }

    fn relent(&mut self) {
        (self.server.refuses, self.dial) = (None, None);
    }

    fn resume(&mut self) {
        self.paused = false;
        self.session.resume(self.now);
        while let Some(happening) = self.unread.pop_front() {
            self.take(happening);
            self.pump();
        }
    }

    fn send_to_client(&mut self, link: usize, frame: String) {
        if !self.links[link].swallows {
            let at = self.arrival(link, false);
            self.at(at, Happening::ToClient { link, frame, sent: self.now });
        }
    }

    fn send_to_server(&mut self, link: usize, frame: String) {
        if !self.links[link].swallows {
            let at = self.arrival(link, true);
            self.at(at, Happening::ToServer { link, frame });
        }
    }

    /// When what is sent now arrives: not before what was sent earlier on the same connection.
    fn arrival(&mut self, link: usize, at_server: bool) -> Instant {
        let at = self.now + Duration::from_millis(self.latency());
        let Link { to_client, to_server, .. } = &mut self.links[link];
        let last = if at_server { to_server } else { to_client };
        *last = at.max(*last);
        *last
    }

    fn latency(&mut self) -> u64 {
        let slowest = self.slowest;
        self.rng.u64(0..=slowest)
    }

    fn after(&mut self, milliseconds: u64, happening: Happening) {
        self.at(self.now + Duration::from_millis(milliseconds), happening);
    }

    fn at(&mut self, at: Instant, happening: Happening) {
        self.serial += 1;
        self.queue.insert((at, self.serial), happening);
    }

    fn topic(&mut self) -> String {
        if self.rng.u8(0..20) == 0 { DENIED.into() } else { format!("t{}", self.rng.u8(0..4)) }
    }

    fn channel(&mut self) -> String {
        if self.rng.u8(0..10) == 0 { DENIED.into() } else { format!("c{}", self.rng.u8(0..3)) }
    }

    fn is_troubled(&self) -> bool {
        self.now < self.end_of_trouble
    }

    fn sabotaged(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }
}
