//! When the user's thread is woken to take what waits, and warned that it waits for long.

use std::time::{Duration, Instant};

use super::{
    Gate, Inbox,
    limits::{InboxLimits, Usage},
};

/// What there is to know of the bell.
#[derive(Debug)]
pub(super) struct Ringing {
    /// It was rung, and not yet answered by a drain that found nothing.
    pub(super) done: bool,
    /// How long events may wait for more before it is.
    pub(super) patience: Duration,
    /// Since when something waits, if it does.
    pub(super) since: Instant,
    /// There is news among it, which waits for nothing.
    pub(super) urgent: bool,
}

/// Whether the user knows that the inbox fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlowWarning {
    /// There is nothing to know.
    Quiet,
    /// The bell is to be rung for it.
    Due,
    /// The user is about to take it.
    Raised,
    /// The user was told.
    Told,
}

impl Inbox {
    /// Sets how long events may wait for more.
    pub(in crate::client) const fn set_patience(&mut self, patience: Duration) {
        self.ringing.patience = patience;
    }

    /// The warning that the inbox fills, if there is one that the user has not taken: an item as JSON text.
    pub(in crate::client) fn take_slow_warning(&mut self) -> Option<String> {
        if !matches!(self.alarm, SlowWarning::Due | SlowWarning::Raised) {
            return None;
        }
        self.alarm = SlowWarning::Told;
        let Usage { events, bytes } = self.level();
        let InboxLimits { events: max_events, bytes: max_bytes, overflow } = self.limits;
        Some(format!(
            r#"["slow",{{"events":{events},"bytes":{bytes},"maxEvents":{max_events},"maxBytes":{max_bytes},"overflow":"{}","dropped":{}}}]"#,
            overflow.name(),
            self.dropped
        ))
    }

    /// Whether there is reason to ring the bell now; it is asked once.
    pub(in crate::client) fn ring_due(&mut self, now: Instant) -> bool {
        let due = self.ring_at().is_some_and(|at| at <= now);
        if due {
            self.ringing.done = true;
            if self.alarm == SlowWarning::Due {
                self.alarm = SlowWarning::Raised;
            }
        }
        due
    }

    /// When there will be reason to ring the bell, if nothing more comes.
    pub(in crate::client) fn ring_at(&self) -> Option<Instant> {
        if self.alarm == SlowWarning::Due {
            return Some(self.ringing.since);
        }
        if self.is_empty() || self.ringing.done {
            return None;
        }
        // A batch that is full gains nothing by waiting.
        let at_once = self.ringing.urgent || self.gate != Gate::Open || self.queue.has_full_batch();
        Some(if at_once { self.ringing.since } else { self.ringing.since + self.ringing.patience })
    }
}
