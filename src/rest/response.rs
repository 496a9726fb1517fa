//! What an answer means.
//!
//! A success carries one JSON value or nothing, and its text is handed on as it came. The platform explains a failure by
//! `{ error, message }`; what stands between it and us, a proxy say, explains itself as it likes, mostly in HTML.

use std::time::SystemTime;

use http::{
    HeaderMap, Method, StatusCode,
    header::{CONTENT_TYPE, HeaderName, RETRY_AFTER},
};

use super::{Outcome, failure::Failure, http::Received};
use crate::{
    error::{Error, ErrorKind},
    protocol::json::{self, Scanner},
    transport::retry_after,
    vocabulary::{DOCUMENTS_PATH, refusal},
};

/// How many characters of a body that is not understood are shown.
const EXCERPT: usize = 120;
/// How many characters of the server's own message are shown.
const EXPLANATION: usize = 1000;

/// An answer that reports a success.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// One JSON value, or empty.
    pub(super) text: String,
}

/// What an answer answers.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    /// Without the url's prefix and the query.
    pub(super) path: &'a str,
}

/// Judges an answer that is no redirect.
pub(super) fn judge(asked: Asked<'_>, received: Received, now: SystemTime) -> Outcome {
    let Received { status, headers, body } = received;
    if matches!(status, 200..300) {
        success(status, &headers, body)
    } else {
        Err(refusal(asked, status, &headers, body, now))
    }
}

fn success(status: u16, headers: &HeaderMap, body: Vec<u8>) -> Outcome {
    let problem = match String::from_utf8(body) {
        Ok(text) if text.is_empty() => return Ok(Answer { status, text }),
        Ok(text) => match json::validate(&text) {
            Ok(()) => return Ok(Answer { status, text }),
            Err(error) => (text.into_bytes(), error.to_string()),
        },
        Err(error) => {
            let cause = error.utf8_error().to_string();
            (error.into_bytes(), cause)
        }
    };
    let (body, cause) = problem;
    let error = Error::new(ErrorKind::Protocol, not_json(&status_line(status), headers, &body));
    // The write was carried out, only its result is lost.
    Err(Failure { uncertain: true, ..error.with_status(status).with_source(Some(cause)).into() })
}

fn refusal(asked: Asked<'_>, status: u16, headers: &HeaderMap, body: Vec<u8>, now: SystemTime) -> Failure {
    let text = String::from_utf8(body);
    let report = text.as_deref().ok().and_then(Report::scan);
    let conflicts = report.as_ref().is_some_and(|report| report.has_revision);
    let message = match (&report, &text) {
        (Some(report), _) => report.message(status),
        (None, Ok(text)) if text.trim_ascii().is_empty() => status_line(status),
        (None, Ok(text)) if json::validate(text).is_ok() => {
            format!("{}: {}", status_line(status), excerpt(text.as_bytes()))
        }
        (None, Ok(text)) => not_json(&status_line(status), headers, text.as_bytes()),
        (None, Err(error)) => not_json(&status_line(status), headers, error.as_bytes()),
    };
    let retry_after = header(headers, &RETRY_AFTER).and_then(|value| retry_after(value, now));
    let error = Error::new(kind(asked, status, conflicts), message).with_status(status).with_retry_after(retry_after);
    Failure {
        passing: matches!(status, 429 | 502 | 503 | 504),
        // A gateway that got no answer of its own does not know either.
        uncertain: matches!(status, 502 | 504),
        body: report.is_some().then(|| text.unwrap_or_default().into()),
        ..error.into()
    }
}

fn kind(asked: Asked<'_>, status: u16, conflicts: bool) -> ErrorKind {
    match status {
        401 => ErrorKind::AuthFailed,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        409 if !conflicts && asked.method == Method::POST && asked.path.ends_with(DOCUMENTS_PATH) => {
            ErrorKind::AlreadyExists
        }
        409 => ErrorKind::RevisionConflict,
        429 => ErrorKind::RateLimited,
        400..500 => ErrorKind::InvalidArgument,
        500..600 => ErrorKind::Server,
        _ => ErrorKind::Protocol,
    }
}

