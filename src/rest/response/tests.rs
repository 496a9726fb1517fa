//! The outcome of a response, for each status and kind of body.

use std::time::Duration;

use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

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
        assert!((failure.transient, failure.error.uncertain) == (false, true) && failure.error.source.is_some());
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
        let transient = [408, 421, 425, 429, 502, 503, 504, 520, 521, 522, 523, 524, 530];
        assert_eq!(failure.transient, transient.contains(&status), "{status}");
        assert_eq!(failure.error.uncertain, [502, 504, 520, 522, 524].contains(&status), "{status}");
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
