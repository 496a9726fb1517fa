//! One simulation: the session, a driver as simple as can be, and the order in time of all that happens to them.

mod lag;
mod liveness;
mod network;
mod notices;
mod refusals;
mod user;
mod faults;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    time::{Duration, Instant},
};

use fastrand::Rng;

use self::{
    lag::Lag,
    liveness::{HEARTBEAT, Watch},
    network::Link,
    refusals::Refusals,
};
use super::{
    ledger::{Ledger, Sabotage},
    server::{DENIED, Effect, PING_INTERVAL, Server, event_number},
    coverage::Coverage,
};
use crate::{
    error::{Error, ErrorKind, Outlook},
    session::{Config, ConnectionState, Frame, Notice, OutboxLimits, Outgoing, Output, ReconnectPolicy, Session},
    token::Token,
    vocabulary::Protocol,
};

/// For how long the faults go on, and how long things then have to quiesce.
const CHAOS: Duration = Duration::from_secs(100);
const QUIESCENCE: Duration = Duration::from_secs(80);
const MAX_ATTEMPTS: u32 = 6;
const MAX_DELAY: Duration = Duration::from_secs(5);
const OUTBOX: OutboxLimits = OutboxLimits { messages: 6, bytes: 400, age: Duration::from_secs(10) };
/// More steps than this at one moment are no progress.
const MAX_STEPS_PER_INSTANT: u32 = 1000;

enum SimEvent {
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
    Heal,
    /// The mailbox has room again.
    Resume,
    /// The user takes what is left of what came.
    CatchUp,
    /// A link takes frames again.
    Unblock,
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
    coverage: Coverage,
    now: Instant,
    chaos_ends_at: Instant,
    queue: BTreeMap<(Instant, u64), SimEvent>,
    /// Tells apart what happens at one moment.
    serial: u64,
    links: Vec<Link>,
    client: Client,
    state: ConnectionState,
    /// What came while the mailbox was full.
    unread: VecDeque<SimEvent>,
    paused: bool,
    /// The user is behind, and events are dropped for it.
    lag: Option<Lag>,
    /// What the next dials come to, but for the ordinary.
    dial: Option<Result<(), Option<u16>>>,
    dials: u32,
    link_lost_at: Option<Instant>,
    max_latency: u64,
    watch: Watch,
    refusals: Refusals,
    /// How many messages the user has sent.
    messages: u64,
    started: Instant,
    /// Whether to print what happens, for a replay.
    pub(super) verbose: bool,
}

impl World {
    pub(super) fn new(seed: u64, sabotage: Option<Sabotage>) -> Self {
        let mut rng = Rng::with_seed(seed);
        let now = Instant::now();
        let heartbeat = (rng.u8(0..4) > 0).then_some(HEARTBEAT);
        let config = Config {
            protocol: Protocol::SocketIo,
            token: Token::parse("t0ken", Duration::ZERO).ok(),
            application_id: None,
            environment: None,
            reconnect: ReconnectPolicy {
                attempts: Some(MAX_ATTEMPTS),
                delay: Duration::from_millis(500),
                delay_max: MAX_DELAY,
                ..ReconnectPolicy::default()
            },
            connect_timeout: Duration::from_secs(8),
            heartbeat,
            outbox: OUTBOX,
            max_pause: None,
            max_message_bytes: crate::protocol::MAX_MESSAGE_BYTES,
        };
        let mut session = Session::new(config, rng.fork(), now);
        session.listen(None, true);
        let mut world = Self {
            session,
            server: Server::new(rng.fork()),
            ledger: Ledger::default(),
            sabotage,
            coverage: Coverage::default(),
            now,
            chaos_ends_at: now + CHAOS,
            queue: BTreeMap::new(),
            serial: 0,
            links: vec![],
            client: Client::Unlinked,
            state: ConnectionState::Disconnected,
            unread: VecDeque::new(),
            paused: false,
            lag: None,
            dial: None,
            dials: 0,
            link_lost_at: None,
            max_latency: *rng.choice(&[5, 100, 1500]).expect("not empty"),
            rng,
            watch: Watch { heartbeat, last_frame_at: now, ping_namespace_open: false },
            refusals: Refusals::default(),
            messages: 0,
            started: now,
            verbose: false,
        };
        for event in [SimEvent::User, SimEvent::Publish, SimEvent::Fault] {
            world.after(0, event);
        }
        world
    }

