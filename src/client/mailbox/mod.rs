//! What waits to be taken by the user's thread: batches of events and notices, bounded, in the order of what happened.
//!
//! An event of a known shape is an item of the batch itself, see [`Batch`]. All other items are JSON: events are objects,
//! notices arrays that start with their kind:
//!
//! | item | what |
//! |---|---|
//! | `{...}` | an event |
//! | `["binary", {...}, ["<base64>", ...]]` | an event with what its placeholders stand for |
//! | `["connection", { state, reason?, attempt?, retryIn?, recovered? }]` | the state of the connection has changed |
//! | `["error", { code, message, status?, subscriptionId?, channel?, retryAfter?, cause?, uncertain?, remediation? }]` | something went wrong |
//! | `["gap", { since, until, reason, subscriptions, channels, dropped? }]` | events may have been missed |
//! | `["slow", { events, bytes, maxEvents, maxBytes, overflow, dropped }]` | the mailbox is half full; it comes before all that waits |
//! | `["subscribed", { subscriptionId }]` | the server has confirmed a subscription |
//! | `["joined", { channel }]` | the server has confirmed a channel |
//! | `["token"]` | a token is wanted from the user |
//! | `["outcome", { id, result?, error? }]` | what became of a message, a join or a leave |
//!
//! When it is full of events the limits say what becomes of the rest, see [`Overflow`]. Notices are never dropped: when it
//! is full of those, the link is not read until half of them were taken, whatever the limits say. No dial is made then
//! either, so that news of the connection is bounded too; outcomes are, by the messages that may wait for one.

#[cfg(test)]
#[path = "../../../tests/batch/mod.rs"]
mod batch_reader;
mod bell;
mod bounds;
mod gap;
mod item;
mod missed;
mod newest;
mod notice;
mod overflow;
#[cfg(test)]
mod overflow_tests;
mod queue;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub use self::bounds::{InboxLimits, Overflow};
use self::{
    bell::{Alarm, Ringing},
    bounds::Level,
    item::Item,
    missed::Missed,
    newest::Newest,
    queue::{Notices, Queue},
};
use super::spares;
use crate::{
    session::{Delivery, Notice},
    shape::Batch,
};

/// It is full of notices at this many of them, or bytes.
const MOST_NOTICES: Notices = Notices { count: 4096, bytes: 4 << 20 };

/// The waiting batches.
#[derive(Debug)]
pub(super) struct Mailbox {
    limits: InboxLimits,
    queue: Queue,
    gate: Gate,
    /// Where [`Overflow::Latest`] holds: the newest events of all that wait.
    newest: Option<Box<Newest>>,
    /// At this level [`Self::push`] takes a closer look.
    watch: Level,
    alarm: Alarm,
    /// Events that were dropped, and the user was not told.
    missed: Option<Missed>,
    /// A batch was taken since the user was told of what was dropped.
    taken: bool,
    dropped: u64,
    delivered: u64,
    ringing: Ringing,
    /// It was full, and whoever fills it waits for room.
    paused: bool,
    /// When the user's thread found it empty last, or before that: what was sent until then was delivered.
    caught_up: Instant,
}

/// What is done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// It is put into a batch.
    Open,
    /// It is dropped, until there is room.
    Shut,
    /// It takes the place of the former one of its topic. All events wait in `newest`, none in a batch.
    Latest,
}

impl Mailbox {
    /// An empty mailbox.
    pub(super) fn new(now: Instant, limits: InboxLimits) -> Self {
        let mut mailbox = Self {
            limits,
            queue: Queue::new(limits),
            gate: Gate::Open,
            newest: (limits.overflow == Overflow::Latest).then(Box::default),
            watch: Level { events: 0, bytes: 0 },
            alarm: Alarm::Quiet,
            missed: None,
            taken: true,
            dropped: 0,
            delivered: 0,
            ringing: Ringing { done: false, patience: Duration::ZERO, since: now, urgent: false },
            paused: false,
            caught_up: now,
        };
        mailbox.watch = mailbox.next_watch();
        mailbox
    }

    /// Takes an event that was received at that time; what was sent until `after` came before it. Is the link not to be read
    /// any more?
    pub(super) fn push<E: Item>(&mut self, received: Instant, after: Instant, delivery: Delivery<'_, E>) -> bool {
        if self.is_empty() {
            self.ringing.since = received;
        }
        // It may have been found empty while this event was on its way here.
        self.caught_up = self.caught_up.min(after);
        if self.gate != Gate::Open {
            self.turn_away(received, after, &delivery);
            return false;
        }
        let Delivery { topic, event } = delivery;
        let number = if let Some(newest) = &mut self.newest {
            newest.put(&topic, event.json().into_owned(), after);
            newest.last()
        } else {
            0
        };
        let topic = (self.limits.overflow == Overflow::DropOldest).then_some(&*topic);
        self.queue.push_event(after, number, topic, |batch| event.write(batch));
        let Level { events, bytes } = self.level();
        (events >= self.watch.events || bytes >= self.watch.bytes) && self.look(received)
    }

    /// Appends news of another kind.
    pub(super) fn push_notice(&mut self, notice: &Notice) {
        // It is not to overtake what came before.
        if self.gate == Gate::Latest {
            self.release_newest();
        }
        self.ringing.urgent = true;
        self.queue.push_notice(&notice::item(notice));
    }

