//! The token of a session: the one from the options, or the newest that the user has provided.
//!
//! ```text
//!                no valid token             provide_token
//!     dial ───────────────────────▶ Asking ───────────────▶ Dialing
//!                                     │ refuse_token
//!                                     ▼
//!                                  Waiting, as after any attempt that failed
//! ```
//!
//! The session asks the user for a token when it has to dial and no token is valid, once when a
//! server has refused the newest one, and, while connected, before the token expires. An
//! established connection gets the new token in an event; if the server refuses it there, the
//! session replaces the link. The session asks for one token at a time, and repeats failed renewals
//! with the delays of the reconnect policy.

use std::time::{Duration, Instant};

use crate::{
    error::{Error, ErrorKind, Outlook},
    token::Token,
};

/// How long the server may take to accept a new token: half of the former token's remaining
/// lifetime, within these bounds.
const MIN_ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
pub(in crate::session) const MAX_ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the session asks the user for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenReason {
    /// The session is about to connect.
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

/// Whether the newest token can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// There is none, or it has expired or was refused.
    Missing,
    /// It is valid, and due for renewal.
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
    /// The token comes from the options: there is no other one.
    is_fixed: bool,
    newest: Option<Token>,
    expires_at: Option<Instant>,
    renew_at: Option<Instant>,
    /// The number of the newest token.
    number: u64,
    /// The number of the token that the server has seen last.
    presented: u64,
    /// The number of the token that was refused last.
    rejected: Option<u64>,
    /// Why the user is being asked.
    wanted: Option<TokenReason>,
    /// How many renewals in a row have failed while connected.
    failures: u32,
    /// A token was refused, and no connection has been made since.
    was_refused: bool,
    /// The user knows that the fixed token has expired.
    is_expiry_reported: bool,
}

impl Tokens {
    pub(in crate::session) fn new(fixed: Option<Token>, now: Instant) -> Self {
        Self {
            is_fixed: fixed.is_some(),
            expires_at: fixed.as_ref().and_then(Token::left).map(|left| now + left),
            newest: fixed,
            renew_at: None,
            number: 0,
            presented: 0,
            rejected: None,
            wanted: None,
            failures: 0,
            was_refused: false,
            is_expiry_reported: false,
        }
    }

    pub(in crate::session) const fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    pub(in crate::session) const fn newest(&self) -> Option<&Token> {
        self.newest.as_ref()
    }

    /// Why the user is being asked; `None`: the session waits for no token.
    pub(in crate::session) const fn wanted(&self) -> Option<TokenReason> {
        self.wanted
    }

    pub(in crate::session) fn state(&self, now: Instant) -> TokenState {
        if self.newest.is_none() || !self.is_usable() || self.has_expired(now) {
            TokenState::Missing
        } else if self.renew_at.is_some_and(|at| at <= now) {
            TokenState::Due
        } else {
            TokenState::Fresh
        }
    }

    /// When the session has to renew the newest token, while connected.
    pub(in crate::session) const fn renew_at(&self) -> Option<Instant> {
        self.renew_at
    }

    /// When the session has to report that the fixed token has expired.
    pub(in crate::session) fn expiry_report_at(&self) -> Option<Instant> {
        self.expires_at.filter(|_| !self.is_expiry_reported)
    }

    pub(in crate::session) fn has_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether the session may dial with the newest token.
    pub(in crate::session) fn can_dial(&self, now: Instant) -> bool {
        self.is_fixed || self.state(now) != TokenState::Missing
    }

    /// Why there is no token to dial with.
    pub(in crate::session) fn dial_reason(&self) -> TokenReason {
        match self.newest {
            _ if self.was_refused => TokenReason::Refused,
            Some(_) if self.is_usable() => TokenReason::Expiring,
            _ => TokenReason::Connect,
        }
    }

    /// Whether the server has not seen the newest token.
    pub(in crate::session) const fn is_unseen(&self) -> bool {
        self.presented != self.number
    }

    /// The newest token, which the server is about to see.
    pub(in crate::session) fn present(&mut self) -> Option<&Token> {
        self.presented = self.number;
        self.newest.as_ref()
    }

    /// How long the server may take to accept a token that replaces the present one.
    pub(in crate::session) fn answer_timeout(&self, now: Instant) -> Duration {
        let left = self.expires_at.map(|at| at.saturating_duration_since(now));
        left.map_or(MAX_ANSWER_TIMEOUT, |left| (left / 2).clamp(MIN_ANSWER_TIMEOUT, MAX_ANSWER_TIMEOUT))
    }

    /// Notes that the user is asked. Returns false if the user is being asked already.
    pub(in crate::session) fn want(&mut self, reason: TokenReason) -> bool {
        let is_new = self.wanted.is_none();
        self.wanted.get_or_insert(reason);
        is_new
    }

    /// The user has provided a token.
    pub(in crate::session) fn handle_token(&mut self, now: Instant, token: Token) {
        self.renew_at = token.renew_after().map(|after| now + after);
        // The session presents a token that has expired before it came: the server decides.
        self.expires_at = self.renew_at.and(token.left()).map(|left| now + left);
        let is_known = self.is_usable() && self.newest.as_ref().is_some_and(|former| former.as_str() == token.as_str());
        self.number += u64::from(!is_known);
        self.newest = Some(token);
        self.failures = 0;
        self.wanted = None;
    }

    /// The user has no token. Returns false if the user was not being asked.
    pub(in crate::session) const fn handle_no_token(&mut self) -> bool {
        self.wanted.take().is_some()
    }

    /// A renewal has failed. Returns how many have failed in a row before it.
    pub(in crate::session) const fn handle_failed_renewal(&mut self) -> u32 {
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        failures
    }

    /// The user wants a connection: earlier refusals and failures do not count.
    pub(in crate::session) const fn handle_connect(&mut self) {
        self.was_refused = false;
        self.failures = 0;
    }

    /// A connection is ready, so the server has accepted its token.
    pub(in crate::session) const fn handle_connected(&mut self) {
        self.was_refused = false;
    }

    /// An attempt has failed with this error. Returns whether the session replaces the token at
    /// once: it does so once until a connection is ready. It does not use the refused token again.
    pub(in crate::session) fn handle_failure(&mut self, error: Option<&Error>) -> bool {
        if self.is_fixed || error.is_none_or(|error| error.kind != ErrorKind::AuthFailed) {
            return false;
        }
        let is_first = !std::mem::replace(&mut self.was_refused, true);
        // If the refusal may be a gateway's, the token that replaced the first one may be good.
        if is_first || error.is_some_and(|error| error.outlook == Outlook::Permanent) {
            self.rejected = Some(self.presented);
        }
        is_first
    }

    /// The session waits for no token any more.
    pub(in crate::session) const fn handle_idle(&mut self) {
        self.wanted = None;
    }

    /// The error that reports the expiry of the fixed token; `None` if it was reported before.
    pub(in crate::session) fn poll_expiry_report(&mut self) -> Option<Error> {
        let is_reported = std::mem::replace(&mut self.is_expiry_reported, true);
        (!is_reported).then(|| Error::new(ErrorKind::TokenExpired, "the token in options.token has expired"))
    }

    /// Whether the server has not refused the newest token.
    fn is_usable(&self) -> bool {
        self.rejected != Some(self.number)
    }
}
