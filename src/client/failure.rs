//! The errors and reasons that a failed dial or a lost link has for the user.

use serde_json::Value;

use crate::{
    error::{Error, ErrorKind, Outlook, Remediation},
    protocol::{json::skip_byte_order_mark, versions},
    transport::{DialError, DialErrorKind, Endpoint, Lost, html_page, is_platform_error, is_transient},
};

/// A proxy asks for a user and a password, or for others.
const PROXY_AUTHENTICATION_REQUIRED: u16 = 407;
/// The close code of a WebSocket that was closed in an orderly manner.
const NORMAL_CLOSURE: u16 = 1000;

/// The reason and the error of a failed dial.
pub(super) fn of_dial(endpoint: &Endpoint, failure: DialError) -> (String, Error) {
    explain(endpoint.authority(), endpoint.url(), failure)
}

/// The same for a dial to `authority` (host and port) which asked for `url`.
fn explain(authority: &str, url: &str, failure: DialError) -> (String, Error) {
    let DialError { kind, reason, source, remediation } = failure;
    // With TLS the server has understood the client.
    let remediation = remediation.filter(|advice| *advice != Remediation::CheckScheme || url.starts_with("http:"));
    let error = match kind {
        DialErrorKind::Network => Error::new(ErrorKind::Network, format!("no connection to {authority}: {reason}")),
        DialErrorKind::Tls => Error::new(ErrorKind::Tls, format!("no TLS connection to {authority}: {reason}")),
        DialErrorKind::Protocol => {
            Error::new(ErrorKind::Protocol, format!("no realtime server at {authority}: {reason}"))
        }
        DialErrorKind::Proxy { status } => {
            let error = Error { status, ..Error::new(ErrorKind::Proxy, reason.clone()) };
            error.with_outlook(status.map(outlook_of_proxy).unwrap_or_default())
        }
        DialErrorKind::Redirected { status } => {
            let problem = format!("GET {url} was answered with {reason}");
            // The next attempt fails in the same way if the server itself has redirected.
            Error::new(ErrorKind::UpgradeRefused, problem).with_status(status).with_outlook(Outlook::Unproven)
        }
        DialErrorKind::Refused { status, body, retry_after } => {
            let said = explanation(&body).map(|text| format!(": {text}")).unwrap_or_default();
            let version = if versions::is_version_refused(&body) { versions::NOT_ENGINE_IO_4 } else { "" };
            let kind = if version.is_empty() { kind_of_refusal(status, &body) } else { ErrorKind::Protocol };
            let separator = if version.is_empty() { "" } else { ": " };
            let problem = format!("GET {url} was answered with HTTP {status}{said}{separator}{version}");
            let outlook = outlook(status, is_platform_error(&body));
            Error::new(kind, problem).with_status(status).with_retry_after(retry_after).with_outlook(outlook)
        }
    };
    (reason, error.with_source(source).with_remediation(remediation))
}

/// The kind of error for an HTTP status in place of a connection. Gateways and firewalls answer 403
/// with a page. Any other 403 may come from a server that has read the token.
fn kind_of_refusal(status: u16, body: &str) -> ErrorKind {
    match status {
        401 => ErrorKind::AuthFailed,
        403 if !body.trim_start().starts_with('<') => ErrorKind::AuthFailed,
        _ => ErrorKind::UpgradeRefused,
    }
}

/// What an HTTP status says about further attempts. A body in the platform's JSON proves that the
/// server itself has answered.
const fn outlook(status: u16, is_from_platform: bool) -> Outlook {
    match status {
        _ if is_transient(status) => Outlook::Passing,
        400..500 if is_from_platform => Outlook::Permanent,
        400..500 => Outlook::Unproven,
        _ => Outlook::Passing,
    }
}

fn outlook_of_proxy(status: u16) -> Outlook {
    outlook(status, status == PROXY_AUTHENTICATION_REQUIRED)
}

/// Whether the server has closed a link in an orderly manner, without a reason.
pub(super) fn is_plain_close(lost: &Lost) -> bool {
    match lost {
        Lost::Closed { code, reason } => matches!(code, None | Some(NORMAL_CLOSURE)) && reason.is_empty(),
        _ => false,
    }
}

/// The reason for a lost link, and the error if the peer has violated the protocol.
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

