//! The waiting batches, oldest first, and how much they hold.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use super::{limits::Usage, topics::Topics};
use crate::{
    client::batch_pool,
    shape::{Batch, Definition, Retained},
};

/// A batch holds at most one part in this many of the limits. So a policy that drops the oldest
/// batch drops no more than that.
const PORTIONS: usize = 16;

#[derive(Debug)]
pub(super) struct Queue {
    batches: VecDeque<Entry>,
    kept: KeptItems,
    /// The usage that closes a batch. `None`: a batch is closed when it is full.
    portion: Option<Usage>,
    events: Usage,
    notices: Usage,
}

/// One batch.
#[derive(Debug)]
struct Entry {
    batch: Batch,
    /// Everything that the server sent before this instant precedes the events of the batch.
    watermark: Option<Instant>,
    /// The topics of the marked events.
    topics: Topics,
    event_bytes: usize,
    notices: Usage,
    /// The number of the latest marked event.
    number: u64,
}

/// What the queue remembers of an event for the policy.
#[derive(Clone, Copy)]
pub(super) enum Mark<'a> {
    Nothing,
    /// The topic, in case the event is dropped.
    Topic(&'a str),
    /// The policy's number of the event.
    Number(u64),
}

/// What dropped batches held besides events. It is older than the batches that are left, so it is
/// taken first.
#[derive(Debug, Default)]
struct KeptItems {
    notices: Vec<String>,
    /// The newest definition of each shape, since no event is left that needs an older one. The
    /// limits of shapes and keys bound this map.
    definitions: BTreeMap<u32, String>,
}

/// The events of a batch that was dropped.
#[derive(Debug)]
pub(super) struct Dropped {
    pub(super) count: usize,
    /// Nothing that the server sent before this instant was dropped.
    pub(super) watermark: Instant,
    pub(super) topics: Topics,
}

impl Queue {
    pub(super) fn new(max: Usage) -> Self {
        let portion = Usage { count: (max.count / PORTIONS).max(1), bytes: (max.bytes / PORTIONS).max(1) };
        let is_smaller = portion.count < Batch::MAX_ITEMS || portion.bytes < Batch::MAX_BYTES;
        Self {
            batches: VecDeque::new(),
            kept: KeptItems::default(),
            portion: is_smaller.then_some(portion),
            events: Usage::default(),
            notices: Usage::default(),
        }
    }

    /// Appends an event. Everything that the server sent before `watermark` precedes it.
    pub(super) fn push_event(&mut self, watermark: Instant, mark: Mark<'_>, write: impl FnOnce(&mut Batch)) {
        self.open();
        let Some(entry) = self.batches.back_mut() else { return };
        // The watermarks of later events are not earlier.
        if entry.watermark.is_none() {
            entry.watermark = Some(watermark);
        }
        let before = entry.batch.bytes();
        write(&mut entry.batch);
        let bytes = entry.batch.bytes() - before;
        entry.event_bytes += bytes;
        match mark {
            Mark::Nothing => {}
            Mark::Topic(topic) => entry.topics.insert(topic),
            Mark::Number(number) => entry.number = number,
        }
        self.events += Usage { count: 1, bytes };
    }

    /// Appends a notice, as JSON text.
    pub(super) fn push_notice(&mut self, text: &str) {
        self.open();
        let Some(entry) = self.batches.back_mut() else { return };
        entry.batch.push_json(false, |json| json.push_str(text));
        let notice = Usage { count: 1, bytes: text.len() };
        entry.notices += notice;
        self.notices += notice;
    }

    /// Takes the oldest batch, with the number of its latest marked event.
    pub(super) fn pop(&mut self) -> Option<(Batch, u64)> {
        if let Some((batch, notices)) = self.kept.take() {
            self.notices -= notices;
            return Some((batch, 0));
        }
        let entry = self.batches.pop_front()?;
        self.notices -= entry.notices;
        self.events -= entry.events();
        Some((entry.batch, entry.number))
    }

