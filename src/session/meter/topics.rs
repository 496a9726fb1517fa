//! Events by topic. The server chooses the topics, so the table is bounded: the first topics have a
//! count of their own, all others share one. The most frequent topics would need a table whose
//! counts go down, and counters must not.

use hashbrown::HashMap;

const MAX_TOPICS: usize = 100;
/// A longer topic has no count of its own.
const MAX_TOPIC_BYTES: usize = 256;

/// Counts by topic.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct TopicCounts {
    places: HashMap<Box<str>, usize>,
    /// In the order of their first event.
    counts: Vec<u64>,
    other: u64,
}

impl TopicCounts {
    /// An event of this topic has come.
    pub(in crate::session) fn record(&mut self, topic: &str) {
        if let Some(count) = self.places.get(topic).and_then(|place| self.counts.get_mut(*place)) {
            *count += 1;
        } else if self.counts.len() < MAX_TOPICS && topic.len() <= MAX_TOPIC_BYTES {
            self.places.insert(topic.into(), self.counts.len());
            self.counts.push(1);
        } else {
            self.other += 1;
        }
    }

    /// The counts, the largest first, and that of all other topics.
    pub(in crate::session) fn counts(&self) -> (Vec<(String, u64)>, u64) {
        let mut places: Vec<_> = self.places.iter().collect();
        places.sort_unstable_by_key(|(_, place)| **place);
        let named = places.into_iter().zip(&self.counts).map(|((topic, _), count)| (topic.to_string(), *count));
        let mut counts: Vec<_> = named.collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        (counts, self.other)
    }

    /// How many topics have a count of their own, the sum of these, and the count of the others.
    #[cfg(test)]
    pub(in crate::session) fn totals(&self) -> (usize, u64, u64) {
        (self.counts.len(), self.counts.iter().sum(), self.other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hundred_topics_are_counted_and_the_rest_together() {
        let mut topics = TopicCounts::default();
        for round in 0..3 {
            for n in 0..150 {
                if n >= round {
                    topics.record(&format!("t{n}"));
                }
            }
        }
        topics.record(&"x".repeat(257));
        let (counts, other) = topics.counts();
        assert_eq!((counts.len(), other), (100, 151));
        assert_eq!(counts[..3], [("t2".into(), 3), ("t3".into(), 3), ("t4".into(), 3)], "in the order of arrival");
        assert_eq!(counts[98..], [("t1".into(), 2), ("t0".into(), 1)]);
    }

    #[test]
    fn a_long_topic_takes_no_place() {
        let mut topics = TopicCounts::default();
        let (fits, long) = ("é".repeat(128), "é".repeat(129));
        topics.record(&long);
        topics.record(&fits);
        assert_eq!(topics.counts(), (vec![(fits, 1)], 1));
    }
}
