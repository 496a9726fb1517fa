//! Deduplication: remembers the latest event ids, exactly and within a bound.
//!
//! The table keeps the ids themselves, not only their hashes: a collision would lose an event
//! silently. It reuses the strings of a full window, so that a steady stream allocates nothing.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// How many ids are remembered.
const MAX_IDS: usize = 4096;
/// Ids longer than this many bytes are not remembered, so that the window's size stays bounded.
const MAX_ID_BYTES: usize = 512;

/// The window of ids seen.
#[derive(Debug, Default)]
pub(in crate::session) struct Dedupe {
    /// Each with its hash.
    ids: Vec<(u64, String)>,
    /// The slot to overwrite next, once all are in use.
    oldest: usize,
    slots: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

impl Dedupe {
    /// Adds `id`; returns false if the window contains it.
    pub(in crate::session) fn insert(&mut self, id: &str) -> bool {
        if id.len() > MAX_ID_BYTES {
            return true;
        }
        let hash = self.hasher.hash_one(id);
        let ids = &mut self.ids;
        let same = |(known_hash, known): &(u64, String)| *known_hash == hash && known == id;
        if self.slots.find(hash, |&slot| ids.get(slot).is_some_and(same)).is_some() {
            return false;
        }
        let slot = if ids.len() < MAX_IDS {
            ids.push((hash, id.to_owned()));
            ids.len() - 1
        } else {
            let slot = self.oldest;
            self.oldest = (slot + 1) % MAX_IDS;
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
        for n in 1..MAX_IDS {
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
        for n in 0..10 * MAX_IDS {
            assert!(dedupe.insert(&format!("event-{n}")));
        }
        assert_eq!((dedupe.ids.len(), dedupe.slots.len()), (MAX_IDS, MAX_IDS));
        let long = "x".repeat(MAX_ID_BYTES + 1);
        assert!(dedupe.insert(&long) && dedupe.insert(&long));
    }
}
