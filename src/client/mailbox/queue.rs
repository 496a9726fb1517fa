//! The batches that wait, oldest first, and how much they hold.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use super::{
    bounds::{InboxLimits, Level},
    missed::Topics,
};
use crate::{
    client::spares,
    shape::{Batch, Definition, Retained},
};

/// A batch holds this share of the limits at most, so that dropping the oldest one drops no more.
const PORTIONS: usize = 16;

#[derive(Debug)]
pub(super) struct Queue {
    batches: VecDeque<Entry>,
    leftovers: Leftovers,
    /// When a batch is closed; `None`: when it is full.
    portion: Option<Level>,
    level: Level,
    notices: Notices,
}

/// One batch.
#[derive(Debug)]
struct Entry {
    batch: Batch,
    /// What was sent until then came before its events.
    after: Option<Instant>,
    /// Those of its events, where they are asked for.
    topics: Topics,
    event_bytes: usize,
    notices: Notices,
    /// The number of its last event.
    until: u64,
}

/// How many, and the length of their texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notices {
    pub(super) count: usize,
    pub(super) bytes: usize,
}

/// What dropped batches held beside events. They were the oldest, so it is taken first.
#[derive(Debug, Default)]
struct Leftovers {
    notices: Vec<String>,
    /// Of each shape the newest: no event is left that needs an older one. So they are bounded as shapes and keys are.
    definitions: BTreeMap<u32, String>,
}

/// The events of a batch that were dropped.
#[derive(Debug)]
pub(super) struct Dropped {
    pub(super) count: usize,
    /// What was sent until then was not dropped.
    pub(super) after: Instant,
    pub(super) topics: Topics,
}

impl Queue {
    pub(super) fn new(limits: InboxLimits) -> Self {
        let portion = Level { events: (limits.events / PORTIONS).max(1), bytes: (limits.bytes / PORTIONS).max(1) };
        let portion = Some(portion).filter(|most| most.events < Batch::MAX_ITEMS || most.bytes < Batch::MAX_BYTES);
        Self {
            batches: VecDeque::new(),
            leftovers: Leftovers::default(),
            portion,
            level: Level { events: 0, bytes: 0 },
            notices: Notices::default(),
        }
    }

    /// Appends an event; what was sent until `after` came before it. Its topic is noted if it is given.
    pub(super) fn push_event(
        &mut self,
        after: Instant,
        number: u64,
        topic: Option<&str>,
        write: impl FnOnce(&mut Batch),
    ) {
        self.open();
        let Some(entry) = self.batches.back_mut() else { return };
        // Those of later events are not earlier.
        if entry.after.is_none() {
            entry.after = Some(after);
        }
        let before = entry.batch.bytes();
        write(&mut entry.batch);
        let bytes = entry.batch.bytes() - before;
        entry.event_bytes += bytes;
        entry.until = number;
        if let Some(topic) = topic {
            entry.topics.insert(topic);
        }
        self.level.events += 1;
        self.level.bytes += bytes;
    }

    /// Appends a notice, as JSON text.
    pub(super) fn push_notice(&mut self, text: &str) {
        self.open();
        let Some(entry) = self.batches.back_mut() else { return };
        entry.batch.push_json(false, |json| json.push_str(text));
        for notices in [&mut entry.notices, &mut self.notices] {
            notices.count += 1;
            notices.bytes += text.len();
        }
    }

    /// Takes the oldest batch, and says which number its last event has.
    pub(super) fn pop(&mut self) -> Option<(Batch, u64)> {
        if let Some((batch, notices)) = self.leftovers.take() {
            self.forget(notices);
            return Some((batch, 0));
        }
        let entry = self.batches.pop_front()?;
        self.forget(entry.notices);
        self.level.events -= entry.batch.count().1;
        self.level.bytes -= entry.event_bytes;
        Some((entry.batch, entry.until))
    }

    /// Drops the events of the oldest batch that has any; never those of the newest batch.
    pub(super) fn drop_oldest(&mut self) -> Option<Dropped> {
        while self.batches.len() > 1 {
            if let Some(dropped) = self.drop_front() {
                return Some(dropped);
            }
        }
        None
    }

    /// Drops all events. Says what it was, if there was any.
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

    /// The waiting events are to be checked when they are taken.
    pub(super) fn recheck(&mut self) {
        self.batches.iter_mut().for_each(|entry| entry.batch.recheck());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.leftovers.is_empty()
    }

    /// Whether there is a batch that takes no more.
    pub(super) fn has_full_batch(&self) -> bool {
        self.batches.len() > 1 || self.batches.front().is_some_and(|entry| self.is_full(entry))
    }

    /// The events.
    #[inline]
    pub(super) const fn level(&self) -> Level {
        self.level
    }

    /// The notices.
    pub(super) const fn notices(&self) -> Notices {
        self.notices
    }

    /// Sees to it that the newest batch has room.
    fn open(&mut self) {
        if self.batches.back().is_none_or(|entry| self.is_full(entry)) {
            let batch = spares::take();
            let (topics, notices) = (Topics::default(), Notices::default());
            self.batches.push_back(Entry { batch, after: None, topics, event_bytes: 0, notices, until: 0 });
        }
    }

    fn is_full(&self, Entry { batch, .. }: &Entry) -> bool {
        let is_portion = |most: Level| batch.count().1 >= most.events || batch.bytes() >= most.bytes;
        batch.is_full() || self.portion.is_some_and(is_portion)
    }

    /// Drops the events of the oldest batch, if it has any.
    fn drop_front(&mut self) -> Option<Dropped> {
        let Entry { batch, after, topics, event_bytes, .. } = self.batches.pop_front()?;
        let count = batch.count().1;
        self.level.events -= count;
        self.level.bytes -= event_bytes;
        self.leftovers.absorb(&batch);
        spares::give(batch);
        after.map(|after| Dropped { count, after, topics })
    }

    const fn forget(&mut self, notices: Notices) {
        self.notices.count -= notices.count;
        self.notices.bytes -= notices.bytes;
    }
}

impl Dropped {
    fn and(mut self, more: Self) -> Self {
        self.count += more.count;
        self.after = self.after.min(more.after);
        self.topics.extend(more.topics);
        self
    }
}

impl Leftovers {
    fn absorb(&mut self, batch: &Batch) {
        for leftover in batch.retained() {
            match leftover {
                Retained::Notice(text) => self.notices.push(text.to_owned()),
                Retained::Definition(number, text) => _ = self.definitions.insert(number, text.to_owned()),
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.notices.is_empty() && self.definitions.is_empty()
    }

    fn take(&mut self) -> Option<(Batch, Notices)> {
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
        Some((batch, Notices { count: notices.len(), bytes }))
    }
}
