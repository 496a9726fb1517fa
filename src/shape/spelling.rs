//! Objects without a shape, member by member: keys that repeat by number, others as texts.
//!
//! JavaScript builds them in a loop, which is slower than from a shape, and still several times faster than `JSON.parse` where
//! keys are new: that makes a hidden class for every one of them. So an object with such a key, or with very many, is said to
//! be a dictionary.

use std::hash::BuildHasher;

use hashbrown::HashMap;

use super::{
    DEEPEST_LIST, Definition, LONGEST_TEXT, Shapes,
    slots::{Style, key_number},
    value,
};
use crate::protocol::json::Scanner;

/// The keys that have a number: so many, of at most so many bytes.
const MOST_KEYS: usize = 1024;
const LONGEST_KEY: usize = 64;
/// How many keys that were seen once are remembered.
const WATCHED: usize = 128;
/// An object with so many members is a dictionary. V8 would make it one, later.
const MANY_MEMBERS: usize = 128;

/// The keys that were seen more than once, as they are spelt.
#[derive(Debug, Default)]
pub(super) struct Keys {
    numbers: HashMap<Box<str>, u32>,
    /// Hashes of keys that were seen once, each in a place of its own that the next one takes.
    watched: Vec<u64>,
}

impl Keys {
    /// The number of a key. One that is new is among the `news`.
    fn number(&mut self, key: &str, news: &mut Vec<Definition>) -> Option<u32> {
        if let Some(number) = self.numbers.get(key) {
            return Some(*number);
        }
        if key.len() > LONGEST_KEY || self.numbers.len() == MOST_KEYS || !self.was_seen(key) {
            return None;
        }
        let number = u32::try_from(self.numbers.len()).ok()?;
        self.numbers.insert(key.into(), number);
        news.push(Definition { number: key_number(number), description: format!("\"{key}\"") });
        Some(number)
    }

    fn was_seen(&mut self, key: &str) -> bool {
        let hash = self.numbers.hasher().hash_one(key);
        self.watched.resize(WATCHED, 0);
        #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
        let place = self.watched.get_mut(hash as usize % WATCHED);
        place.is_some_and(|place| std::mem::replace(place, hash) == hash)
    }
}

impl Shapes {
    /// Spells out the object that is the whole of `text`, which was not recognised: it can be pushed as one that was. False for
    /// what is left to `JSON.parse`, be it no JSON.
    pub fn spell_out(&mut self, text: &str) -> bool {
        if text.len() > LONGEST_TEXT {
            return false;
        }
        self.slots.clear();
        let mut scanner = Scanner::new(text);
        self.members(&mut scanner, 0).is_some() && scanner.position() == text.len()
    }

    /// Spells out the object before the scanner, which is within so many objects and lists.
    pub(super) fn members(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Option<()> {
        if depth > DEEPEST_LIST {
            return None;
        }
        let object = self.slots.open_object();
        let mut count = 0;
        scanner.open_object().ok()?;
        while let Some(key) = scanner.next_key().ok()? {
            if self.slots.len() > self.most_slots {
                return None;
            }
            count += 1;
            if count == MANY_MEMBERS {
                self.slots.make_dictionary(object);
            }
            let key = key.raw();
            if let Some(number) = self.keys.number(key, &mut self.news) {
                self.slots.push_key(number);
            } else {
                // Where no space is before the colon, and none behind it.
                let end = scanner.position() - "\":".len();
                let start = end.checked_sub(key.len())?;
                if scanner.text().get(start..end) != Some(key) {
                    return None;
                }
                self.slots.make_dictionary(object);
                self.slots.push_new_key(start, end, style_of(key));
            }
            self.member(scanner, depth)?;
        }
        self.slots.close_object();
        Some(())
    }

    fn member(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Option<()> {
        let first = scanner.peek()?;
        let start = scanner.position();
        let end = match first {
            b'{' => return self.members(scanner, depth + 1),
            b'[' => {
                self.slots.open_list();
                self.list::<true>(scanner.text(), start + 1, depth + 1)?
            }
            _ => value::scalar(scanner.text(), start, &mut self.slots)?,
        };
        scanner.step_over(end - start);
        Some(())
    }
}

fn style_of(text: &str) -> Style {
    if text.contains('\\') {
        Style::Escaped
    } else if text.is_ascii() {
        Style::Plain
    } else {
        Style::Foreign
    }
}