/// The object by which the platform explains a failure.
struct Report {
    name: Option<String>,
    message: Option<String>,
    has_revision: bool,
}

impl Report {
    /// `None`: the text is no JSON object.
    fn scan(text: &str) -> Option<Self> {
        let mut report = Self { name: None, message: None, has_revision: false };
        let mut scanner = Scanner::new(text);
        scanner.open_object().ok()?;
        while let Some(key) = scanner.next_key().ok()? {
            let value = scanner.skip_value().ok()?;
            let words = || json::unescape(value).filter(|words| !words.is_empty());
            match &*key.decode() {
                refusal::ERROR => report.name = words().map(|words| excerpt(words.as_bytes())),
                refusal::MESSAGE => report.message = words().map(|words| first(&words, EXPLANATION)),
                refusal::CURRENT_REVISION => report.has_revision = true,
                _ => {}
            }
        }
        scanner.finish().ok()?;
        Some(report)
    }

    fn message(&self, status: u16) -> String {
        let mut message = match &self.name {
            Some(name) => format!("the server answered {status} {name}"),
            None => status_line(status),
        };
        if let Some(words) = &self.message {
            message.push_str(": ");
            message.push_str(words);
        }
        message
    }
}

fn status_line(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    format!("the server answered {status} {}", reason.unwrap_or_default()).trim_end().to_owned()
}

