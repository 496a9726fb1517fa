//! Everything that can go wrong between an option and a closed socket, in the words that a user
//! reads in `connection.reason`.
//!
//! There is one type per stage: [`OptionError`] before a dial, [`DialError`] during it, and
//! [`Lost`] after it has succeeded. None of them holds a token or the value of a header unless a
//! peer repeats one. JavaScript redacts their texts (`lib/redaction/`).

use std::{fmt, io, time::Duration};

use tungstenite::protocol::frame::coding::CloseCode;

use crate::error::Remediation;

/// A close code that IANA has registered since RFC 6455. `tungstenite` does not know it.
pub(super) const BAD_GATEWAY: u16 = 1014;

/// An option with a value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The option as the user wrote it: `url`, `headers`, `tls.ca`, ...
    pub option: &'static str,
    /// A sentence with the name of the option and the expected value.
    pub message: String,
}

impl OptionError {
    pub(super) fn new(option: &'static str, message: impl Into<String>) -> Self {
        Self { option, message: message.into() }
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OptionError {}

/// Why a dial has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialError {
    /// The layer that failed.
    pub kind: DialErrorKind,
    /// The cause in one line, such as `connect ECONNREFUSED 127.0.0.1:3000`.
    pub reason: String,
    /// The underlying error in the words of the system, the resolver or the TLS library.
    pub source: Option<String>,
    /// What to do about it, if the advice for its kind does not fit.
    pub remediation: Option<Remediation>,
}

/// The layer at which dialling failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialErrorKind {
    /// Name resolution, TCP, or a connection that ended too early.
    Network,
    /// The TLS handshake: certificates, names, versions, or an alert of the server.
    Tls,
    /// The server answered the upgrade with another status.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The start of the answer's body, at most 1 KiB.
        body: String,
        /// The answer's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The server answered with a redirect that is not followed. The reason names its target.
    Redirected {
        /// The HTTP status.
        status: u16,
    },
    /// The peer does not speak WebSocket.
    Protocol,
    /// The proxy cannot be reached, or does not connect to the server.
    Proxy {
        /// The HTTP status of its answer.
        status: Option<u16>,
    },
}

impl DialError {
    pub(super) fn new(kind: DialErrorKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), source: None, remediation: None }
    }

    pub(super) fn network(reason: impl Into<String>) -> Self {
        Self::new(DialErrorKind::Network, reason)
    }

    pub(super) fn protocol(detail: impl fmt::Display) -> Self {
        Self::new(DialErrorKind::Protocol, format!("connected to a server that does not speak WebSocket: {detail}"))
    }

    pub(super) fn with_source(mut self, source: impl fmt::Display) -> Self {
        self.source = Some(source.to_string());
        self
    }

    pub(super) fn with_remediation(mut self, remediation: Remediation) -> Self {
        self.remediation = Some(remediation);
        self
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for DialError {}

/// Why a connection has ended. Its `Display` is the text for `connection.reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The server sent a close frame.
    Closed {
        /// Its close code, if it sent one.
        code: Option<u16>,
        /// Its reason, often empty.
        reason: String,
    },
    /// The connection ended without a close frame.
    Network(String),
    /// Nothing gets through, or it is unknown whether anything did. The server may still consider
    /// the connection alive.
    CutOff(String),
    /// The server sent a message above the limit.
    TooLarge {
        /// Its size. `None` for a compressed message, whose size nobody announces.
        size: Option<usize>,
        /// The largest size that is accepted.
        limit: usize,
    },
    /// The server violated the WebSocket protocol: invalid UTF-8 or invalid frames.
    Protocol(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { code: None, .. } => f.write_str("closed by the server"),
            Self::Closed { code: Some(code), reason } => {
                let words = if reason.is_empty() { close_code_name(*code) } else { reason };
                write!(f, "closed by the server ({})", format!("{code} {words}").trim_end())
            }
            Self::Network(cause) | Self::CutOff(cause) | Self::Protocol(cause) => f.write_str(cause),
            Self::TooLarge { size, limit } => {
                f.write_str("the server sent a message")?;
                if let Some(size) = size {
                    write!(f, " of {size} bytes,")?;
                }
                write!(f, " above the limit of {limit} bytes (maxMessageBytes)")
            }
        }
    }
}

impl std::error::Error for Lost {}

/// The registered meaning of a close code, <https://www.iana.org/assignments/websocket>. It is
/// empty for a private code.
fn close_code_name(code: u16) -> &'static str {
    match CloseCode::from(code) {
        CloseCode::Normal => "normal closure",
        CloseCode::Away => "going away",
        CloseCode::Protocol => "protocol error",
        CloseCode::Unsupported => "unsupported data",
        CloseCode::Invalid => "invalid payload",
        CloseCode::Policy => "policy violation",
        CloseCode::Size => "message too big",
        CloseCode::Extension => "extension expected",
        CloseCode::Error => "internal error",
        CloseCode::Restart => "service restart",
        CloseCode::Again => "try again later",
        _ if code == BAD_GATEWAY => "bad gateway",
        _ => "",
    }
}

/// The name that Node gives to a system error, so that reasons read like those of its own sockets.
pub(super) fn system_code(error: &io::Error) -> Option<&'static str> {
    Some(name(error.kind())?.0)
}

/// Describes a failed read or write in one line: `ECONNRESET: connection reset by peer`.
pub(super) fn describe(error: &io::Error) -> String {
    match name(error.kind()) {
        Some((code, words)) => format!("{code}: {words}"),
        None => error.to_string(),
    }
}

fn name(kind: io::ErrorKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => ("ECONNREFUSED", "connection refused"),
        io::ErrorKind::ConnectionReset => ("ECONNRESET", "connection reset by peer"),
        io::ErrorKind::ConnectionAborted => ("ECONNABORTED", "connection aborted"),
        io::ErrorKind::BrokenPipe => ("EPIPE", "broken pipe"),
        io::ErrorKind::TimedOut => ("ETIMEDOUT", "connection timed out"),
        io::ErrorKind::HostUnreachable => ("EHOSTUNREACH", "no route to host"),
        io::ErrorKind::NetworkUnreachable => ("ENETUNREACH", "network is unreachable"),
        io::ErrorKind::NetworkDown => ("ENETDOWN", "network is down"),
        io::ErrorKind::AddrNotAvailable => ("EADDRNOTAVAIL", "address not available"),
        io::ErrorKind::PermissionDenied => ("EACCES", "permission denied"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_names_the_close_code_and_the_reason() {
        let closed = |code, reason: &str| Lost::Closed { code, reason: reason.to_owned() }.to_string();
        assert_eq!(closed(None, ""), "closed by the server");
        assert_eq!(closed(Some(1001), ""), "closed by the server (1001 going away)");
        assert_eq!(closed(Some(1001), "deploy"), "closed by the server (1001 deploy)");
        assert_eq!(closed(Some(1014), ""), "closed by the server (1014 bad gateway)");
        assert_eq!(closed(Some(4000), ""), "closed by the server (4000)");
    }

    #[test]
    fn system_errors_have_their_name() {
        assert_eq!(describe(&io::ErrorKind::ConnectionReset.into()), "ECONNRESET: connection reset by peer");
        assert_eq!(system_code(&io::ErrorKind::NetworkUnreachable.into()), Some("ENETUNREACH"));
        assert_eq!(describe(&io::Error::other("odd")), "odd");
    }
}
