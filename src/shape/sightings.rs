//! How often a shape was seen before it is learned: most of what never repeats is to cost nothing.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::DefaultHashBuilder;

/// How many shapes are watched at a time.
const WATCHED: usize = 256;
/// After so many events without anything new to learn only some of them are looked at, at last one in [`RAREST`].
const PATIENCE: u32 = 64;
const RAREST: u32 = 32;
/// How many times a shape must have been seen, at first and at most.
const ENOUGH: u32 = 2;
const MOST_DEMANDED: u32 = 1024;

/// The shapes seen of late that are not known.
#[derive(Debug)]
pub(super) struct Sightings {
    /// Hash and count, by hash: a newcomer takes the place of one that has not come back.
    watched: Vec<(u64, u32)>,
    hasher: DefaultHashBuilder,
    enough: u32,
    /// Events since something was learned.
    fruitless: u32,
}

impl Default for Sightings {
    fn default() -> Self {
        Self { watched: Vec::new(), hasher: DefaultHashBuilder::default(), enough: ENOUGH, fruitless: 0 }
    }
}

impl Sightings {
    /// Whether to look at this event.
    pub(super) fn are_worth_it(&mut self) -> bool {
        self.fruitless = self.fruitless.saturating_add(1);
        let stride = (self.fruitless / PATIENCE).clamp(1, RAREST);
        self.fruitless.is_multiple_of(stride)
    }

    /// Notes an object by its pieces; true when it has been seen often enough.
    pub(super) fn enough<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>) -> bool {
        let mut hasher = self.hasher.build_hasher();
        pieces.for_each(|piece| piece.hash(&mut hasher));
        let hash = hasher.finish();
        if self.watched.is_empty() {
            self.watched.resize(WATCHED, (0, 0));
        }
        #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
        let Some((known, count)) = self.watched.get_mut(hash as usize % WATCHED) else { return false };
        if *known == hash {
            *count += 1;
        } else if *count > 1 {
            *count -= 1;
        } else {
            (*known, *count) = (hash, 1);
        }
        if *known != hash || *count < self.enough {
            return false;
        }
        *count = 0;
        self.fruitless = 0;
        true
    }

    /// Shapes come and go too fast to be learned: only those that repeat more often are.
    pub(super) fn demand_more(&mut self) {
        self.enough = (self.enough * 2).min(MOST_DEMANDED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enough(sightings: &mut Sightings, name: &str) -> bool {
        sightings.enough([name.as_bytes()].into_iter())
    }

    #[test]
    fn what_repeats_is_enough_at_last() {
        let mut sightings = Sightings::default();
        assert!(!enough(&mut sightings, "a") && !enough(&mut sightings, "b") && enough(&mut sightings, "a"));
        sightings.demand_more();
        assert!((0..3).all(|_| !enough(&mut sightings, "c")) && enough(&mut sightings, "c"));
    }

    #[test]
    fn what_never_repeats_is_looked_at_less_and_less() {
        let mut sightings = Sightings::default();
        let mut looked = |count: u32| (0..count).filter(|_| sightings.are_worth_it()).count();
        assert_eq!(looked(PATIENCE), PATIENCE as usize);
        looked(PATIENCE * RAREST);
        assert_eq!(looked(RAREST * 10), 10);
        assert!((0..3).all(|_| !enough(&mut sightings, "a")) || sightings.fruitless == 0);
        assert!(sightings.are_worth_it(), "something was learned");
    }
}
