//! When the session asks the user for a token, and what it does with the answer.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    Notice, Phase, Session,
    answers::refusal,
    machines::tokens::{MAX_ANSWER_TIMEOUT, TokenReason, TokenState},
    tables::{acks::PendingRequest, timers::Timer},
};
use crate::{
    log::record,
    token::Token,
    vocabulary::{Protocol, member, outgoing},
};

impl Session {
    /// Why the session asks the user for a token; `None`: it waits for none.
    #[must_use]
    pub const fn token_wanted(&self) -> Option<TokenReason> {
        self.tokens.wanted()
    }

    /// Whether the newest token can be used.
    #[must_use]
    pub fn token_state(&self, now: Instant) -> TokenState {
        self.tokens.state(now)
    }

    /// The token to dial with.
    pub fn dial_token(&mut self) -> Option<Token> {
        self.tokens.present().cloned()
    }

    /// The newest token.
    #[must_use]
    pub const fn newest_token(&self) -> Option<&Token> {
        self.tokens.newest()
    }

    /// Takes a token that the user provides, asked or not.
    pub fn provide_token(&mut self, now: Instant, token: Token) {
        let answer_timeout = self.tokens.answer_timeout(now);
        self.tokens.handle_token(now, token);
        record!(DEBUG, self.log, "token taken");
        match self.phase {
            Phase::Asking => self.dial(now),
            _ if self.is_connected() => {
                self.timers.assign(Timer::Token, self.tokens.renew_at());
                self.present_token(now, answer_timeout);
            }
            _ => {}
        }
    }

    /// Takes the answer that the user has no token. Returns false if the session waits for none.
    pub fn refuse_token(&mut self, now: Instant) -> bool {
        if !self.tokens.handle_no_token() {
            return false;
        }
        record!(DEBUG, self.log, "no token");
        match self.phase {
            Phase::Asking => self.end_attempt(now, "no token".into(), None, false),
            _ if self.is_connected() => {
                let failures = self.tokens.handle_failed_renewal();
                let policy = &self.config.reconnect;
                let delay = policy.allows(failures).then(|| policy.delay(failures, &mut self.rng));
                self.timers.assign(Timer::Token, delay.map(|delay| now + delay));
            }
            _ => {}
        }
        true
    }

    /// The user wants a connection.
    pub(super) fn begin_with_token(&mut self, now: Instant) {
        self.tokens.handle_connect();
        if self.tokens.is_fixed() {
            self.timers.assign(Timer::Token, self.tokens.expiry_report_at());
            if self.tokens.has_expired(now) {
                self.report_token_expiry();
            }
        }
    }

    /// Whether there is a token to dial with. If there is none, the session asks the user.
    pub(super) fn has_token(&mut self, now: Instant) -> bool {
        let can_dial = self.tokens.can_dial(now);
        if !can_dial {
            self.ask_for_token(self.tokens.dial_reason());
        }
        can_dial
    }

    /// The connection is ready: the server has accepted the token that the session dialled with.
    pub(super) fn connected_with_token(&mut self, now: Instant) {
        self.tokens.handle_connected();
        if !self.tokens.is_fixed() {
            self.timers.assign(Timer::Token, self.tokens.renew_at());
            self.present_token(now, MAX_ANSWER_TIMEOUT);
        }
    }

    /// [`Timer::Token`].
    pub(super) fn handle_token_timeout(&mut self) {
        if self.tokens.is_fixed() {
            self.report_token_expiry();
        } else if self.is_connected() {
            self.ask_for_token(TokenReason::Expiring);
        }
    }

    /// Whether the server ends a connection because its token has expired, and the user can provide
    /// another one.
    pub(super) fn awaits_renewal(&self, now: Instant) -> bool {
        !self.tokens.is_fixed() && self.tokens.has_expired(now)
    }

    /// The server has answered a new token; `answer` is JSON.
    pub(super) fn handle_token_answer(&mut self, now: Instant, answer: Option<&str>) {
        if let Some(problem) = refusal(answer) {
            self.replace_link(now, &problem);
        }
    }

    /// Whether an error is the answer of a plain server that does not know the token's frame.
    pub(super) fn refuses_token(&self, subscription_id: Option<&str>) -> bool {
        let may_be = subscription_id.is_none() && self.config.protocol == Protocol::Ws;
        may_be && self.phase.link().is_some_and(|link| link.acks.any(|request| *request == PendingRequest::Token))
    }

    /// The server refuses the new token on this connection: the session makes another connection at
    /// once.
    pub(super) fn replace_link(&mut self, now: Instant, problem: &str) {
        // Without a farewell, so that a server with session recovery keeps the session.
        self.hang_up(None, true);
        let reason = format!("the server did not take a new token on this connection: {problem}");
        self.drop_link(&reason);
        self.redial(now, reason);
    }

    fn ask_for_token(&mut self, reason: TokenReason) {
        if self.tokens.want(reason) {
            self.notify(Notice::TokenWanted);
        }
    }

    /// Sends the newest token on the connection, unless the server has seen it.
    fn present_token(&mut self, now: Instant, answer_timeout: Duration) {
        if !self.tokens.is_unseen() {
            return;
        }
        let Some(token) = self.tokens.present() else { return };
        let body = json!({ member::TOKEN: token.as_str() }).to_string();
        let ack = self.expect_answer(PendingRequest::Token, now + answer_timeout);
        self.send_event(outgoing::TOKEN, &body, ack);
    }

    fn report_token_expiry(&mut self) {
        if let Some(error) = self.tokens.poll_expiry_report() {
            self.timers.clear(Timer::Token);
            self.report(error);
        }
    }
}
