//! The transitions from idle to connected. `disconnecting.rs` has the way back.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::{
    ConnectionState, Frame, Notice, Output, Session,
    codec::Codec,
    link::{Connected, Link, Stage},
    machines::{backoff::Backoff, heartbeat::HeartbeatMonitor, recovery::Recovery},
    phase::{Past, Phase},
    records::milliseconds,
    tables::{
        acks::{Acks, PendingRequest},
        timers::Timer,
    },
};
use crate::{
    error::{Error, ErrorKind},
    log::record,
    protocol::{engine_io::Handshake, versions},
    vocabulary::{Protocol, member, outgoing},
};

/// How often the client pings on the plain protocol, and how long the server may then be silent.
const PLAIN_PING_INTERVAL: Duration = Duration::from_secs(25);
const PLAIN_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long to ignore replies to a repeated unsubscribe or leave.
pub(super) const REPEATED_END_TIMEOUT: Duration = Duration::from_secs(30);

impl Session {
    /// Starts connecting. Does nothing unless the session is idle.
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

    /// The driver has opened the link that the session asked for.
    pub fn handle_open(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Dialing) || self.has_hang_up() {
            return;
        }
        if let Some(meter) = &mut self.meter {
            meter.handle_open(now);
        }
        let heartbeat = HeartbeatMonitor::new(now, self.config.heartbeat, self.peer.begin_link());
        let codec = Codec::new(self.config.protocol, self.config.max_message_bytes);
        let mut link = Link::new(now, codec, heartbeat, Acks::starting_at(self.next_ack_id), self.pause);
        match self.config.protocol {
            Protocol::SocketIo => self.phase = Phase::Open(link),
            Protocol::Ws => {
                link.timers.set(Timer::PlainPing, now + PLAIN_PING_INTERVAL);
                self.phase = Phase::Open(link);
                let silence = PLAIN_PING_INTERVAL + PLAIN_PING_TIMEOUT;
                self.enter_connected(Connected { since: now, silence, max_payload: None, server_pings: None }, false);
            }
        }
    }

    /// Dials a link, or first asks for the token that it needs. During a pause both have to wait.
    pub(super) fn dial(&mut self, now: Instant) {
        if self.pause.is_some() {
            self.phase = Phase::Waiting;
            return;
        }
        if !self.has_token(now) {
            self.phase = Phase::Asking;
            return;
        }
        self.phase = Phase::Dialing;
        self.timers.set(Timer::Connect, now + self.config.connect_timeout);
        record!(DEBUG, self.log, "dialling");
        self.outputs.push_back(Output::Dial);
    }

    /// The Engine.IO handshake has come: the session requests the namespace.
    pub(super) fn join(&mut self, handshake: Handshake) {
        if !self.is_opening() {
            return self.report(Error::new(ErrorKind::Protocol, "the server sent a second Engine.IO handshake"));
        }
        let (ping_interval, ping_timeout) = (handshake.ping_interval, handshake.ping_timeout);
        let [ping_interval, ping_timeout] = [ping_interval, ping_timeout].map(milliseconds);
        record!(DEBUG, self.log, "handshake", ping_interval = ping_interval, ping_timeout = ping_timeout);
        let credentials = self.credentials();
        let Some(link) = self.phase.link_mut() else { return };
        link.frames.extend(link.codec.join(&credentials).map(Frame::Text));
        link.stage = Stage::Joining(handshake);
        if self.pause.is_none() {
            link.heartbeat.ping_ahead(&self.peer);
        }
    }

    /// The payload of CONNECT, a JSON object.
    fn credentials(&mut self) -> String {
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
            recovery.handle_join();
            put("pid", recovery.pid.as_str().into());
            if let Some(offset) = recovery.offset() {
                put("offset", offset);
            }
        }
        Value::Object(credentials).to_string()
    }

    /// The server has answered CONNECT: the namespace is joined.
    pub(super) fn handle_joined(&mut self, now: Instant, socket_id: Option<String>, pid: Option<String>) {
        let Some(Link { stage: Stage::Joining(handshake), socket_id: known_id, .. }) = self.phase.link_mut() else {
            return self.report(Error::new(ErrorKind::Protocol, "the server sent a CONNECT that was not asked for"));
        };
        if socket_id.is_none() {
            return self.fail_handshake(now, &format!("has no `sid`: {}", versions::SOCKET_IO_2));
        }
        *known_id = socket_id;
        let connected = Connected {
            since: now,
            silence: handshake.ping_interval + handshake.ping_timeout,
            max_payload: handshake.max_payload,
            server_pings: Some((handshake.ping_interval, handshake.ping_timeout)),
        };
        let mut recovered = self.recovery.take().filter(|former| pid.as_ref() == Some(&former.pid));
        recovered.iter_mut().for_each(Recovery::handle_resumed);
        let is_recovered = recovered.is_some();
        if !is_recovered {
            self.subscriptions.forget_server_ids();
        }
        self.recovery = recovered.or_else(|| pid.map(Recovery::new));
        self.enter_connected(connected, is_recovered);
        if is_recovered {
            // Last: a request from above may use what would otherwise be ended.
            self.repeat_ends(now);
        }
    }

    fn enter_connected(&mut self, connected: Connected, is_recovered: bool) {
        let now = connected.since;
        let reads_late = self.reads_late();
        if let Some(link) = self.phase.link_mut() {
            link.stage = Stage::Connected(connected);
            link.watermark.handle_connected(self.pause.is_some() || reads_late);
        }
        self.timers.clear(Timer::Connect);
        self.watch(now);
        self.backoff.handle_connected();
        self.counters.reconnects += u64::from(self.past == Past::Connected);
        self.past = Past::Connected;
        self.announce(ConnectionState::Connected { recovered: is_recovered }, None);
        self.resume_gap(now, is_recovered);
        for number in self.subscriptions.numbers() {
            self.request_subscription(now, number);
        }
        self.request_channels(now);
        self.connected_with_token(now);
    }

    /// Repeats the ends of subscriptions and channels: a recovered session has restored those that
    /// the user has ended since.
    fn repeat_ends(&mut self, now: Instant) {
        let Some(recovery) = &self.recovery else { return };
        let (ended, left) = (recovery.ended_subscriptions(), recovery.left_channels());
        for server_id in ended {
            self.end_subscription(server_id, Some(now + REPEATED_END_TIMEOUT));
        }
        for name in left {
            if self.channels.number(&name).is_none() {
                let ack = self.expect_answer(PendingRequest::RepeatedEnd, now + REPEATED_END_TIMEOUT);
                self.send_channel_event(outgoing::LEAVE, &name, ack);
            }
        }
    }

    /// [`Timer::PlainPing`].
    pub(super) fn send_plain_ping(&mut self, now: Instant) {
        if let Some(link) = self.phase.link_mut() {
            link.frames.push_back(Frame::Text(link.codec.ping()));
            link.watermark.handle_ping_sent(now, link.send_backlog.written());
            link.timers.set(Timer::PlainPing, now + PLAIN_PING_INTERVAL);
        }
    }

    pub(super) fn announce(&mut self, state: ConnectionState, reason: Option<String>) {
        if self.announced != state {
            self.announced = state;
            self.notify(Notice::Connection { state, reason });
        }
    }
}
