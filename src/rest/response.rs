//! What an answer means.
//!
//! A success carries one JSON value or nothing, and its text is handed on as it came. The platform explains a failure by
//! `{ error, message }`; a proxy in between explains itself as it likes, mostly by an HTML page.

use std::time::SystemTime;

use http::{
    HeaderMap, Method, StatusCode,
    header::{CONTENT_TYPE, HeaderName, RETRY_AFTER},
};

use super::{Outcome, failure::Failure, http::Received};
use crate::{
    error::{Error, ErrorKind},
    protocol::json::{self, Scanner, skip_byte_order_mark},
    transport::{content_encoding, html_page, is_transient, leaves_write_uncertain, retry_after, start_of},
    vocabulary::{DOCUMENTS_PATH, refusal},
};

/// How many characters of a body that is not understood are shown.
const EXCERPT: usize = 120;
/// How many bytes of a page are searched for its title.
const MAX_PAGE_START: usize = 4096;
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
    if matches!(received.status, 200..300) { success(received) } else { Err(refusal(asked, received, now)) }
}

fn success(received: Received) -> Outcome {
    let Received { status, headers, body, .. } = received;
    let (body, cause) = match into_text(body) {
        Ok(text) if text.is_empty() => return Ok(Answer { status, text }),
        Ok(text) => match json::validate(&text) {
            Ok(()) => return Ok(Answer { status, text }),
            Err(error) => (text.into_bytes(), error.to_string()),
        },
        Err((body, cause)) => (body, cause),
    };
    let message = format!("{} with {}", status_line(status), not_json(&headers, &body));
    let error = Error::new(ErrorKind::Protocol, message).with_status(status).with_source(Some(cause));
    // The write was carried out, only its result is lost.
    Err(Failure { uncertain: true, ..error.into() })
}

fn refusal(asked: Asked<'_>, received: Received, now: SystemTime) -> Failure {
    let Received { status, headers, body, is_whole } = received;
    let text = into_text(body);
    let report = text.as_deref().ok().and_then(Report::scan);
    let conflicts = report.as_ref().is_some_and(|report| report.has_revision);
    let mut message = match (&report, &text) {
        (Some(report), _) => report.message(status),
        (None, Ok(text)) if text.trim_ascii().is_empty() => status_line(status),
        (None, Ok(text)) if json::validate(text).is_ok() => {
            format!("{}: {}", status_line(status), excerpt(text.as_bytes()))
        }
        (None, Ok(text)) => format!("{} with {}", status_line(status), not_json(&headers, text.as_bytes())),
        (None, Err((body, _))) => format!("{} with {}", status_line(status), not_json(&headers, body)),
    };
    if !is_whole {
        message.push_str(" (the body of this answer is incomplete)");
    }
    let retry_after = header(&headers, &RETRY_AFTER).and_then(|value| retry_after(value, now));
    let error = Error::new(kind(asked, status, conflicts), message).with_status(status).with_retry_after(retry_after);
    Failure {
        passing: is_transient(status),
        uncertain: leaves_write_uncertain(status),
        body: report.and(text.ok()).map(Into::into),
        ..error.into()
    }
}

/// The text of a body, or the body and why it is not a text.
fn into_text(body: Vec<u8>) -> Result<String, (Vec<u8>, String)> {
    let mut text = String::from_utf8(body).map_err(|error| {
        let cause = error.utf8_error().to_string();
        (error.into_bytes(), cause)
    })?;
    text.drain(..text.len() - skip_byte_order_mark(&text).len());
    Ok(text)
}

