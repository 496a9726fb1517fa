//! Events by their shape: most events of a topic have the same keys in the same order, and differ in a few values only.
//!
//! [`Shapes`] recognises an event whose shape it knows in one strict pass over its text, which finds the values and all a
//! session wants to know of the event. A [`Batch`] takes those values: texts into one string, numbers into arrays. From them
//! code that JavaScript has made once for the shape builds the object, many times faster than `JSON.parse` could.
//! What has no known shape is spelt out, member by member; a shape that is met again and again is learned.
//!
//! The rule for all of it: what arrives is what `JSON.parse` would have made of the text, or it goes through `JSON.parse`.

mod admission;
mod batch;
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

/// What JavaScript keeps and is sent for a client's shapes is bounded by these; beyond them all are forgotten.
const MAX_SHAPES: usize = 512;
const MAX_STATES: usize = 16_384;
const MAX_BYTES: usize = 512 << 10;
/// An event with more values, and marks between those of lists, travels as JSON text. So the arrays of a batch are bounded.
const MAX_CODES: usize = 12 << 10;
/// As an event with a longer text does, so that places in it fit the integers of a batch.
const MAX_TEXT_BYTES: usize = 16 << 20;
/// How deep arrays may nest in an event that is recognised.
const MAX_LIST_DEPTH: usize = 16;

/// A shape or a key that was learned: JavaScript must be told before the first event of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its number. Those of keys are larger.
    pub number: u32,
    /// The keys of a shape, a JSON array, see `lib/shapes/builder.js`; or a key, a JSON string.
    pub description: String,
}

/// The shapes that one client knows, or one decoder of single texts.
#[derive(Debug)]
pub struct Shapes {
    trie: Trie,
    /// No element of a list is read behind so many codes.
    max_codes: usize,
    /// By shape: where an event's members are; `None` where there are too few for an event.
    members: Vec<Option<Members>>,
    filter: AdmissionFilter,
    /// Whether the shapes in the event that is being encoded are observed.
    is_observed: bool,
    keys: Keys,
    /// Shapes and keys of which JavaScript was not told.
    pending_definitions: Vec<Definition>,
    /// What the latest event was found to hold.
    tape: Tape,
    /// Where each of its pieces begins: at the start, and where a value ends, those within its arrays apart.
    ends: Vec<usize>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self::with_room(MAX_CODES)
    }
}

impl Recognizer for Shapes {
    type Event<'a> = Event<'a>;

    #[inline]
    fn recognize<'a>(&mut self, text: &'a str) -> Option<Envelope<'a>> {
        let (shape, end) = self.recognize_object(text)?;
        let members = self.members.get(shape as usize)?.as_ref()?;
        let at = |place: &Place| self.ends.get(place.piece).map(|end| end + place.offset);
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
    /// Knows none yet. An object of more than about so many values is not recognised.
    #[must_use]
    pub fn with_room(max_codes: usize) -> Self {
        Self {
            trie: Trie::default(),
            max_codes,
            members: Vec::new(),
            filter: AdmissionFilter::default(),
            is_observed: false,
            keys: Keys::default(),
            pending_definitions: Vec::new(),
            tape: Tape::default(),
            ends: Vec::new(),
        }
    }

    /// The object that is the whole of `text`. It need not be an event.
    pub(crate) fn read_object<'a>(&'a mut self, text: &'a str) -> Event<'a> {
        let found = self.recognize_object(text).filter(|(_, end)| *end == text.len());
        Event::new(self, text, found.map(|(shape, _)| shape))
    }

    /// The shape of the object that `text` begins with, and where the object ends.
    #[inline]
    fn recognize_object(&mut self, text: &str) -> Option<(u32, usize)> {
        self.tape.clear();
        self.ends.clear();
        self.ends.push(0);
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        self.object::<true>(text, 0, 0)
    }

    /// Follows the path of the object at `at`, and fills the tape; gives its shape and where it ends. Of an event it entries
    /// where the values end.
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
                self.ends.push(at);
            }
        }
    }

    /// Fills the tape with the elements of an array, from behind its opening bracket; gives where it ends. Objects without a
    /// shape may be spelt out.
    fn list<const INLINE: bool>(&mut self, text: &str, mut at: usize, lists: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        if lists > MAX_LIST_DEPTH {
            return None;
        }
        if bytes.get(at) == Some(&b']') {
            self.tape.end_list();
            return Some(at + 1);
        }
        // The present run: what its elements are, and where they are counted.
        let mut run = None;
        loop {
            let slot = self.tape.len();
            if slot > self.max_codes {
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
                _ => run = Some((kind, self.tape.begin_run(slot, kind))),
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

    /// Fills the tape with the object at `at`, which has a shape or is spelt out.
    fn element(&mut self, text: &str, at: usize, lists: usize) -> Option<(Kind, usize)> {
        let mark = self.tape.mark();
        if let Some((shape, end)) = self.object::<false>(text, at, lists) {
            return Some((Kind::Objects(shape), end));
        }
        self.tape.rewind(mark);
        let mut scanner = Scanner::new(text);
        scanner.step_over(at);
        self.unknown_object(&mut scanner, ELEMENT, lists)?;
        Some((Kind::Inline, scanner.position()))
    }

    /// Learns the shape of an object once it was seen often threshold. `None`: all others were
    /// forgotten, so what the tape say of them means nothing.
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
        self.members.len() >= MAX_SHAPES || states >= MAX_STATES || bytes >= MAX_BYTES
    }

    /// Starts anew. It takes longer each time until a shape counts as one that repeats.
    fn forget(&mut self) {
        self.trie = Trie::default();
        self.members.clear();
        self.keys = Keys::default();
        self.pending_definitions.clear();
        self.filter.raise_threshold();
    }
}

/// A name that is a string and not empty, as [`Envelope::scan`] demands it.
#[inline]
fn name(text: &str, place: Range<usize>) -> Option<Cow<'_, str>> {
    let json = text.get(place.clone())?;
    let body = json.strip_prefix('"')?.strip_suffix('"')?;
    match plain_run(text.as_bytes(), place.start + 1).0 {
        _ if body.is_empty() => None,
        end if end + 1 == place.end => Some(Cow::Borrowed(body)),
        _ => Scanner::new(json).string().ok().map(RawString::decode),
    }
}
