//! Drops repeats: remembers the latest event ids, exactly and within a bound.
//!
//! The ids themselves are kept, not only their hashes: a collision would lose an event silently. The strings of a full
//! window are reused, so that a steady stream allocates nothing.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// How many ids are remembered.
const WINDOW: usize = 4096;
/// Ids longer than this many bytes are not remembered, so that the window's size stays bounded.
const LONGEST_ID: usize = 512;

/// The window of ids seen.
#[derive(Debug, Default)]
pub(in crate::session) struct Dedupe {
    /// Each with its hash.
    ids: Vec<(u64, String)>,
    /// The slot to be overwritten next, once all are taken.
    oldest: usize,
    slots: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

impl Dedupe {
    /// Remembers `id`; false when it is in the window already.
    pub(in crate::session) fn insert(&mut self, id: &str) -> bool {
        if id.len() > LONGEST_ID {
            return true;
        }
        let hash = self.hasher.hash_one(id);
        let ids = &mut self.ids;
        let same = |(known_hash, known): &(u64, String)| *known_hash == hash && known == id;
        if self.slots.find(hash, |&slot| ids.get(slot).is_some_and(same)).is_some() {
            return false;
        }
        let slot = if ids.len() < WINDOW {
            ids.push((hash, id.to_owned()));
            ids.len() - 1
        } else {
            let slot = self.oldest;
            self.oldest = (slot + 1) % WINDOW;
            if let Some((of, evicted)) = ids.get_mut(slot) {
                if let Ok(entry) = self.slots.find_entry(*of, |&other| other == slot) {
                    entry.remove();
                }
                *of = hash;
                evicted.clear();
                evicted.push_str(id);
            }
            slot
        };
        self.slots.insert_unique(hash, slot, |&slot| ids.get(slot).map_or(0, |(hash, _)| *hash));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_an_id_until_the_window_has_passed() {
        let mut dedupe = Dedupe::default();
        assert!(dedupe.insert("first"));
        assert!(!dedupe.insert("first"));
        for n in 1..WINDOW {
            assert!(dedupe.insert(&format!("e{n}")));
        }
        assert!(!dedupe.insert("first"), "still the oldest of a full window");
        assert!(dedupe.insert("one more"));
        assert!(dedupe.insert("first"), "pushed out by one more");
        assert!(!dedupe.insert("one more"));
    }

    #[test]
    fn stays_bounded() {
        let mut dedupe = Dedupe::default();
        for n in 0..10 * WINDOW {
            assert!(dedupe.insert(&format!("event-{n}")));
        }
        assert_eq!((dedupe.ids.len(), dedupe.slots.len()), (WINDOW, WINDOW));
        let long = "x".repeat(LONGEST_ID + 1);
        assert!(dedupe.insert(&long) && dedupe.insert(&long));
    }
}
