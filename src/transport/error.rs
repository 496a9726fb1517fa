//! What can go wrong between an option and a closed socket, told in the words a user reads in `connection.reason`.
//!
//! Three moments, three types: [`OptionError`] before anything is dialled, [`DialError`] while a
//! connection is made, [`Lost`] once it stood. None of them holds a token or the value of a header,
//! unless a peer repeats one: JavaScript redacts what they say (`lib/redaction/`).

use std::time::Duration;
use std::{fmt, io};

use super::tls;
use crate::error::Remediation;

/// An option that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The option as the user wrote it: `url`, `headers`, `tls.ca`, ...
    pub option: &'static str,
    /// A sentence that names the option and what was expected.
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

/// Why no connection came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialError {
    /// Where it failed.
    pub kind: DialErrorKind,
    /// The cause in one line, such as `connect ECONNREFUSED 127.0.0.1:3000`.
    pub reason: String,
    /// The text of the error below, as the system, the resolver or the TLS library words it.
    pub source: Option<String>,
    /// What to do about it, where the advice for its kind does not fit.
    pub remediation: Option<Remediation>,
}

/// The layer at which dialling failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialErrorKind {
    /// Name resolution, TCP, or a connection that ended too early.
    Network,
    /// The TLS handshake: certificates, names, versions, an alert of the server.
    Tls,
    /// The server answered the upgrade with a status of its own.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The start of the answer's body, at most 1 KiB.
        body: String,
        /// The answer's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The server answered with a redirect that is not followed. The reason says where it led.
    Redirected {
        /// The HTTP status.
        status: u16,
    },
    /// The peer does not speak WebSocket.
    Protocol,
    /// The proxy cannot be reached, or does not connect to the server.
    Proxy {
        /// The HTTP status that it answered with.
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

    /// What a failed read or write means.
    #[must_use]
    pub fn of_stream(error: &io::Error) -> Self {
        tls::failure(error).unwrap_or_else(|| Self::network(describe(error)).with_source(error))
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

/// Why a connection is no more. Its `Display` is the text for `connection.reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The server sent a close frame.
    Closed {
        /// Its close code, where it sent one.
        code: Option<u16>,
        /// Its reason, often empty.
        reason: String,
    },
    /// The connection was ended without a close frame.
    Network(String),
    /// Nothing gets through any more, or nobody knows whether anything did. The server may take the connection to be alive.
    CutOff(String),
    /// The server sent a message above the limit.
    TooLarge {
        /// How large it is, as far as it was announced.
        size: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The server broke the WebSocket protocol: invalid UTF-8, bad frames.
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
                write!(
                    f,
                    "the server sent a message of {size} bytes, above the limit of {limit} bytes (maxMessageBytes)"
                )
            }
        }
    }
}

impl std::error::Error for Lost {}

/// The registered meaning of a close code, <https://www.iana.org/assignments/websocket>; empty for private ones.
fn close_code_name(code: u16) -> &'static str {
    match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1007 => "invalid payload",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "extension expected",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        _ => "",
    }
}

/// The name that Node gives to an error of the system, so that reasons read the same as those of its own sockets.
pub(super) fn system_code(error: &io::Error) -> Option<&'static str> {
    Some(name(error.kind())?.0)
}

/// One line about a failed read or write: `ECONNRESET: connection reset by peer`.
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
    fn lost_tells_who_closed_and_why() {
        let closed = |code, reason: &str| Lost::Closed { code, reason: reason.to_owned() }.to_string();
        assert_eq!(closed(None, ""), "closed by the server");
        assert_eq!(closed(Some(1001), ""), "closed by the server (1001 going away)");
        assert_eq!(closed(Some(1001), "deploy"), "closed by the server (1001 deploy)");
        assert_eq!(closed(Some(4000), ""), "closed by the server (4000)");
    }

    #[test]
    fn system_errors_have_their_name() {
        assert_eq!(describe(&io::ErrorKind::ConnectionReset.into()), "ECONNRESET: connection reset by peer");
        assert_eq!(system_code(&io::ErrorKind::NetworkUnreachable.into()), Some("ENETUNREACH"));
        assert_eq!(describe(&io::Error::other("odd")), "odd");
    }
}
