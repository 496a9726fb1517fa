//! The topics of dropped events.

use hashbrown::HashSet;

/// A set that would hold more topics than this holds all topics.
const MAX_TOPICS: usize = 1024;

/// A bounded set of topics.
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
        self.all |= self.names.len() > MAX_TOPICS;
        if self.all {
            self.names = HashSet::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_bounded_and_never_too_few() {
        let mut topics = Topics::default();
        for n in 0..MAX_TOPICS {
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