fn not_json(status_line: &str, headers: &HeaderMap, body: &[u8]) -> String {
    let kind = header(headers, &CONTENT_TYPE).map_or("no content type".to_owned(), |kind| first(kind, EXCERPT));
    format!("{status_line} with a body that is not JSON ({kind}): {}", excerpt(body))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The beginning of a body.
fn excerpt(body: &[u8]) -> String {
    // No character has more than four bytes.
    let start = body.get(..4 * EXCERPT).unwrap_or(body);
    first(&String::from_utf8_lossy(start), EXCERPT)
}

/// The first characters.
fn first(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn received(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Received {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
        Received { status, headers, body: body.into() }
    }

    fn judged(method: &Method, path: &str, received: Received) -> Outcome {
        judge(Asked { method, path }, received, SystemTime::UNIX_EPOCH)
    }

    fn failed(status: u16, body: impl Into<Vec<u8>>) -> Failure {
        judged(&Method::GET, "/api", received(status, "application/json", body)).unwrap_err()
    }

    #[test]
    fn a_success_keeps_its_text() {
        for (status, body) in [(200, "{\"a\": 1e400}\n"), (201, "null"), (204, ""), (299, r#""\ud800""#)] {
            let answer = judged(&Method::GET, "/api", received(status, "text/plain", body)).unwrap();
            assert_eq!(answer, Answer { status, text: body.to_owned() });
        }
    }

    #[test]
    fn a_success_that_is_not_json_is_shown() {
        let page = format!("<html>\r\n\u{1b}[31m{}", "x".repeat(1000));
        let deep = "[".repeat(2000);
        for (body, shown) in [
            (page.as_bytes(), "<html>\r\n\u{1b}[31mxx"),
            (b"{\"a\":1", "{\"a\":1"),
            (b"\"\xff\"", "\"\u{fffd}\""),
            (b" ", "(text/html):  "),
            (b"{} {}", "{} {}"),
            (deep.as_bytes(), "[[["),
        ] {
            let failure = judged(&Method::PUT, "/api", received(200, "text/html", body)).unwrap_err();
            assert_eq!((failure.error.kind, failure.error.status), (ErrorKind::Protocol, Some(200)));
            assert!((failure.passing, failure.uncertain) == (false, true) && failure.error.source.is_some());
            let message = &failure.error.message;
            assert!(message.starts_with("the server answered 200 OK with a body that is not JSON (text/html): "));
            assert!(message.contains(shown) && message.len() < 300, "{message}");
        }
    }

    #[test]
    fn every_status_has_its_code() {
        for (status, kind) in [
            (101, ErrorKind::Protocol),
            (400, ErrorKind::InvalidArgument),
            (401, ErrorKind::AuthFailed),
            (403, ErrorKind::Forbidden),
            (404, ErrorKind::NotFound),
            (405, ErrorKind::InvalidArgument),
            (409, ErrorKind::RevisionConflict),
            (410, ErrorKind::NotFound),
            (413, ErrorKind::InvalidArgument),
            (415, ErrorKind::InvalidArgument),
            (418, ErrorKind::InvalidArgument),
            (422, ErrorKind::InvalidArgument),
            (429, ErrorKind::RateLimited),
            (500, ErrorKind::Server),
            (502, ErrorKind::Server),
            (503, ErrorKind::Server),
            (504, ErrorKind::Server),
            (599, ErrorKind::Server),
            (600, ErrorKind::Protocol),
        ] {
            let failure = failed(status, "");
            assert_eq!((failure.error.kind, failure.error.status), (kind, Some(status)));
            assert_eq!(failure.passing, [429, 502, 503, 504].contains(&status), "{status}");
            assert_eq!(failure.uncertain, [502, 504].contains(&status), "{status}");
        }
    }

    #[test]
    fn a_conflict_is_one_of_revisions_or_of_ids() {
        let documents = "/api/sync/notes/documents";
        for (method, path, body, kind) in [
            (Method::POST, documents, "{}", ErrorKind::AlreadyExists),
            (Method::POST, documents, "", ErrorKind::AlreadyExists),
            (Method::POST, documents, r#"{"currentRevision":2}"#, ErrorKind::RevisionConflict),
            (Method::PUT, documents, "{}", ErrorKind::RevisionConflict),
            (Method::POST, "/api/sync/notes/documents/1/mutate", "{}", ErrorKind::RevisionConflict),
        ] {
            let failure = judged(&method, path, received(409, "application/json", body)).unwrap_err();
            assert_eq!(failure.error.kind, kind, "{method} {path} {body}");
        }
    }

    #[test]
    fn a_refusal_says_what_the_server_said() {
        for (body, message, is_report) in [
            (
                r#"{"error":"NotFoundError","message":"no \"such\" document"}"#,
                "404 NotFoundError: no \"such\" document",
                true,
            ),
            (r#"{"error":"NotFoundError"}"#, "404 NotFoundError", true),
            (r#"{"message":"gone\nnow","error":7}"#, "404 Not Found: gone\nnow", true),
            ("{}", "404 Not Found", true),
            ("", "404 Not Found", false),
            (" \n", "404 Not Found", false),
            ("[1]", "404 Not Found: [1]", false),
            (r#"{"error":"#, "404 Not Found with a body that is not JSON (application/json): {\"error\":", false),
        ] {
            let failure = failed(404, body);
            assert_eq!(failure.error.message, format!("the server answered {message}"), "{body}");
            assert_eq!(failure.body.as_deref(), is_report.then_some(body));
        }
        let long = failed(500, format!(r#"{{"message":"{}"}}"#, "m".repeat(5000)));
        assert!(long.error.message.len() < 1100 && long.body.unwrap().len() > 5000);
        assert!(failed(502, b"\xff\xfe".as_slice()).error.message.contains("not JSON"));
    }

    #[test]
    fn retry_after_is_read() {
        let mut busy = received(503, "text/plain", "");
        busy.headers.insert(RETRY_AFTER, http::HeaderValue::from_static("7"));
        assert_eq!(judged(&Method::GET, "/", busy).unwrap_err().error.retry_after, Some(Duration::from_secs(7)));
    }
}
