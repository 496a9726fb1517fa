//! The head of the upgrade request: validated once, sent on every dial with a fresh key.
//!
//! The token travels here, in `Authorization`, and never in the url. Headers that the upgrade itself consists of belong
//! to this module; a user who sets one gets told so.

use tokio_tungstenite::tungstenite::http::HeaderName;

use super::address::Address;
use super::error::OptionError;
use crate::vocabulary::{APPLICATION_HEADER, ENVIRONMENT_HEADER};

/// Headers the `headers` option cannot set, with the option that sets them, if any.
const RESERVED: &[(&str, Option<&str>)] = &[
    ("authorization", Some("token")),
    (APPLICATION_HEADER, Some("applicationId")),
    (ENVIRONMENT_HEADER, Some("environment")),
    ("host", None),
    ("connection", None),
    ("upgrade", None),
    ("content-length", None),
    ("transfer-encoding", None),
    ("expect", None),
];

/// All lines of the request but the `Sec-WebSocket-Key` and the empty one.
pub(super) fn encode_head(
    address: &Address,
    token: &str,
    application_id: Option<&str>,
    environment: Option<&str>,
    headers: &[(String, String)],
) -> Result<String, OptionError> {
    if token.is_empty() {
        return Err(OptionError::new("token", "token must be a non-empty string"));
    }
    let Address { target, authority, .. } = address;
    let mut head = format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\n");
    head.push_str("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    push(&mut head, "token", "authorization", &format!("Bearer {token}"))?;
    if let Some(id) = application_id {
        push(&mut head, "applicationId", APPLICATION_HEADER, id)?;
    }
    if let Some(environment) = environment {
        push(&mut head, "environment", ENVIRONMENT_HEADER, environment)?;
    }
    for (name, value) in headers {
        check_name(name)?;
        push(&mut head, "headers", name, value)?;
    }
    Ok(head)
}

fn push(head: &mut String, option: &'static str, name: &str, value: &str) -> Result<(), OptionError> {
    if !value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
        let subject = if option == "headers" { format!("headers: the value of {name:?}") } else { option.to_owned() };
        let message = format!("{subject} must be printable ASCII: it is sent as an HTTP header");
        return Err(OptionError::new(option, message));
    }
    for part in [name, ": ", value, "\r\n"] {
        head.push_str(part);
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), OptionError> {
    let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(OptionError::new("headers", format!("headers: {name:?} is not a valid HTTP header name")));
    };
    let reserved = RESERVED.iter().find(|(reserved, _)| parsed == *reserved);
    let message = match reserved {
        Some((_, Some(option))) => format!("headers must not set {name:?}: use the {option} option"),
        Some((_, None)) => format!("headers must not set {name:?}: it belongs to the WebSocket upgrade"),
        None if parsed.as_str().starts_with("sec-websocket-") => {
            format!("headers must not set {name:?}: it belongs to the WebSocket upgrade")
        }
        None => return Ok(()),
    };
    Err(OptionError::new("headers", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Protocol;

    fn encode(token: &str, headers: &[(&str, &str)]) -> Result<String, OptionError> {
        let address = Address::parse("http://localhost:3000", Protocol::Ws, None).unwrap();
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        encode_head(&address, token, Some("app"), None, &headers)
    }

    #[test]
    fn head_has_one_line_per_header() {
        let head = encode("jwt", &[("X-Trace", "1"), ("X-Trace", "2")]).unwrap();
        let lines: Vec<_> = head.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "GET /ws HTTP/1.1",
                "Host: localhost:3000",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "authorization: Bearer jwt",
                "x-application-id: app",
                "X-Trace: 1",
                "X-Trace: 2",
                ""
            ]
        );
    }

    #[test]
    fn values_cannot_break_out_of_their_line() {
        for value in ["a\r\nX-Evil: 1", "a\nb", "\u{e9}", "a\0"] {
            let error = encode("jwt", &[("X-Ok", value)]).unwrap_err();
            assert_eq!((error.option, error.message.contains("X-Ok")), ("headers", true));
            let error = encode(value, &[]).unwrap_err();
            assert_eq!((error.option, error.message.contains(value)), ("token", false));
        }
        assert_eq!(encode("", &[]).unwrap_err().option, "token");
    }

    #[test]
    fn headers_of_the_upgrade_are_not_for_the_user() {
        for name in ["Host", "UPGRADE", "Connection", "Sec-WebSocket-Protocol", "Content-Length", "bad name", ""] {
            let error = encode("jwt", &[(name, "x")]).expect_err(name);
            assert!(error.option == "headers" && error.message.contains(name), "{error}");
        }
        let error = encode("jwt", &[("Authorization", "Basic secret")]).unwrap_err();
        assert!(error.message.contains("token option") && !error.message.contains("secret"), "{error}");
    }
}
