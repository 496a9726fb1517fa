//! A batch: what JavaScript takes at a time. It is a stream of integers with the doubles and
//! strings that they refer to.
//!
//! | integers | what follows |
//! |---|---|
//! | a shape, 0 or more | an event: its values in order |
//! | [`codes::OBJECT`], [`codes::DICTIONARY`] | an event with inline keys |
//! | [`codes::TEXT`] | nothing: the texts from here on are cut from the next string |
//! | [`codes::JSON_ITEMS`] | nothing: the next string is a JSON array of items |
//! | [`codes::DEFINE`], a number | nothing: the next string is the [`Definition`] of this number |
//!
//! [`tape`](super::tape) describes the values. The first integer of a batch is a flag, see
//! [`Batch::mark_for_filtering`].
//!
//! A string has about 256 units, or holds one event: a substring keeps its whole string alive.
//! Texts travel as Latin-1 or UTF-16, which V8 copies; nothing is decoded on the user's thread.

use super::{
    Definition, codes,
    event::{Event, Values},
    tape::{Style, Text, integer},
    text,
};

/// A text of at most this many bytes is copied as a block, together with what follows it.
const SHORT_TEXT_BYTES: usize = 16;
/// After this many units, the texts of the next event begin another string. Fewer units would hold
/// less memory for a kept text, but V8 takes longer to make more strings.
const STRING_UNITS: usize = 256;
/// After this many bytes, the next item begins another JSON string. V8 stores larger strings
/// separately, at a higher cost.
const JSON_BYTES: usize = 64 << 10;
/// A batch with this many integers is full.
const MAX_INTEGERS: usize = 16 << 10;
/// The memory of each buffer that an emptied batch keeps.
const SPARE_BYTES: usize = 2 * Batch::MAX_BYTES;

/// One batch.
#[derive(Debug)]
pub struct Batch {
    /// The first one is the flag of [`Self::mark_for_filtering`].
    integers: Vec<i32>,
    doubles: Vec<f64>,
    strings: Vec<StringRef>,
    latin1: Vec<u8>,
    utf16: Vec<u16>,
    json: String,
    /// The contents of `json`, in order.
    entries: Vec<JsonEntry>,
    /// The start of the current string in its buffer.
    string_start: usize,
    /// Whether the latest event did not fit Latin-1: the next one probably does not, either.
    is_utf16: bool,
    items: usize,
    events: usize,
}

/// A string: its buffer, and its end in the buffer.
#[derive(Clone, Copy, Debug)]
enum StringRef {
    Latin1(usize),
    Utf16(usize),
    Json(usize),
}

/// A part of `json`.
#[derive(Clone, Copy, Debug)]
struct JsonEntry {
    kind: EntryKind,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    Event,
    Notice,
    Definition(u32),
}

