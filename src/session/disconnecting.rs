//! How a link ends, and what follows: another attempt, or idleness.

use std::time::{Duration, Instant};

use super::{
    ConnectionState, Output, Session,
    codec::refusal::Refusal,
    link::Stage,
    machines::recovery,
    phase::{Past, Phase},
    tables::{channels::Channels, timers::Timer},
};
use crate::{
    error::{Error, ErrorKind, Outlook},
    log::record,
};

/// Why a server may send packets that this client cannot read.
pub(super) const OTHER_PARSER: &str = "it may use another parser, such as socket.io-msgpack-parser, which this client does \
                                       not speak; it needs the default one";

impl Session {
    /// Ends the connection, or the attempts to make one, until the user connects again.
    /// Subscriptions stay.
    pub fn disconnect(&mut self) {
        self.close("client disconnect");
    }

    /// As [`Self::disconnect`], and fails the calls that could wait without a connection.
    pub fn abandon(&mut self, reason: &str) {
        self.close(reason);
        self.abandon_calls();
    }

    /// Ends everything and forgets all subscriptions.
    pub fn destroy(&mut self) {
        self.abandon("client disconnect");
        self.subscriptions.clear();
        self.channels = Channels::default();
        self.forget_gaps();
    }

    /// The dial has failed, or the link is lost. `reason` is for the `connection` event; the
    /// session reports the `error` separately.
    pub fn handle_disconnect(&mut self, now: Instant, reason: String, error: Option<Error>) {
        if self.expects_end() {
            self.end_link(now, reason, error);
        }
    }

    /// The server has closed the link without a reason.
    pub fn handle_close(&mut self, now: Instant, reason: String) {
        if self.expects_end() {
            self.end_closed_link(now, reason);
        }
    }

    /// Discards a session that was resumed, since its link is closed or cut off and the server may
    /// take that link to be alive. Call this before the link is closed.
    pub fn discard_resumable_session(&mut self) {
        if self.is_session_at_stake() {
            self.recovery.take_if(|recovery| recovery.may_be_resumed());
        }
    }

    /// The server refuses the namespace.
    pub(super) fn handle_refusal(&mut self, now: Instant, refusal: Refusal) {
        let Refusal { text, is_about_token, retry_after } = refusal;
        let (kind, outlook) = if is_about_token {
            (ErrorKind::AuthFailed, Outlook::Permanent)
        } else {
            (ErrorKind::ConnectRefused, Outlook::Passing)
        };
        let error = Error::new(kind, format!("the server refused the connection: {text}"));
        self.hang_up(None, true);
        let error = error.with_outlook(outlook).with_retry_after(retry_after);
        self.end_attempt(now, format!("refused by the server: {text}"), Some(error), is_about_token);
    }

    /// The server has sent something that no connection begins with.
    pub(super) fn fail_handshake(&mut self, now: Instant, problem: &str) {
        let what = if self.is_opening() {
            "the server's first message, which must be the Engine.IO handshake,"
        } else {
            "the server's answer to CONNECT"
        };
        let reason = format!("{what} {problem}");
        let error = Error::new(ErrorKind::Protocol, reason.as_str());
        self.hang_up(None, true);
        self.end_attempt(now, reason, Some(error), false);
    }

    /// The server ends the session on purpose. The client connects again only if the user wants
    /// that.
    pub(super) fn handle_server_disconnect(&mut self, now: Instant) {
        self.hang_up(None, true);
        self.recovery = None;
        let terminal = !self.config.reconnect.after_server_disconnect;
        self.end_attempt(now, "server disconnect".into(), None, terminal);
    }

    /// The server closes the session: the client closes the link.
    pub(super) fn close_with_server(&mut self, now: Instant) {
        self.hang_up(None, true);
        self.end_closed_link(now, "closed by the server".into());
    }

    /// [`Timer::Connect`].
    pub(super) fn handle_connect_timeout(&mut self, now: Instant) {
        // The answer may wait in the link.
        if self.pause.is_some() && self.phase.link().is_some() {
            return self.cut_slow_consumer(now);
        }
        let awaited = match self.phase.link().map(|link| &link.stage) {
            Some(Stage::Opening) => "the Engine.IO handshake",
            Some(Stage::Joining(_)) => "the answer to CONNECT",
            _ => "the WebSocket",
        };
        let problem =
            format!("no connection within {} ms, while waiting for {awaited}", self.config.connect_timeout.as_millis());
        self.cut_link(now, "connect timeout".into(), Some(Error::new(ErrorKind::Timeout, problem)));
    }

    /// Closes the link without the server's knowledge.
    pub(super) fn cut_link(&mut self, now: Instant, reason: String, error: Option<Error>) {
        self.discard_resumable_session();
        self.hang_up(None, false);
        self.end_attempt(now, reason, error, false);
    }

