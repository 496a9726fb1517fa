//! An answer that is not the one asked for: its status, and the start of its body, which tells a user why.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, HeaderName, RETRY_AFTER, TRANSFER_ENCODING};

use super::error::{DialError, DialErrorKind};
use super::retry_after::retry_after;

/// How much of a refusal's body is kept.
pub(super) const MAX_BODY_BYTES: usize = 1024;
/// How long to wait for the rest of a refusal's body: it is only there to explain.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_millis(500);

/// The error for an answer with this status, these headers and this start of a body.
pub(super) fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> DialError {
    let mut body = match encoding(headers) {
        // Compressed bytes explain nothing.
        Some(encoding) => format!("a body in the encoding {encoding}"),
        None => String::from_utf8_lossy(body).into_owned(),
    };
    body.truncate(body.floor_char_boundary(MAX_BODY_BYTES));
    let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = asked.and_then(|value| retry_after(value, SystemTime::now()));
    DialError::new(DialErrorKind::Refused { status, body, retry_after }, format!("HTTP {status}"))
}

/// The encoding of a body, other than the one that every request asks for: `identity`.
pub(super) fn encoding(headers: &HeaderMap) -> Option<String> {
    let members = |name: HeaderName| {
        let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).map(|member| member.trim().to_ascii_lowercase())
    };
    let mut encodings = members(CONTENT_ENCODING).chain(members(TRANSFER_ENCODING));
    encodings.find(|name| !matches!(name.as_str(), "" | "identity" | "chunked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_start_of_a_body_is_kept_if_it_can_be_read() {
        let body = |headers: &HeaderMap, body: &[u8]| {
            let error = refusal(503, headers, body);
            assert_eq!(error.reason, "HTTP 503");
            let DialErrorKind::Refused { status: 503, body, retry_after } = error.kind else { panic!("{error:?}") };
            (body, retry_after)
        };
        assert_eq!(body(&headers(&[("retry-after", "7")]), b"busy"), ("busy".into(), Some(Duration::from_secs(7))));
        let cut = "\u{e9}".repeat(MAX_BODY_BYTES);
        assert_eq!(body(&headers(&[]), cut.as_bytes()).0.len(), MAX_BODY_BYTES);
        assert_eq!(body(&headers(&[]), b"a\xffb").0, "a\u{fffd}b");
        assert_eq!(
            body(&headers(&[("content-encoding", "gzip")]), b"\x1f\x8b"),
            ("a body in the encoding gzip".into(), None)
        );
    }

    #[test]
    fn an_encoding_that_was_not_asked_for_is_named() {
        for (lines, named) in [
            (&[][..], None),
            (&[("content-encoding", "identity"), ("transfer-encoding", "chunked")], None),
            (&[("content-encoding", "")], None),
            (&[("content-encoding", "GZip")], Some("gzip")),
            (&[("content-encoding", "identity, br")], Some("br")),
            (&[("transfer-encoding", "gzip, chunked")], Some("gzip")),
        ] {
            assert_eq!(encoding(&headers(lines)).as_deref(), named, "{lines:?}");
        }
    }
}
