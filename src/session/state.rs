//! The transitions: from idle to connected, and back by every way there is.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::{
    ConnectionState, Frame, Notice, Output, Session, acks::Purpose, backoff::Backoff, channels::Channels,
    recovery::Recovery, timers::Timer,
};
use crate::{
    error::{Error, ErrorKind},
    protocol::engine::Handshake,
    vocabulary::{Protocol, member, outgoing},
};

/// How often the client pings on the plain wire, and how long it then waits to hear anything.
const PLAIN_PING_INTERVAL: Duration = Duration::from_secs(25);
const PLAIN_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// For how long an answer is ignored to what is ended once more.
const END_ACK_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a session stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// Nothing to do until the user asks to connect.
    Idle,
    /// The user was asked for a token; a link is asked for when it is there.
    Asking,
    /// A link was asked for.
    Dialing,
    /// The link is open; the Engine.IO handshake is awaited.
    Opening,
    /// The namespace was asked for; its answer is awaited.
    Joining(Handshake),
    /// All is well.
    Connected {
        /// Since when.
        since: Instant,
        /// For how long the server may be silent.
        silence: Duration,
        /// The largest frame the server takes.
        max_payload: Option<u64>,
    },
    /// A reconnection attempt is due at [`Timer::Reconnect`], or when the user has taken what waits.
    Waiting,
}