fn kind(asked: Asked<'_>, status: u16, conflicts: bool) -> ErrorKind {
    match status {
        401 => ErrorKind::AuthFailed,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        409 if !conflicts && asked.method == Method::POST && asked.path.ends_with(DOCUMENTS_PATH) => {
            ErrorKind::AlreadyExists
        }
        409 => ErrorKind::RevisionConflict,
        429 => ErrorKind::RateLimited,
        421 | 425 | 500..600 => ErrorKind::Server,
        400..500 => ErrorKind::InvalidArgument,
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
                refusal::MESSAGE => report.message = words().map(|words| start_of(&words, EXPLANATION)),
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

/// What a body is that is not JSON.
fn not_json(headers: &HeaderMap, body: &[u8]) -> String {
    if let Some(encoding) = content_encoding(headers, body) {
        return format!(
            "a {encoding}-encoded body, which the client does not decode (it sends Accept-Encoding: identity unless \
             options.headers replaces that)"
        );
    }
    let start = String::from_utf8_lossy(body.get(..MAX_PAGE_START).unwrap_or(body));
    if let Some(page) = html_page(content_type(headers), &start) {
        return page;
    }
    let kind = match content_type(headers) {
        "" => "no content type".to_owned(),
        kind => start_of(kind, EXCERPT),
    };
    format!("a body that is not JSON ({kind}): {}", excerpt(body))
}

fn content_type(headers: &HeaderMap) -> &str {
    header(headers, &CONTENT_TYPE).unwrap_or_default()
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The beginning of a body, where it is a text.
fn excerpt(body: &[u8]) -> String {
    // No character has more than four bytes.
    let start = String::from_utf8_lossy(body.get(..4 * EXCERPT).unwrap_or(body));
    let is_odd = |c: &char| *c == char::REPLACEMENT_CHARACTER || c.is_control() && !c.is_ascii_whitespace();
    if 4 * start.chars().filter(is_odd).count() > start.chars().count() {
        return format!("{} bytes of binary data", body.len());
    }
    start_of(&start, EXCERPT)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header::CONTENT_ENCODING;

    use super::*;

    fn received(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Received {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
        Received { status, headers, body: body.into(), is_whole: true }
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
        let page = format!("<html>\r\n<title>\u{1b}[31mSorry</title>{}", "x".repeat(1000));
        let words = format!("Sorry\r\n\u{1b}[31m{}", "x".repeat(1000));
        let deep = "[".repeat(2000);
        for (body, shown) in [
            (page.as_bytes(), "an HTML page \"\u{1b}[31mSorry\""),
            (words.as_bytes(), "a body that is not JSON (text/html): Sorry\r\n\u{1b}[31mxx"),
            (b"{\"a\":1", "a body that is not JSON (text/html): {\"a\":1"),
            (b"\"a\xff\"", "a body that is not JSON (text/html): \"a\u{fffd}\""),
            (b"\xff\xfe\0", "a body that is not JSON (text/html): 3 bytes of binary data"),
            (b"\x1f\x8b\x08\0", "a gzip-encoded body, which"),
            (b" ", "a body that is not JSON (text/html):  "),
            (b"{} {}", "a body that is not JSON (text/html): {} {}"),
            (b"\xef\xbb\xbf\xef\xbb\xbf{}", "a body that is not JSON (text/html): \u{feff}{}"),
            (deep.as_bytes(), "a body that is not JSON (text/html): [[["),
        ] {
            let failure = judged(&Method::PUT, "/api", received(200, "text/html", body)).unwrap_err();
            assert_eq!((failure.error.kind, failure.error.status), (ErrorKind::Protocol, Some(200)));
            assert!((failure.passing, failure.uncertain) == (false, true) && failure.error.source.is_some());
            let message = &failure.error.message;
            assert!(message.starts_with(&format!("the server answered 200 OK with {shown}")), "{message}");
            assert!(message.len() < 300, "{message}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        for (body, text) in [("\u{feff}{\"a\":1}", "{\"a\":1}"), ("\u{feff}", "")] {
            let answer = judged(&Method::GET, "/api", received(200, "application/json", body)).unwrap();
            assert_eq!(answer.text, text);
        }
        let report = r#"{"error":"ConflictError","message":"stale","currentRevision":3}"#;
        let failure = failed(409, format!("\u{feff}{report}"));
        assert_eq!(failure.error.message, "the server answered 409 ConflictError: stale");
        assert_eq!(failure.body.as_deref(), Some(report));
    }

    #[test]
    fn an_encoding_is_named_and_its_bytes_are_not_shown() {
        for (status, kind) in [(200, ErrorKind::Protocol), (503, ErrorKind::Server), (404, ErrorKind::NotFound)] {
            let mut answer = received(status, "application/json", b"\x1b\x2f\0\xf8".as_slice());
            answer.headers.insert(CONTENT_ENCODING, http::HeaderValue::from_static("br"));
            let error = judged(&Method::POST, "/api", answer).unwrap_err().error;
            assert_eq!((error.kind, error.status), (kind, Some(status)));
            assert!(error.message.contains(" with a br-encoded body, which the client does not decode"), "{error}");
            assert!(error.message.is_ascii(), "{error}");
        }
        let mut mislabelled = received(200, "application/json", "{}");
        mislabelled.headers.insert(CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
        assert_eq!(judged(&Method::GET, "/api", mislabelled).unwrap().text, "{}");
    }

    #[test]
    fn an_incomplete_explanation_says_so() {
        for (body, shown) in [
            ("", "403 Forbidden (the"),
            ("{\"message\":\"no", "403 Forbidden with a body that is not JSON (text/plain): {\"message\":\"no (the"),
        ] {
            let answer = Received { is_whole: false, ..received(403, "text/plain", body) };
            let message = judged(&Method::GET, "/api", answer).unwrap_err().error.message;
            assert_eq!(message, format!("the server answered {shown} body of this answer is incomplete)"));
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
            (408, ErrorKind::Timeout),
            (409, ErrorKind::RevisionConflict),
            (410, ErrorKind::NotFound),
            (413, ErrorKind::InvalidArgument),
            (415, ErrorKind::InvalidArgument),
            (418, ErrorKind::InvalidArgument),
            (421, ErrorKind::Server),
            (422, ErrorKind::InvalidArgument),
            (425, ErrorKind::Server),
            (429, ErrorKind::RateLimited),
            (500, ErrorKind::Server),
            (502, ErrorKind::Server),
            (503, ErrorKind::Server),
            (504, ErrorKind::Server),
            (520, ErrorKind::Server),
            (521, ErrorKind::Server),
            (522, ErrorKind::Server),
            (523, ErrorKind::Server),
            (524, ErrorKind::Server),
            (530, ErrorKind::Server),
            (599, ErrorKind::Server),
            (600, ErrorKind::Protocol),
        ] {
            let failure = failed(status, "");
            assert_eq!((failure.error.kind, failure.error.status), (kind, Some(status)));
            let passing = [408, 421, 425, 429, 502, 503, 504, 520, 521, 522, 523, 524, 530];
            assert_eq!(failure.passing, passing.contains(&status), "{status}");
            assert_eq!(failure.uncertain, [502, 504, 520, 522, 524].contains(&status), "{status}");
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
        let page = judged(&Method::GET, "/api", received(502, "text/html", "<html><title>Bad gateway</title>"));
        assert_eq!(
            page.unwrap_err().error.message,
            "the server answered 502 Bad Gateway with an HTML page \"Bad gateway\""
        );
    }

    #[test]
    fn retry_after_is_read() {
        let mut busy = received(503, "text/plain", "");
        busy.headers.insert(RETRY_AFTER, http::HeaderValue::from_static("7"));
        assert_eq!(judged(&Method::GET, "/", busy).unwrap_err().error.retry_after, Some(Duration::from_secs(7)));
    }
}
