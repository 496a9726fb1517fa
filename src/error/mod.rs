//! What went wrong, as the user will see it: a stable code and a sentence.
//!
//! The code is the contract. What a code means, whether a retry makes sense and what to do about it stands in one
//! table on the JavaScript side (`lib/errors/error-codes.js`, printed in `docs/errors.md`), so the engine only says which
//! code it is and what happened. What it says may quote a peer, secrets and control characters included: JavaScript
//! redacts every text (`lib/redaction/`) before anybody sees it.

mod remediation;

use std::{fmt, time::Duration};

pub use self::remediation::Remediation;

/// The longest time that a timer of JavaScript waits. Asked to wait for longer, it fires at once, so no wait that the
/// engine reports is longer.
pub const MAX_TIMER: Duration = Duration::from_millis(0x7fff_ffff);

/// The kinds of failure the engine reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An option or argument is not of the expected form.
    InvalidArgument,
    /// The server cannot be reached: name resolution, refusal, reset, unreachable network.
    Network,
    /// The connection was not ready within `connectTimeout`, or a request not answered within its `timeout`.
    Timeout,
    /// The TLS handshake failed.
    Tls,
    /// The proxy cannot be reached, or does not connect to the server.
    Proxy,
    /// The server answered the handshake with an HTTP status of its own.
    UpgradeRefused,
    /// The server refused the token.
    AuthFailed,
    /// The token has expired, and there is no function to ask for another.
    TokenExpired,
    /// The token does not allow a request.
    Forbidden,
    /// There is no such thing on the server, or no longer.
    NotFound,
    /// A write expected another revision than the server has.
    RevisionConflict,
    /// A document's id is in use.
    AlreadyExists,
    /// The server asks for fewer requests.
    RateLimited,
    /// The server refused the Socket.IO CONNECT for a reason other than the token.
    ConnectRefused,
    /// All reconnection attempts are used up.
    ReconnectFailed,
    /// The peer sent something its protocol does not allow.
    Protocol,
    /// A message is larger than its receiver accepts.
    MessageTooLarge,
    /// An event is not a `RealtimeEvent`.
    InvalidEvent,
    /// The server refused a subscription.
    SubscribeDenied,
    /// The server confirms other subscriptions or channels, but not this one.
    SubscribeUnconfirmed,
    /// The server refused a channel.
    ChannelDenied,
    /// The server refused a message.
    MessageDenied,
    /// The server reported an error of its own.
    Server,
    /// The outbox has no room for another message.
    OutboxFull,
    /// A message waited in the outbox for longer than it may.
    Expired,
    /// The user took too little of what waits for the connection to stand.
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

/// What a failed attempt to connect says about the attempts to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outlook {
    /// Another attempt may succeed.
    #[default]
    Passing,
    /// The refusal looks permanent, but a gateway may have answered in the server's place: it ends the attempts of a client
    /// that was never connected, and no others.
    Unproven,
    /// The refusal is the server's own and permanent.
    Permanent,
}

/// One failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Which kind of failure.
    pub kind: ErrorKind,
    /// What happened, as a sentence without a final stop.
    pub message: String,
    /// The HTTP status, where a server answered with one.
    pub status: Option<u16>,
    /// The SDK's subscription id, where one subscription is concerned.
    pub subscription_id: Option<Box<str>>,
    /// The channel, where one is concerned.
    pub channel: Option<Box<str>>,
    /// How long the server asks to wait, where it does.
    pub retry_after: Option<Duration>,
    /// The text of the error below (operating system, TLS), where there is one.
    pub source: Option<Box<str>>,
    /// Whether what failed may have been done nevertheless.
    pub uncertain: bool,
    /// Of a failed attempt to connect: what it says about further ones.
    pub outlook: Outlook,
    /// What to do about it, where the advice for its code does not fit.
    pub remediation: Option<Remediation>,
}

impl Error {
    /// An error of this kind with nothing but a message.
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

    /// With the HTTP status that came with it.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// With the subscription it concerns.
    #[must_use]
    pub fn with_subscription(mut self, id: impl Into<Box<str>>) -> Self {
        self.subscription_id = Some(id.into());
        self
    }

    /// With the channel it concerns.
    #[must_use]
    pub fn with_channel(mut self, name: impl Into<Box<str>>) -> Self {
        self.channel = Some(name.into());
        self
    }

    /// With the time the server asks to wait, at most [`MAX_TIMER`].
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait.map(|wait| wait.min(MAX_TIMER));
        self
    }

    /// With the text of the error below.
    #[must_use]
    pub fn with_source(mut self, source: Option<String>) -> Self {
        self.source = source.map(String::into_boxed_str);
        self
    }

    /// With an advice in place of that for its code.
    #[must_use]
    pub const fn with_remediation(mut self, remediation: Option<Remediation>) -> Self {
        self.remediation = remediation;
        self
    }

    /// With what is known about its effect.
    #[must_use]
    pub const fn with_uncertain(mut self, uncertain: bool) -> Self {
        self.uncertain = uncertain;
        self
    }

    /// With what it says about further attempts to connect.
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
