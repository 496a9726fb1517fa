//! The latest waiting event of each topic, in the order of arrival.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use hashbrown::HashMap;

/// A waiting event.
#[derive(Debug)]
pub(super) struct LatestEvent {
    pub(super) topic: Arc<str>,
    /// The item as JSON text.
    pub(super) text: String,
    /// Everything that the server sent before this instant precedes the event.
    pub(super) watermark: Instant,
    /// Whether the event replaced an older one.
    is_replacement: bool,
}

/// Events by their number, and the number of each topic's latest event.
#[derive(Debug, Default)]
pub(super) struct LatestByTopic {
    events: BTreeMap<u64, LatestEvent>,
    numbers: HashMap<Arc<str>, u64>,
    bytes: usize,
    last_number: u64,
    /// Events up to this number may not be wanted any more.
    filter_until: u64,
}

impl LatestByTopic {
    /// Inserts an event and returns the event that it replaces.
    pub(super) fn insert(&mut self, topic: &str, text: String, watermark: Instant) -> Option<LatestEvent> {
        self.last_number += 1;
        let former = self.numbers.get(topic).copied();
        let replaced = former.and_then(|number| self.events.remove(&number));
        let topic = replaced.as_ref().map_or_else(|| topic.into(), |replaced| replaced.topic.clone());
        self.bytes += text.len();
        self.bytes -= replaced.as_ref().map_or(0, |replaced| replaced.text.len());
        self.numbers.insert(topic.clone(), self.last_number);
        let event = LatestEvent { topic, text, watermark, is_replacement: replaced.is_some() };
        self.events.insert(self.last_number, event);
        replaced
    }

    /// Removes the oldest event.
    pub(super) fn pop(&mut self) -> Option<LatestEvent> {
        let (_, event) = self.events.pop_first()?;
        self.numbers.remove(&event.topic);
        self.bytes -= event.text.len();
        Some(event)
    }

    /// Removes the events up to this number: the user's thread has taken them.
    pub(super) fn forget_until(&mut self, number: u64) {
        while self.events.first_key_value().is_some_and(|(&first, _)| first <= number) {
            self.pop();
        }
    }

    /// The events with their numbers, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &LatestEvent)> {
        self.events.iter().map(|(&number, event)| (number, event))
    }

    /// The topics of the events that replaced an older one.
    pub(super) fn replacing_topics(&self) -> impl Iterator<Item = &str> {
        self.events.values().filter(|event| event.is_replacement).map(|event| &*event.topic)
    }

    /// Marks the events: some may not be wanted any more.
    pub(super) const fn mark_for_filtering(&mut self) {
        self.filter_until = self.last_number;
    }

    /// Whether a marked event is left.
    pub(super) fn needs_filtering(&self) -> bool {
        self.events.first_key_value().is_some_and(|(&first, _)| first <= self.filter_until)
    }

    /// The number of the event that was inserted last.
    pub(super) const fn last_number(&self) -> u64 {
        self.last_number
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn clear(&mut self) {
        *self = Self { last_number: self.last_number, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_event_of_each_topic_in_the_order_of_arrival() {
        let now = Instant::now();
        let mut latest = LatestByTopic::default();
        for (topic, text) in [("a", "1"), ("b", "2"), ("a", "34"), ("c", "5")] {
            let replaced = latest.insert(topic, text.into(), now).map(|event| event.text);
            assert_eq!(replaced.as_deref(), (text == "34").then_some("1"));
        }
        let texts: Vec<_> = latest.iter().map(|(number, event)| (number, &*event.text)).collect();
        assert_eq!(texts, [(2, "2"), (3, "34"), (4, "5")]);
        assert_eq!(latest.replacing_topics().collect::<Vec<_>>(), ["a"]);
        assert_eq!((latest.len(), latest.bytes(), latest.last_number()), (3, 4, 4));
        latest.forget_until(2);
        assert_eq!(latest.pop().map(|event| event.text).as_deref(), Some("34"));
        assert!(latest.insert("a", "6".into(), now).is_none(), "it was forgotten");
        assert_eq!((latest.len(), latest.bytes()), (2, 2));
        latest.clear();
        assert_eq!((latest.len(), latest.bytes(), latest.last_number()), (0, 0, 5));
    }
}
