//! The deadlines of a session: a table with one slot for each purpose.

use std::time::Instant;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Timer {
    /// The connection must be ready: `connectTimeout`.
    Connect,
    /// The next dial after a backoff.
    Reconnect,
    /// The peer must have been heard from.
    Liveness,
    /// The client's own `ping` frame on the plain wire.
    PlainPing,
    /// The peer is quiet, or owes an answer to a WebSocket ping.
    Heartbeat,
    /// The attachments of a binary packet must have come.
    Attachments,
    /// The earliest ack is overdue.
    Ack,
    /// The oldest waiting message is too old.
    Outbox,
    /// The oldest join that waits for a connection has waited for too long.
    Join,
    /// The token is about to expire; where there is only one, it expires.
    Token,
    /// What was lost with a connection must have been confirmed on the next one.
    Gap,
    /// The user must have taken enough of what waits.
    Slow,
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
        Self::Slow,
    ];
}

/// All deadlines of a session.
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

    /// Takes one timer that is due.
    pub(in crate::session) fn expire(&mut self, now: Instant) -> Option<Timer> {
        let due = |slot: &Option<Instant>| slot.is_some_and(|at| at <= now);
        let timer = Timer::ALL.into_iter().zip(&self.slots).find_map(|(timer, slot)| due(slot).then_some(timer))?;
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_timer_has_its_own_slot_and_is_taken_once() {
        let start = Instant::now();
        let mut timers = Timers::default();
        for (after, timer) in (0u64..).zip(Timer::ALL) {
            timers.set(timer, start + Duration::from_secs(after));
        }
        for (after, timer) in (0u64..).zip(Timer::ALL) {
            let now = start + Duration::from_secs(after);
            assert_eq!(timers.next(), Some(now));
            assert_eq!(timers.expire(now), Some(timer));
            assert_eq!(timers.expire(now), None);
        }
        assert_eq!(timers.next(), None);
    }
}
