//! Objects without a shape, member by member: keys that repeat by number, others as texts.
//!
//! JavaScript builds them in a loop, which is slower than from a shape, and still several times faster than `JSON.parse` where
//! keys are new: that makes a hidden class for every one of them. So an object with such a key, or with very many, is said to
//! be a dictionary.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{
    Definition, MAX_LIST_DEPTH, MAX_TEXT_BYTES, Shapes,
    schema::Schema,
    tape::{Style, key_number},
    trie::EVENT,
    value,
};
use crate::protocol::json::Scanner;

/// The keys that have a number: so many, of at most so many bytes.
const MAX_KEYS: usize = 1024;
const MAX_KEY_BYTES: usize = 64;
/// How many keys that were seen once are remembered.
const MAX_CANDIDATES: usize = 128;
/// An object with so many members is a dictionary. V8 would make it one, later.
const DICTIONARY_MEMBERS: usize = 128;

/// The keys that were seen more than once, as they are spelt.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// By number.
    known: Vec<Key>,
    /// The numbers, by key.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The number of the latest known key.
    latest: u32,
    /// Hashes of keys that were seen once, each in a place of its own that the next one takes.
    candidates: Vec<u64>,
}

#[derive(Debug)]
struct Key {
    text: Box<str>,
    /// The number of the key that came next when this one came last.
    next: u32,
}

impl Keys {
    /// The number of a key. One that is new is among the `pending_definitions`. Keys mostly come in the order of the
    /// last time, so most of them are found by a comparison.
    #[inline]
    fn number(&mut self, key: &str, pending_definitions: &mut Vec<Definition>) -> Option<u32> {
        let next = self.known.get(self.latest as usize).map(|latest| latest.next);
        let number = match next {
            Some(next) if self.is_key(next, key) => next,
            _ => self.look_up(key, pending_definitions)?,
        };
        self.latest = number;
        Some(number)
    }

    fn is_key(&self, number: u32, key: &str) -> bool {
        self.known.get(number as usize).is_some_and(|known| *known.text == *key)
    }

    #[inline(never)]
    fn look_up(&mut self, key: &str, pending_definitions: &mut Vec<Definition>) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let number = match self.index.find(hash, |&number| self.is_key(number, key)) {
            Some(number) => *number,
            None => self.add(hash, key, pending_definitions)?,
        };
        if let Some(latest) = self.known.get_mut(self.latest as usize) {
            latest.next = number;
        }
        Some(number)
    }

    /// Gives a key a number if it was seen before.
    fn add(&mut self, hash: u64, key: &str, pending_definitions: &mut Vec<Definition>) -> Option<u32> {
        if key.len() > MAX_KEY_BYTES || self.known.len() == MAX_KEYS || !self.was_seen(hash) {
            return None;
        }
        let number = u32::try_from(self.known.len()).ok()?;
        self.known.push(Key { text: key.into(), next: 0 });
        let (known, hasher) = (&self.known, &self.hasher);
        self.index.insert_unique(hash, number, |&number| {
            known.get(number as usize).map_or(0, |known| hasher.hash_one(&*known.text))
        });
        pending_definitions.push(Definition { number: key_number(number), description: format!("\"{key}\"") });
        Some(number)
    }

    fn was_seen(&mut self, hash: u64) -> bool {
        self.candidates.resize(MAX_CANDIDATES, 0);
        #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
        let place = self.candidates.get_mut(hash as usize % MAX_CANDIDATES);
        place.is_some_and(|place| std::mem::replace(place, hash) == hash)
    }
}

impl Shapes {
    /// Spells out the object that is the whole of `text`, which was not recognised: it can be pushed as one that was. False for
    /// what is left to `JSON.parse`, be it no JSON.
    pub fn write_inline(&mut self, text: &str) -> bool {
        self.is_observed = self.filter.is_sample();
        self.write_whole(text).is_some()
    }

    /// Observes an event that nobody wants, so that the next one may be recognised.
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
        self.unknown_object(&mut scanner, EVENT, 0)?;
        (scanner.position() == text.len()).then_some(())
    }

    /// Spells out an event, or an element of a list. Its shape may be learned on this occasion.
    pub(super) fn unknown_object(&mut self, scanner: &mut Scanner<'_>, root: usize, depth: usize) -> Option<()> {
        if !self.is_observed {
            return self.members::<false>(scanner, depth, &mut None);
        }
        let mut schema = Some(Schema::begin(scanner.position()));
        self.members::<true>(scanner, depth, &mut schema)?;
        match schema.and_then(|schema| schema.finish(scanner.position())) {
            Some(schema) => self.learn(root, scanner.text(), schema),
            None => Some(()),
        }
    }

    /// Spells out the object before the scanner, which is within so many objects and lists. An object
    /// that is observed has an schema until it turns out to have no shape.
    pub(super) fn members<'a, const OBSERVED: bool>(
        &mut self,
        scanner: &mut Scanner<'a>,
        depth: usize,
        schema: &mut Option<Schema<'a>>,
    ) -> Option<()> {
        if depth > MAX_LIST_DEPTH {
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
                let start = key.raw().as_ptr().addr().checked_sub(scanner.text().as_ptr().addr())?;
                self.tape.make_dictionary(object);
                self.tape.push_new_key(start, start + key.raw().len(), style_of(key.raw()));
            }
            let first = scanner.peek()?;
            if OBSERVED {
                extend(schema, |schema| schema.key(&key, scanner.position()));
            }
            self.member::<OBSERVED>(scanner, first, depth, schema)?;
        }
        self.tape.close_object();
        if OBSERVED && let Some(schema) = schema {
            schema.close_object(scanner.position());
        }
        Some(())
    }

    fn member<'a, const OBSERVED: bool>(
        &mut self,
        scanner: &mut Scanner<'a>,
        first: u8,
        depth: usize,
        schema: &mut Option<Schema<'a>>,
    ) -> Option<()> {
        let (text, start) = (scanner.text(), scanner.position());
        let end = match first {
            b'{' => return self.members::<OBSERVED>(scanner, depth + 1, schema),
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

/// Takes the schema, if there is still one, a step further.
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
