//! What JavaScript is handed at a time: a stream of integers that says what comes, and what it refers to.
//!
//! | integer | what follows |
//! |---|---|
//! | a shape, 0 or more | an event: its values in order |
//! | less than [`DEFINE`] | an event that is spelt out |
//! | [`TEXT`] | from here on texts are cut from the next string |
//! | [`JSON`] | items as the text of a JSON array: the next string |
//! | [`DEFINE`], a number | what the shape or the key is: the next string, see [`Definition`](super::Definition) |
//!
//! Values are what [tape](super::tape) says. `lib/shapes/codes.js` has the same numbers.
//!
//! Strings hold about a kilobyte, or one event: a substring keeps all of its string alive. One that fits Latin-1 is made by
//! a plain copy, as is one of 16-bit units; no text is decoded on the user's thread.

use super::{
    Definition,
    event::{Event, Values},
    tape::{Style, Text, index},
    text,
};

const TEXT: i32 = -1;
const JSON: i32 = -2;
const DEFINE: i32 = -3;

/// A text of so many bytes or less is copied with what follows it.
const SHORT: usize = 16;
/// A string of texts is closed at this many units.
const STRING_UNITS: usize = 1024;
/// A string of JSON is closed at this many bytes: V8 keeps larger ones apart, at a higher price.
const JSON_BYTES: usize = 64 << 10;
/// A batch is closed when it holds this much of anything.
const BATCH_ITEMS: usize = 1024;
const BATCH_BYTES: usize = 256 << 10;
const BATCH_INTEGERS: usize = 16 << 10;
/// The room, in bytes of each kind, that an emptied batch keeps: that of a full one.
const SPARE_BYTES: usize = 2 * BATCH_BYTES;

/// One batch.
#[derive(Debug)]
pub struct Batch {
    /// The first one says whether events must be wanted still.
    integers: Vec<i32>,
    doubles: Vec<f64>,
    strings: Vec<StringRef>,
    latin1: Vec<u8>,
    utf16: Vec<u16>,
    json: String,
    /// What `json` holds, in order.
    entries: Vec<JsonEntry>,
    /// Where the present string began in its buffer.
    began: usize,
    /// Whether the latest event's texts were utf16: the next one's probably are, too.
    is_utf16: bool,
    items: usize,
    events: usize,
}

/// A string: in which buffer, and where it ends there.
#[derive(Clone, Copy, Debug)]
enum StringRef {
    Latin1(usize),
    Utf16(usize),
    Json(usize),
}

/// A text in `json`: from `start` to `end`.
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

/// What is no event, see [`Batch::retained`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retained<'a> {
    /// An item that is a notice.
    Notice(&'a str),
    /// What the shape, or the key, of this number is.
    Definition(u32, &'a str),
}

/// A string, ready to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringData<'a> {
    /// One byte a character.
    Latin1(&'a [u8]),
    /// UTF-16; surrogates may stand alone.
    Utf16(&'a [u16]),
    /// UTF-8.
    Utf8(&'a str),
}

/// A text has characters beyond Latin-1.
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
            began: 0,
            is_utf16: false,
            items: 0,
            events: 0,
        }
    }
}

impl Batch {
    /// It is full at this many items, or bytes.
    pub const MAX_ITEMS: usize = BATCH_ITEMS;
    /// See [`Self::MAX_ITEMS`].
    pub const MAX_BYTES: usize = BATCH_BYTES;

    /// Appends an event, and before it the definitions that it needs.
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

    /// Appends an object's values.
    pub(crate) fn push_values(&mut self, values: &Values<'_>) {
        let marks = (self.integers.len(), self.doubles.len(), self.strings.len(), self.latin1.len(), self.began);
        if self.is_utf16 || self.encode::<false>(values).is_err() {
            self.integers.truncate(marks.0);
            self.doubles.truncate(marks.1);
            self.strings.truncate(marks.2);
            self.latin1.truncate(marks.3);
            self.began = marks.4;
            // Cannot fail.
            let _ = self.encode::<true>(values);
        }
        self.items += 1;
        self.events += 1;
    }

    /// Appends an item as JSON text.
    pub fn push_json(&mut self, is_event: bool, write: impl FnOnce(&mut String)) {
        match self.strings.last() {
            // The bracket is written over.
            Some(StringRef::Json(_)) if self.json.ends_with(']') && self.json.len() - self.began < JSON_BYTES => {
                self.json.pop();
                self.json.push(',');
            }
            _ => {
                self.integers.push(JSON);
                self.strings.push(StringRef::Json(0));
                self.began = self.json.len();
                self.json.push('[');
            }
        }
        let kind = if is_event { EntryKind::Event } else { EntryKind::Notice };
        self.note(kind, write);
        self.json.push(']');
        self.close_json();
        self.items += 1;
        self.events += usize::from(is_event);
    }

    /// Appends what a shape is.
    pub fn define(&mut self, definition: &Definition) {
        self.integers.extend([DEFINE, index(definition.number as usize)]);
        self.strings.push(StringRef::Json(0));
        self.began = self.json.len();
        self.note(EntryKind::Definition(definition.number), |json| json.push_str(&definition.description));
        // Not a bracket: what follows is another string.
        self.json.push(' ');
        self.close_json();
    }

