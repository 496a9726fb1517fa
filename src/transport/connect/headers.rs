//! The headers of every request: its scope, and the user's own headers.
//!
//! They are validated once. Each request adds the token in `Authorization`, never in the url. The
//! user cannot set headers that belong to the request itself.

use http::HeaderName;

use super::EndpointOptions;
use crate::{
    transport::error::OptionError,
    vocabulary::{APPLICATION_HEADER, ENVIRONMENT_HEADER},
};

/// Headers that the `headers` option cannot set, with the option that sets them, if any.
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

/// Names and values in the order in which they are sent.
pub(super) fn of(options: EndpointOptions) -> Result<Vec<(String, String)>, OptionError> {
    let EndpointOptions { headers, application_id, environment, .. } = options;
    let mut list = Vec::new();
    if let Some(id) = application_id {
        list.push(checked("applicationId", APPLICATION_HEADER, id)?);
    }
    if let Some(environment) = environment {
        list.push(checked("environment", ENVIRONMENT_HEADER, environment)?);
    }
    for (name, value) in headers {
        check_name(&name)?;
        list.push(checked("headers", &name, value)?);
    }
    // Without this header a peer may choose any encoding, RFC 9110 section 12.5.3.
    if !list.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept-encoding")) {
        list.push(("accept-encoding".to_owned(), "identity".to_owned()));
    }
    Ok(list)
}

fn checked(option: &'static str, name: &str, value: String) -> Result<(String, String), OptionError> {
    if !value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
        let subject = if option == "headers" { format!("headers: the value of {name:?}") } else { option.to_owned() };
        let message = format!("{subject} must be printable ASCII: it is sent as an HTTP header");
        return Err(OptionError::new(option, message));
    }
    Ok((name.to_owned(), value))
}

fn check_name(name: &str) -> Result<(), OptionError> {
    let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
        // The name may be a whole line with a secret value, so the error does not repeat it.
        return Err(OptionError::new("headers", "headers: a name is not a valid HTTP header name"));
    };
    let reserved = RESERVED.iter().find(|(reserved, _)| parsed == *reserved);
    let message = match reserved {
        Some((_, Some(option))) => format!("headers must not set {name:?}: use the {option} option"),
        Some((_, None)) => format!("headers must not set {name:?}: it belongs to the request itself"),
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

    fn list(headers: &[(&str, &str)]) -> Result<Vec<(String, String)>, OptionError> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let application_id = Some("app".to_owned());
        of(EndpointOptions { headers, application_id, ..EndpointOptions::to("http://h") })
    }

    #[test]
    fn the_scope_precedes_the_headers_of_the_user() {
        let list = list(&[("X-Trace", "1"), ("X-Trace", "2")]).unwrap();
        let lines: Vec<_> = list.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(lines, ["x-application-id: app", "X-Trace: 1", "X-Trace: 2", "accept-encoding: identity"]);
    }

    #[test]
    fn the_user_can_ask_for_an_encoding() {
        let list = list(&[("Accept-Encoding", "br")]).unwrap();
        let asked: Vec<_> = list.iter().filter(|(name, _)| name.eq_ignore_ascii_case("accept-encoding")).collect();
        assert_eq!(asked, [&("Accept-Encoding".to_owned(), "br".to_owned())]);
    }

    #[test]
    fn values_cannot_break_out_of_their_line() {
        for value in ["a\r\nX-Evil: 1", "a\nb", "\u{e9}", "a\0"] {
            let error = list(&[("X-Ok", value)]).unwrap_err();
            assert_eq!((error.option, error.message.contains("X-Ok")), ("headers", true));
        }
    }

    #[test]
    fn the_user_cannot_set_headers_of_the_request_itself() {
        for name in ["Host", "UPGRADE", "Connection", "Sec-WebSocket-Protocol", "Content-Length"] {
            let error = list(&[(name, "x")]).expect_err(name);
            assert!(error.option == "headers" && error.message.contains(name), "{error}");
        }
        for name in ["X-Key: secret", "secret key", ""] {
            let error = list(&[(name, "x")]).expect_err(name);
            assert!(error.option == "headers" && !error.message.contains("secret"), "{error}");
        }
        let error = list(&[("Authorization", "Basic secret")]).unwrap_err();
        assert!(error.message.contains("token option") && !error.message.contains("secret"), "{error}");
    }
}
