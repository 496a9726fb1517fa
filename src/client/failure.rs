//! What a failed dial or a lost link means to the user.

use serde_json::Value;

use crate::{
    error::{Error, ErrorKind},
    transport::{DialError, DialErrorKind, Lost},
};

/// The error of a dial to `authority` (host and port).
pub(super) fn of_dial(authority: &str, failure: DialError) -> (String, Error) {
    let DialError { kind, reason, source } = failure;
    let error = match kind {
        DialErrorKind::Network => Error::new(ErrorKind::Network, format!("no connection to {authority}: {reason}")),
        DialErrorKind::Tls => Error::new(ErrorKind::Tls, format!("no TLS connection to {authority}: {reason}")),
        DialErrorKind::Protocol => {
            Error::new(ErrorKind::Protocol, format!("no realtime server at {authority}: {reason}"))
        }
        DialErrorKind::Proxy { status } => Error { status, ..Error::new(ErrorKind::Proxy, reason.clone()) },
        DialErrorKind::Redirected { status } => {
            let problem = format!("{authority} answered the handshake with {reason}");
            Error::new(ErrorKind::UpgradeRefused, problem).with_status(status)
        }
        DialErrorKind::Refused { status, body, retry_after } => {
            let said = explanation(&body).map(|text| format!(": {text}")).unwrap_or_default();
            let problem = format!("{authority} answered the handshake with HTTP {status}{said}");
            Error::new(ErrorKind::UpgradeRefused, problem).with_status(status).with_retry_after(retry_after)
        }
    };
    (reason, error.with_source(source))
}

/// The reason for a lost link, and the error where the peer broke a rule.
pub(super) fn of_link(lost: &Lost) -> (String, Option<Error>) {
    let reason = lost.to_string();
    let error = match lost {
        Lost::Closed { .. } | Lost::Network(_) | Lost::CutOff(_) => None,
        Lost::TooLarge { .. } => {
            Some(Error::new(ErrorKind::MessageTooLarge, format!("the connection was closed: {reason}")))
        }
        Lost::Protocol(_) => Some(Error::new(ErrorKind::Protocol, format!("the connection was closed: {reason}"))),
    };
    (reason, error)
}

/// What the body of a refusal says: the platform's `{ error, message }`, or else the beginning of its first line.
fn explanation(body: &str) -> Option<String> {
    if let Ok(report) = serde_json::from_str::<Value>(body) {
        let text = |member: &str| report.get(member).and_then(Value::as_str).map(str::to_owned);
        return text("message").or_else(|| text("error"));
    }
    let line: String = body.lines().next()?.trim().chars().filter(|c| !c.is_control()).take(120).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_the_server_said() {
        for (body, said) in [
            (r#"{"error":"ForbiddenError","message":"token expired"}"#, Some("token expired")),
            (r#"{"error":"ForbiddenError"}"#, Some("ForbiddenError")),
            ("<html>\r\nBad gateway", Some("<html>")),
            ("", None),
            ("{}", None),
        ] {
            assert_eq!(explanation(body).as_deref(), said, "{body}");
        }
    }
}