    pub(super) fn run(mut self) -> Coverage {
        self.run_until(self.chaos_ends_at);
        self.quiesce();
        self.coverage
    }

    /// Peace: nothing new goes wrong. In the end all is as the user wants it.
    fn quiesce(&mut self) {
        self.heal();
        self.server.unreliable_acks = false;
        self.run_until(self.chaos_ends_at + QUIESCENCE);
        assert!(self.is_connected(), "{:?} after {QUIESCENCE:?} of peace", self.state);
        let Client::Linked(link) = self.client else { panic!("connected without a link") };
        assert_eq!(self.server.sockets.keys().collect::<Vec<_>>(), [&link], "connections of one client");
        let socket = &self.server.sockets[&link];
        assert_eq!(socket.subscriptions, self.ledger.wanted_subscriptions(), "subscriptions on the server");
        assert_eq!(socket.channels, self.ledger.channels, "channels on the server");
        assert!(!socket.in_ping_namespace, "the client is in a namespace that it does not want");
        let waiting = (self.session.frames.len(), self.session.pending_acks(), self.session.outbox_depth());
        assert_eq!(waiting, (0, 0, (0, 0)), "frames, answers and messages that wait");

        self.ledger.losses_while_used = self.ledger.losses;
        self.session.destroy();
        self.pump();
        assert!(self.session.is_idle() && self.session.deadline().is_none(), "something is left to be done");
        let counters = self.session.counters();
        self.coverage.count("repeat dropped", counters.dropped_repeats);
        self.coverage.count("resubscribed", counters.reconnects);
        let (delivered, excused) = self.ledger.verify(&self.server.log, Duration::from_millis(self.max_latency));
        self.coverage.count("delivered", delivered);
        self.coverage.count("excused", excused);
    }

    fn trace(&self, what: fmt::Arguments<'_>) {
        if self.verbose {
            println!("{:>9.3} {what}", (self.now - self.started).as_secs_f64());
        }
    }

