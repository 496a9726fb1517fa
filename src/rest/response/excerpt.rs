//! What an error shows of a body that the client does not understand.

use http::{HeaderMap, header::CONTENT_TYPE};

use crate::transport::{content_encoding, html_page, start_of};

/// How many characters of such a body an error shows.
const MAX_EXCERPT_CHARACTERS: usize = 120;
/// How many bytes of an HTML page are searched for its title.
const MAX_TITLE_SEARCH_BYTES: usize = 4096;

/// Describes a body that is not JSON.
pub(super) fn describe(headers: &HeaderMap, body: &[u8]) -> String {
    if let Some(encoding) = content_encoding(headers, body) {
        return format!(
            "a {encoding}-encoded body, which the client does not decode (it sends Accept-Encoding: identity unless \
             options.headers replaces that)"
        );
    }
    let start = String::from_utf8_lossy(body.get(..MAX_TITLE_SEARCH_BYTES).unwrap_or(body));
    if let Some(page) = html_page(content_type(headers), &start) {
        return page;
    }
    let kind = match content_type(headers) {
        "" => "no content type".to_owned(),
        kind => start_of(kind, MAX_EXCERPT_CHARACTERS),
    };
    format!("a body that is not JSON ({kind}): {}", excerpt(body))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The beginning of a text, or the size of a binary body.
pub(super) fn excerpt(body: &[u8]) -> String {
    // A character has at most four bytes.
    let start = String::from_utf8_lossy(body.get(..4 * MAX_EXCERPT_CHARACTERS).unwrap_or(body));
    let is_odd = |c: &char| *c == char::REPLACEMENT_CHARACTER || c.is_control() && !c.is_ascii_whitespace();
    if 4 * start.chars().filter(is_odd).count() > start.chars().count() {
        return format!("{} bytes of binary data", body.len());
    }
    start_of(&start, MAX_EXCERPT_CHARACTERS)
}
