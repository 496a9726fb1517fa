//! The newest waiting event of each topic, in the order of their arrival.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use hashbrown::HashMap;

/// An event that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) topic: Arc<str>,
    /// The item's JSON.
    pub(super) text: String,
    /// What was sent until then came before it.
    pub(super) after: Instant,
    /// Whether it has taken the place of an older one.
    pub(super) replaces: bool,
}

/// Events by their number, and the number of each topic's newest.
#[derive(Debug, Default)]
pub(super) struct LatestByTopic {
    events: BTreeMap<u64, Waiting>,
    numbers: HashMap<Arc<str>, u64>,
    bytes: usize,
    /// The number given last.
    last: u64,
    /// Events up to this number may not be wanted any more.
    doubtful: u64,
}

impl LatestByTopic {
    /// Takes an event in; gives the one whose place it takes.
    pub(super) fn put(&mut self, topic: &str, text: String, after: Instant) -> Option<Waiting> {
        self.last += 1;
        let former = self.numbers.get(topic).copied();
        let replaced = former.and_then(|number| self.events.remove(&number));
        let topic = replaced.as_ref().map_or_else(|| topic.into(), |replaced| replaced.topic.clone());
        self.bytes += text.len();
        self.bytes -= replaced.as_ref().map_or(0, |replaced| replaced.text.len());
        self.numbers.insert(topic.clone(), self.last);
        self.events.insert(self.last, Waiting { topic, text, after, replaces: replaced.is_some() });
        replaced
    }

    /// Forgets the oldest; gives it.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let (_, event) = self.events.pop_first()?;
        self.numbers.remove(&event.topic);
        self.bytes -= event.text.len();
        Some(event)
    }

    /// The user has taken the events up to this number.
    pub(super) fn forget_until(&mut self, number: u64) {
        while self.events.first_key_value().is_some_and(|(&first, _)| first <= number) {
            self.pop();
        }
    }

    /// All of them, with their numbers, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Waiting)> {
        self.events.iter().map(|(&number, event)| (number, event))
    }

    /// All that wait are to be checked when they are taken.
    pub(super) const fn recheck(&mut self) {
        self.doubtful = self.last;
    }

    /// Whether some are to be checked.
    pub(super) fn is_to_be_checked(&self) -> bool {
        self.events.first_key_value().is_some_and(|(&first, _)| first <= self.doubtful)
    }

    /// The number given last.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_event_of_each_topic_in_the_order_of_arrival() {
        let now = Instant::now();
        let mut newest = LatestByTopic::default();
        for (topic, text) in [("a", "1"), ("b", "2"), ("a", "34"), ("c", "5")] {
            let replaced = newest.put(topic, text.into(), now).map(|event| event.text);
            assert_eq!(replaced.as_deref(), (text == "34").then_some("1"));
        }
        let texts: Vec<_> = newest.iter().map(|(number, event)| (number, &*event.text)).collect();
        assert_eq!(texts, [(2, "2"), (3, "34"), (4, "5")]);
        assert_eq!((newest.len(), newest.bytes(), newest.last()), (3, 4, 4));
        newest.forget_until(2);
        assert_eq!(newest.pop().map(|event| event.text).as_deref(), Some("34"));
        assert!(newest.put("a", "6".into(), now).is_none(), "it was forgotten");
        assert_eq!((newest.len(), newest.bytes()), (2, 2));
        newest.clear();
        assert_eq!((newest.len(), newest.bytes(), newest.last()), (0, 0, 5));
    }
}