impl Session {
    /// Starts connecting; without effect unless idle.
    pub fn connect(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle) {
            self.backoff = Backoff::default();
            self.was_connected = false;
            self.announce(ConnectionState::Connecting, None);
            self.begin_with_token(now);
            self.dial(now);
        }
    }

    /// Ends the connection, or the attempts to make one, until the user connects again. Subscriptions stay.
    pub fn disconnect(&mut self) {
        if !matches!(self.phase, Phase::Idle) {
            let farewell = self.is_connected().then(|| self.wire.farewell()).flatten();
            self.hang_up(farewell, true);
            self.recovery = None;
            self.rest("client disconnect".into());
        }
    }

    /// Ends everything and forgets all subscriptions.
    pub fn destroy(&mut self) {
        self.disconnect();
        self.abandon_calls();
        self.subscriptions.clear();
        self.channels = Channels::default();
        self.forget_gaps();
    }

    /// The link that was asked for is open.
    pub fn opened(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Dialing) {
            self.heard = now;
            match self.wire.protocol() {
                Protocol::SocketIo => self.phase = Phase::Opening,
                Protocol::Ws => {
                    self.timers.set(Timer::PlainPing, now + PLAIN_PING_INTERVAL);
                    self.enter_connected(now, PLAIN_PING_INTERVAL + PLAIN_PING_TIMEOUT, None, false);
                }
            }
        }
    }

    /// The dial failed, or the link is lost. `reason` is for the `connection` event; `error`, if any, is reported apart.
    pub fn failed(&mut self, now: Instant, reason: String, error: Option<Error>) {
        if matches!(self.phase, Phase::Idle | Phase::Asking | Phase::Waiting) {
            return;
        }
        let terminal = match error.as_ref().and_then(|error| error.status) {
            Some(401 | 403) => true,
            Some(status) => (400..500).contains(&status) && !matches!(status, 408 | 425 | 429),
            None => false,
        };
        let error = match error {
            Some(error) if error.kind != ErrorKind::Proxy && matches!(error.status, Some(401 | 403)) => {
                Some(Error { kind: ErrorKind::AuthFailed, ..error })
            }
            None if !self.is_connected() => {
                Some(Error::new(ErrorKind::Network, format!("the connection ended before it was ready: {reason}")))
            }
            other => other,
        };
        self.give_up_link(now, reason, error, terminal);
    }

    /// A deadline has passed.
    pub fn timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.expire(now) {
            match timer {
                Timer::Reconnect => self.dial(now),
                Timer::Connect => self.connect_timed_out(now),
                Timer::Liveness => self.check_liveness(now),
                Timer::PlainPing => {
                    self.frames.extend(self.wire.ping().map(Frame::Text));
                    self.timers.set(Timer::PlainPing, now + PLAIN_PING_INTERVAL);
                }
                Timer::Heartbeat => self.check_heartbeat(now),
                Timer::Attachments => self.attachments_timed_out(),
                Timer::Ack => self.expire_acks(now),
                Timer::Outbox => self.expire_messages(now),
                Timer::Token => self.token_is_due(),
                Timer::Gap => self.tell_gap(now),
                Timer::Slow => self.give_up_slow_consumer(now),
            }
        }
    }

    /// The user takes no more for now: so many events and bytes wait. The link is not read, so that silence proves nothing,
    /// and no other is asked for.
    pub fn pause(&mut self, now: Instant, events: usize, bytes: usize) {
        self.paused = true;
        self.begin_backlog();
        self.timers.clear(Timer::Liveness);
        self.stop_heartbeat();
        self.begin_pause(now, events, bytes);
    }

    /// The link is read again, or asked for if that was due.
    pub fn resume(&mut self, now: Instant) {
        self.paused = false;
        self.end_pause();
        self.read_backlog(now);
        self.watch(now);
        if matches!(self.phase, Phase::Waiting) && !self.timers.is_set(Timer::Reconnect) {
            self.dial(now);
        }
    }

    pub(super) const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected { .. })
    }

    /// The Engine.IO handshake has come: ask for the namespace.
    pub(super) fn join(&mut self, handshake: Handshake) {
        if !matches!(self.phase, Phase::Opening) {
            return self.report(Error::new(ErrorKind::Protocol, "the server sent a second Engine.IO handshake"));
        }
        let mut credentials = Map::new();
        let mut put = |name: &str, value: Value| {
            credentials.insert(name.to_owned(), value);
        };
        if let Some(token) = self.tokens.present() {
            put(member::TOKEN, token.as_str().into());
        }
        if let Some(id) = &self.config.application_id {
            put(member::APPLICATION_ID, id.as_str().into());
        }
        if let Some(environment) = &self.config.environment {
            put(member::ENVIRONMENT, environment.as_str().into());
        }
        if let Some(recovery) = &self.recovery {
            put("pid", recovery.pid.as_str().into());
            if let Some(offset) = recovery.offset() {
                put("offset", offset);
            }
        }
        self.frames.extend(self.wire.join(&Value::Object(credentials).to_string()).map(Frame::Text));
        self.phase = Phase::Joining(handshake);
    }

    /// The namespace is joined.
    pub(super) fn joined(&mut self, now: Instant, pid: Option<String>) {
        let Phase::Joining(handshake) = &self.phase else {
            return self.report(Error::new(ErrorKind::Protocol, "the server sent a CONNECT that was not asked for"));
        };
        let (silence, max_payload) = (handshake.ping_interval + handshake.ping_timeout, handshake.max_payload);
        self.slowness.expect_pings(handshake.ping_interval, handshake.ping_timeout);
        let recovered = self.recovery.take().filter(|former| pid.as_ref() == Some(&former.pid));
        let is_recovered = recovered.is_some();
        if !is_recovered {
            self.subscriptions.forget_server_ids();
        }
        self.recovery = recovered.or_else(|| pid.map(Recovery::new));
        self.enter_connected(now, silence, max_payload, is_recovered);
        if is_recovered {
            self.end_once_more(now);
        }
    }

    /// The server refuses the namespace.
    pub(super) fn refused(&mut self, now: Instant, code: Option<String>, message: &str) {
        use crate::vocabulary::AUTH_REFUSALS;
        let auth = code.as_deref().is_none_or(|code| AUTH_REFUSALS.iter().any(|word| code.contains(word)));
        let kind = if auth { ErrorKind::AuthFailed } else { ErrorKind::ConnectRefused };
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        let problem = format!("the server refused the connection: {message}{code}");
        self.hang_up(None, true);
        self.give_up_link(
            now,
            format!("refused by the server: {message}{code}"),
            Some(Error::new(kind, problem)),
            auth,
        );
    }

    /// The server ends the session on purpose: that is not to be answered with a new one, unless the user wants it so.
    pub(super) fn left(&mut self, now: Instant) {
        self.hang_up(None, true);
        self.recovery = None;
        let terminal = !self.config.reconnect.after_server_disconnect;
        self.give_up_link(now, "server disconnect".into(), None, terminal);
    }

    /// The server closes the transport.
    pub(super) fn closed(&mut self, now: Instant) {
        self.hang_up(None, true);
        self.give_up_link(now, "closed by the server".into(), None, false);
    }

    /// Asks for a link, or first for the token it takes. While the user takes nothing that has to wait.
    pub(super) fn dial(&mut self, now: Instant) {
        if self.paused {
            self.phase = Phase::Waiting;
            return;
        }
        if !self.has_token(now) {
            self.phase = Phase::Asking;
            return;
        }
        self.phase = Phase::Dialing;
        self.timers.set(Timer::Connect, now + self.config.connect_timeout);
        self.outputs.push_back(Output::Dial);
    }

    fn enter_connected(&mut self, now: Instant, silence: Duration, max_payload: Option<u64>, recovered: bool) {
        self.phase = Phase::Connected { since: now, silence, max_payload };
        self.timers.clear(Timer::Connect);
        self.watch(now);
        self.backoff.connected();
        self.counters.reconnects += u64::from(self.was_connected);
        self.was_connected = true;
        self.announce(ConnectionState::Connected { recovered }, None);
        self.resume_gap(now, recovered);
        for number in self.subscriptions.numbers() {
            self.request_subscription(now, number);
        }
        self.request_channels(now);
        self.connected_with_token(now);
    }

    /// Begins to watch for silence, unless silence proves nothing.
    fn watch(&mut self, now: Instant) {
        let Phase::Connected { silence, .. } = self.phase else { return };
        if self.paused {
            return self.timers.assign(Timer::Slow, self.patience_ends());
        }
        self.timers.set(Timer::Liveness, now + silence);
        self.start_heartbeat(now);
    }

    /// A recovered session has come back with all that it had, and with what the user has ended since.
    fn end_once_more(&mut self, now: Instant) {
        let Some(recovery) = &self.recovery else { return };
        let (ended, left) = (recovery.ended(), recovery.left());
        for server_id in ended {
            let ack = self.expect_answer(Purpose::Ended, now + END_ACK_TIMEOUT);
            self.end_subscription(&server_id, ack);
        }
        for name in left {
            if self.channels.number(&name).is_none() {
                let ack = self.expect_answer(Purpose::Ended, now + END_ACK_TIMEOUT);
                self.push_channel_frame(outgoing::LEAVE, &name, ack);
            }
        }
    }

    fn connect_timed_out(&mut self, now: Instant) {
        // The answer may be waiting in the link.
        if self.paused && matches!(self.phase, Phase::Opening | Phase::Joining(_)) {
            return self.give_up_slow_consumer(now);
        }
        let awaited = match self.phase {
            Phase::Opening => "the Engine.IO handshake",
            Phase::Joining(_) => "the answer to CONNECT",
            _ => "the WebSocket",
        };
        let problem =
            format!("no connection within {} ms, while waiting for {awaited}", self.config.connect_timeout.as_millis());
        self.hang_up(None, false);
        self.give_up_link(now, "connect timeout".into(), Some(Error::new(ErrorKind::Timeout, problem)), false);
    }

    fn check_liveness(&mut self, now: Instant) {
        let Phase::Connected { silence, .. } = self.phase else { return };
        if self.heard + silence > now {
            return self.timers.set(Timer::Liveness, self.heard + silence);
        }
        self.hang_up(None, false);
        self.give_up_link(now, format!("ping timeout: nothing heard for {} ms", silence.as_millis()), None, false);
    }

    fn attachments_timed_out(&mut self) {
        self.wire.reset();
        self.report(Error::new(ErrorKind::Protocol, "the attachments of a binary packet did not come; it was dropped"));
    }

    fn expire_acks(&mut self, now: Instant) {
        while let Some(purpose) = self.acks.expire(now) {
            if let Purpose::Message(id) | Purpose::Leave(id) | Purpose::Join { call: Some(id), .. } = purpose {
                self.outbox.answered(id);
                self.settle(
                    id,
                    Err(Error::new(ErrorKind::Timeout, "the server did not answer in time").with_uncertain(true)),
                );
            }
            if purpose == Purpose::Token {
                return self.replace_link(now, "no answer");
            }
        }
        self.timers.assign(Timer::Ack, self.acks.deadline());
    }

    fn expire_messages(&mut self, now: Instant) {
        while let Some((message, error)) = self.outbox.expire(now) {
            self.settle(message.id, Err(error));
        }
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
    }

    /// The link is gone or given up: wait for another attempt, or rest.
    pub(super) fn give_up_link(&mut self, now: Instant, reason: String, error: Option<Error>, terminal: bool) {
        if let Phase::Connected { since, .. } = self.phase {
            self.backoff.lost(now.duration_since(since));
        }
        let asked = error.as_ref().and_then(|error| error.retry_after);
        self.forget_link(&reason);
        if self.replaces_refused_token(error.as_ref()) {
            return self.redial(now, reason);
        }
        if let Some(error) = error {
            self.report(error);
        }
        if terminal {
            return self.rest(reason);
        }
        let Some((attempt, retry_in)) = self.backoff.next(&self.config.reconnect, asked, &mut self.rng) else {
            if self.config.reconnect.enabled {
                let attempts = self.backoff.attempts();
                let problem = format!("gave up after {attempts} reconnection attempts; the last one: {reason}");
                self.report(Error::new(ErrorKind::ReconnectFailed, problem));
            }
            return self.rest(reason);
        };
        self.phase = Phase::Waiting;
        self.timers.set(Timer::Reconnect, now + retry_in);
        self.announce(ConnectionState::Reconnecting { attempt, retry_in }, Some(reason));
    }

    /// The link is given up for a better one: another attempt, at once.
    pub(super) fn redial(&mut self, now: Instant, reason: String) {
        let attempt = self.backoff.attempts() + 1;
        self.announce(ConnectionState::Reconnecting { attempt, retry_in: Duration::ZERO }, Some(reason));
        self.dial(now);
    }

    /// Nothing more is done until the user connects again, so nothing may be left waiting for it.
    fn rest(&mut self, reason: String) {
        self.forget_link(&reason);
        self.phase = Phase::Idle;
        self.abandon_token_call();
        self.abandon_calls();
        self.announce(ConnectionState::Disconnected, Some(reason));
    }

    /// Drops all that belongs to one link.
    pub(super) fn forget_link(&mut self, reason: &str) {
        for timer in [
            Timer::Connect,
            Timer::Reconnect,
            Timer::Liveness,
            Timer::PlainPing,
            Timer::Attachments,
            Timer::Ack,
            Timer::Slow,
        ] {
            self.timers.clear(timer);
        }
        self.slowness.forget_link();
        self.stop_heartbeat();
        if self.is_connected() {
            self.begin_gap(reason);
        }
        self.wire.reset();
        self.frames.clear();
        self.pong = None;
        self.subscriptions.reset();
        if self.recovery.is_none() {
            self.subscriptions.forget_server_ids();
        }
        self.socket_id = None;
        self.abandon_answers();
    }

    pub(super) fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        self.outputs.push_back(Output::HangUp { farewell, orderly });
    }

    pub(super) fn announce(&mut self, state: ConnectionState, reason: Option<String>) {
        if self.announced != state {
            self.announced = state;
            let reason = reason.map(|reason| self.tokens.hidden_in(reason));
            self.notify(Notice::Connection { state, reason });
        }
    }
}
