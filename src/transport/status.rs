//! The one table of HTTP statuses that a later attempt can change, for sockets and requests alike.

/// Whether the same request can succeed a moment later, by the meaning of its status alone.
///
/// | status | why |
/// |---|---|
/// | 408, 425, 429 | RFC 9110 section 15.5.9, RFC 8470, RFC 6585: the client may repeat the request |
/// | 502, 503, 504 | RFC 9110 section 15.6: a gateway or an overloaded server |
/// | 520 to 524, 530 | a CDN that could not reach the server behind it |
#[must_use]
pub const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 502..=504 | 520..=524 | 530)
}
