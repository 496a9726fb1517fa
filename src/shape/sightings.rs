//! How often a shape was seen before it is learned: most of what never repeats is to cost nothing.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::DefaultHashBuilder;

/// How many shapes are watched at a time: so many sets, by hash, of so many.
const SETS: usize = 128;
const WAYS: usize = 4;
/// After so many events without anything new to learn only some of them are looked at, at last one in [`RAREST`].
const PATIENCE: u32 = 64;
const RAREST: u32 = 32;
/// Two to the 32nd by the golden ratio: its multiples are spread evenly, and keep no time with anything.
const SCATTER: u32 = 0x9e37_79b9;
/// How many times a shape must have been seen, at first and at most.
const ENOUGH: u32 = 2;
const MOST_DEMANDED: u32 = 1024;

/// The shapes seen of late that are not known.
#[derive(Debug)]
pub(super) struct Sightings {
    /// Hash and count. A newcomer takes the place of the one that was seen least in its set, and that one loses a sighting
    /// first.
    watched: Vec<[(u64, u32); WAYS]>,
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
        // Scattered: among shapes that take turns none is to be passed over each time.
        (self.fruitless.wrapping_mul(SCATTER) >> 16).is_multiple_of(stride)
    }

    /// Notes an object by its pieces; true when it has been seen often enough.
    pub(super) fn enough<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>) -> bool {
        let mut hasher = self.hasher.build_hasher();
        pieces.for_each(|piece| piece.hash(&mut hasher));
        let hash = hasher.finish();
        if self.watched.is_empty() {
            self.watched.resize(SETS, [(0, 0); WAYS]);
        }
        #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
        let Some(set) = self.watched.get_mut(hash as usize % SETS) else { return false };
        let count = if let Some((_, count)) = set.iter_mut().find(|(known, _)| *known == hash) {
            *count += 1;
            count
        } else {
            let Some((known, count)) = set.iter_mut().min_by_key(|(_, count)| *count) else { return false };
            if *count > 1 {
                *count -= 1;
                return false;
            }
            (*known, *count) = (hash, 1);
            count
        };
        if *count < self.enough {
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
    fn of_many_that_take_turns_all_are_learned() {
        for shapes in [2, 32, 96, 100, 128, 256] {
            let mut sightings = Sightings::default();
            let mut unknown: Vec<_> = (0..shapes).map(|shape| format!("{shape}")).collect();
            for _ in 0..200 {
                // Those that are known are not looked at any more.
                unknown.retain(|name| !(sightings.are_worth_it() && enough(&mut sightings, name)));
            }
            assert!(unknown.is_empty(), "of {shapes} shapes these were not learned: {unknown:?}");
        }
    }

    #[test]
    fn what_never_repeats_is_looked_at_less_and_less() {
        let mut sightings = Sightings::default();
        let mut looked = |count: u32| (0..count).filter(|_| sightings.are_worth_it()).count();
        assert_eq!(looked(PATIENCE), PATIENCE as usize);
        looked(PATIENCE * RAREST);
        assert!((5..20).contains(&looked(RAREST * 10)), "about one in so many");
        assert!((0..3).all(|_| !enough(&mut sightings, "a")) || sightings.fruitless == 0);
        assert!(sightings.are_worth_it(), "something was learned");
    }
}
