//! The token of a session: the one it was made with, or the newest of those the user was asked for.
//!
//! ```text
//!                no valid token             provide_token
//!     dial ───────────────────────▶ Asking ───────────────▶ Dialing
//!                                     │ refuse_token
//!                                     ▼
//!                                  Waiting, as after any attempt that failed
//! ```
//!
//! The user is asked when a link is to be dialled and there is no token that is valid, once when a server has refused the
//! newest one, and, while connected, before it expires. A connection that stands is given the new token in an event; where
//! the server does not take it, the link is replaced. The user is asked for one token at a time, and the questions about a
//! connection that stands are repeated with the delays of the reconnect policy.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::session::{Frame, Notice, Phase, Session, answers, tables::acks::Purpose, tables::timers::Timer};
use crate::{
    error::{Error, ErrorKind, Outlook},
    token::Token,
    vocabulary::{Protocol, member, outgoing},
};

/// How long the server may take to accept a new token: half of what is left of the former, within these bounds.
const ANSWER_AT_LEAST: Duration = Duration::from_secs(1);
const ANSWER_AT_MOST: Duration = Duration::from_secs(10);

/// Why the user is asked for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenReason {
    /// A connection is to be made.
    Connect,
    /// The server has refused the newest one.
    Refused,
    /// The newest one is about to expire, or has expired.
    Expiring,
}

impl TokenReason {
    /// Its name in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Refused => "refused",
            Self::Expiring => "expiring",
        }
    }
}

/// Of what use the newest token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// There is none, or it has expired or was refused.
    Missing,
    /// It is valid, and it is time to ask for the next one.
    Due,
    /// It is valid.
    Fresh,
}

impl TokenState {
    /// Its name in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Due => "due",
            Self::Fresh => "fresh",
        }
    }
}

/// What a session knows about its tokens.
#[derive(Debug)]
pub(in crate::session) struct Tokens {
    /// There is no other than the first.
    fixed: bool,
    newest: Option<Token>,
    expires: Option<Instant>,
    renew: Option<Instant>,
    /// Counts the tokens; `presented` is the one that the server has seen last.
    number: u64,
    presented: u64,
    /// The one that was refused last.
    rejected: Option<u64>,
    /// The user is being asked.
    asked: Option<TokenReason>,
    /// How many questions in a row came to nothing while connected.
    failures: u32,
    /// A token was refused, and no connection has been made since.
    refused: bool,
    /// That the only token has expired was reported.
    reported: bool,
}

impl Tokens {
    pub(in crate::session) fn new(only: Option<Token>, now: Instant) -> Self {
        Self {
            fixed: only.is_some(),
            expires: only.as_ref().and_then(Token::left).map(|left| now + left),
            newest: only,
            rejected: None,
            renew: None,
            number: 0,
            presented: 0,
            asked: None,
            failures: 0,
            refused: false,
            reported: false,
        }
    }

    /// The newest one, which the server is about to see.
    pub(in crate::session) fn present(&mut self) -> Option<&Token> {
        self.presented = self.number;
        self.newest.as_ref()
    }

    fn replace(&mut self, now: Instant, token: Token) {
        self.renew = token.renew_after().map(|after| now + after);
        // For one that came expired there is nothing to wait for: the server decides.
        self.expires = self.renew.and(token.left()).map(|left| now + left);
        let known = self.is_usable() && self.newest.as_ref().is_some_and(|former| former.as_str() == token.as_str());
        self.number += u64::from(!known);
        self.newest = Some(token);
        self.failures = 0;
        self.asked = None;
    }

    /// Whether the newest one has not been refused.
    fn is_usable(&self) -> bool {
        self.rejected != Some(self.number)
    }

    fn has_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }
}

impl Session {
    /// What the user is being asked for a token for; `None`: nothing waits for one.
    #[must_use]
    pub const fn token_wanted(&self) -> Option<TokenReason> {
        self.tokens.asked
    }

    /// Of what use the newest token is.
    #[must_use]
    pub fn token_state(&self, now: Instant) -> TokenState {
        if self.tokens.newest.is_none() || !self.tokens.is_usable() || self.tokens.has_expired(now) {
            TokenState::Missing
        } else if self.tokens.renew.is_some_and(|at| at <= now) {
            TokenState::Due
        } else {
            TokenState::Fresh
        }
    }

    /// The token to dial with.
    pub fn dial_token(&mut self) -> Option<Token> {
        self.tokens.present().cloned()
    }

    /// The newest token.
    #[must_use]
    pub const fn newest_token(&self) -> Option<&Token> {
        self.tokens.newest.as_ref()
    }

    /// The user has given a token, asked or not.
    pub fn provide_token(&mut self, now: Instant, token: Token) {
        let left = self.tokens.expires.map(|at| at.saturating_duration_since(now));
        self.tokens.replace(now, token);
        match self.phase {
            Phase::Asking => self.dial(now),
            Phase::Connected { .. } => {
                self.timers.assign(Timer::Token, self.tokens.renew);
                self.present_token(now, left);
            }
            _ => {}
        }
    }

