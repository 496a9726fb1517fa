//! The state machine of a client: no sockets, no clock, no threads, no randomness of its own.
//!
//! ```text
//!              connect             handle_open         handshake            CONNECT
//!   Idle ─────────────────▶ Dialing ─────────▶ Opening ─────────▶ Joining ─────────▶ Connected
//!    ▲                        ▲  │ handle_disconnect, timeout        │                   │
//!    │                  delay │  ▼                 ▼                 ▼                   ▼
//!    └──────────────────── Waiting ◀──────────────────────────────────────────────────────
//!      disconnect, refused, no attempts left
//! ```
//!
//! Opening, Joining and Connected are the stages of an open `Link`, which owns
//! everything that ends with it. If the user provides the tokens, Asking comes before Dialing when
//! no token is valid; see `machines/tokens.rs`. The plain protocol has no handshake: there
//! an open link is Connected at once.
//!
//! | files | what they are |
//! |---|---|
//! | `phase.rs`, `link.rs`, `output.rs`, `item.rs` | the phases, the link, and what the session returns |
//! | `tables/` | what the session remembers |
//! | `machines/` | concerns that own their state and deadlines, and know nothing of [`Session`] |
//! | `codec/` | the two protocols: frames to meanings and back |
//! | `recorder/` | the flight recorder: what goes into a session and comes out of it, as JSON lines |
//! | `meter/` | what the session measures if the user wants it |
//! | `getters.rs` | what a session tells its driver and its other files about itself |
//! | the other files | slices of [`Session`]: each routes one kind of input to tables and machines |

mod answers;
mod codec;
mod connecting;
mod disconnecting;
mod gap_reports;
mod getters;
mod item;
mod link;
mod listening;
mod liveness;
mod machines;
mod membership;
mod messages;
mod meter;
mod output;
mod pausing;
mod phase;
mod random;
mod receive;
mod recorder;
mod records;
mod subscribing;
mod tables;
mod token_renewal;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use fastrand::Rng;

use self::{
    machines::{
        backoff::Backoff, confirmations::Confirmations, gaps::Gaps, peer::Peer, recovery::Recovery,
        slow_consumer::Pause, tokens::Tokens,
    },
    meter::Meter,
    phase::{Past, Phase},
    random::Random,
    tables::{
        channels::Channels,
        dedupe::Dedupe,
        interest::Interest,
        outbox::Outbox,
        subscriptions::Subscriptions,
        timers::{Timer, Timers},
    },
};
pub use crate::protocol::message::Frame;

pub use self::{
    machines::{
        backoff::ReconnectPolicy,
        gaps::Gap,
        heartbeat::Heartbeat,
        tokens::{TokenReason, TokenState},
    },
    meter::{Distribution, Measure, Measured, ServerTime},
    output::{BinaryEvent, ConnectionState, Counters, Delivery, Notice, Output, Ping},
    recorder::Recorder,
    tables::outbox::{MessageId, OutboxLimits, Outgoing},
};
use crate::{error::Error, log::Log, token::Token, vocabulary::Protocol};

/// The settings of a session.
#[derive(Clone)]
pub struct Config {
    /// The protocol.
    pub protocol: Protocol,
    /// The token; `None`: the session asks the user for tokens, see [`Notice::TokenWanted`].
    pub token: Option<Token>,
    /// The application's id.
    pub application_id: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// When to connect again.
    pub reconnect: ReconnectPolicy,
    /// How long connecting may take, from the dial to a ready connection.
    pub connect_timeout: Duration,
    /// How to detect a dead peer; `None`: only by the server's own pings.
    pub heartbeat: Option<Heartbeat>,
    /// How much may wait while offline.
    pub outbox: OutboxLimits,
    /// Longest time a full inbox may stop reading from the link; `None`: as long as the server
    /// tolerates it.
    pub max_pause: Option<Duration>,
    /// The most bytes of all attachments of one packet.
    pub max_message_bytes: usize,
    /// What to measure.
    pub measure: Measure,
}

/// One client's connection, subscriptions and messages.
///
/// The session does no I/O. Its driver owns one link at a time and calls four kinds of methods:
///
/// - **Getters** such as [`deadline`](Self::deadline), [`counters`](Self::counters) and
///   [`socket_id`](Self::socket_id) change nothing.
/// - **`handle_*`, [`receive`](Self::receive) and [`receive_binary`](Self::receive_binary)** tell
///   the session what has happened, and when: the link has opened or ended, bytes and frames have
///   come, the deadline has passed ([`handle_timeout`](Self::handle_timeout)).
/// - **Commands** are what the user wants: [`connect`](Self::connect), [`emit`](Self::emit),
///   [`subscribe`](Self::subscribe), [`pause`](Self::pause).
/// - **`poll_*`** return what the driver has to do next. After every call of the other kinds the
///   driver calls [`poll_output`](Self::poll_output) until it returns `None`, and reads
///   [`deadline`](Self::deadline) again. [`poll_ping`](Self::poll_ping) and
///   [`poll_frame`](Self::poll_frame) return what to send; the driver calls them when the link has
///   room.
///
/// The session asks for a second link only after it has closed the first.
pub struct Session {
    config: Config,
    rng: Random,
    phase: Phase,
    /// The state that the user was told last.
    announced: ConnectionState,
    past: Past,
    backoff: Backoff,
    peer: Peer,
    recovery: Option<Recovery>,
    /// See [`Session::sent_before`].
    sent_before: Instant,
    /// The inbox is full: the session reads no link, and dials none.
    pause: Option<Pause>,
    gaps: Gaps,
    tokens: Tokens,
    /// The deadlines that belong to no link.
    timers: Timers,
    subscriptions: Subscriptions,
    channels: Channels,
    interest: Interest,
    confirmations: Confirmations,
    outbox: Outbox,
    /// How many messages, joins and leaves the user has sent.
    calls: u64,
    /// The first id for answers on the next link.
    next_ack_id: u64,
    dedupe: Dedupe,
    outputs: VecDeque<Output>,
    counters: Counters,
    /// Replays a session of the JavaScript engine, whose driver reads frames long after they have
    /// come.
    #[cfg(test)]
    reads_late: bool,
    /// `None`: the user does not want to measure anything.
    meter: Option<Box<Meter>>,
    log: Log,
}