/// What stays when the events of a batch are dropped, see [`Batch::retained`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retained<'a> {
    /// An item that is a notice.
    Notice(&'a str),
    /// The definition of the shape or key with this number.
    Definition(u32, &'a str),
}

/// A string in the encoding in which V8 copies it fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringData<'a> {
    /// Latin-1, one byte per character.
    Latin1(&'a [u8]),
    /// UTF-16, perhaps with lone surrogates.
    Utf16(&'a [u16]),
    /// UTF-8.
    Utf8(&'a str),
}

/// A text does not fit Latin-1.
struct NotLatin1;

impl Default for Batch {
    fn default() -> Self {
        Self {
            integers: vec![0],
            doubles: Vec::new(),
            strings: Vec::new(),
            latin1: Vec::new(),
            utf16: Vec::new(),
            json: String::new(),
            entries: Vec::new(),
            string_start: 0,
            is_utf16: false,
            items: 0,
            events: 0,
        }
    }
}

impl Batch {
    /// A batch with this many items is full.
    pub const MAX_ITEMS: usize = 1024;
    /// A batch with this many bytes of text is full.
    pub const MAX_BYTES: usize = 256 << 10;

    /// Appends an event, preceded by the definitions that JavaScript needs for it.
    pub fn push_event(&mut self, event: Event<'_>) {
        let text = event.text();
        let (definitions, values) = event.encode();
        for definition in &definitions {
            self.define(definition);
        }
        match values {
            Some(values) => self.push_values(&values),
            None => self.push_json(true, |json| json.push_str(text)),
        }
    }

    /// Appends an object by its values.
    pub(crate) fn push_values(&mut self, values: &Values<'_>) {
        let marks = (self.integers.len(), self.doubles.len(), self.strings.len(), self.latin1.len(), self.string_start);
        if self.is_utf16 || self.encode::<false>(values).is_err() {
            self.integers.truncate(marks.0);
            self.doubles.truncate(marks.1);
            self.strings.truncate(marks.2);
            self.latin1.truncate(marks.3);
            self.string_start = marks.4;
            // UTF-16 holds every text.
            let _ = self.encode::<true>(values);
        }
        self.items += 1;
        self.events += 1;
    }

    /// Appends an item as JSON text.
    pub fn push_json(&mut self, is_event: bool, write: impl FnOnce(&mut String)) {
        match self.strings.last() {
            // Another item of the same array: the comma replaces the closing bracket.
            Some(StringRef::Json(_))
                if self.json.ends_with(']') && self.json.len() - self.string_start < JSON_BYTES =>
            {
                self.json.pop();
                self.json.push(',');
            }
            _ => {
                self.integers.push(codes::JSON_ITEMS);
                self.strings.push(StringRef::Json(0));
                self.string_start = self.json.len();
                self.json.push('[');
            }
        }
        let kind = if is_event { EntryKind::Event } else { EntryKind::Notice };
        self.push_entry(kind, write);
        self.json.push(']');
        self.close_json();
        self.items += 1;
        self.events += usize::from(is_event);
    }

    /// Appends the definition of a shape or a key.
    pub fn define(&mut self, definition: &Definition) {
        self.integers.extend([codes::DEFINE, integer(definition.number as usize)]);
        self.strings.push(StringRef::Json(0));
        self.string_start = self.json.len();
        self.push_entry(EntryKind::Definition(definition.number), |json| json.push_str(&definition.description));
        // Without a closing bracket, the next item begins a string of its own.
        self.json.push(' ');
        self.close_json();
    }

    /// Tells JavaScript to check each event of this batch: a subscription or channel has ended, so
    /// some events may be unwanted by now.
    pub fn mark_for_filtering(&mut self) {
        if let Some(first) = self.integers.first_mut() {
            *first = 1;
        }
    }

    /// Whether [`Self::mark_for_filtering`] was called.
    #[must_use]
    pub fn is_to_be_filtered(&self) -> bool {
        self.integers.first() == Some(&1)
    }

    /// What has to stay when the events are dropped: notices and definitions.
    pub fn retained(&self) -> impl Iterator<Item = Retained<'_>> {
        self.entries.iter().filter_map(|entry| {
            let text = self.json.get(entry.start..entry.end).unwrap_or_default();
            match entry.kind {
                EntryKind::Event => None,
                EntryKind::Notice => Some(Retained::Notice(text)),
                EntryKind::Definition(number) => Some(Retained::Definition(number, text)),
            }
        })
    }

    /// Empties the batch, and keeps the memory that a usual one needs.
    pub fn clear(&mut self) {
        self.integers.truncate(1);
        self.integers.fill(0);
        self.doubles.clear();
        self.strings.clear();
        self.latin1.clear();
        self.utf16.clear();
        self.json.clear();
        self.entries.clear();
        (self.string_start, self.items, self.events) = (0, 0, 0);
        self.latin1.shrink_to(SPARE_BYTES);
        self.json.shrink_to(SPARE_BYTES);
        self.utf16.shrink_to(SPARE_BYTES / 2);
        self.integers.shrink_to(SPARE_BYTES / 4);
        self.doubles.shrink_to(SPARE_BYTES / 8);
    }

    /// Whether the batch should be closed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.items >= Self::MAX_ITEMS
            || self.integers.len() >= MAX_INTEGERS
            || self.latin1.len() + 2 * self.utf16.len() + self.json.len() >= Self::MAX_BYTES
    }

    /// The number of items, and the number of events among them.
    #[must_use]
    pub const fn count(&self) -> (usize, usize) {
        (self.items, self.events)
    }

    /// The number of bytes; 0 for an empty batch.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        let numbers = 4 * (self.integers.len() - 1) + 8 * self.doubles.len();
        numbers + self.latin1.len() + 2 * self.utf16.len() + self.json.len()
    }

    /// The stream; the first integer is the flag.
    #[must_use]
    pub fn integers(&self) -> &[i32] {
        &self.integers
    }

    /// The doubles, in the order in which the stream refers to them.
    #[must_use]
    pub fn doubles(&self) -> &[f64] {
        &self.doubles
    }

    /// The strings, in the order in which the stream refers to them.
    pub fn strings(&self) -> impl Iterator<Item = StringData<'_>> {
        let (mut latin1, mut utf16, mut json) = (0, 0, 0);
        self.strings.iter().map(move |string| match *string {
            StringRef::Latin1(end) => {
                StringData::Latin1(self.latin1.get(std::mem::replace(&mut latin1, end)..end).unwrap_or_default())
            }
            StringRef::Utf16(end) => {
                StringData::Utf16(self.utf16.get(std::mem::replace(&mut utf16, end)..end).unwrap_or_default())
            }
            StringRef::Json(end) => {
                let text = self.json.get(std::mem::replace(&mut json, end)..end).unwrap_or_default();
                if text.is_ascii() { StringData::Latin1(text.as_bytes()) } else { StringData::Utf8(text) }
            }
        })
    }

    fn push_entry(&mut self, kind: EntryKind, write: impl FnOnce(&mut String)) {
        let start = self.json.len();
        write(&mut self.json);
        self.entries.push(JsonEntry { kind, start, end: self.json.len() });
    }

    fn close_json(&mut self) {
        if let Some(last) = self.strings.last_mut() {
            *last = StringRef::Json(self.json.len());
        }
    }

    fn encode<const UTF16: bool>(&mut self, values: &Values<'_>) -> Result<(), NotLatin1> {
        let Values { shape, tape, text } = *values;
        let start = self.open_string::<UTF16>();
        self.integers.extend(shape.map(|shape| integer(shape as usize)));
        self.doubles.extend_from_slice(tape.doubles());
        self.is_utf16 = false;
        let first = self.integers.len();
        self.integers.extend_from_slice(tape.codes());
        for of in tape.texts() {
            let length = if UTF16 {
                self.push_utf16(text, of);
                self.utf16.len()
            } else {
                self.push_latin1(text, of)?;
                self.latin1.len()
            };
            if let Some(code) = self.integers.get_mut(first + of.index()) {
                *code = integer(length - start);
            }
        }
        if let Some(last) = self.strings.last_mut() {
            *last = if UTF16 { StringRef::Utf16(self.utf16.len()) } else { StringRef::Latin1(self.latin1.len()) };
        }
        Ok(())
    }

    /// Begins another string if the current one has no room. Returns the start of the string.
    fn open_string<const UTF16: bool>(&mut self) -> usize {
        let length = match self.strings.last() {
            Some(StringRef::Latin1(end)) if !UTF16 => *end,
            Some(StringRef::Utf16(end)) if UTF16 => *end,
            _ => usize::MAX,
        };
        if length.saturating_sub(self.string_start) >= STRING_UNITS {
            self.integers.push(codes::TEXT);
            self.string_start = if UTF16 { self.utf16.len() } else { self.latin1.len() };
            self.strings.push(if UTF16 {
                StringRef::Utf16(self.string_start)
            } else {
                StringRef::Latin1(self.string_start)
            });
        }
        self.string_start
    }

    #[inline]
    fn push_latin1(&mut self, text: &str, of: &Text) -> Result<(), NotLatin1> {
        let range = of.range();
        if of.style != Style::Ascii {
            let raw = text.get(range).unwrap_or_default();
            return if text::to_latin1(raw, of.style, &mut self.latin1) { Ok(()) } else { Err(NotLatin1) };
        }
        let length = range.end - range.start;
        match text.as_bytes().get(range.start..).and_then(<[u8]>::first_chunk::<SHORT_TEXT_BYTES>) {
            // Most texts are short. Copying a block of constant size and truncating it is faster.
            Some(block) if length <= SHORT_TEXT_BYTES => {
                let end = self.latin1.len() + length;
                self.latin1.extend_from_slice(block);
                self.latin1.truncate(end);
            }
            _ => self.latin1.extend_from_slice(text.as_bytes().get(range).unwrap_or_default()),
        }
        Ok(())
    }

    fn push_utf16(&mut self, text: &str, of: &Text) {
        if of.style == Style::Ascii {
            self.utf16.extend(text.as_bytes().get(of.range()).unwrap_or_default().iter().map(|&byte| u16::from(byte)));
            return;
        }
        let raw = text.get(of.range()).unwrap_or_default();
        self.is_utf16 |= text::to_utf16(raw, of.style, &mut self.utf16);
    }
}
