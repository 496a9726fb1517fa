//! The admission filter: which shapes repeat often enough to be learned. Shapes that never repeat
//! should cost almost nothing.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::DefaultHashBuilder;

/// The filter watches `SETS * WAYS` shapes. The hash of a shape selects its set.
const SETS: usize = 128;
const WAYS: usize = 4;
/// After each multiple of this many events without a new shape, the filter samples fewer events:
/// one in two, one in three, and at last one in [`MAX_STRIDE`].
const SAMPLE_INTERVAL: u32 = 64;
const MAX_STRIDE: u32 = 32;
/// 2^32 divided by the golden ratio. Its multiples spread evenly and follow no period of the
/// events.
const SCATTER: u32 = 0x9e37_79b9;
/// How often a shape must be seen before it is learned, at first and at most.
const MIN_THRESHOLD: u32 = 2;
const MAX_THRESHOLD: u32 = 1024;

/// Counts the unknown shapes of recent events.
#[derive(Debug)]
pub(super) struct AdmissionFilter {
    /// Hashes and counts. A new shape replaces the one with the lowest count in its set, once that
    /// count has dropped to one; until then it lowers the count.
    candidates: Vec<[(u64, u32); WAYS]>,
    hasher: DefaultHashBuilder,
    threshold: u32,
    /// Events since the last shape was learned.
    since_learned: u32,
}

impl Default for AdmissionFilter {
    fn default() -> Self {
        Self {
            candidates: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            threshold: MIN_THRESHOLD,
            since_learned: 0,
        }
    }
}

impl AdmissionFilter {
    /// Counts an unrecognized event. Should its shapes be observed?
    pub(super) fn is_sample(&mut self) -> bool {
        self.since_learned = self.since_learned.saturating_add(1);
        let stride = (self.since_learned / SAMPLE_INTERVAL).clamp(1, MAX_STRIDE);
        // A fixed stride could skip the same shape every time when shapes take turns.
        (self.since_learned.wrapping_mul(SCATTER) >> 16).is_multiple_of(stride)
    }

    /// Observes an object by its pieces. Returns true when its shape should be learned.
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

    /// Doubles the number of sightings that a shape needs, because shapes come and go too fast.
    pub(super) fn raise_threshold(&mut self) {
        self.threshold = (self.threshold * 2).min(MAX_THRESHOLD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(filter: &mut AdmissionFilter, name: &str) -> bool {
        filter.observe([name.as_bytes()].into_iter())
    }

    #[test]
    fn admits_a_shape_at_the_threshold() {
        let mut filter = AdmissionFilter::default();
        assert!(!observe(&mut filter, "a") && !observe(&mut filter, "b") && observe(&mut filter, "a"));
        filter.raise_threshold();
        assert!((0..3).all(|_| !observe(&mut filter, "c")) && observe(&mut filter, "c"));
    }

    #[test]
    fn admits_all_of_many_shapes_that_take_turns() {
        for shapes in [2, 32, 96, 100, 128, 256] {
            let mut filter = AdmissionFilter::default();
            let mut unknown: Vec<_> = (0..shapes).map(|shape| format!("{shape}")).collect();
            for _ in 0..200 {
                // Known shapes do not reach the filter any more.
                unknown.retain(|name| !(filter.is_sample() && observe(&mut filter, name)));
            }
            assert!(unknown.is_empty(), "of {shapes} shapes these were not learned: {unknown:?}");
        }
    }

    #[test]
    fn samples_fewer_events_while_nothing_repeats() {
        let mut filter = AdmissionFilter::default();
        let mut samples = |count: u32| (0..count).filter(|_| filter.is_sample()).count();
        assert_eq!(samples(SAMPLE_INTERVAL), SAMPLE_INTERVAL as usize);
        samples(SAMPLE_INTERVAL * MAX_STRIDE);
        assert!((5..20).contains(&samples(MAX_STRIDE * 10)), "about one in {MAX_STRIDE}");
        assert!((0..3).all(|_| !observe(&mut filter, "a")) || filter.since_learned == 0);
        assert!(filter.is_sample(), "a shape was learned");
    }
}
