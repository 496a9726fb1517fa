//! Inline keys: objects of an unknown shape, encoded member by member. A key that repeats is sent
//! as a number, any other key as a text.
//!
//! JavaScript builds such objects in a loop. That is slower than building from a shape, but several
//! times faster than `JSON.parse`, which makes a hidden class for each new key. An object with a
//! new key, or with very many keys, is marked as a dictionary for the same reason.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{
    Definition, MAX_DEPTH, MAX_TEXT_BYTES, Shapes, codes::FIRST_KEY, schema::Schema, tape::Style, trie::EVENT, value,
};
use crate::protocol::json::Scanner;

/// The number of keys that get a number, and the longest of them.
const MAX_KEYS: usize = 1024;
const MAX_KEY_BYTES: usize = 64;
/// The number of keys that are remembered after one sighting.
const MAX_CANDIDATES: usize = 128;
/// An object with this many members is a dictionary. V8 would turn it into one later.
const DICTIONARY_MEMBERS: usize = 128;

/// The keys that were seen at least twice, with their escapes.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// By number.
    known: Vec<Key>,
    /// The numbers, by key.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The number of the latest known key.
    latest: u32,
    /// Hashes of keys that were seen once. Each hash has one place and overwrites its predecessor.
    candidates: Vec<u64>,
}

#[derive(Debug)]
struct Key {
    text: Box<str>,
    /// The number of the key that followed this one the last time.
    next: u32,
}

impl Keys {
    /// The number of a key. A new number is appended to `definitions`.
    ///
    /// Keys mostly follow each other in the order of the previous object, so one comparison finds
    /// most of them.
    #[inline]
    fn number(&mut self, key: &str, definitions: &mut Vec<Definition>) -> Option<u32> {
        let next = self.known.get(self.latest as usize).map(|latest| latest.next);
        let number = match next {
            Some(next) if self.is_key(next, key) => next,
            _ => self.look_up(key, definitions)?,
        };
        self.latest = number;
        Some(number)
    }

    fn is_key(&self, number: u32, key: &str) -> bool {
        self.known.get(number as usize).is_some_and(|known| *known.text == *key)
    }

    #[inline(never)]
    fn look_up(&mut self, key: &str, definitions: &mut Vec<Definition>) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let number = match self.index.find(hash, |&number| self.is_key(number, key)) {
            Some(number) => *number,
            None => self.add(hash, key, definitions)?,
        };
        if let Some(latest) = self.known.get_mut(self.latest as usize) {
            latest.next = number;
        }
        Some(number)
    }

    /// Gives a key a number on its second sighting.
    fn add(&mut self, hash: u64, key: &str, definitions: &mut Vec<Definition>) -> Option<u32> {
        if key.len() > MAX_KEY_BYTES || self.known.len() == MAX_KEYS || !self.was_seen(hash) {
            return None;
        }
        let number = u32::try_from(self.known.len()).ok()?;
        self.known.push(Key { text: key.into(), next: 0 });
        let (known, hasher) = (&self.known, &self.hasher);
        self.index.insert_unique(hash, number, |&number| {
            known.get(number as usize).map_or(0, |known| hasher.hash_one(&*known.text))
        });
        definitions.push(Definition { number: FIRST_KEY + number, description: format!("\"{key}\"") });
        Some(number)
    }

    /// Whether a key with this hash was seen recently.
    fn was_seen(&mut self, hash: u64) -> bool {
        self.candidates.resize(MAX_CANDIDATES, 0);
        #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
        let place = self.candidates.get_mut(hash as usize % MAX_CANDIDATES);
        place.is_some_and(|place| std::mem::replace(place, hash) == hash)
    }
}

impl Shapes {
    /// Writes the object that is the whole of `text` to the tape, with inline keys. Returns false
    /// when JavaScript must parse the text, which may not even be JSON.
    pub fn write_inline(&mut self, text: &str) -> bool {
        self.is_observed = self.filter.is_sample();
        self.write_whole(text).is_some()
    }

