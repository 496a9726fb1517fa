//! Counts the situations that simulations reach: a run proves nothing about a situation that never
//! occurred.

use std::{collections::BTreeMap, fmt, ops::AddAssign};

/// How often each situation occurred.
#[derive(Default)]
pub(super) struct Coverage(BTreeMap<&'static str, u64>);

impl Coverage {
    /// The situations that a full run must reach.
    const EXPECTED: &[&str] = &[
        "ack overdue",
        "application pong",
        "auth refused",
        "black hole",
        "closed by server",
        "connect timeout",
        "control pong",
        "cut",
        "dead peer detected",
        "delivered",
        "excused",
        "expired",
        "gap reported",
        "gave up",
        "half open",
        "invalid frame",
        "disconnected by server",
        "lost call",
        "moved to a WebSocket",
        "outbox full",
        "overflow",
        "paused",
        "ping namespace opened",
        "ping ignored",
        "pong swallowed",
        "recovered",
        "refused call",
        "refused event",
        "refused recovery",
        "repeat dropped",
        "resubscribed",
        "resent",
        "slow consumer",
        "status refused",
        "user disconnects",
    ];

    pub(super) fn count(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    /// The expected situations that never occurred.
    pub(super) fn missed(&self) -> Vec<&str> {
        Self::EXPECTED.iter().copied().filter(|what| self.0.get(what).is_none_or(|times| *times == 0)).collect()
    }
}

impl AddAssign<&Self> for Coverage {
    fn add_assign(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            self.count(what, *times);
        }
    }
}

impl fmt::Debug for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