    /// From now on the events are to be checked: some may not be wanted any more.
    pub fn recheck(&mut self) {
        if let Some(first) = self.integers.first_mut() {
            *first = 1;
        }
    }

    /// Whether [`Self::recheck`] was called.
    #[must_use]
    pub fn is_to_be_checked(&self) -> bool {
        self.integers.first() == Some(&1)
    }

    /// What would be left without the events: the notices, and what shapes are.
    pub fn retained(&self) -> impl Iterator<Item = Retained<'_>> {
        self.entries.iter().filter_map(|note| {
            let text = self.json.get(note.start..note.end).unwrap_or_default();
            match note.kind {
                EntryKind::Event => None,
                EntryKind::Notice => Some(Retained::Notice(text)),
                EntryKind::Definition(number) => Some(Retained::Definition(number, text)),
            }
        })
    }

    /// Empties it, and keeps room threshold for a usual one.
    pub fn clear(&mut self) {
        self.integers.truncate(1);
        self.integers.fill(0);
        self.doubles.clear();
        self.strings.clear();
        self.latin1.clear();
        self.utf16.clear();
        self.json.clear();
        self.entries.clear();
        (self.began, self.items, self.events) = (0, 0, 0);
        self.latin1.shrink_to(SPARE_BYTES);
        self.json.shrink_to(SPARE_BYTES);
        self.utf16.shrink_to(SPARE_BYTES / 2);
        self.integers.shrink_to(SPARE_BYTES / 4);
        self.doubles.shrink_to(SPARE_BYTES / 8);
    }

    /// Whether no more is to be appended.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.items >= BATCH_ITEMS
            || self.integers.len() >= BATCH_INTEGERS
            || self.latin1.len() + 2 * self.utf16.len() + self.json.len() >= BATCH_BYTES
    }

    /// How many items it holds, and how many of them are events.
    #[must_use]
    pub const fn count(&self) -> (usize, usize) {
        (self.items, self.events)
    }

    /// How many bytes it holds: none when it is empty.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        let numbers = 4 * (self.integers.len() - 1) + 8 * self.doubles.len();
        numbers + self.latin1.len() + 2 * self.utf16.len() + self.json.len()
    }

    /// The stream.
    #[must_use]
    pub fn integers(&self) -> &[i32] {
        &self.integers
    }

    /// The numbers it refers to.
    #[must_use]
    pub fn doubles(&self) -> &[f64] {
        &self.doubles
    }

    /// The strings it refers to.
    pub fn strings(&self) -> impl Iterator<Item = StringData<'_>> {
        let (mut latin1, mut utf16, mut json) = (0, 0, 0);
        self.strings.iter().map(move |piece| match *piece {
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

    fn note(&mut self, kind: EntryKind, write: impl FnOnce(&mut String)) {
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
        let began = self.open::<UTF16>();
        self.integers.extend(shape.map(|shape| index(shape as usize)));
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
            if let Some(code) = self.integers.get_mut(first + of.slot()) {
                *code = index(length - began);
            }
        }
        if let Some(last) = self.strings.last_mut() {
            *last = if UTF16 { StringRef::Utf16(self.utf16.len()) } else { StringRef::Latin1(self.latin1.len()) };
        }
        Ok(())
    }

    /// Sees to it that there is a string with room for the texts of one more event; gives where it began.
    fn open<const UTF16: bool>(&mut self) -> usize {
        let length = match self.strings.last() {
            Some(StringRef::Latin1(end)) if !UTF16 => *end,
            Some(StringRef::Utf16(end)) if UTF16 => *end,
            _ => usize::MAX,
        };
        if length.saturating_sub(self.began) >= STRING_UNITS {
            self.integers.push(TEXT);
            self.began = if UTF16 { self.utf16.len() } else { self.latin1.len() };
            self.strings.push(if UTF16 { StringRef::Utf16(self.began) } else { StringRef::Latin1(self.began) });
        }
        self.began
    }

    #[inline]
    fn push_latin1(&mut self, text: &str, of: &Text) -> Result<(), NotLatin1> {
        let place = of.place();
        if of.style != Style::Ascii {
            let raw = text.get(place).unwrap_or_default();
            return if text::to_latin1(raw, of.style, &mut self.latin1) { Ok(()) } else { Err(NotLatin1) };
        }
        let length = place.end - place.start;
        match text.as_bytes().get(place.start..).and_then(<[u8]>::first_chunk::<SHORT>) {
            // Most texts are short. So many bytes are copied in one go, and those behind the text are cut off again.
            Some(block) if length <= SHORT => {
                let end = self.latin1.len() + length;
                self.latin1.extend_from_slice(block);
                self.latin1.truncate(end);
            }
            _ => self.latin1.extend_from_slice(text.as_bytes().get(place).unwrap_or_default()),
        }
        Ok(())
    }

    fn push_utf16(&mut self, text: &str, of: &Text) {
        if of.style == Style::Ascii {
            self.utf16.extend(text.as_bytes().get(of.place()).unwrap_or_default().iter().map(|&byte| u16::from(byte)));
            return;
        }
        let raw = text.get(of.place()).unwrap_or_default();
        self.is_utf16 |= text::to_utf16(raw, of.style, &mut self.utf16);
    }
}
