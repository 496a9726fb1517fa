//! Errors as the user sees them: a stable code and a message.
//!
//! The code is the contract. One table on the JavaScript side (`error-codes.js`, printed in
//! `docs/errors.md`) says what a code means, whether a retry can help and what to do. The engine
//! reports only the code and what happened.
//!
//! A message may quote a peer, with secrets and control characters. JavaScript redacts every
//! message before the user sees it.

mod json;
mod remediation;

use std::{fmt, time::Duration};

pub use self::remediation::Remediation;

/// The longest delay of a JavaScript timer. A timer with a longer delay fires at once, so the
/// engine never reports a longer wait.
pub const MAX_TIMER: Duration = Duration::from_millis(0x7fff_ffff);

/// The kinds of failure the engine reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An option or argument is not of the expected form.
    InvalidArgument,
    /// The server cannot be reached: name resolution, refusal, reset, unreachable network.
    Network,
    /// The connection was not ready within `connectTimeout`, or a request exceeded its `timeout`.
    Timeout,
    /// The TLS handshake failed.
    Tls,
    /// The proxy cannot be reached, or refuses to connect to the server.
    Proxy,
    /// The server answered the handshake with an HTTP status other than 101.
    UpgradeRefused,
    /// The server refused the token.
    AuthFailed,
    /// The token has expired, and the client has no function that returns a new one.
    TokenExpired,
    /// The token does not allow a request.
    Forbidden,
    /// The server does not have the requested resource, or no longer has it.
    NotFound,
    /// A write expected a revision other than the server's.
    RevisionConflict,
    /// A document with this ID exists.
    AlreadyExists,
    /// The server limits the rate of requests.
    RateLimited,
    /// The server refused the Socket.IO CONNECT for a reason other than the token.
    ConnectRefused,
    /// All reconnection attempts are used up.
    ReconnectFailed,
    /// The peer violated its protocol.
    Protocol,
    /// A message is larger than its receiver accepts.
    MessageTooLarge,
    /// An event is not a `RealtimeEvent`.
    InvalidEvent,
    /// The server refused a subscription.
    SubscribeDenied,
    /// The server confirmed other subscriptions or channels, but not this one.
    SubscribeUnconfirmed,
    /// The server refused a channel.
    ChannelDenied,
    /// The server refused a message.
    MessageDenied,
    /// The server reported an error of its own.
    Server,
    /// The outbox is full.
    OutboxFull,
    /// A message exceeded its maximum age in the outbox.
    Expired,
    /// The user's handlers are too slow: the inbox stayed full until the connection was closed.
    SlowConsumer,
    /// A defect of this package.
    Internal,
}

impl ErrorKind {
    /// The stable code, as in `error.code` of JavaScript.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::Network => "NETWORK_ERROR",
            Self::Timeout => "TIMEOUT",
            Self::Tls => "TLS_ERROR",
            Self::Proxy => "PROXY_ERROR",
            Self::UpgradeRefused => "UPGRADE_REFUSED",
            Self::AuthFailed => "AUTH_FAILED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::RevisionConflict => "REVISION_CONFLICT",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::RateLimited => "RATE_LIMITED",
            Self::ConnectRefused => "CONNECT_REFUSED",
            Self::ReconnectFailed => "RECONNECT_FAILED",
            Self::Protocol => "PROTOCOL_ERROR",
            Self::MessageTooLarge => "MESSAGE_TOO_LARGE",
            Self::InvalidEvent => "INVALID_EVENT",
            Self::SubscribeDenied => "SUBSCRIBE_DENIED",
            Self::SubscribeUnconfirmed => "SUBSCRIBE_UNCONFIRMED",
            Self::ChannelDenied => "CHANNEL_DENIED",
            Self::MessageDenied => "MESSAGE_DENIED",
            Self::Server => "SERVER_ERROR",
            Self::OutboxFull => "OUTBOX_FULL",
            Self::Expired => "EXPIRED",
            Self::SlowConsumer => "SLOW_CONSUMER",
            Self::Internal => "INTERNAL_ERROR",
        }
    }
}

/// What a failed attempt to connect predicts for the next attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outlook {
    /// Another attempt may succeed.
    #[default]
    Passing,
    /// The refusal looks permanent, but a gateway may have sent it instead of the server. A client
    /// that has never been connected stops retrying; any other client retries.
    Unproven,
    /// The refusal is the server's own and permanent.
    Permanent,
}

/// One failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Which kind of failure.
    pub kind: ErrorKind,
    /// What happened, as a sentence without a full stop.
    pub message: String,
    /// The HTTP status, if a server sent one.
    pub status: Option<u16>,
    /// The client's ID of the subscription that failed.
    pub subscription_id: Option<Box<str>>,
    /// The channel that failed.
    pub channel: Option<Box<str>>,
    /// How long the server asks the client to wait.
    pub retry_after: Option<Duration>,
    /// The text of the underlying error (operating system, TLS).
    pub source: Option<Box<str>>,
    /// Whether the failed operation may have taken effect.
    pub uncertain: bool,
    /// For a failed attempt to connect: what it predicts for the next attempts.
    pub outlook: Outlook,
    /// Advice that replaces the general advice for the code.
    pub remediation: Option<Remediation>,
}

impl Error {
    /// Creates an error with a kind and a message.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            subscription_id: None,
            channel: None,
            retry_after: None,
            source: None,
            uncertain: false,
            outlook: Outlook::Passing,
            remediation: None,
        }
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the subscription that failed.
    #[must_use]
    pub fn with_subscription(mut self, id: impl Into<Box<str>>) -> Self {
        self.subscription_id = Some(id.into());
        self
    }

    /// Sets the channel that failed.
    #[must_use]
    pub fn with_channel(mut self, name: impl Into<Box<str>>) -> Self {
        self.channel = Some(name.into());
        self
    }

    /// Sets how long the server asks the client to wait, limited to [`MAX_TIMER`].
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait.map(|wait| wait.min(MAX_TIMER));
        self
    }

    /// Sets the text of the underlying error.
    #[must_use]
    pub fn with_source(mut self, source: Option<String>) -> Self {
        self.source = source.map(String::into_boxed_str);
        self
    }

    /// Sets advice that replaces the general advice for the code.
    #[must_use]
    pub const fn with_remediation(mut self, remediation: Option<Remediation>) -> Self {
        self.remediation = remediation;
        self
    }

    /// Sets whether the failed operation may have taken effect.
    #[must_use]
    pub const fn with_uncertain(mut self, uncertain: bool) -> Self {
        self.uncertain = uncertain;
        self
    }

    /// Sets what the failure predicts for the next attempts to connect.
    #[must_use]
    pub const fn with_outlook(mut self, outlook: Outlook) -> Self {
        self.outlook = outlook;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.message)
    }
}

impl std::error::Error for Error {}
