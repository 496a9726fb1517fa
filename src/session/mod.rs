//! The state machine of a client: no sockets, no clock, no threads, no randomness of its own.
//!
//! It is told what happens ([`Session::opened`], [`Session::receive`], [`Session::failed`], [`Session::timeout`], and the
//! user's commands), each with the time, and asked what to do ([`Session::poll`], [`Session::poll_ping`],
//! [`Session::poll_frame`]) and when to call again ([`Session::deadline`]).
//!
//! ```text
//!              connect               opened            handshake            CONNECT
//!   Idle ─────────────────▶ Dialing ─────────▶ Opening ─────────▶ Joining ─────────▶ Connected
//!    ▲                        ▲  │ failed, timeout │                 │                   │ lost
//!    │                  delay │  ▼                 ▼                 ▼                   ▼
//!    └──────────────────── Waiting ◀──────────────────────────────────────────────────────
//!      disconnect, refused, no attempts left
//! ```
//!
//! Where the user is asked for tokens, Asking comes before Dialing when there is none that is valid; see [`tokens`].
//! The plain wire has no handshake of its own: there `opened` leads straight to Connected. Whoever drives a session has
//! one link at a time, and a session never asks for a second one before it gave up the first.

mod acks;
mod answers;
mod backoff;
mod channels;
mod confirmations;
mod dedupe;
mod ending;
mod filter;
mod gap;
mod heartbeat;
mod interest;
mod membership;
mod messages;
mod outbox;
mod output;
mod owed_acks;
mod peer;
mod pings;
mod receive;
mod recovery;
mod refusal;
mod requests;
mod server_id;
mod slowness;
mod state;
mod subscribing;
mod subscriptions;
mod timers;
mod tokens;
mod upload;
mod wire;
mod wording;

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
    acks::Acks,
    backoff::Backoff,
    channels::Channels,
    confirmations::Confirmations,
    dedupe::Dedupe,
    gap::Gaps,
    heartbeat::Beat,
    interest::Interest,
    outbox::Outbox,
    owed_acks::OwedAcks,
    peer::Peer,
    recovery::Recovery,
    slowness::Slowness,
    state::{Past, Phase},
    subscriptions::Subscriptions,
    timers::Timers,
    tokens::Tokens,
    upload::Upload,
    wire::Wire,
};
pub use crate::protocol::message::Frame;

pub use self::{
    backoff::ReconnectPolicy,
    gap::Gap,
    heartbeat::Heartbeat,
    outbox::{MessageId, OutboxLimits, Outgoing},
    output::{BinaryEvent, ConnectionState, Counters, Delivery, Notice, Output, Ping},
    tokens::{TokenReason, TokenState},
};
use crate::{
    error::Error,
    protocol::event::Envelope,
    token::Token,
    vocabulary::{DIRECT_TOPIC, Protocol, SOCKET_SOURCE},
};

/// What a session needs to know.
#[derive(Clone)]
pub struct Config {
    /// Which wire to speak.
    pub protocol: Protocol,
    /// The token; `None` where the user is asked for each, see [`Notice::TokenWanted`].
    pub token: Option<Token>,
    /// The application, where one is named.
    pub application_id: Option<String>,
    /// The environment, where one is named.
    pub environment: Option<String>,
    /// When to try again.
    pub reconnect: ReconnectPolicy,
    /// How long it may take from the dial to a usable connection.
    pub connect_timeout: Duration,
    /// How to find out that a peer is gone; `None` leaves it to the server's pings.
    pub heartbeat: Option<Heartbeat>,
    /// What may wait while offline.
    pub outbox: OutboxLimits,
    /// For how long the user may take nothing while the mailbox is full; `None`: for as long as the connection stands that.
    pub max_pause: Option<Duration>,
    /// How many bytes the attachments of one packet may have together.
    pub max_message_bytes: usize,
}

/// One client's connection, subscriptions and messages.
pub struct Session {
    config: Config,
    rng: Rng,
    phase: Phase,
    /// The state the user was told last.
    announced: ConnectionState,
    backoff: Backoff,
    past: Past,
    recovery: Option<Recovery>,
    /// What the server calls this connection.
    socket_id: Option<String>,
    /// When the last frame came.
    heard: Instant,
    /// See [`Session::sent_before`].
    before: Instant,
    /// When bytes came last.
    sensed: Instant,
    beat: Beat,
    peer: Peer,
    /// Whether the link can be pinged.
    can_ping: bool,
    upload: Upload,
    /// The user takes no more for now, so that the link is not read, and no other is asked for.
    paused: bool,
    slowness: Slowness,
    gaps: Gaps,
    tokens: Tokens,
    wire: Wire,
    timers: Timers,
    subscriptions: Subscriptions,
    channels: Channels,
    interest: Interest,
    acks: Acks,
    owed_acks: OwedAcks,
    confirmations: Confirmations,
    outbox: Outbox,
    /// How many messages, joins and leaves the user has asked for.
    calls: u64,
    dedupe: Dedupe,
    outputs: VecDeque<Output>,
    frames: VecDeque<Frame>,
    /// The answer to the latest ping, sent before all else.
    pong: Option<String>,
    counters: Counters,
}