/// The explanation in the body of a refusal: from the platform's `{ error, message }`, that the
/// body is an HTML page, or the beginning of its first line.
fn explanation(body: &str) -> Option<String> {
    let body = skip_byte_order_mark(body);
    if let Ok(report) = serde_json::from_str::<Value>(body) {
        let text = |member: &str| report.get(member).and_then(Value::as_str).map(str::to_owned);
        return text("message").or_else(|| text("error"));
    }
    if let Some(page) = html_page("", body) {
        return Some(page);
    }
    let line: String = body.lines().next()?.trim().chars().take(120).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Error {
        let kind = DialErrorKind::Refused { status, body: body.to_owned(), retry_after: None };
        let failure = DialError { kind, reason: String::new(), source: None, remediation: None };
        explain("host", "http://host/ws", failure).1
    }

    #[test]
    fn a_refusal_is_permanent_if_the_platform_itself_has_answered() {
        let platforms = r#"{"error":"X","message":"no"}"#;
        let others = [
            "",
            "<html>no</html>",
            "no",
            r#"{"code":1,"message":"Session ID unknown"}"#,
            r#"{"error":{"code":404}}"#,
            r#"["error"]"#,
            r#""error""#,
        ];
        for status in [400, 401, 403, 404, 405, 409, 410, 426, 431, 451] {
            assert_eq!(refused(status, platforms).outlook, Outlook::Permanent, "{status}");
            for body in others {
                assert_eq!(refused(status, body).outlook, Outlook::Unproven, "{status} {body}");
            }
        }
        for status in [200, 301, 408, 421, 425, 429, 500, 502, 503, 504, 520, 530] {
            for body in others.into_iter().chain([platforms]) {
                assert_eq!(refused(status, body).outlook, Outlook::Passing, "{status} {body}");
            }
        }
        let cut = format!(r#"{{"error":"X","message":"{}"#, "long".repeat(100));
        assert_eq!(refused(404, &cut).outlook, Outlook::Permanent, "the body was cut off");
    }

    #[test]
    fn a_403_is_about_the_token_unless_it_comes_with_a_page() {
        let denied = r#"{"error":"ForbiddenError"}"#;
        for body in [denied, "", "\r\n", r#" {"code":4,"message":"Forbidden"}"#, "Forbidden"] {
            assert_eq!(refused(403, body).kind, ErrorKind::AuthFailed, "{body}");
        }
        for body in ["<html>Forbidden</html>", "\n<!DOCTYPE html>"] {
            assert_eq!(refused(403, body).kind, ErrorKind::UpgradeRefused, "{body}");
        }
        for body in [denied, "", "<html>"] {
            assert_eq!(refused(401, body).kind, ErrorKind::AuthFailed, "{body}");
            assert_eq!(refused(404, body).kind, ErrorKind::UpgradeRefused, "{body}");
        }
    }

    #[test]
    fn a_refused_version_is_named() {
        let error = refused(400, r#"{"code":5,"message":"Unsupported protocol version"}"#);
        assert_eq!((error.kind, error.status, error.outlook), (ErrorKind::Protocol, Some(400), Outlook::Unproven));
        assert!(
            error.message.contains("Unsupported protocol version") && error.message.contains("Engine.IO 4"),
            "{error}"
        );
        assert_eq!(refused(400, r#"{"code":1,"message":"Session ID unknown"}"#).kind, ErrorKind::UpgradeRefused);
    }

    #[test]
    fn a_proxy_that_requires_a_password_is_not_tried_again() {
        for (status, outlook) in [
            (Some(407), Outlook::Permanent),
            (Some(403), Outlook::Unproven),
            (Some(404), Outlook::Unproven),
            (Some(408), Outlook::Passing),
            (Some(502), Outlook::Passing),
            (None, Outlook::Passing),
        ] {
            let kind = DialErrorKind::Proxy { status };
            let failure = DialError { kind, reason: "no".into(), source: None, remediation: None };
            let (_, error) = explain("host", "http://host/ws", failure);
            assert_eq!((error.kind, error.status, error.outlook), (ErrorKind::Proxy, status, outlook));
        }
    }

    #[test]
    fn a_plain_close_has_no_reason() {
        let closed = |code, reason: &str| Lost::Closed { code, reason: reason.into() };
        for (lost, plain) in [
            (closed(None, ""), true),
            (closed(Some(1000), ""), true),
            (closed(Some(1000), "go"), false),
            (closed(Some(1001), ""), false),
            (Lost::Network("ECONNRESET".into()), false),
        ] {
            assert_eq!(is_plain_close(&lost), plain, "{lost:?}");
        }
    }

    #[test]
    fn a_redirect_that_is_not_followed_names_its_target() {
        let reason = "HTTP 301, a redirect to https://host/ws: write https:// in options.url";
        let redirected = DialError {
            kind: DialErrorKind::Redirected { status: 301 },
            reason: reason.into(),
            source: None,
            remediation: None,
        };
        let (reported, error) = explain("host", "http://host/ws", redirected);
        assert_eq!(
            (reported.as_str(), error.message),
            (reason, format!("GET http://host/ws was answered with {reason}"))
        );
        assert_eq!(
            (error.kind, error.status, error.outlook),
            (ErrorKind::UpgradeRefused, Some(301), Outlook::Unproven)
        );
    }

    #[test]
    fn a_refusal_names_the_url_that_was_asked_for() {
        assert_eq!(refused(404, "").message, "GET http://host/ws was answered with HTTP 404");
    }

    #[test]
    fn a_server_that_closes_may_expect_tls_unless_it_speaks_tls() {
        for (url, advice) in [("http://host/ws", Some(Remediation::CheckScheme)), ("https://host/ws", None)] {
            let failure = DialError {
                kind: DialErrorKind::Network,
                reason: "the server closed the connection before it answered".into(),
                source: None,
                remediation: Some(Remediation::CheckScheme),
            };
            assert_eq!(explain("host", url, failure).1.remediation, advice, "{url}");
        }
    }

    #[test]
    fn a_refusal_quotes_the_server() {
        for (body, said) in [
            (r#"{"error":"ForbiddenError","message":"token expired"}"#, Some("token expired")),
            (r#"{"error":"ForbiddenError"}"#, Some("ForbiddenError")),
            ("\u{feff}{\"message\":\"token expired\"}", Some("token expired")),
            ("<html>\r\n<title>502 Bad Gateway</title>", Some("an HTML page \"502 Bad Gateway\"")),
            ("\u{feff}upstream down\r\nsorry", Some("upstream down")),
            ("", None),
            ("{}", None),
        ] {
            assert_eq!(explanation(body).as_deref(), said, "{body}");
        }
    }
}
