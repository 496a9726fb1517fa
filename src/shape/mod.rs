//! Events by their shape. Most events of a topic have the same keys in the same order, and only a
//! few of their values differ.
//!
//! [`Shapes`] recognizes an event of a known shape in one strict pass over its text. The pass finds
//! the values and what the session has to know of the event. An [`Event`] carries the values into a
//! [`Batch`]: texts into one string, numbers into arrays. JavaScript builds the object from them
//! with code that it generated once for the shape, many times faster than `JSON.parse`.
//!
//! An event of an unknown shape is encoded with inline keys. The same walk infers its schema and
//! learns the shape once it has repeated.
//!
//! The rule for all of it: what arrives is what `JSON.parse` would have made of the text, or the
//! text goes through `JSON.parse`.

mod admission;
mod batch;
pub mod codes;
mod event;
mod inline_keys;
mod schema;
mod tape;
mod text;
mod trie;
mod value;

use std::{borrow::Cow, ops::Range};

use self::{
    admission::AdmissionFilter,
    inline_keys::Keys,
    schema::{Members, Place, Schema},
    tape::{Kind, Tape},
    trie::{ELEMENT, EVENT, Next, Trie},
};
pub use self::{
    batch::{Batch, Retained, StringData},
    event::Event,
};
use crate::protocol::{
    event::{Envelope, Recognizer},
    json::{RawString, Scanner, plain_run},
};

/// When the shapes exceed one of these bounds, all of them are forgotten. JavaScript keeps
/// something for each shape, too.
const MAX_SHAPES: usize = 512;
const MAX_STATES: usize = 16_384;
const MAX_TRIE_BYTES: usize = 512 << 10;
/// An event with more codes travels as JSON text. This bounds the arrays of a batch.
const MAX_CODES: usize = 12 << 10;
/// A longer event travels as JSON text, so that the ends of texts fit the codes.
const MAX_TEXT_BYTES: usize = 16 << 20;
/// How deep lists may nest, and objects with inline keys.
const MAX_DEPTH: usize = 16;

/// The definition of a learned shape or key. JavaScript needs it before the first event that uses
/// it.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// The number of the shape, or of the key from [`codes::FIRST_KEY`] on.
    pub number: u32,
    /// The keys of a shape with the kinds of their values (a JSON array), or a key (a JSON string).
    pub description: String,
}

/// The shapes that one client, or one decoder of single texts, knows.
#[derive(Debug)]
pub struct Shapes {
    trie: Trie,
    /// No element of a list, and no inline key, is read after this many codes.
    max_codes: usize,
    /// The places of an event's members, by shape. `None`: objects of the shape are not events.
    members: Vec<Option<Members>>,
    filter: AdmissionFilter,
    /// Whether the current event is a sample, in which shapes are observed.
    is_observed: bool,
    keys: Keys,
    /// Definitions that JavaScript does not have yet.
    pending_definitions: Vec<Definition>,
    /// The values of the current event.
    tape: Tape,
    /// The start of each piece of the current event: 0, and the end of each value outside of lists.
    piece_starts: Vec<usize>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self::with_max_codes(MAX_CODES)
    }
}

impl Recognizer for Shapes {
    type Event<'a> = Event<'a>;

    #[inline]
    fn recognize<'a>(&mut self, text: &'a str) -> Option<Envelope<'a>> {
        let (shape, end) = self.recognize_object(text)?;
        let members = self.members.get(shape as usize)?.as_ref()?;
        let at = |place: &Place| self.piece_starts.get(place.piece).map(|start| start + place.offset);
        let place = |member: &Option<Range<Place>>| {
            let member = member.as_ref()?;
            Some(at(&member.start)?..at(&member.end)?)
        };
        let find = |member| text.get(place(member)?);
        Some(Envelope {
            text: text.get(..end)?,
            id: name(text, place(&members.id)?)?,
            topic: name(text, place(&members.topic)?)?,
            source: find(&members.source),
            kind: find(&members.kind),
            payload: find(&members.payload),
            shape: Some(shape),
        })
    }

    #[inline]
    fn accept<'a>(&'a mut self, text: &'a str, shape: Option<u32>) -> Event<'a> {
        Event::new(self, text, shape)
    }

    fn decline(&mut self, text: &str) {
        self.observe(text);
    }
}

impl Shapes {
    /// Knows no shape yet. An object with more than about `max_codes` values travels as JSON text.
    #[must_use]
    pub fn with_max_codes(max_codes: usize) -> Self {
        Self {
            trie: Trie::default(),
            max_codes,
            members: Vec::new(),
            filter: AdmissionFilter::default(),
            is_observed: false,
            keys: Keys::default(),
            pending_definitions: Vec::new(),
            tape: Tape::default(),
            piece_starts: Vec::new(),
        }
    }

    /// Reads an object that is the whole of `text`. It need not be an event.
    pub(crate) fn read_object<'a>(&'a mut self, text: &'a str) -> Event<'a> {
        let found = self.recognize_object(text).filter(|(_, end)| *end == text.len());
        Event::new(self, text, found.map(|(shape, _)| shape))
    }