    /// Observes an unwanted event, so that the next one of its shape is recognized and dropped at a
    /// lower cost.
    #[cold]
    pub(super) fn observe(&mut self, text: &str) {
        self.is_observed = self.filter.is_sample();
        if self.is_observed {
            let _ = self.write_whole(text);
        }
    }

    fn write_whole(&mut self, text: &str) -> Option<()> {
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        self.tape.clear();
        let mut scanner = Scanner::new(text);
        self.write_object(&mut scanner, EVENT, 0)?;
        (scanner.position() == text.len()).then_some(())
    }

    /// Writes an event, or an element of a list, with inline keys. In a sampled event this is where
    /// shapes are learned.
    pub(super) fn write_object(&mut self, scanner: &mut Scanner<'_>, root: usize, depth: usize) -> Option<()> {
        if !self.is_observed {
            return self.write_members::<false>(scanner, depth, &mut None);
        }
        let mut schema = Some(Schema::begin(scanner.position()));
        self.write_members::<true>(scanner, depth, &mut schema)?;
        match schema.and_then(|schema| schema.finish(scanner.position())) {
            Some(schema) => self.learn(root, scanner.text(), schema),
            None => Some(()),
        }
    }

    /// Writes the object before the scanner, which is `depth` objects and lists deep. The schema of
    /// an observed object grows with it, and becomes `None` once the object cannot have a shape.
    pub(super) fn write_members<'a, const OBSERVED: bool>(
        &mut self,
        scanner: &mut Scanner<'a>,
        depth: usize,
        schema: &mut Option<Schema<'a>>,
    ) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        let object = self.tape.open_object();
        let mut count = 0;
        scanner.open_object().ok()?;
        if OBSERVED {
            extend(schema, Schema::open_object);
        }
        while let Some(key) = scanner.next_key().ok()? {
            if self.tape.len() > self.max_codes {
                return None;
            }
            count += 1;
            if count == DICTIONARY_MEMBERS {
                self.tape.make_dictionary(object);
            }
            if let Some(number) = self.keys.number(key.raw(), &mut self.pending_definitions) {
                self.tape.push_key(number);
            } else {
                // The key is a part of the scanner's text.
                let start = key.raw().as_ptr().addr().checked_sub(scanner.text().as_ptr().addr())?;
                self.tape.make_dictionary(object);
                self.tape.push_new_key(start, start + key.raw().len(), style_of(key.raw()));
            }
            let first = scanner.peek()?;
            if OBSERVED {
                extend(schema, |schema| schema.key(&key, scanner.position()));
            }
            self.write_member::<OBSERVED>(scanner, first, depth, schema)?;
        }
        self.tape.close_object();
        if OBSERVED && let Some(schema) = schema {
            schema.close_object(scanner.position());
        }
        Some(())
    }

    fn write_member<'a, const OBSERVED: bool>(
        &mut self,
        scanner: &mut Scanner<'a>,
        first: u8,
        depth: usize,
        schema: &mut Option<Schema<'a>>,
    ) -> Option<()> {
        let (text, start) = (scanner.text(), scanner.position());
        let end = match first {
            b'{' => return self.write_members::<OBSERVED>(scanner, depth + 1, schema),
            b'[' => {
                self.tape.open_list();
                self.list::<true>(text, start + 1, depth + 1)?
            }
            _ => value::scalar(text, start, &mut self.tape)?,
        };
        if OBSERVED {
            extend(schema, |schema| schema.value(first, start, end));
        }
        scanner.step_over(end - start);
        Some(())
    }
}

/// Extends the schema, if the object still has one.
fn extend<'a>(schema: &mut Option<Schema<'a>>, step: impl FnOnce(&mut Schema<'a>) -> Option<()>) {
    if schema.as_mut().is_some_and(|schema| step(schema).is_none()) {
        *schema = None;
    }
}

fn style_of(text: &str) -> Style {
    if text.contains('\\') {
        Style::Escaped
    } else if text.is_ascii() {
        Style::Ascii
    } else {
        Style::NonAscii
    }
}