    /// The user has no token to give. False when none was asked for (any more).
    pub fn refuse_token(&mut self, now: Instant) -> bool {
        if self.tokens.asked.take().is_none() {
            return false;
        }
        match self.phase {
            Phase::Asking => self.give_up_link(now, "no token".into(), None, false),
            Phase::Connected { .. } => {
                let (policy, failures) = (&self.config.reconnect, self.tokens.failures);
                let delay = policy.allows(failures).then(|| policy.delay(failures, &mut self.rng));
                self.tokens.failures = failures.saturating_add(1);
                self.timers.assign(Timer::Token, delay.map(|delay| now + delay));
            }
            _ => {}
        }
        true
    }

    /// The user wants a connection: all is as if no token had been refused or reported yet.
    pub(in crate::session) fn begin_with_token(&mut self, now: Instant) {
        self.tokens.refused = false;
        self.tokens.failures = 0;
        if self.tokens.fixed {
            self.timers.assign(Timer::Token, self.tokens.expires.filter(|_| !self.tokens.reported));
            if self.tokens.has_expired(now) {
                self.report_expiry();
            }
        }
    }

    /// Whether there is a token to dial with. If not, the user has been asked.
    pub(in crate::session) fn has_token(&mut self, now: Instant) -> bool {
        if self.tokens.fixed || self.token_state(now) != TokenState::Missing {
            return true;
        }
        self.ask_for_token(match self.tokens.newest {
            _ if self.tokens.refused => TokenReason::Refused,
            Some(_) if self.tokens.is_usable() => TokenReason::Expiring,
            _ => TokenReason::Connect,
        });
        false
    }

    /// The connection stands, so its token is accepted.
    pub(in crate::session) fn connected_with_token(&mut self, now: Instant) {
        self.tokens.refused = false;
        if !self.tokens.fixed {
            self.timers.assign(Timer::Token, self.tokens.renew);
            self.present_token(now, None);
        }
    }

    /// [`Timer::Token`].
    pub(in crate::session) fn token_is_due(&mut self) {
        if self.tokens.fixed {
            self.report_expiry();
        } else if self.is_connected() {
            self.ask_for_token(TokenReason::Expiring);
        }
    }

    /// Whether a refusal is answered with another token, once until a connection stands. The refused one is not used again.
    pub(in crate::session) fn replaces_refused_token(&mut self, error: Option<&Error>) -> bool {
        if self.tokens.fixed || error.is_none_or(|error| error.kind != ErrorKind::AuthFailed) {
            return false;
        }
        let is_first = !std::mem::replace(&mut self.tokens.refused, true);
        // Where a gateway may have said it, the token that came in place of the first may well be
        // good.
        if is_first || error.is_some_and(|error| error.outlook == Outlook::Permanent) {
            self.tokens.rejected = Some(self.tokens.presented);
        }
        is_first
    }

    /// Whether the server ends a connection because its token ran out, and another can be had.
    pub(in crate::session) fn awaits_renewal(&self, now: Instant) -> bool {
        !self.tokens.fixed && self.tokens.has_expired(now)
    }

    /// The server has answered a new token; `answer` is JSON.
    pub(in crate::session) fn take_token_answer(&mut self, now: Instant, answer: Option<&str>) {
        if let Some(problem) = answers::refusal(answer) {
            self.replace_link(now, &problem);
        }
    }

    /// Whether an error is what a server of the plain wire says against a new token, where it does not know the frame.
    pub(in crate::session) fn refuses_token(&self, subscription_id: Option<&str>) -> bool {
        let may_be = subscription_id.is_none() && self.wire.protocol() == Protocol::Ws;
        may_be && self.acks.wait_for(|purpose| *purpose == Purpose::Token)
    }

    /// The server does not take the new token on this connection: let it have another connection, at once.
    pub(in crate::session) fn replace_link(&mut self, now: Instant, problem: &str) {
        // Without a farewell, so that a server which can recover sessions does.
        self.hang_up(None, true);
        let reason = format!("the server did not take a new token on this connection: {problem}");
        self.forget_link(&reason);
        self.redial(now, reason);
    }

    /// Nothing waits for a token any more.
    pub(in crate::session) fn abandon_token_call(&mut self) {
        self.tokens.asked = None;
        self.timers.clear(Timer::Token);
    }

    fn ask_for_token(&mut self, reason: TokenReason) {
        if self.tokens.asked.is_none() {
            self.tokens.asked = Some(reason);
            self.notify(Notice::TokenWanted);
        }
    }

    /// Gives the connection the newest token, unless it has it. `left` is what is left of the former one.
    fn present_token(&mut self, now: Instant, left: Option<Duration>) {
        if self.tokens.presented == self.tokens.number {
            return;
        }
        let Some(token) = self.tokens.present() else { return };
        let body = json!({ member::TOKEN: token.as_str() }).to_string();
        let patience = left.map_or(ANSWER_AT_MOST, |left| (left / 2).clamp(ANSWER_AT_LEAST, ANSWER_AT_MOST));
        let ack = self.expect_answer(Purpose::Token, now + patience);
        self.frames.push_back(Frame::Text(self.wire.event(outgoing::TOKEN, &body, ack, 0)));
    }

    fn report_expiry(&mut self) {
        if !std::mem::replace(&mut self.tokens.reported, true) {
            self.timers.clear(Timer::Token);
            self.report(Error::new(ErrorKind::TokenExpired, "the token in options.token has expired"));
        }
    }
}
