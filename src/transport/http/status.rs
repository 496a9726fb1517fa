//! The meaning of an HTTP status that refuses a request: whether a retry can help, and who has
//! answered.

use crate::{
    protocol::{
        event::first_member,
        json::{skip_byte_order_mark, unescape},
    },
    vocabulary::refusal,
};

/// Whether the same request can succeed a moment later, judged by its status alone.
///
/// | status | why |
/// |---|---|
/// | 408, 425, 429 | RFC 9110 section 15.5.9, RFC 8470, RFC 6585: the client may retry |
/// | 421 | RFC 9110 section 15.5.20: the client may retry over another connection |
/// | 502, 503, 504 | RFC 9110 section 15.6: a gateway or an overloaded server |
/// | 520 to 524, 530 | a CDN got no usable answer from the server behind it |
#[must_use]
pub const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 421 | 425 | 429 | 502..=504 | 520..=524 | 530)
}

/// Whether the server may have executed a write although this status refuses it: a gateway or a CDN
/// has forwarded the request and does not know its outcome.
///
/// | status | what the gateway knows |
/// |---|---|
/// | 502, 504 | it got no usable answer, or none in time |
/// | 520, 524 | the same, for a CDN |
/// | 522 | the CDN could not connect, or the server did not acknowledge its request in time |
///
/// 408, 421, 425, 429 and 503 say that the server did not process the request. 521, 523 and 530 say
/// that the CDN did not reach the server.
#[must_use]
pub const fn leaves_write_uncertain(status: u16) -> bool {
    matches!(status, 502 | 504 | 520 | 522 | 524)
}

/// Whether the body of a refusal comes from the platform, `{ error, message }`, and not from a
/// gateway in front of it. The body may be truncated.
#[must_use]
pub fn is_platform_error(body: &str) -> bool {
    first_member(skip_byte_order_mark(body), refusal::ERROR).is_some_and(|name| unescape(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_answer_has_an_error_with_a_name() {
        for body in [
            r#"{"error":"X"}"#,
            r#" { "message": "no", "error": "X", "more": [1] }"#,
            r#"{"error":"X","message":"cut o"#,
        ] {
            assert!(is_platform_error(body), "{body}");
        }
        for body in
            ["", "<html>", "null", "[]", "{}", r#"{"message":"no"}"#, r#"{"error":true}"#, r#"{"error":{"code":404}}"#]
        {
            assert!(!is_platform_error(body), "{body}");
        }
    }

    #[test]
    fn a_write_is_uncertain_only_where_repeating_it_can_help() {
        for status in 100..600 {
            assert!(is_transient(status) || !leaves_write_uncertain(status), "{status}");
        }
    }
}
