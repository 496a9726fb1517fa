//! What an HTTP status in place of a connection says: whether a later attempt can change it, and
//! who has answered.

use crate::{
    protocol::{
        event::first_member,
        json::{skip_byte_order_mark, unescape},
    },
    vocabulary::refusal,
};

/// Whether the same request can succeed a moment later, by the meaning of its status alone.
///
/// | status | why |
/// |---|---|
/// | 408, 425, 429 | RFC 9110 section 15.5.9, RFC 8470, RFC 6585: the client may repeat the request |
/// | 421 | RFC 9110 section 15.5.20: the client may repeat the request over another connection |
/// | 502, 503, 504 | RFC 9110 section 15.6: a gateway or an overloaded server |
/// | 520 to 524, 530 | a CDN that got no usable answer of the server behind it |
#[must_use]
pub const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 421 | 425 | 429 | 502..=504 | 520..=524 | 530)
}

/// Whether a write that was refused by this status may have been carried out: a gateway or a CDN
/// passed it on, and does not know what the server behind it did.
///
/// | status | what the gateway knows |
/// |---|---|
/// | 502, 504 | it got no usable answer, or none in time |
/// | 520, 524 | the same, of a CDN |
/// | 522 | the CDN could not connect, or its request was not acknowledged in time |
///
/// 408, 421, 425, 429 and 503 say that the request was not processed; 521, 523 and 530 that the CDN
/// did not reach the server at all.
#[must_use]
pub const fn leaves_write_uncertain(status: u16) -> bool {
    matches!(status, 502 | 504 | 520 | 522 | 524)
}

/// Whether the body of a refusal is the platform's own, `{ error, message }`, and not that of a
/// gateway before it. Its end may have been cut off.
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
