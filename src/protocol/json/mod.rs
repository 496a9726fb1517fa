//! A strict JSON cursor (RFC 8259) that validates while it walks and builds nothing.
//!
//! It accepts what `JSON.parse` accepts, except nesting beyond
//! [`MAX_DEPTH`](super::limits::MAX_DEPTH). It reads every byte of an event whose shape is unknown
//! once, string bodies 16 bytes at a time.

mod levels;
mod run;
mod scanner;
mod string;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::DecodeError;

pub use self::{
    run::{plain_run, short_run},
    scanner::Scanner,
    string::{RawString, quote},
};

/// Removes the byte order mark that a peer may put in front of a document (RFC 8259, section 8.1).
#[must_use]
pub fn skip_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Checks that `text` is one JSON value.
///
/// # Errors
/// [`DecodeError::Json`], [`DecodeError::TooDeep`].
pub fn validate(text: &str) -> Result<(), DecodeError> {
    let mut scanner = Scanner::new(text);
    scanner.skip_value()?;
    scanner.finish()
}

/// The characters of `value`, a JSON string with its quotes. `None`: the value is not a string.
#[must_use]
pub fn unescape(value: &str) -> Option<Cow<'_, str>> {
    Scanner::new(value).string().ok().map(RawString::decode)
}