    /// Drops the events of the oldest batch that has any. The newest batch is never dropped.
    pub(super) fn drop_oldest(&mut self) -> Option<Dropped> {
        while self.batches.len() > 1 {
            if let Some(dropped) = self.drop_front() {
                return Some(dropped);
            }
        }
        None
    }

    /// Drops all events, and returns what they were if there were any.
    pub(super) fn drop_events(&mut self) -> Option<Dropped> {
        let mut all: Option<Dropped> = None;
        while !self.batches.is_empty() {
            all = match (all, self.drop_front()) {
                (Some(all), Some(more)) => Some(all.and(more)),
                (all, dropped) => all.or(dropped),
            };
        }
        all
    }

    /// Marks the waiting batches: some of their events may not be wanted any more.
    pub(super) fn mark_for_filtering(&mut self) {
        self.batches.iter_mut().for_each(|entry| entry.batch.mark_for_filtering());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.kept.is_empty()
    }

    /// Whether a batch accepts no more items.
    pub(super) fn has_full_batch(&self) -> bool {
        self.batches.len() > 1 || self.batches.front().is_some_and(|entry| self.is_full(entry))
    }

    /// The waiting events.
    #[inline]
    pub(super) const fn events(&self) -> Usage {
        self.events
    }

    /// The waiting notices.
    pub(super) const fn notices(&self) -> Usage {
        self.notices
    }

    /// Ensures that the newest batch accepts an item.
    fn open(&mut self) {
        if self.batches.back().is_none_or(|entry| self.is_full(entry)) {
            // Most clients never have more than one batch, and the usual room for four takes a
            // kilobyte.
            if self.batches.capacity() == 0 {
                self.batches.reserve_exact(1);
            }
            self.batches.push_back(Entry::new());
        }
    }

    fn is_full(&self, Entry { batch, .. }: &Entry) -> bool {
        let usage = || Usage { count: batch.count().1, bytes: batch.bytes() };
        batch.is_full() || self.portion.is_some_and(|portion| usage().reaches(portion))
    }

    /// Drops the events of the oldest batch, if it has any.
    fn drop_front(&mut self) -> Option<Dropped> {
        let entry = self.batches.pop_front()?;
        let events = entry.events();
        self.events -= events;
        self.kept.absorb(&entry.batch);
        batch_pool::give(entry.batch);
        let watermark = entry.watermark?;
        Some(Dropped { count: events.count, watermark, topics: entry.topics })
    }
}

impl Entry {
    fn new() -> Self {
        Self {
            batch: batch_pool::take(),
            watermark: None,
            topics: Topics::default(),
            event_bytes: 0,
            notices: Usage::default(),
            number: 0,
        }
    }

    fn events(&self) -> Usage {
        Usage { count: self.batch.count().1, bytes: self.event_bytes }
    }
}

impl Dropped {
    fn and(mut self, more: Self) -> Self {
        self.count += more.count;
        self.watermark = self.watermark.min(more.watermark);
        self.topics.extend(more.topics);
        self
    }
}

impl KeptItems {
    fn absorb(&mut self, batch: &Batch) {
        for retained in batch.retained() {
            match retained {
                Retained::Notice(text) => self.notices.push(text.to_owned()),
                Retained::Definition(number, text) => _ = self.definitions.insert(number, text.to_owned()),
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.notices.is_empty() && self.definitions.is_empty()
    }

    /// One batch of all of it, with the usage of its notices.
    fn take(&mut self) -> Option<(Batch, Usage)> {
        if self.is_empty() {
            return None;
        }
        let Self { notices, definitions } = std::mem::take(self);
        let mut batch = Batch::default();
        for (number, description) in definitions {
            batch.define(&Definition { number, description });
        }
        for text in &notices {
            batch.push_json(false, |json| json.push_str(text));
        }
        let bytes = notices.iter().map(String::len).sum();
        Some((batch, Usage { count: notices.len(), bytes }))
    }
}
