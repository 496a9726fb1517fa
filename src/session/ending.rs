//! How a link ends, and what comes then: another attempt, or rest.

use std::time::{Duration, Instant};

use super::{ConnectionState, Output, Session, state::Phase, timers::Timer};
use crate::error::{Error, ErrorKind};

impl Session {
    /// The dial failed, or the link is lost. `reason` is for the `connection` event; `error`, if any, is reported apart.
    pub fn failed(&mut self, now: Instant, reason: String, error: Option<Error>) {
        if matches!(self.phase, Phase::Idle | Phase::Asking | Phase::Waiting) || self.hangs_up() {
            return;
        }
        let terminal = match error.as_ref().and_then(|error| error.status) {
            Some(401 | 403) => true,
            // A redirect that was not followed will lead nowhere next time, too.
            Some(status) => (300..500).contains(&status) && !matches!(status, 408 | 425 | 429),
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
        if self.heard + silence > now {
            return self.timers.set(Timer::Liveness, self.heard + silence);
        }
        self.cut_link(now, format!("ping timeout: nothing heard for {} ms", silence.as_millis()), None);
    }

    /// The link is given up without the server's knowledge.
    pub(super) fn cut_link(&mut self, now: Instant, reason: String, error: Option<Error>) {
        self.doubt_recovery();
        self.hang_up(None, false);
        self.give_up_link(now, reason, error, false);
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

    /// Whether the former link is still to be given up. What it comes to meanwhile is not to be taken for the next one's.
    pub(super) fn hangs_up(&self) -> bool {
        self.outputs.iter().any(|output| matches!(output, Output::HangUp { .. }))
    }

    pub(super) fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        self.outputs.push_back(Output::HangUp { farewell, orderly });
    }
}
