//! The deadlines of a session, or of a link: a table with one slot for each purpose.

use std::time::Instant;

/// The purpose of a deadline. Timers that are due at the same time are handled in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) enum Timer {
    /// The connection has to be ready: `connectTimeout`.
    Connect,
    /// The next dial after a delay.
    Reconnect,
    /// The server has to send something. Of a link.
    Liveness,
    /// The client's own `ping` frame on the plain protocol. Of a link.
    PlainPing,
    /// The peer is quiet, or owes an answer to our ping. The link's heartbeat keeps it.
    Heartbeat,
    /// The attachments of a binary packet have to come. Of a link.
    Attachments,
    /// The earliest pending request has timed out. Of a link.
    Ack,
    /// The oldest queued message expires.
    Outbox,
    /// The oldest join that waits for a connection expires.
    Join,
    /// The token has to be renewed; the token from the options expires.
    Token,
    /// The server has to confirm everything on the new connection.
    Gap,
    /// The user has to make room in the inbox. Of a link.
    SlowConsumer,
}

impl Timer {
    const ALL: [Self; 12] = [
        Self::Connect,
        Self::Reconnect,
        Self::Liveness,
        Self::PlainPing,
        Self::Heartbeat,
        Self::Attachments,
        Self::Ack,
        Self::Outbox,
        Self::Join,
        Self::Token,
        Self::Gap,
        Self::SlowConsumer,
    ];
}

/// A table of deadlines.
#[derive(Debug, Default)]
pub(in crate::session) struct Timers {
    slots: [Option<Instant>; Timer::ALL.len()],
}

impl Timers {
    /// Sets or clears one deadline.
    pub(in crate::session) fn assign(&mut self, timer: Timer, at: Option<Instant>) {
        if let Some(slot) = self.slots.get_mut(timer as usize) {
            *slot = at;
        }
    }

    pub(in crate::session) fn set(&mut self, timer: Timer, at: Instant) {
        self.assign(timer, Some(at));
    }

    pub(in crate::session) fn clear(&mut self, timer: Timer) {
        self.assign(timer, None);
    }

    /// Whether this deadline is set.
    pub(in crate::session) fn is_set(&self, timer: Timer) -> bool {
        self.slots.get(timer as usize).is_some_and(Option::is_some)
    }

    /// The earliest deadline.
    pub(in crate::session) fn next(&self) -> Option<Instant> {
        self.slots.iter().flatten().min().copied()
    }

    /// The first timer that is due.
    pub(in crate::session) fn due(&self, now: Instant) -> Option<Timer> {
        let is_due = |slot: &Option<Instant>| slot.is_some_and(|at| at <= now);
        Timer::ALL.into_iter().zip(&self.slots).find_map(|(timer, slot)| is_due(slot).then_some(timer))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_timer_has_its_own_slot_and_is_due_until_it_is_cleared() {
        let start = Instant::now();
        let mut timers = Timers::default();
        for (after, timer) in (0u64..).zip(Timer::ALL) {
            timers.set(timer, start + Duration::from_secs(after));
        }
        for (after, timer) in (0u64..).zip(Timer::ALL) {
            let now = start + Duration::from_secs(after);
            assert_eq!(timers.next(), Some(now));
            assert_eq!(timers.due(now), Some(timer));
            timers.clear(timer);
            assert_eq!(timers.due(now), None);
        }
        assert_eq!(timers.next(), None);
    }
}
