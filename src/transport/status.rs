//! The one table of HTTP statuses that a later attempt can change, for sockets and requests alike.

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

/// Whether a write that was refused by this status may have been carried out: a gateway or a CDN passed it on, and does
/// not know what the server behind it did.
///
/// | status | what the gateway knows |
/// |---|---|
/// | 502, 504 | it got no usable answer, or none in time |
/// | 520, 524 | the same, of a CDN |
/// | 522 | the CDN could not connect, or its request was not acknowledged in time |
///
/// 408, 421, 425, 429 and 503 say that the request was not processed; 521, 523 and 530 that the CDN did not reach the
/// server at all.
#[must_use]
pub const fn leaves_write_uncertain(status: u16) -> bool {
    matches!(status, 502 | 504 | 520 | 522 | 524)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_uncertain_only_where_repeating_it_can_help() {
        for status in 100..600 {
            assert!(is_transient(status) || !leaves_write_uncertain(status), "{status}");
        }
    }
}
