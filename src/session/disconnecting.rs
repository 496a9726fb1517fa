//! How a link ends, and what comes then: another attempt, or rest.

use std::time::{Duration, Instant};

use super::{
    ConnectionState, Output, Session,
    codec::refusal::Refusal,
    connecting::{Past, Phase},
    tables::owed_acks::OwedAcks,
    tables::timers::Timer,
};
use crate::error::{Error, ErrorKind, Outlook};

/// Why a server may not speak in this client's packets.
pub(super) const OTHER_PARSER: &str = "it may use another parser, such as socket.io-msgpack-parser, which this client does \
                                       not speak; it needs the default one";

impl Session {
    /// The dial failed, or the link is lost. `reason` is for the `connection` event; `error`, if any, is reported apart.
    pub fn failed(&mut self, now: Instant, reason: String, error: Option<Error>) {
        if !self.has_no_link() {
            self.end_link(now, reason, error);
        }
    }

    /// The server has closed the link without saying why.
    pub fn closed(&mut self, now: Instant, reason: String) {
        if !self.has_no_link() {
            self.end_closed_link(now, reason);
        }
    }

    fn end_link(&mut self, now: Instant, reason: String, error: Option<Error>) {
        let error = error.or_else(|| {
            let problem = format!("the connection ended before it was ready: {reason}");
            (!self.is_connected()).then(|| Error::new(ErrorKind::Network, problem))
        });
        let error = error.map(|error| self.as_first_refusal(error));
        let terminal = match error.as_ref().map(|error| error.outlook) {
            None | Some(Outlook::Passing) => false,
            Some(Outlook::Unproven) => self.past == Past::Never,
            Some(Outlook::Permanent) => true,
        };
        self.give_up_link(now, reason, error, terminal);
    }

    /// A 403 with a page may be a gateway's, which says nothing about the token that was accepted
    /// before. Without such a proof it is about the token.
    fn as_first_refusal(&self, error: Error) -> Error {
        let is_403 = error.kind == ErrorKind::UpgradeRefused && error.status == Some(403);
        if is_403 && self.past == Past::Never { Error { kind: ErrorKind::AuthFailed, ..error } } else { error }
    }

    fn end_closed_link(&mut self, now: Instant, reason: String) {
        // A server that was understood before speaks these packets, and closes for another reason.
        let is_first_answer = matches!(self.phase, Phase::Joining(_)) && self.past == Past::Never;
        let error = is_first_answer.then(|| {
            let problem = format!("the server closed the connection in place of an answer to CONNECT: {OTHER_PARSER}");
            Error::new(ErrorKind::Protocol, problem)
        });
        self.end_link(now, reason, error);
    }

    /// The server refuses the namespace.
    pub(super) fn refused(&mut self, now: Instant, refusal: Refusal) {
        let Refusal { text, is_about_token, retry_after } = refusal;
        let (kind, outlook) = if is_about_token {
            (ErrorKind::AuthFailed, Outlook::Permanent)
        } else {
            (ErrorKind::ConnectRefused, Outlook::Passing)
        };
        let error = Error::new(kind, format!("the server refused the connection: {text}"));
        self.hang_up(None, true);
        let error = error.with_outlook(outlook).with_retry_after(retry_after);
        self.give_up_link(now, format!("refused by the server: {text}"), Some(error), is_about_token);
    }

    /// What the server has sent is not what a connection begins with.
    pub(super) fn fail_handshake(&mut self, now: Instant, problem: &str) {
        let what = match self.phase {
            Phase::Opening => "the server's first message, which must be the Engine.IO handshake,",
            _ => "the server's answer to CONNECT",
        };
        let reason = format!("{what} {problem}");
        let error = Error::new(ErrorKind::Protocol, reason.as_str());
        self.hang_up(None, true);
        self.give_up_link(now, reason, Some(error), false);
    }

    /// The server ends the session on purpose: that is not to be answered with a new one, unless the user wants it so.
    pub(super) fn left(&mut self, now: Instant) {
        self.hang_up(None, true);
        self.recovery = None;
        let terminal = !self.config.reconnect.after_server_disconnect;
        self.give_up_link(now, "server disconnect".into(), None, terminal);
    }

    /// The server closes the session, and the link is closed too.
    pub(super) fn close_with_server(&mut self, now: Instant) {
        self.hang_up(None, true);
        self.end_closed_link(now, "closed by the server".into());
    }

    pub(super) fn connect_timed_out(&mut self, now: Instant) {
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
        self.cut_link(now, "connect timeout".into(), Some(Error::new(ErrorKind::Timeout, problem)));
    }

    pub(super) fn check_liveness(&mut self, now: Instant) {
        let Phase::Connected { silence, .. } = self.phase else { return };
        let heard = if self.counts_bytes_only() { self.sensed } else { self.heard };
        if heard + silence > now {
            return self.timers.set(Timer::Liveness, heard + silence);
        }
        self.cut_link(now, format!("ping timeout: nothing heard for {} ms", silence.as_millis()), None);
    }

    /// The link is given up without the server's knowledge.
    pub(super) fn cut_link(&mut self, now: Instant, reason: String, error: Option<Error>) {
        self.discard_resumable_session();
        self.hang_up(None, false);
        self.give_up_link(now, reason, error, false);
    }

    /// The link is gone or given up: wait for another attempt, or rest.
    pub(super) fn give_up_link(&mut self, now: Instant, reason: String, error: Option<Error>, terminal: bool) {
        if let Phase::Connected { since, .. } = self.phase {
            self.backoff.lost(now.duration_since(since));
        }
        let asked = error.as_ref().and_then(|error| error.retry_after);
        self.discard_refused_session(error.as_ref());
        self.note_unanswered_ping();
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
    pub(super) fn rest(&mut self, reason: String) {
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
        self.confirmations.forget_link();
        self.stop_heartbeat();
        if self.is_connected() {
            self.begin_gap(reason);
        }
        self.wire.reset();
        self.frames.clear();
        self.pong = None;
        self.owed_acks = OwedAcks::default();
        self.subscriptions.reset();
        if self.recovery.is_none() {
            self.subscriptions.forget_server_ids();
        }
        self.socket_id = None;
        self.abandon_answers();
    }

    /// Whether there is no link and no dial whose end could be told.
    fn has_no_link(&self) -> bool {
        matches!(self.phase, Phase::Idle | Phase::Asking | Phase::Waiting) || self.hangs_up()
    }

    /// Whether the former link is still to be given up. What it comes to meanwhile is not to be taken for the next one's.
    pub(super) fn hangs_up(&self) -> bool {
        self.outputs.iter().any(|output| matches!(output, Output::HangUp { .. }))
    }

    pub(super) fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        self.outputs.push_back(Output::HangUp { farewell, orderly });
    }
}
