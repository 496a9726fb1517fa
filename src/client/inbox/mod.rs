//! The inbox: what waits for the user's thread. It holds batches of events and notices, bounded, in
//! the order in which things happened.
//!
//! An event of a known shape is an item of the batch itself, see [`Batch`]. Every other item is
//! JSON: an event is an object, a notice is an array that begins with its kind:
//!
//! | item | meaning |
//! |---|---|
//! | `{...}` | an event |
//! | `["binary", {...}, ["<base64>", ...]]` | an event with the attachments of its placeholders |
//! | `["connection", { state, reason?, attempt?, retryIn?, recovered? }]` | the state of the connection has changed |
//! | `["error", { code, message, status?, subscriptionId?, channel?, retryAfter?, cause?, uncertain?, remediation? }]` | something has failed |
//! | `["gap", { since, until, reason, subscriptions, channels, dropped? }]` | events may have been missed |
//! | `["slow", { events, bytes, maxEvents, maxBytes, overflow, dropped }]` | the inbox is more than half full; this item overtakes the others |
//! | `["subscribed", { subscriptionId }]` | the server has confirmed a subscription |
//! | `["joined", { channel }]` | the server has confirmed a channel |
//! | `["token"]` | the client needs a token from the user |
//! | `["outcome", { id, result?, error? }]` | the outcome of a message, a join or a leave |
//!
//! When events fill the inbox, its [`Policy`] decides what happens to the rest. Notices are never
//! dropped. When notices fill the inbox, the driver does not read from the link until half of them
//! were taken, whatever the policy is. It does not dial in that time either, which bounds the
//! notices about the connection. The limits of the outbox bound the outcomes.

#[cfg(test)]
#[path = "../../../tests/batch/mod.rs"]
mod batch_reader;
mod item;
mod limits;
#[cfg(test)]
mod overflow_tests;
mod policy;
mod queue;
mod slow_warning;
#[cfg(test)]
mod tests;
mod topics;
mod wake_up;

use std::time::{Duration, Instant};

pub use self::limits::{InboxLimits, Overflow, Usage};
pub(super) use self::wake_up::Wake;
use self::{
    item::Item,
    limits::Pressure,
    policy::{Admission, Arrival, DropLog, Missed, Policy},
    queue::Queue,
    slow_warning::SlowWarning,
    wake_up::WakeUp,
};
use super::{batch_pool, unix_time::unix_milliseconds};
use crate::{
    session::{Delivery, Notice},
    shape::Batch,
};

/// Notices fill the inbox at this count, or these bytes.
const MAX_NOTICES: Usage = Usage { count: 4096, bytes: 4 << 20 };

/// The waiting batches.
#[derive(Debug)]
pub(super) struct Inbox {
    limits: InboxLimits,
    queue: Queue,
    policy: Policy,
    slow_warning: SlowWarning,
    /// At this usage [`Self::push`] calls [`Self::check_limits`].
    check_at: Usage,
    wake_up: WakeUp,
    reading: Reading,
    delivered: u64,
    discarded: u64,
    /// How many of the taken events wait in loops that accept no more.
    held: usize,
    /// Everything that the server sent before this instant was delivered: the user's thread found
    /// the inbox empty.
    caught_up: Instant,
}

/// What the driver does with the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It reads.
    Continue,
    /// It stops: the inbox is full, and TCP makes the server wait.
    Stop,
}

impl Inbox {
    /// An empty inbox.
    pub(super) fn new(now: Instant, limits: InboxLimits) -> Self {
        let mut inbox = Self {
            limits,
            queue: Queue::new(limits.max()),
            policy: Policy::new(limits),
            slow_warning: SlowWarning::Idle,
            check_at: Usage::default(),
            wake_up: WakeUp::new(),
            reading: Reading::Continue,
            delivered: 0,
            discarded: 0,
            held: 0,
            caught_up: now,
        };
        inbox.check_at = inbox.next_check();
        inbox
    }