    /// The link or the dial has ended. The session waits for the next attempt, or becomes idle.
    pub(super) fn end_attempt(&mut self, now: Instant, reason: String, error: Option<Error>, terminal: bool) {
        if let Some((_, connected)) = self.phase.connected() {
            self.backoff.handle_loss(now.duration_since(connected.since));
        }
        let retry_after = error.as_ref().and_then(|error| error.retry_after);
        if error.as_ref().is_some_and(recovery::is_refusal) && self.is_session_at_stake() {
            self.recovery = None;
        }
        if self.phase.link().is_some_and(|link| link.heartbeat.awaits_first_answer()) {
            self.peer.handle_end_at_first_ping();
        }
        self.drop_link(&reason);
        if self.tokens.handle_failure(error.as_ref()) {
            return self.redial(now, reason);
        }
        if let Some(error) = error {
            self.report(error);
        }
        if terminal {
            return self.go_idle(reason);
        }
        let Some((attempt, retry_in)) = self.backoff.next(&self.config.reconnect, retry_after, &mut self.rng) else {
            if self.config.reconnect.enabled {
                let attempts = self.backoff.attempts();
                let plural = if attempts == 1 { "" } else { "s" };
                let problem = format!("gave up after {attempts} reconnection attempt{plural}; the last one: {reason}");
                self.report(Error::new(ErrorKind::ReconnectFailed, problem));
            }
            return self.go_idle(reason);
        };
        self.timers.set(Timer::Reconnect, now + retry_in);
        self.announce(ConnectionState::Reconnecting { attempt, retry_in }, Some(reason));
    }

    /// Makes another attempt at once.
    pub(super) fn redial(&mut self, now: Instant, reason: String) {
        let attempt = self.backoff.attempts() + 1;
        self.announce(ConnectionState::Reconnecting { attempt, retry_in: Duration::ZERO }, Some(reason));
        self.dial(now);
    }

    /// Drops the link, if there is one, and everything that belongs to it. The session then waits.
    pub(super) fn drop_link(&mut self, reason: &str) {
        self.timers.clear(Timer::Connect);
        self.timers.clear(Timer::Reconnect);
        let requests = match std::mem::replace(&mut self.phase, Phase::Waiting) {
            Phase::Open(link) => {
                if let Stage::Connected(_) = link.stage {
                    self.begin_gap(link.watermark.proven_until(), reason);
                }
                self.next_ack_id = link.acks.next_id();
                link.acks.into_requests().collect()
            }
            _ => Vec::new(),
        };
        if self.recovery.is_none() {
            self.subscriptions.forget_server_ids();
        }
        self.abandon_requests(requests);
    }

    /// The session does nothing until the user connects again, so no call may wait for that.
    fn go_idle(&mut self, reason: String) {
        self.drop_link(&reason);
        self.phase = Phase::Idle;
        self.tokens.handle_idle();
        self.timers.clear(Timer::Token);
        self.abandon_calls();
        self.announce(ConnectionState::Disconnected, Some(reason));
    }

    /// Closes the link on the user's behalf.
    fn close(&mut self, reason: &str) {
        // The client drops events that wait for the user, so it must not recover a session whose
        // server takes them for delivered.
        self.recovery = None;
        if !matches!(self.phase, Phase::Idle) {
            let farewell = self.phase.connected().and_then(|(link, _)| link.codec.farewell());
            self.hang_up(farewell, true);
            self.go_idle(reason.to_owned());
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
        self.end_attempt(now, reason, error, terminal);
    }

    /// A 403 with a page may be a gateway's, which says nothing about a token that was accepted
    /// before. Without such an earlier success, the session takes it to be about the token.
    fn as_first_refusal(&self, error: Error) -> Error {
        let is_403 = error.kind == ErrorKind::UpgradeRefused && error.status == Some(403);
        if is_403 && self.past == Past::Never { Error { kind: ErrorKind::AuthFailed, ..error } } else { error }
    }

    fn end_closed_link(&mut self, now: Instant, reason: String) {
        // A server that the client has understood before closes the link for another reason.
        let is_first_answer = self.is_joining() && self.past == Past::Never;
        let error = is_first_answer.then(|| {
            let problem = format!("the server closed the connection in place of an answer to CONNECT: {OTHER_PARSER}");
            Error::new(ErrorKind::Protocol, problem)
        });
        self.end_link(now, reason, error);
    }

    /// Whether there is a link or a dial that can end.
    fn expects_end(&self) -> bool {
        matches!(self.phase, Phase::Dialing | Phase::Open(_)) && !self.has_hang_up()
    }

    /// Whether the link carries the resumable session, or has requested it from the server.
    const fn is_session_at_stake(&self) -> bool {
        matches!(self.phase.link(), Some(link) if !matches!(link.stage, Stage::Opening))
    }

    /// Whether the driver still has to close the former link. Its end must not be taken for the end
    /// of the next one.
    pub(super) fn has_hang_up(&self) -> bool {
        self.outputs.iter().any(|output| matches!(output, Output::HangUp { .. }))
    }

    pub(super) fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        record!(DEBUG, self.log, "closing the link", orderly = orderly);
        self.outputs.push_back(Output::HangUp { farewell, orderly });
    }
}
