//! The cursor over JSON text.

use super::{levels::Levels, run::plain_run, string::RawString};
use crate::protocol::DecodeError;

/// A cursor over JSON text. After an error its position is invalid.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Whether a container was just opened: its first member or element has no comma in front.
    fresh: bool,
}

impl<'a> Scanner<'a> {
    /// A cursor at the start of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, fresh: false }
    }

    /// The next byte that is not whitespace. Consumes the whitespace, but not the byte.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// The cursor's position, for [`Self::since`].
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text between `start` and the cursor.
    #[must_use]
    pub fn since(&self, start: usize) -> &'a str {
        self.slice(start, self.at)
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The text from the cursor on.
    #[must_use]
    pub fn rest_of_text(&self) -> &'a str {
        self.slice(self.at, self.text.len())
    }

    /// Consumes a value of this length, which the caller has validated.
    pub fn step_over(&mut self, length: usize) {
        self.at += length;
    }

    /// Consumes `{`. Continue with [`Self::next_key`].
    ///
    /// # Errors
    /// [`DecodeError::Json`].
    pub fn open_object(&mut self) -> Result<(), DecodeError> {
        self.expect(b'{', "'{'")?;
        self.fresh = true;
        Ok(())
    }

    /// The key of the next member. The cursor is then before its value, which the caller consumes.
    /// `None`: the object has ended.
    ///
    /// # Errors
    /// [`DecodeError::Json`].
    pub fn next_key(&mut self) -> Result<Option<RawString<'a>>, DecodeError> {
        if !self.next_in(b'}', "',' or '}'")? {
            return Ok(None);
        }
        let key = self.string()?;
        self.expect(b':', "':'")?;
        Ok(Some(key))
    }

    /// Consumes `[`. Continue with [`Self::next_element`].
    ///
    /// # Errors
    /// [`DecodeError::Json`].
    pub fn open_array(&mut self) -> Result<(), DecodeError> {
        self.expect(b'[', "'['")?;
        self.fresh = true;
        Ok(())
    }

    /// Whether another element follows. The cursor is then before the element, which the caller
    /// consumes. `false`: the array has ended.
    ///
    /// # Errors
    /// [`DecodeError::Json`].
    pub fn next_element(&mut self) -> Result<bool, DecodeError> {
        self.next_in(b']', "',' or ']'")
    }

    /// Consumes a string.
    ///
    /// # Errors
    /// [`DecodeError::Json`].
    #[inline]
    pub fn string(&mut self) -> Result<RawString<'a>, DecodeError> {
        self.expect(b'"', "a string")?;
        let start = self.at;
        let escaped = self.skip_string_body()?;
        Ok(RawString { raw: self.slice(start, self.at - 1), escaped })
    }

    /// Consumes any value and returns its text.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`].
    #[inline]
    pub fn skip_value(&mut self) -> Result<&'a str, DecodeError> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'{' | b'[') => self.skip_container()?,
            _ => self.skip_scalar(first)?,
        }
        Ok(self.slice(start, self.at))
    }

    /// Checks that nothing but whitespace follows.
    ///
    /// # Errors
    /// [`DecodeError::Json`].
    pub fn finish(&mut self) -> Result<(), DecodeError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("the end")),
        }
    }

    /// After an opening bracket, a member or an element: whether another one follows, or the
    /// closing bracket.
    fn next_in(&mut self, close: u8, expected: &'static str) -> Result<bool, DecodeError> {
        let fresh = std::mem::take(&mut self.fresh);
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ if fresh => Ok(true),
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.error(expected)),
        }
    }

    /// Walks an array or object and everything in it. No recursion: a peer must not decide how much
    /// stack a message uses.
    fn skip_container(&mut self) -> Result<(), DecodeError> {
        let mut levels = Levels::default();
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    let in_object = open == b'{';
                    if !levels.push(in_object) {
                        return Err(DecodeError::TooDeep { at: self.at });
                    }
                    self.at += 1;
                    if self.peek() != Some(if in_object { b'}' } else { b']' }) {
                        if in_object {
                            self.skip_key()?;
                        }
                        continue;
                    }
                    self.at += 1;
                    levels.pop();
                }
                first => self.skip_scalar(first)?,
            }
            while let Some(in_object) = levels.top() {
                match (self.peek(), in_object) {
                    (Some(b','), _) => {
                        self.at += 1;
                        if in_object {
                            self.skip_key()?;
                        }
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        levels.pop();
                    }
                    (_, true) => return Err(self.error("',' or '}'")),
                    (_, false) => return Err(self.error("',' or ']'")),
                }
            }
            if levels.is_empty() {
                return Ok(());
            }
        }
    }

    #[inline]
    fn skip_key(&mut self) -> Result<(), DecodeError> {
        self.expect(b'"', "a member's name")?;
        self.skip_string_body()?;
        self.expect(b':', "':'")
    }

    #[inline]
    fn skip_scalar(&mut self, first: Option<u8>) -> Result<(), DecodeError> {
        match first {
            Some(b'"') => {
                self.at += 1;
                self.skip_string_body().map(drop)
            }
            Some(b'-' | b'0'..=b'9') => self.skip_number(),
            Some(b't') => self.skip_literal("true"),
            Some(b'f') => self.skip_literal("false"),
            Some(b'n') => self.skip_literal("null"),
            _ => Err(self.error("a value")),
        }
    }

    fn skip_literal(&mut self, literal: &'static str) -> Result<(), DecodeError> {
        if !self.rest().starts_with(literal.as_bytes()) {
            return Err(self.error(literal));
        }
        self.at += literal.len();
        Ok(())
    }

    fn skip_number(&mut self) -> Result<(), DecodeError> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.skip_digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.skip_digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.skip_digits()?;
        }
        Ok(())
    }

    fn skip_digits(&mut self) -> Result<(), DecodeError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error("a digit"));
        }
        Ok(())
    }

    /// Consumes a string from behind its opening quote. Returns whether the string has an escape.
    #[inline]
    fn skip_string_body(&mut self) -> Result<bool, DecodeError> {
        let mut escaped = false;
        loop {
            (self.at, _) = plain_run(self.text.as_bytes(), self.at);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.skip_escape()?;
                }
                Some(_) => return Err(self.error("no control character in a string")),
                None => return Err(self.error("'\"'")),
            }
        }
    }

    fn skip_escape(&mut self) -> Result<(), DecodeError> {
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error("a hexadecimal digit"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.error("one of \"\\/bfnrtu after '\\'")),
        }
        Ok(())
    }

    #[inline]
    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), DecodeError> {
        if self.peek() != Some(byte) {
            return Err(self.error(expected));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Both ends are positions of the cursor, next to ASCII, so they are always character
    /// boundaries.
    #[inline]
    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    #[cold]
    fn error(&self, expected: &'static str) -> DecodeError {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        DecodeError::Json { at: self.at, expected, found }
    }
}
