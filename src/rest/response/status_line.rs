//! A status in the words of an error message.

use http::StatusCode;

/// `the server answered 404 Not Found`.
pub(super) fn status_line(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    format!("the server answered {status} {}", reason.unwrap_or_default()).trim_end().to_owned()
}