    /// The shape of the object at the start of `text`, and its end.
    #[inline]
    fn recognize_object(&mut self, text: &str) -> Option<(u32, usize)> {
        self.tape.clear();
        self.piece_starts.clear();
        self.piece_starts.push(0);
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        self.object::<true>(text, 0, 0)
    }

    /// Recognizes the object at `at` and writes its values to the tape. Returns its shape and its
    /// end. Of an event it also notes the pieces.
    fn object<const IS_EVENT: bool>(&mut self, text: &str, mut at: usize, lists: usize) -> Option<(u32, usize)> {
        let bytes = text.as_bytes();
        let mut state = if IS_EVENT { EVENT } else { ELEMENT };
        loop {
            let mut step = self.trie.follow(state, bytes, at)?;
            at = loop {
                let end = match step.next {
                    Next::Scalar => value::scalar(text, step.at, &mut self.tape),
                    Next::List => self.list::<false>(text, step.at, lists + 1),
                    Next::End(shape) => return Some((shape, step.at)),
                };
                match end {
                    Some(end) => break end,
                    None => step = self.trie.follow_another(state, bytes, at, step)?,
                }
            };
            state = step.state;
            if IS_EVENT {
                self.piece_starts.push(at);
            }
        }
    }

    /// Writes the elements of a list to the tape; `at` is behind its opening bracket. Returns its
    /// end. With `INLINE`, objects of unknown shapes get inline keys.
    fn list<const INLINE: bool>(&mut self, text: &str, mut at: usize, lists: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        if lists > MAX_DEPTH {
            return None;
        }
        if bytes.get(at) == Some(&b']') {
            self.tape.end_list();
            return Some(at + 1);
        }
        // The current run: its kind, and the handle of its count.
        let mut run = None;
        loop {
            let index = self.tape.len();
            if index > self.max_codes {
                return None;
            }
            let kind;
            (kind, at) = match bytes.get(at)? {
                b'{' if INLINE => self.element(text, at, lists)?,
                b'{' => {
                    let (shape, end) = self.object::<false>(text, at, lists)?;
                    (Kind::Objects(shape), end)
                }
                b'[' => (Kind::Lists, self.list::<INLINE>(text, at + 1, lists + 1)?),
                _ => (Kind::Scalars, value::scalar(text, at, &mut self.tape)?),
            };
            match run {
                Some((of, count)) if of == kind => self.tape.lengthen_run(count),
                _ => run = Some((kind, self.tape.begin_run(index, kind))),
            }
            match bytes.get(at)? {
                b',' => at += 1,
                b']' => {
                    self.tape.end_list();
                    return Some(at + 1);
                }
                _ => return None,
            }
        }
    }

    /// Writes the object at `at` to the tape: by its shape, or with inline keys.
    fn element(&mut self, text: &str, at: usize, lists: usize) -> Option<(Kind, usize)> {
        let mark = self.tape.mark();
        if let Some((shape, end)) = self.object::<false>(text, at, lists) {
            return Some((Kind::Objects(shape), end));
        }
        self.tape.rewind(mark);
        let mut scanner = Scanner::new(text);
        scanner.step_over(at);
        self.write_object(&mut scanner, ELEMENT, lists)?;
        Some((Kind::Inline, scanner.position()))
    }

    /// Learns the shape of an object that repeats. `None`: all other shapes were forgotten to make
    /// room, so the current tape is invalid.
    fn learn(&mut self, root: usize, text: &str, schema: Schema<'_>) -> Option<()> {
        let pieces = || schema.pieces.iter().filter_map(|piece| text.as_bytes().get(piece.clone()));
        if self.trie.contains(root, pieces()) || !self.filter.observe(pieces()) {
            return Some(());
        }
        let is_full = self.is_full();
        if is_full {
            self.forget();
        }
        let shape = u32::try_from(self.members.len()).ok()?;
        self.trie.insert(root, pieces(), shape)?;
        self.members.push(Some(schema.members).filter(|members| members.id.is_some() && members.topic.is_some()));
        self.pending_definitions.push(Definition { number: shape, description: schema.description });
        (!is_full).then_some(())
    }

    fn is_full(&self) -> bool {
        let (states, bytes) = self.trie.size();
        self.members.len() >= MAX_SHAPES || states >= MAX_STATES || bytes >= MAX_TRIE_BYTES
    }

    /// Forgets everything, and learns more slowly from now on.
    fn forget(&mut self) {
        self.trie = Trie::default();
        self.members.clear();
        self.keys = Keys::default();
        self.pending_definitions.clear();
        self.filter.raise_threshold();
    }
}

/// A name: a string that is not empty, as [`Envelope::scan`] requires.
#[inline]
fn name(text: &str, range: Range<usize>) -> Option<Cow<'_, str>> {
    let json = text.get(range.clone())?;
    let body = json.strip_prefix('"')?.strip_suffix('"')?;
    match plain_run(text.as_bytes(), range.start + 1).0 {
        _ if body.is_empty() => None,
        end if end + 1 == range.end => Some(Cow::Borrowed(body)),
        _ => Scanner::new(json).string().ok().map(RawString::decode),
    }
}
