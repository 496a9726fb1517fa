//! What was dropped since the user was told last: since when, until when, of which topics.

use std::time::Instant;

use hashbrown::HashSet;

/// Beyond so many topics all of them count as concerned.
const MOST_TOPICS: usize = 1024;

/// A set of topics, bounded.
#[derive(Clone, Debug, Default)]
pub(in crate::client) struct Topics {
    names: HashSet<Box<str>>,
    all: bool,
}

impl Topics {
    pub(super) fn insert(&mut self, topic: &str) {
        if !self.contains(topic) {
            self.names.insert(topic.into());
            self.bound();
        }
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.all |= others.all;
        self.names.extend(others.names);
        self.bound();
    }

    pub(in crate::client) fn contains(&self, topic: &str) -> bool {
        self.all || self.names.contains(topic)
    }

    fn bound(&mut self) {
        self.all |= self.names.len() > MOST_TOPICS;
        if self.all {
            self.names = HashSet::new();
        }
    }
}

/// Events that were sent in this time were dropped.
#[derive(Debug)]
pub(in crate::client) struct Missed {
    /// What was sent until then was not dropped.
    pub(in crate::client) since: Instant,
    pub(in crate::client) until: Instant,
    pub(in crate::client) topics: Topics,
    /// When the first of them was dropped.
    pub(super) began: Instant,
    /// How many they are.
    pub(in crate::client) count: u64,
}

impl Missed {
    /// Adds so many to what there may be already.
    pub(super) fn note(missed: &mut Option<Self>, count: u64, since: Instant, now: Instant) -> &mut Topics {
        let fresh = || Self { since, until: now, topics: Topics::default(), began: now, count: 0 };
        let missed = missed.get_or_insert_with(fresh);
        missed.count += count;
        missed.since = missed.since.min(since);
        missed.until = missed.until.max(now);
        &mut missed.topics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_bounded_and_never_too_few() {
        let mut topics = Topics::default();
        for n in 0..MOST_TOPICS {
            topics.insert(&n.to_string());
            topics.insert(&n.to_string());
        }
        assert!(topics.contains("0") && topics.contains("1023") && !topics.contains("other"));
        let mut others = Topics::default();
        others.extend(topics.clone());
        assert!(others.contains("7") && !others.contains("other"));
        topics.insert("one more");
        assert!(topics.contains("other") && topics.names.is_empty());
        others.extend(topics);
        assert!(others.contains("other"));
    }
}
