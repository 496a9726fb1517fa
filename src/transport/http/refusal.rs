//! The error for an answer that refuses a request: its status, and the start of its body, which
//! gives the reason.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header::RETRY_AFTER};

use super::{body_text::content_encoding, retry_after::retry_after};
use crate::transport::error::{DialError, DialErrorKind};

/// How much of a refusal's body to keep.
pub(in crate::transport) const MAX_BODY_BYTES: usize = 1024;
/// How long to wait for a refusal's body, which only explains it.
pub(in crate::transport) const BODY_TIMEOUT: Duration = Duration::from_millis(500);

/// The error for an answer with this status, these headers and this start of a body.
pub(in crate::transport) fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> DialError {
    let mut body = match content_encoding(headers, body) {
        // Compressed bytes explain nothing.
        Some(encoding) => format!("a body in the encoding {encoding}"),
        None => String::from_utf8_lossy(body).into_owned(),
    };
    body.truncate(body.floor_char_boundary(MAX_BODY_BYTES));
    let value = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = value.and_then(|value| retry_after(value, SystemTime::now()));
    DialError::new(DialErrorKind::Refused { status, body, retry_after }, format!("HTTP {status}"))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_start_of_a_readable_body_is_kept() {
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
}