impl Session {
    /// A session that is idle.
    #[must_use]
    pub fn new(config: Config, rng: Rng, now: Instant) -> Self {
        Self {
            rng,
            phase: Phase::Idle,
            announced: ConnectionState::Disconnected,
            backoff: Backoff::default(),
            past: Past::Never,
            recovery: None,
            socket_id: None,
            heard: now,
            before: now,
            sensed: now,
            beat: Beat::default(),
            peer: Peer::new(config.protocol),
            can_ping: true,
            upload: Upload::default(),
            paused: false,
            slowness: Slowness::default(),
            gaps: Gaps::default(),
            tokens: Tokens::new(config.token.clone(), now),
            wire: Wire::new(config.protocol, config.max_message_bytes),
            timers: Timers::default(),
            subscriptions: Subscriptions::default(),
            channels: Channels::default(),
            interest: Interest::default(),
            acks: Acks::default(),
            owed_acks: OwedAcks::default(),
            confirmations: Confirmations::default(),
            outbox: Outbox::new(config.outbox),
            calls: 0,
            dedupe: Dedupe::default(),
            outputs: VecDeque::new(),
            frames: VecDeque::new(),
            pong: None,
            counters: Counters::default(),
            config,
        }
    }

    /// Notes that the user listens to a topic (`None`: to every topic), or no longer: see [`Self::settle_interest`].
    pub fn listen(&mut self, topic: Option<&str>, wanted: bool) {
        self.interest.set(topic, wanted);
    }

    /// Notes that the user wants messages and presence, of whatever channel, or no longer.
    pub fn listen_to_messages(&mut self, wanted: bool) {
        self.interest.set_messages(wanted);
    }

    /// Takes everything to have listeners until [`Self::settle_interest`].
    pub fn hold_interest(&mut self) {
        self.interest.assume_all();
    }

    /// What has no listeners now is not wanted. Until then what had some still is: they may be about to be replaced.
    pub fn settle_interest(&mut self) {
        self.interest.end_of_turn();
    }

    /// What the server had sent until then came before the latest frame. It is never earlier than it was.
    #[must_use]
    pub const fn sent_before(&self) -> Instant {
        self.before
    }

    /// Whether any live subscription or channel wants this event.
    #[must_use]
    pub fn wants(&self, event: &Envelope<'_>) -> bool {
        self.subscriptions.want(&event.topic, event.payload) || self.is_message(event)
    }

    /// What the server calls this connection; `None` while there is none.
    #[must_use]
    pub fn socket_id(&self) -> Option<&str> {
        self.socket_id.as_deref().filter(|_| self.is_connected())
    }

    /// Takes the next thing to do. Frames are asked for apart, since they may have to wait for the link.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether [`Session::poll`] has something to do.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Takes the next frame to send. To be called when the link has room.
    pub fn poll_frame(&mut self, now: Instant) -> Option<Frame> {
        let answer = self.pong.take().or_else(|| self.owed_acks.pop().map(Wire::ack));
        let frame = answer.map(Frame::Text).or_else(|| self.next_frame(now))?;
        self.counters.bytes_sent += frame.len() as u64;
        Some(frame)
    }

    /// When [`Session::timeout`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether nothing is under way and nothing is left to be done.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle) && self.outputs.is_empty() && self.outbox.is_clear()
    }

    /// What has happened so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// How many messages wait to be sent, and their bytes.
    #[must_use]
    pub fn outbox_depth(&self) -> (usize, usize) {
        (self.outbox.len(), self.outbox.bytes())
    }

    /// How many answers of the server are waited for.
    #[must_use]
    pub fn pending_acks(&self) -> usize {
        self.acks.len()
    }

    /// How many subscriptions are live.
    #[must_use]
    pub fn subscription_count(&self) -> usize {
        self.subscriptions.len()
    }

    fn next_frame(&mut self, now: Instant) -> Option<Frame> {
        if self.frames.is_empty() {
            self.frame_message(now);
        }
        self.frames.pop_front()
    }

    /// A direct message, or a message or presence of a channel that was joined.
    fn is_message(&self, event: &Envelope<'_>) -> bool {
        let source = event.source.and_then(|source| source.strip_prefix('"')?.strip_suffix('"'));
        source == Some(SOCKET_SOURCE) && (event.topic == DIRECT_TOPIC || self.channels.number(&event.topic).is_some())
    }

    fn report(&mut self, error: Error) {
        self.notify(Notice::Error(error));
    }

    fn notify(&mut self, notice: Notice) {
        self.outputs.push_back(Output::Notice(notice));
    }
}

/// What a server gives as the reason of a refusal or failure.
fn reason(error: Option<&str>, message: Option<&str>) -> String {
    match (error, message) {
        (Some(error), Some(message)) => format!("{error}: {message}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => "no reason given".to_owned(),
    }
}
