//! JSON strings: their escapes, and how to write one.

use std::borrow::Cow;

/// A validated string without its quotes, with its escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawString<'a> {
    pub(super) raw: &'a str,
    pub(super) escaped: bool,
}

impl<'a> RawString<'a> {
    /// The text between the quotes, with its escapes.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.raw
    }

    /// The characters of the string. A lone surrogate becomes U+FFFD.
    #[must_use]
    #[inline]
    pub fn decode(self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape_body(self.raw)) } else { Cow::Borrowed(self.raw) }
    }
}

/// Appends `text` to `out` as a JSON string with its quotes.
pub fn quote(text: &str, out: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0'..='\x1f' => {
                let digit = HEX.get(character as usize % 16).copied().unwrap_or_default();
                out.push_str(if character < '\x10' { "\\u000" } else { "\\u001" });
                out.push(digit);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

fn unescape_body(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut characters = escape.chars();
        match characters.next() {
            Some('b') => out.push('\x08'),
            Some('f') => out.push('\x0c'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (character, length) = unescape_unicode(characters.as_str());
                out.push(character);
                rest = characters.as_str().get(length..).unwrap_or_default();
                continue;
            }
            Some(itself) => out.push(itself),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out
}

/// The character of an escape whose `\u` is followed by `digits`, and the number of bytes it takes
/// after `\u`.
fn unescape_unicode(digits: &str) -> (char, usize) {
    let unit = |at: usize| digits.get(at..at + 4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let high = unit(0).unwrap_or(0xfffd);
    let low = if digits.get(4..6) == Some("\\u") { unit(6) } else { None };
    let pair = [high, low.unwrap_or_default()];
    match char::decode_utf16(pair).next() {
        Some(Ok(character)) if character.len_utf16() == 2 => (character, 10),
        Some(Ok(character)) => (character, 4),
        _ => (char::REPLACEMENT_CHARACTER, 4),
    }
}
