//! What went wrong, as the user will see it: a stable code and a sentence.
//!
//! The code is the contract. What a code means, whether a retry makes sense and what to do about it stands in one
//! table on the JavaScript side (`lib/error-codes.js`, printed in `docs/errors.md`), so the engine only says which
//! code it is and what happened. Messages never hold a token, a secret or more than an excerpt of what a peer sent.

use std::{fmt, time::Duration};

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

/// Advice for faults that have a code in common and need different cures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remediation {
    /// For a self-signed certificate.
    TrustCertificate,
    /// For an authority that is not trusted.
    TrustIssuer,
    /// For an issuer whose certificate is missing.
    SendChain,
    /// For an authority that is trusted with another key.
    RenewAuthority,
    /// For a certificate outside of its dates.
    RenewCertificate,
    /// For a certificate without a subject alternative name.
    AddAlternativeNames,
    /// For a certificate for other hosts.
    MatchName,
    /// For a server without the key of its certificate.
    MatchKey,
    /// For a certificate that is for something else.
    UseServerCertificate,
    /// For a key or a signature that cannot be checked.
    UseSupportedKey,
    /// For any other fault of a certificate.
    IssueAgain,
    /// For a server that has nothing in common with this client.
    AllowOffer,
    /// For a server that knows only old versions of TLS.
    EnableNewerTls,
    /// For a server that wants another certificate of this client.
    SetClientCertificate,
    /// For a server that does not know the name it was asked for.
    CheckHost,
    /// For a server that does not speak TLS.
    CheckPort,
    /// For a handshake that the server broke off.
    ReadServerLog,
    /// For a name that no DNS server answers for.
    CheckDns,
}

impl Remediation {
    /// What to do.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::TrustCertificate => {
                "If you trust it, set options.tls.ca to this certificate, or NODE_EXTRA_CA_CERTS to a file with it."
            }
            Self::TrustIssuer => {
                "For a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS to the certificate of that authority."
            }
            Self::SendChain => {
                "Configure the server to send its intermediate certificates too (often a file named fullchain.pem); \
                 for a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS."
            }
            Self::RenewAuthority => {
                "Set options.tls.ca to the certificate of the authority as it is now: it may have got a new key."
            }
            Self::RenewCertificate => {
                "Renew the certificate of the server, or correct the clock of this machine if it is wrong."
            }
            Self::AddAlternativeNames => {
                "Issue the certificate again with a subject alternative name, for example by \
                 openssl req -addext subjectAltName=DNS:localhost,IP:127.0.0.1."
            }
            Self::MatchName => {
                "Connect by a name that the certificate has, or issue the certificate for this name; \
                 options.tls.servername sets the name to verify."
            }
            Self::MatchKey => "Check that the certificate and the private key of the server belong together.",
            Self::UseServerCertificate => {
                "Use a certificate that is issued for TLS servers: version 3, CA:FALSE, and serverAuth where it has an \
                 extended key usage."
            }
            Self::UseSupportedKey => {
                "Issue the certificate again: RSA keys of 2048 to 8192 bits, ECDSA with P-256 or P-384, and Ed25519 are \
                 supported, with SHA-256 or better."
            }
            Self::IssueAgain => "Issue the certificates of the server again, or remove what this message names.",
            Self::AllowOffer => {
                "Configure the server to allow one of these; a certificate with a P-521 key is not supported. If the \
                 server demands client certificates, set options.tls.cert and options.tls.key."
            }
            Self::EnableNewerTls => "Enable TLS 1.2 or 1.3 on the server; older versions are not supported.",
            Self::SetClientCertificate => {
                "Set options.tls.cert and options.tls.key to a certificate that the server accepts."
            }
            Self::CheckHost => "Check the host of options.url, and options.tls.servername.",
            Self::CheckPort => {
                "Check options.url: the port, and http:// in place of https:// where the server has no TLS."
            }
            Self::ReadServerLog => "Look into the log of the server, and of what stands in front of it.",
            Self::CheckDns => "Check the DNS servers of this machine and the network to them; the name may well exist.",
        }
    }
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

    /// With the time the server asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
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
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.message)
    }
}

impl std::error::Error for Error {}
