//! Overflow policies: what happens to events when the inbox is full. Each one owns the state that
//! it needs.
//!
//! A policy puts events into the queue with `admit`, makes room when `Inbox` has seen that a limit
//! is exceeded, reacts when a batch was `drained`, and with `release` moves events that it holds
//! back into the queue.

mod drop_log;
mod drop_newest;
mod drop_oldest;
mod latest;
mod latest_by_topic;
mod pause;

use std::time::Instant;

pub(super) use self::drop_log::{DropLog, Missed};
use self::{drop_newest::DropNewest, drop_oldest::DropOldest, latest::Latest, pause::Pause};
use super::{
    item::Item,
    limits::{InboxLimits, Overflow, Pressure, Usage},
    queue::Queue,
};
use crate::session::Delivery;

/// The policy of one inbox, with its state.
#[derive(Debug)]
pub(super) enum Policy {
    /// The driver reads no more until there is room. No event is dropped.
    Pause(Pause),
    DropOldest(DropOldest),
    DropNewest(DropNewest),
    /// Boxed, since it is several times as large as the others.
    Latest(Box<Latest>),
}

/// An event on its way into the inbox.
pub(super) struct Arrival<'a, E> {
    pub(super) received: Instant,
    /// Everything that the server sent before this instant precedes the event.
    pub(super) watermark: Instant,
    pub(super) delivery: Delivery<'a, E>,
}

/// What a policy did with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// The event waits in the queue, which may exceed its limits now.
    Queued,
    /// The event waits with the policy, within the limits.
    Held,
    /// The event was dropped.
    Rejected,
}

impl Policy {
    pub(super) fn new(limits: InboxLimits) -> Self {
        let max = limits.max();
        match limits.overflow {
            Overflow::Disconnect => Self::Pause(Pause::new(max)),
            Overflow::DropOldest => Self::DropOldest(DropOldest::new(max)),
            Overflow::DropNewest => Self::DropNewest(DropNewest::new(max)),
            Overflow::Latest => Self::Latest(Box::new(Latest::new(max))),
        }
    }

    /// An event arrives.
    pub(super) fn admit<E: Item>(&mut self, queue: &mut Queue, arrival: Arrival<'_, E>) -> Admission {
        match self {
            Self::Pause(_) => Pause::admit(queue, arrival),
            Self::DropOldest(_) => DropOldest::admit(queue, arrival),
            Self::DropNewest(policy) => policy.admit(queue, arrival),
            Self::Latest(policy) => policy.admit(queue, arrival),
        }
    }

    /// The usage that requires [`Self::make_room`].
    pub(super) const fn make_room_at(&self) -> Usage {
        match self {
            Self::Pause(pause) => pause.make_room_at(),
            Self::DropOldest(policy) => policy.make_room_at(),
            Self::DropNewest(policy) => policy.make_room_at(),
            Self::Latest(policy) => policy.make_room_at(),
        }
    }

    /// The queue may exceed the limits, by an event that was received at this instant.
    pub(super) fn make_room(&mut self, queue: &mut Queue, received: Instant) {
        match self {
            // The driver asks for the pressure.
            Self::Pause(_) => {}
            Self::DropOldest(policy) => policy.make_room(queue, received),
            Self::DropNewest(policy) => policy.make_room(queue),
            Self::Latest(policy) => policy.make_room(queue, received),
        }
    }

    /// A batch was taken from the queue, whose latest event has this number.
    pub(super) fn drained(&mut self, queue: &Queue, number: u64) {
        match self {
            Self::Pause(_) => {}
            Self::DropOldest(policy) => policy.drained(),
            Self::DropNewest(policy) => policy.drained(queue),
            Self::Latest(policy) => policy.drained(number),
        }
    }

    /// Moves the events that the policy holds into the queue, so that nothing overtakes them.
    pub(super) fn release(&mut self, queue: &mut Queue) {
        match self {
            Self::Pause(_) | Self::DropOldest(_) | Self::DropNewest(_) => {}
            Self::Latest(policy) => policy.release(queue),
        }
    }

    /// Marks the waiting events: a subscription has ended, and some may not be wanted any more.
    pub(super) fn mark_for_filtering(&mut self, queue: &mut Queue) {
        if let Self::Latest(policy) = self {
            policy.mark_for_filtering(queue);
        }
        queue.mark_for_filtering();
    }

    /// Discards the waiting events. They do not count as dropped.
    pub(super) fn discard(&mut self, queue: &mut Queue) {
        queue.drop_events();
        match self {
            Self::Pause(_) | Self::DropOldest(_) => {}
            Self::DropNewest(policy) => policy.reopen(queue),
            Self::Latest(policy) => policy.discard(),
        }
    }

    /// The events that wait.
    pub(super) fn usage(&self, queue: &Queue) -> Usage {
        match self {
            Self::Pause(_) | Self::DropOldest(_) | Self::DropNewest(_) => queue.events(),
            Self::Latest(policy) => policy.usage(queue),
        }
    }

    /// How much the waiting events require that the driver stops reading.
    pub(super) const fn pressure(&self, queue: &Queue) -> Pressure {
        match self {
            Self::Pause(pause) => pause.pressure(queue),
            Self::DropOldest(_) | Self::DropNewest(_) | Self::Latest(_) => Pressure::Low,
        }
    }

    /// Whether new events are rejected or held at present.
    pub(super) const fn is_overflowing(&self) -> bool {
        match self {
            Self::Pause(_) | Self::DropOldest(_) => false,
            Self::DropNewest(policy) => policy.is_rejecting(),
            Self::Latest(policy) => policy.is_holding(),
        }
    }

    /// Whether the policy holds events outside of the queue.
    pub(super) const fn is_holding(&self) -> bool {
        matches!(self, Self::Latest(policy) if policy.is_holding())
    }

    /// The dropped events, if it is time to tell the user.
    pub(super) fn take_missed(&mut self, queue: &Queue, now: Instant) -> Option<Missed> {
        match self {
            Self::Pause(_) => None,
            Self::DropOldest(policy) => policy.take_missed(queue, now),
            Self::DropNewest(policy) => policy.take_missed(queue, now),
            Self::Latest(policy) => policy.take_missed(queue, now),
        }
    }

    /// Whether [`Self::take_missed`] has something because there is room again.
    pub(super) fn has_room_to_report(&self, queue: &Queue) -> bool {
        match self {
            Self::Pause(_) => false,
            Self::DropOldest(policy) => !policy.log().is_reported() && policy.has_room(queue),
            Self::DropNewest(policy) => !policy.log().is_reported() && policy.has_room(queue),
            Self::Latest(policy) => !policy.log().is_reported() && policy.has_room(queue),
        }
    }

    /// `None` where no event is ever dropped.
    pub(super) const fn log(&self) -> Option<&DropLog> {
        match self {
            Self::Pause(_) => None,
            Self::DropOldest(policy) => Some(policy.log()),
            Self::DropNewest(policy) => Some(policy.log()),
            Self::Latest(policy) => Some(policy.log()),
        }
    }
}
