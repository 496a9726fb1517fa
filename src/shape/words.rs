//! Words: topics and types that repeat. JavaScript gets the string of a word once, and events name
//! it by its number. So it need not make the string again for each event, nor look up the hash of
//! a new one, and a kept topic holds nothing else in memory.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::{Definition, codes::FIRST_WORD};

/// The number of words that are known at a time. The hash of a text selects its place.
const PLACES: usize = 64;
/// A longer text is no word.
const MAX_BYTES: usize = 64;
/// How often a text must be seen at its place before it is a word.
const SIGHTINGS: u8 = 2;

/// The words that one client, or one decoder of single texts, knows.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Empty until the first text comes.
    places: Vec<Place>,
    hasher: DefaultHashBuilder,
    /// The place of the latest word of each role: it is mostly the next one, too.
    latest: [usize; Role::COUNT],
}

/// The members of an event that are looked up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    Topic,
    Type,
    Source,
}

/// A text that may become a word.
#[derive(Clone, Debug, Default)]
struct Place {
    /// A string without escapes, or empty.
    text: String,
    /// Its sightings, less those of other texts that would have the same place.
    count: u8,
    is_defined: bool,
}

impl Role {
    const COUNT: usize = 3;
}

impl Words {
    /// The number of a text without escapes, if it is a word. The definition of a new word is
    /// appended.
    #[inline]
    pub(super) fn number(&mut self, role: Role, text: &str, definitions: &mut Vec<Definition>) -> Option<u32> {
        let latest = self.latest.get(role as usize).copied().unwrap_or_default();
        let number = match self.places.get(latest) {
            Some(place) if place.is_defined && place.text == text => latest,
            _ => self.look_up(role, text, definitions)?,
        };
        u32::try_from(number).ok()
    }

    #[inline(never)]
    fn look_up(&mut self, role: Role, text: &str, definitions: &mut Vec<Definition>) -> Option<usize> {
        if text.is_empty() || text.len() > MAX_BYTES {
            return None;
        }
        self.places.resize_with(PLACES, Place::default);
        #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
        let number = self.hasher.hash_one(text) as usize % PLACES;
        let place = self.places.get_mut(number)?;
        if !place.observe(text) {
            return None;
        }
        if !place.is_defined {
            place.is_defined = true;
            definitions
                .push(Definition { number: FIRST_WORD + u32::try_from(number).ok()?, description: format!("\"{text}\"") });
        }
        if let Some(latest) = self.latest.get_mut(role as usize) {
            *latest = number;
        }
        Some(number)
    }
}

impl Place {
    /// Returns whether the text is the one of this place, and has been seen often enough.
    fn observe(&mut self, text: &str) -> bool {
        if self.text == text {
            self.count = self.count.saturating_add(1);
        } else if self.count > 0 {
            self.count -= 1;
        } else {
            self.text.clear();
            self.text.push_str(text);
            (self.count, self.is_defined) = (1, false);
        }
        self.text == text && (self.is_defined || self.count >= SIGHTINGS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(words: &mut Words, text: &str) -> (Option<u32>, Vec<String>) {
        let mut definitions = Vec::new();
        let number = words.number(Role::Topic, text, &mut definitions);
        assert!(definitions.iter().all(|definition| Some(definition.number) == number.map(|number| FIRST_WORD + number)));
        (number, definitions.into_iter().map(|definition| definition.description).collect())
    }

    #[test]
    fn a_text_is_a_word_from_its_second_sighting_on() {
        let mut words = Words::default();
        assert_eq!(number(&mut words, "session.status"), (None, vec![]));
        let (word, definitions) = number(&mut words, "session.status");
        assert_eq!(definitions, ["\"session.status\""]);
        assert!(word.is_some());
        assert_eq!(number(&mut words, "session.status"), (word, vec![]));
    }

    #[test]
    fn some_texts_are_no_words() {
        let mut words = Words::default();
        for text in ["", &"t".repeat(MAX_BYTES + 1)] {
            for _ in 0..3 {
                assert_eq!(number(&mut words, text), (None, vec![]));
            }
        }
    }

    #[test]
    fn texts_that_do_not_repeat_take_no_place_for_long() {
        let mut words = Words::default();
        for n in 0..10_000 {
            assert_eq!(number(&mut words, &format!("session.{n}")), (None, vec![]), "{n}");
        }
        let defined = (0..PLACES).filter(|n| {
            let text = format!("user.{n}");
            (0..3).any(|_| number(&mut words, &text).0.is_some())
        });
        assert!(defined.count() > PLACES / 2);
    }

    #[test]
    fn a_word_keeps_its_place_while_it_is_seen_more_often_than_others() {
        let mut place = Place::default();
        assert!(!place.observe("a") && place.observe("a") && place.observe("a"));
        place.is_defined = true;
        assert!(!place.observe("b") && place.observe("a") && !place.observe("b") && !place.observe("b"));
        assert!(place.observe("a"));
        assert!(!place.observe("b") && !place.observe("b") && !place.observe("b") && place.observe("b"));
        assert!(!place.is_defined);
    }
}