impl Session {
    /// A session that is idle.
    #[must_use]
    pub fn new(config: Config, rng: Rng, now: Instant) -> Self {
        Self {
            rng: rng.into(),
            phase: Phase::Idle,
            announced: ConnectionState::Disconnected,
            past: Past::Never,
            backoff: Backoff::default(),
            peer: Peer::new(config.protocol),
            recovery: None,
            sent_before: now,
            pause: None,
            gaps: Gaps::default(),
            tokens: Tokens::new(config.token.clone(), now),
            timers: Timers::default(),
            subscriptions: Subscriptions::default(),
            channels: Channels::default(),
            interest: Interest::default(),
            confirmations: Confirmations::default(),
            outbox: Outbox::new(config.outbox),
            calls: 0,
            next_ack_id: 0,
            dedupe: Dedupe::default(),
            outputs: VecDeque::new(),
            counters: Counters::default(),
            #[cfg(test)]
            reads_late: false,
            meter: Meter::new(config.measure, now),
            log: Log::OFF,
            config,
        }
    }

    /// Sets whose records this session writes; at first nobody's.
    pub const fn set_log(&mut self, log: Log) {
        self.log = log;
    }

    /// Whose records those of this session are.
    #[must_use]
    pub const fn log(&self) -> Log {
        self.log
    }

    /// Returns the next thing to do. [`Self::poll_frame`] returns frames, since they may have to
    /// wait for the link.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // There is rarely anything to do, and room for some of it would be a kilobyte for each
            // connection.
            self.outputs = VecDeque::new();
        }
        output
    }

    /// Returns the next frame to send. Call this when the link has room.
    pub fn poll_frame(&mut self, now: Instant) -> Option<Frame> {
        let answer = self.phase.link_mut()?.poll_answer();
        let frame = answer.or_else(|| self.poll_queued_frame(now))?;
        self.counters.bytes_sent += frame.len() as u64;
        if let (Some(meter), Some(link)) = (&mut self.meter, self.phase.link()) {
            meter.handle_frame(now, link.acks.next_id());
        }
        Some(frame)
    }

    /// A deadline has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.expire(now) {
            match timer {
                Timer::Connect => self.handle_connect_timeout(now),
                Timer::Reconnect => self.dial(now),
                Timer::Liveness => self.handle_liveness_timeout(now),
                Timer::PlainPing => self.send_plain_ping(now),
                Timer::Heartbeat => self.handle_heartbeat_timeout(now),
                Timer::Attachments => self.handle_attachments_timeout(now),
                Timer::Ack => self.handle_ack_timeout(now),
                Timer::Outbox => self.handle_outbox_timeout(now),
                Timer::Join => self.handle_join_timeout(now),
                Timer::Token => self.handle_token_timeout(),
                Timer::Gap => self.handle_gap_timeout(now),
                Timer::SlowConsumer => self.cut_slow_consumer(now),
            }
        }
    }

    /// The clock on the wall shows this many Unix milliseconds. Until the server has told its time,
    /// the age of events is measured with this clock.
    pub fn set_unix_time(&mut self, now: Instant, unix: f64) {
        if let Some(meter) = &mut self.meter {
            meter.set_unix_time(now, unix);
        }
    }

    /// Clears and returns the first timer that is due.
    fn expire(&mut self, now: Instant) -> Option<Timer> {
        let own = self.timers.due(now);
        let of_link = self.phase.link().and_then(|link| link.due(now));
        let timer = own.into_iter().chain(of_link).min()?;
        match self.phase.link_mut() {
            Some(link) if of_link == Some(timer) => link.clear(timer),
            _ => self.timers.clear(timer),
        }
        Some(timer)
    }

    fn poll_queued_frame(&mut self, now: Instant) -> Option<Frame> {
        if self.phase.link()?.frames.is_empty() {
            self.frame_message(now);
        }
        self.phase.link_mut()?.frames.pop_front()
    }

    /// Queues an event on the link.
    fn send_event(&mut self, name: &str, payload: &str, ack: Option<u64>) {
        if let Some(link) = self.phase.link_mut() {
            link.push_event(name, payload, ack);
        }
    }

    fn report(&mut self, error: Error) {
        self.notify(Notice::Error(error));
    }

    fn notify(&mut self, notice: Notice) {
        records::log_notice(self.log, &notice, self.tokens.wanted());
        self.outputs.push_back(Output::Notice(notice));
    }
}
