//! How often a shape was seen before it is learned: most of what never repeats is to cost nothing.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::DefaultHashBuilder;

/// How many shapes are candidates at a time: so many sets, by hash, of so many.
const SETS: usize = 128;
const WAYS: usize = 4;
/// After so many events without anything new to learn only some of them are looked at, at last one in [`MAX_STRIDE`].
const SAMPLE_AFTER: u32 = 64;
const MAX_STRIDE: u32 = 32;
/// Two to the 32nd by the golden ratio: its multiples are spread evenly, and keep no time with anything.
const SCATTER: u32 = 0x9e37_79b9;
/// How many times a shape must have been seen, at first and at most.
const MIN_SIGHTINGS: u32 = 2;
const MAX_SIGHTINGS: u32 = 1024;

/// The shapes seen of late that are not known.
#[derive(Debug)]
pub(super) struct AdmissionFilter {
    /// Hash and count. A newcomer takes the place of the one that was seen least in its set, and that one loses a sighting
    /// first.
    candidates: Vec<[(u64, u32); WAYS]>,
    hasher: DefaultHashBuilder,
    threshold: u32,
    /// Events since something was learned.
    since_learned: u32,
}

impl Default for AdmissionFilter {
    fn default() -> Self {
        Self {
            candidates: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            threshold: MIN_SIGHTINGS,
            since_learned: 0,
        }
    }
}

impl AdmissionFilter {
    /// Whether to look at this event.
    pub(super) fn is_sample(&mut self) -> bool {
        self.since_learned = self.since_learned.saturating_add(1);
        let stride = (self.since_learned / SAMPLE_AFTER).clamp(1, MAX_STRIDE);
        // Scattered: among shapes that take turns none is to be passed over each time.
        (self.since_learned.wrapping_mul(SCATTER) >> 16).is_multiple_of(stride)
    }

    /// Notes an object by its pieces; true when it has been seen often enough.
    pub(super) fn observe<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>) -> bool {
        let mut hasher = self.hasher.build_hasher();
        pieces.for_each(|piece| piece.hash(&mut hasher));
        let hash = hasher.finish();
        if self.candidates.is_empty() {
            self.candidates.resize(SETS, [(0, 0); WAYS]);
        }
        #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
        let Some(set) = self.candidates.get_mut(hash as usize % SETS) else { return false };
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
        if *count < self.threshold {
            return false;
        }
        *count = 0;
        self.since_learned = 0;
        true
    }

    /// Shapes come and go too fast to be learned: only those that repeat more often are.
    pub(super) fn raise_threshold(&mut self) {
        self.threshold = (self.threshold * 2).min(MAX_SIGHTINGS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(filter: &mut AdmissionFilter, name: &str) -> bool {
        filter.observe([name.as_bytes()].into_iter())
    }

    #[test]
    fn what_repeats_is_enough_at_last() {
        let mut filter = AdmissionFilter::default();
        assert!(!observe(&mut filter, "a") && !observe(&mut filter, "b") && observe(&mut filter, "a"));
        filter.raise_threshold();
        assert!((0..3).all(|_| !observe(&mut filter, "c")) && observe(&mut filter, "c"));
    }

    #[test]
    fn of_many_that_take_turns_all_are_learned() {
        for shapes in [2, 32, 96, 100, 128, 256] {
            let mut filter = AdmissionFilter::default();
            let mut unknown: Vec<_> = (0..shapes).map(|shape| format!("{shape}")).collect();
            for _ in 0..200 {
                // Those that are known are not looked at any more.
                unknown.retain(|name| !(filter.is_sample() && observe(&mut filter, name)));
            }
            assert!(unknown.is_empty(), "of {shapes} shapes these were not learned: {unknown:?}");
        }
    }

    #[test]
    fn what_never_repeats_is_looked_at_less_and_less() {
        let mut filter = AdmissionFilter::default();
        let mut looked = |count: u32| (0..count).filter(|_| filter.is_sample()).count();
        assert_eq!(looked(SAMPLE_AFTER), SAMPLE_AFTER as usize);
        looked(SAMPLE_AFTER * MAX_STRIDE);
        assert!((5..20).contains(&looked(MAX_STRIDE * 10)), "about one in so many");
        assert!((0..3).all(|_| !observe(&mut filter, "a")) || filter.since_learned == 0);
        assert!(filter.is_sample(), "something was learned");
    }
}
