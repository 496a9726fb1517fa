//! One simulation: the session, its driver, its user, the network and the server, in virtual time.

mod checks;
mod driver;
mod faults;
mod lag;
mod liveness;
mod network;
mod notices;
mod refusals;
mod schedule;
mod user;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    time::{Duration, Instant},
};

use fastrand::Rng;

use self::{
    lag::Lag,
    liveness::{HEARTBEAT, Transport, Watch},
    network::Link,
    refusals::Refusals,
    schedule::SimEvent,
};
use super::{coverage::Coverage, ledger::Ledger, sabotage::Sabotage, server::Server};
use crate::{
    session::{Config, ConnectionState, Measure, OutboxLimits, ReconnectPolicy, Recorder},
    token::Token,
    vocabulary::Protocol,
};

/// How long faults are injected, and how long the client then has to recover from them.
const CHAOS: Duration = Duration::from_secs(100);
const QUIESCENCE: Duration = Duration::from_secs(80);
const MAX_ATTEMPTS: u32 = 6;
const MAX_DELAY: Duration = Duration::from_secs(5);
const MAX_OUTBOX: OutboxLimits = OutboxLimits { messages: 6, bytes: 400, age: Duration::from_secs(10) };

/// The client's end of the network.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Client {
    Unlinked,
    Dialing(usize),
    Linked(usize),
}

pub(super) struct World {
    seed: u64,
    session: Recorder,
    rng: Rng,
    server: Server,
    ledger: Ledger,
    sabotage: Option<Sabotage>,
    coverage: Coverage,
    now: Instant,
    chaos_ends_at: Instant,
    queue: BTreeMap<(Instant, u64), SimEvent>,
    /// Orders the events of one moment.
    serial: u64,
    links: Vec<Link>,
    client: Client,
    state: ConnectionState,
    /// What arrived while the client did not read, because its inbox was full.
    unread: VecDeque<SimEvent>,
    paused: bool,
    /// Set while the user is behind and the inbox drops events.
    lag: Option<Lag>,
    /// The result of the next dials, if a fault decides it.
    dial_override: Option<Result<(), Option<u16>>>,
    /// Dials since the client was connected last.
    dials: u32,
    /// When the session closed or lost its link, until it dials again.
    link_lost_at: Option<Instant>,
    /// The longest time a frame travels, in milliseconds.
    max_latency: u64,
    transport: Transport,
    watch: Watch,
    refusals: Refusals,
    /// Number of messages that the user has sent.
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
            outbox: MAX_OUTBOX,
            max_pause: None,
            max_message_bytes: crate::protocol::MAX_MESSAGE_BYTES,
            measure: Measure { latency: true, topics: true },
        };
        let mut world = Self {
            seed,
            session: Recorder::new(config, rng.fork(), now),
            server: Server::new(now, rng.fork()),
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
            dial_override: None,
            dials: 0,
            link_lost_at: None,
            max_latency: *rng.choice(&[5, 100, 1500]).expect("not empty"),
            transport: Transport::any(&mut rng),
            rng,
            watch: Watch { heartbeat, last_frame_at: now, ping_namespace_open: false, can_ping: true },
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
        self.complete();
        self.coverage
    }

    /// Runs with the session's flight recorder on.
    pub(super) fn run_recorded(&mut self) {
        self.session.record(usize::MAX, true);
        self.complete();
    }

    /// What the flight recorder has.
    pub(super) fn recording(&self) -> String {
        self.session.recording().unwrap_or_default()
    }

    /// Returns the lines of the trace.
    pub(super) fn run_traced(mut self) -> String {
        self.session.trace(self.seed);
        self.complete();
        self.session.recording().unwrap_or_default()
    }

    fn complete(&mut self) {
        self.session.listen(None, true);
        self.run_until(self.chaos_ends_at);
        self.quiesce();
    }

    /// The server publishes an event, and schedules the next one.
    fn publish(&mut self) {
        let topic = self.topic();
        self.trace(format_args!("the server publishes event {} of '{topic}'", self.server.log.len()));
        let refused = self.in_chaos() && self.rng.u8(0..100) == 0;
        for (link, frame) in self.server.publish(self.now, &topic, refused) {
            self.send_to_client(link, frame);
        }
        let pause = self.rng.u64(0..2000);
        self.after(pause, SimEvent::Publish);
    }

    fn trace(&self, what: fmt::Arguments<'_>) {
        if self.verbose {
            println!("{:>9.3} {what}", (self.now - self.started).as_secs_f64());
        }
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