    /// Appends an event that was received at this instant. Everything that the server sent before
    /// `watermark` precedes it.
    pub(super) fn push<E: Item>(
        &mut self,
        received: Instant,
        watermark: Instant,
        delivery: Delivery<'_, E>,
    ) -> Reading {
        self.wake_up.handle_event(received, self.is_empty());
        // The inbox may have been found empty while this event was on its way.
        self.caught_up = self.caught_up.min(watermark);
        let arrival = Arrival { received, watermark, delivery };
        match self.policy.admit(&mut self.queue, arrival) {
            Admission::Queued if self.usage().reaches(self.check_at) => self.check_limits(received),
            Admission::Queued | Admission::Held | Admission::Rejected => Reading::Continue,
        }
    }

    /// Appends a notice.
    pub(super) fn push_notice(&mut self, notice: &Notice) {
        // It must not overtake earlier events.
        self.policy.release(&mut self.queue);
        self.wake_up.handle_notice();
        self.queue.push_notice(&notice.item(unix_milliseconds));
    }

    /// Takes the oldest batch, and returns one that was read to the pool.
    pub(super) fn drain(&mut self, now: Instant, spent: Option<Batch>) -> Option<Batch> {
        if let Some(spent) = spent {
            batch_pool::give(spent);
        }
        if let Some(warning) = self.take_slow_warning() {
            let mut batch = Batch::default();
            batch.push_json(false, |json| json.push_str(&warning));
            return Some(batch);
        }
        if self.queue.is_empty() {
            self.policy.release(&mut self.queue);
        }
        let Some((batch, number)) = self.queue.pop() else {
            self.wake_up.handle_empty();
            self.caught_up = now;
            return None;
        };
        self.delivered += batch.count().1 as u64;
        self.policy.drained(&self.queue, number);
        self.rearm_warning();
        Some(batch)
    }

    /// Takes the slow warning, as the JSON text of an item, unless there is none or it was taken.
    pub(super) fn take_slow_warning(&mut self) -> Option<String> {
        match self.slow_warning {
            SlowWarning::Idle | SlowWarning::Emitted => None,
            SlowWarning::Due | SlowWarning::Signalled => {
                self.slow_warning = SlowWarning::Emitted;
                Some(slow_warning::item(self.usage(), self.limits, self.dropped()))
            }
        }
    }

    /// Marks the waiting events: a subscription has ended, and some may not be wanted any more.
    pub(super) fn mark_for_filtering(&mut self) {
        self.policy.mark_for_filtering(&mut self.queue);
    }

    /// Discards the waiting events. The notices stay.
    pub(super) fn discard_events(&mut self) {
        self.discarded += self.usage().count as u64;
        self.policy.discard(&mut self.queue);
        self.slow_warning = SlowWarning::Idle;
        self.check_at = self.next_check();
    }

    /// The dropped events, when it is time to tell the user: there is room again, or the dropping
    /// has lasted for long.
    pub(super) fn take_missed(&mut self, now: Instant) -> Option<Missed> {
        let missed = self.policy.take_missed(&self.queue, now)?;
        self.rearm_warning();
        Some(missed)
    }

    /// Events that the server sent after this instant may not have reached the user. `None`: every
    /// event has.
    pub(super) fn undelivered_since(&self) -> Option<Instant> {
        (self.wake_up.is_woken() || !self.is_empty()).then_some(self.caught_up)
    }

    /// Decides whether the driver reads. A full inbox stops it until the inbox is half empty.
    pub(super) fn update_reading(&mut self) -> Reading {
        match self.pressure() {
            Pressure::High => self.reading = Reading::Stop,
            Pressure::Medium => {}
            Pressure::Low => self.reading = Reading::Continue,
        }
        self.reading
    }

    /// Whether the driver waits for room, and there is room now.
    pub(super) fn is_awaited(&self) -> bool {
        self.reading == Reading::Stop && self.pressure() == Pressure::Low || self.policy.has_room_to_report(&self.queue)
    }

