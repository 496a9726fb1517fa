//! The transitions from idle to connected. How it ends is in `ending.rs`.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::{
    ConnectionState, Frame, Notice, Output, Session, acks::Purpose, backoff::Backoff, channels::Channels,
    receive::ATTACHMENTS_TIMEOUT, recovery::Recovery, timers::Timer, upload::Upload,
};
use crate::{
    error::{Error, ErrorKind},
    protocol::{engine_io::Handshake, versions},
    vocabulary::{Protocol, member, outgoing},
};

/// How often the client pings on the plain wire, and how long it then waits to hear anything.
const PLAIN_PING_INTERVAL: Duration = Duration::from_secs(25);
const PLAIN_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// For how long an answer is ignored to what is ended once more.
pub(super) const END_ACK_TIMEOUT: Duration = Duration::from_secs(30);

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

/// Whether the session was connected before. If it was, the server is there, whatever answers in
/// its place now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    Never,
    /// Before the user asked it to connect once more.
    ConnectedEarlier,
    /// Since the user asked it to connect.
    Connected,
}

impl Session {
    /// Starts connecting; without effect unless idle.
    pub fn connect(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle) {
            self.backoff = Backoff::default();
            if self.past == Past::Connected {
                self.past = Past::ConnectedEarlier;
            }
            self.age_joins(now);
            self.announce(ConnectionState::Connecting, None);
            self.begin_with_token(now);
            self.dial(now);
        }
    }

    /// Ends the connection, or the attempts to make one, until the user connects again. Subscriptions stay.
    pub fn disconnect(&mut self) {
        self.end("client disconnect");
    }

    /// As [`Self::disconnect`], and nobody is left waiting who could wait without a connection.
    pub fn abandon(&mut self, reason: &str) {
        self.end(reason);
        self.abandon_calls();
    }

    /// Ends everything and forgets all subscriptions.
    pub fn destroy(&mut self) {
        self.abandon("client disconnect");
        self.subscriptions.clear();
        self.channels = Channels::default();
        self.forget_gaps();
    }

    fn end(&mut self, reason: &str) {
        // What waits for the user is dropped, so that nothing was missed in the server's eyes alone.
        self.recovery = None;
        if !matches!(self.phase, Phase::Idle) {
            let farewell = self.is_connected().then(|| self.wire.farewell()).flatten();
            self.hang_up(farewell, true);
            self.rest(reason.to_owned());
        }
    }

    /// The link that was asked for is open.
    pub fn opened(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Dialing) && !self.hangs_up() {
            self.heard = now;
            self.upload = Upload::default();
            self.peer.begin_link();
            match self.wire.protocol() {
                Protocol::SocketIo => self.phase = Phase::Opening,
                Protocol::Ws => {
                    self.timers.set(Timer::PlainPing, now + PLAIN_PING_INTERVAL);
                    self.enter_connected(now, PLAIN_PING_INTERVAL + PLAIN_PING_TIMEOUT, None, false);
                }
            }
        }
    }

    /// A deadline has passed.
    pub fn timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.expire(now) {
            match timer {
                Timer::Reconnect => self.dial(now),
                Timer::Connect => self.connect_timed_out(now),
                Timer::Liveness => self.check_liveness(now),
                Timer::PlainPing => {
                    self.frames.push_back(Frame::Text(self.wire.ping()));
                    self.note_ping(now);
                    self.timers.set(Timer::PlainPing, now + PLAIN_PING_INTERVAL);
                }
                Timer::Heartbeat => self.check_heartbeat(now),
                Timer::Attachments => self.attachments_timed_out(now),
                Timer::Ack => self.expire_acks(now),
                Timer::Join => self.expire_joins(now),
                Timer::Outbox => self.expire_messages(now),
                Timer::Token => self.token_is_due(),
                Timer::Gap => self.confirmations_are_overdue(now),
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
        self.await_unread_answers(now);
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
        self.recovery.take_if(|recovery| recovery.is_fruitless());
        if let Some(recovery) = &mut self.recovery {
            recovery.resume();
            put("pid", recovery.pid.as_str().into());
            if let Some(offset) = recovery.offset() {
                put("offset", offset);
            }
        }
        self.frames.extend(self.wire.join(&Value::Object(credentials).to_string()).map(Frame::Text));
        self.phase = Phase::Joining(handshake);
        self.ping_ahead();
    }

    /// The namespace is joined.
    pub(super) fn joined(&mut self, now: Instant, socket_id: Option<String>, pid: Option<String>) {
        let Phase::Joining(handshake) = &self.phase else {
            return self.report(Error::new(ErrorKind::Protocol, "the server sent a CONNECT that was not asked for"));
        };
        if socket_id.is_none() {
            return self.fail_handshake(now, &format!("has no `sid`: {}", versions::SOCKET_IO_2));
        }
        self.socket_id = socket_id;
        let (silence, max_payload) = (handshake.ping_interval + handshake.ping_timeout, handshake.max_payload);
        self.slowness.expect_pings(handshake.ping_interval, handshake.ping_timeout);
        let mut recovered = self.recovery.take().filter(|former| pid.as_ref() == Some(&former.pid));
        recovered.iter_mut().for_each(Recovery::has_resumed);
        let is_recovered = recovered.is_some();
        if !is_recovered {
            self.subscriptions.forget_server_ids();
        }
        self.recovery = recovered.or_else(|| pid.map(Recovery::new));
        self.enter_connected(now, silence, max_payload, is_recovered);
        if is_recovered {
            // Last, since what was asked for just now may take the place of what is ended.
            self.end_once_more(now);
        }
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
        self.counters.reconnects += u64::from(self.past == Past::Connected);
        self.past = Past::Connected;
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
            self.end_subscription(server_id, Some(now + END_ACK_TIMEOUT));
        }
        for name in left {
            if self.channels.number(&name).is_none() {
                let ack = self.expect_answer(Purpose::Ended, now + END_ACK_TIMEOUT);
                self.push_channel_frame(outgoing::LEAVE, &name, ack);
            }
        }
    }

    fn attachments_timed_out(&mut self, now: Instant) {
        // They may wait in a link that is not read, or take their time.
        let patience_ends = if self.paused { now } else { self.sensed } + ATTACHMENTS_TIMEOUT;
        if patience_ends > now {
            return self.timers.set(Timer::Attachments, patience_ends);
        }
        self.wire.skip_attachments();
        self.report(Error::new(ErrorKind::Protocol, "the attachments of a binary packet did not come; it was dropped"));
    }

    fn expire_messages(&mut self, now: Instant) {
        while let Some((message, error)) = self.outbox.expire(now) {
            self.settle(message.id, Err(error));
        }
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
    }

    pub(super) fn announce(&mut self, state: ConnectionState, reason: Option<String>) {
        if self.announced != state {
            self.announced = state;
            self.notify(Notice::Connection { state, reason });
        }
    }
}