    fn run_until(&mut self, end: Instant) {
        let mut steps = 0;
        loop {
            let next = self.queue.first_key_value().map(|((at, _), _)| *at);
            let timer = self.session.deadline().map(|at| at.max(self.now));
            let Some(at) = next.into_iter().chain(timer).min().filter(|at| *at <= end) else { break };
            steps = if at > self.now { 0 } else { steps + 1 };
            assert!(steps < MAX_STEPS_PER_INSTANT, "it spins: deadline {:?}", self.session.deadline());
            self.now = at;
            if timer == Some(at) {
                self.session.timeout(at);
                assert!(self.session.deadline().is_none_or(|next| next > at), "a timer that is due was not taken");
            } else if let Some((_, event)) = self.queue.pop_first() {
                self.handle(event);
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
        self.check_liveness();
    }

    /// The driver: does what the session asks for until it asks for nothing more.
    fn pump(&mut self) {
        loop {
            if let Some(output) = self.session.poll() {
                match output {
                    Output::Dial => self.dial(),
                    Output::HangUp { farewell, orderly } => self.hang_up(farewell, orderly),
                    Output::Notice(notice) => self.handle_notice(notice),
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
                self.after(blocked, SimEvent::Unblock);
                break;
            }
            if let Some(ping) = self.session.poll_ping(self.now) {
                self.send_ping(link, ping);
            } else if let Some(frame) = self.session.poll_frame(self.now) {
                let Frame::Text(text) = frame else { panic!("no attachments were sent") };
                self.send_to_server(link, text);
            } else if !self.session.has_output() {
                break;
            }
        }
    }

    fn handle(&mut self, event: SimEvent) {
        match event {
            SimEvent::DialEnded { link, result } if self.client == Client::Dialing(link) => match result {
                Ok(()) => {
                    self.client = Client::Linked(link);
                    self.session.opened(self.now);
                    let greeting = self.server.accept(link);
                    self.send_to_client(link, greeting);
                    self.after(5000, SimEvent::Ping { link });
                }
                Err(status) => {
                    self.unlink();
                    let error = Error::new(ErrorKind::Network, "the dial failed");
                    let error = status.map_or(error.clone(), |status| error.with_status(status));
                    // The pages of gateways.
                    let outlook = if status == Some(404) { Outlook::Unproven } else { Outlook::Passing };
                    let error = error.with_outlook(outlook);
                    self.session.failed(self.now, "the dial failed".into(), Some(error));
                }
            },
            SimEvent::ToClient { link, .. } | SimEvent::ClientLoses { link }
                if self.paused && self.client == Client::Linked(link) =>
            {
                self.unread.push_back(event);
            }
            SimEvent::ToClient { link, frame, sent }
                if self.client == Client::Linked(link) && !self.links[link].cut =>
            {
                self.read(link, &frame, sent);
            }
            SimEvent::ClientLoses { link } if self.client == Client::Linked(link) => {
                self.unlink();
                if self.server.sockets.contains_key(&link) {
                    self.session.discard_resumable_session();
                }
                self.session.failed(self.now, "ECONNRESET".into(), None);
            }
            SimEvent::ToServer { link, frame } if !self.links[link].cut => self.serve(link, &frame),
            SimEvent::ServerLoses { link } => {
                self.trace(format_args!("link {link} is lost to the server"));
                self.server.lose(self.now, link);
            }
            SimEvent::Ping { link } => self.ping(link),
            SimEvent::User => self.act(),
            SimEvent::Publish => self.publish(),
            SimEvent::Fault => self.inject(),
            SimEvent::Heal => self.heal(),
            SimEvent::Resume => self.resume(),
            SimEvent::CatchUp => self.catch_up(),
            // What an earlier link still brings, and nudges, which only wake the driver.
            _ => {}
        }
    }

    fn read(&mut self, link: usize, frame: &str, sent: Instant) {
        self.trace(format_args!("link {link} ▶ client {frame}"));
        if !self.note_frame(link, frame) {
            return;
        }
        if let Some(number) = event_number(frame)
            && self.server.log[number].refused
        {
            return self.refuse(link, number);
        }
        self.links[link].last_read_sent_at = sent;
        let connected = self.is_connected() || self.links[link].recovery.is_some();
        let delivery = self.session.receive(self.now, frame, &mut ());
        if let Some(number) = event_number(frame) {
            self.refusals.latest = Some(number);
            let mut deliveries = usize::from(delivery.is_some());
            if self.sabotaged(Sabotage::LoseEvent) {
                deliveries = 0;
            }
            self.ledger.arrived(&self.server.log[number], connected, deliveries);
            if deliveries > 0 {
                self.put_into_inbox(number);
            }
            if deliveries > 0 && self.sabotaged(Sabotage::RepeatEvent) {
                self.ledger.arrived(&self.server.log[number], connected, 1);
            }
        } else {
            assert!(delivery.is_none(), "no event, but delivered: {frame}");
        }
        let counts = frame.starts_with("40{") || event_number(frame).is_some();
        if let Some((topics, frames)) = self.links[link].recovery.as_mut().filter(|_| counts) {
            *frames -= 1;
            if *frames == 0 {
                self.coverage.count("recovered", 1);
                self.ledger.recovered(topics);
                self.links[link].recovery = None;
            }
        }
    }

    fn publish(&mut self) {
        let topic = self.topic();
        self.trace(format_args!("event {} of '{topic}' is published", self.server.log.len()));
        let refused = self.in_chaos() && self.rng.u8(0..100) == 0;
        for (link, frame) in self.server.publish(self.now, &topic, refused) {
            self.send_to_client(link, frame);
        }
        let pause = self.rng.u64(0..2000);
        self.after(pause, SimEvent::Publish);
    }

    fn after(&mut self, milliseconds: u64, event: SimEvent) {
        self.at(self.now + Duration::from_millis(milliseconds), event);
    }

    fn at(&mut self, at: Instant, event: SimEvent) {
        self.serial += 1;
        self.queue.insert((at, self.serial), event);
    }

    fn is_connected(&self) -> bool {
        matches!(self.state, ConnectionState::Connected { .. })
    }

    fn in_chaos(&self) -> bool {
        self.now < self.chaos_ends_at
    }

    fn sabotaged(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }
}