    /// Whether the user has to be told of dropped events as soon as there is room.
    pub(super) fn has_unreported_drops(&self) -> bool {
        self.policy.log().is_some_and(|log| !log.is_reported())
    }

    /// Notes how many of the taken events wait in loops that accept no more. While there are any,
    /// the driver does not read.
    pub(super) const fn hold(&mut self, events: usize) {
        self.held = events;
    }

    /// Everything that the server sent before this time, in Unix milliseconds, was taken before the
    /// batch that was taken last, or together with it.
    pub(super) fn taken_until(&self) -> u64 {
        unix_milliseconds(self.caught_up)
    }

    /// Sets how long an event may wait for more events before the thread is woken.
    pub(super) const fn set_coalesce(&mut self, coalesce: Duration) {
        self.wake_up.set_coalesce(coalesce);
    }

    /// When to wake the user's thread. The caller does so after [`Wake::Now`].
    pub(super) fn poll_wake(&mut self, now: Instant) -> Wake {
        if self.slow_warning == SlowWarning::Due {
            self.slow_warning = SlowWarning::Signalled;
            return self.wake_up.wake();
        }
        if self.is_empty() {
            return Wake::Never;
        }
        // A full batch gains nothing from more events, and an overflowing policy drops them.
        let is_pointless = self.policy.is_overflowing() || self.queue.has_full_batch();
        self.wake_up.poll(now, is_pointless)
    }

    /// The number of waiting events, those of full loops included, and the bytes of everything that
    /// waits here.
    pub(super) fn depth(&self) -> Usage {
        let Usage { count, bytes } = self.usage();
        Usage { count: count + self.held, bytes: bytes + self.queue.notices().bytes }
    }

    /// How many events the user's thread has taken.
    pub(super) const fn delivered(&self) -> u64 {
        self.delivered
    }

    /// How many events were discarded: the user had ended the connection.
    pub(super) const fn discarded(&self) -> u64 {
        self.discarded
    }

    /// How many events were dropped because the inbox was full.
    pub(super) fn dropped(&self) -> u64 {
        self.policy.log().map_or(0, DropLog::dropped)
    }

    /// The latest event has reached the usage that requires a check: warns the user, and lets the
    /// policy make room.
    #[cold]
    fn check_limits(&mut self, received: Instant) -> Reading {
        if self.slow_warning == SlowWarning::Idle {
            self.slow_warning = SlowWarning::Due;
            self.check_at = self.next_check();
        }
        self.policy.make_room(&mut self.queue, received);
        match self.policy.pressure(&self.queue) {
            Pressure::High => Reading::Stop,
            Pressure::Medium | Pressure::Low => Reading::Continue,
        }
    }

    /// The usage for the next check: more than half of the limits for the warning, then the usage
    /// at which the policy makes room.
    const fn next_check(&self) -> Usage {
        match self.slow_warning {
            SlowWarning::Idle => {
                let Usage { count, bytes } = self.limits.max();
                Usage { count: count / 2 + 1, bytes: bytes / 2 + 1 }
            }
            SlowWarning::Due | SlowWarning::Signalled | SlowWarning::Emitted => self.policy.make_room_at(),
        }
    }

    /// Allows the next warning when at most a quarter of the limits is left.
    fn rearm_warning(&mut self) {
        if self.slow_warning == SlowWarning::Emitted && self.usage().is_within(self.limits.max(), 4) {
            self.slow_warning = SlowWarning::Idle;
            self.check_at = self.next_check();
        }
    }

    /// The waiting events.
    fn usage(&self) -> Usage {
        self.policy.usage(&self.queue)
    }

    fn pressure(&self) -> Pressure {
        if self.held > 0 {
            return Pressure::High;
        }
        self.queue.notices().pressure(MAX_NOTICES).max(self.policy.pressure(&self.queue))
    }

    fn is_empty(&self) -> bool {
        self.queue.is_empty() && !self.policy.is_holding()
    }
}