    /// Takes the oldest batch, and gives back one that is done with.
    pub(super) fn drain(&mut self, now: Instant, spent: Option<Batch>) -> Option<Batch> {
        if let Some(spent) = spent {
            spares::give(spent);
        }
        if let Some(alarm) = self.take_alarm() {
            let mut batch = Batch::default();
            batch.push_json(false, |json| json.push_str(&alarm));
            return Some(batch);
        }
        if self.queue.is_empty() && self.gate == Gate::Latest {
            self.release_newest();
        }
        let Some((batch, number)) = self.queue.pop() else {
            self.ringing.done = false;
            self.ringing.urgent = false;
            self.caught_up = now;
            return None;
        };
        self.delivered += batch.count().1 as u64;
        self.taken = true;
        if let Some(newest) = &mut self.newest {
            newest.forget_until(number);
        }
        self.settle();
        Some(batch)
    }

    /// The waiting events are to be checked when they are taken: some are not wanted any more.
    pub(super) fn recheck(&mut self) {
        if let Some(newest) = &mut self.newest {
            newest.recheck();
        }
        if self.gate == Gate::Latest {
            self.release_newest();
        }
        self.queue.recheck();
    }

    /// Drops the waiting events. Notices stay.
    pub(super) fn drop_events(&mut self) {
        self.queue.drop_events();
        if let Some(newest) = &mut self.newest {
            newest.clear();
            self.gate = Gate::Open;
        }
        self.alarm = Alarm::Quiet;
        self.watch = self.next_watch();
        self.settle();
    }

    /// Since when what was sent may not have reached the user; `None` when all of it has.
    pub(super) fn undelivered_since(&self) -> Option<Instant> {
        (self.ringing.done || !self.is_empty()).then_some(self.caught_up)
    }

    /// Whether to read no more for now: from when it is full until enough has been taken.
    pub(super) fn pause(&mut self) -> bool {
        let Notices { count, bytes } = self.queue.notices();
        let is_full = count >= MOST_NOTICES.count
            || bytes >= MOST_NOTICES.bytes
            || self.limits.overflow == Overflow::Disconnect && self.is_full_of_events();
        self.paused = is_full || self.paused && !self.has_room_to_read();
        self.paused
    }

    /// Whether whoever fills it waits for room that there is now.
    pub(super) fn is_awaited(&self) -> bool {
        self.paused && self.has_room_to_read() || self.missed.is_some() && self.has_room()
    }

    /// Whether the user is to be told of dropped events as soon as there is room.
    pub(super) const fn owes(&self) -> bool {
        self.missed.is_some()
    }

    /// How many events wait, and the bytes of all that waits.
    pub(super) fn depth(&self) -> (usize, usize) {
        let Level { events, bytes } = self.level();
        (events, bytes + self.queue.notices().bytes)
    }

    /// The events that wait.
    fn level(&self) -> Level {
        let Level { events, bytes } = self.queue.level();
        match &self.newest {
            Some(newest) if self.gate == Gate::Latest => Level { events: newest.len(), bytes: newest.bytes() },
            // Each topic's newest is there twice.
            Some(newest) => Level { events, bytes: bytes + newest.bytes() },
            None => Level { events, bytes },
        }
    }

    /// How many events have been taken so far.
    pub(super) const fn delivered(&self) -> u64 {
        self.delivered
    }

    /// How many events were dropped for want of room.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Less is waiting.
    fn settle(&mut self) {
        if self.alarm == Alarm::Told && self.level().is_within(self.limits, 4) {
            self.alarm = Alarm::Quiet;
            self.watch = self.next_watch();
        }
        if self.gate == Gate::Shut && self.missed.is_none() && self.has_room() {
            self.gate = Gate::Open;
        }
    }

    /// Above half of a limit the user is warned. Above the limit there is something to do; with two policies already when
    /// it is reached.
    const fn next_watch(&self) -> Level {
        let InboxLimits { events, bytes, overflow } = self.limits;
        match (self.alarm, overflow) {
            (Alarm::Quiet, _) => Level { events: events / 2 + 1, bytes: bytes / 2 + 1 },
            (_, Overflow::Disconnect | Overflow::DropNewest) => Level { events, bytes },
            (_, Overflow::DropOldest | Overflow::Latest) => {
                Level { events: events.saturating_add(1), bytes: bytes.saturating_add(1) }
            }
        }
    }

    const fn is_full_of_events(&self) -> bool {
        let Level { events, bytes } = self.queue.level();
        events >= self.limits.events || bytes >= self.limits.bytes
    }

    /// Whether half of what may wait is free, so that what was dropped can be told and taking go on.
    fn has_room(&self) -> bool {
        self.gate != Gate::Latest && self.level().is_within(self.limits, 2)
    }

    /// Whether the link can be read again.
    fn has_room_to_read(&self) -> bool {
        let Notices { count, bytes } = self.queue.notices();
        let half = count <= MOST_NOTICES.count / 2 && bytes <= MOST_NOTICES.bytes / 2;
        half && (self.limits.overflow != Overflow::Disconnect || self.level().is_within(self.limits, 2))
    }

    fn is_empty(&self) -> bool {
        // There it is never empty.
        self.queue.is_empty() && self.gate != Gate::Latest
    }
}
