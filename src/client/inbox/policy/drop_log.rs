//! The events that were dropped, and those of them that the user was not told of yet.

use std::time::{Duration, Instant};

use crate::client::inbox::topics::Topics;

/// While events are dropped without end, the user hears of them this often, provided that handlers
/// take anything at all.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Dropped events that the user has not been told of.
#[derive(Debug)]
pub(in crate::client) struct Missed {
    /// Delivery watermark: no event sent before this instant is among them.
    pub(in crate::client) since: Instant,
    pub(in crate::client) until: Instant,
    pub(in crate::client) topics: Topics,
    pub(in crate::client) count: u64,
    /// When the first of them was dropped.
    began: Instant,
}

/// Counts what a policy drops, and keeps it until it is reported.
#[derive(Debug)]
pub(in crate::client) struct DropLog {
    dropped: u64,
    unreported: Option<Missed>,
    /// Whether a batch was taken since the latest report. Otherwise another report would only wait
    /// behind that one.
    is_report_taken: bool,
}

impl DropLog {
    pub(super) const fn new() -> Self {
        Self { dropped: 0, unreported: None, is_report_taken: true }
    }

    /// Notes events that were dropped at `now`; every event sent before `since` was kept. The
    /// caller adds the events' topics to the set that this returns.
    pub(super) fn note(&mut self, count: u64, since: Instant, now: Instant) -> &mut Topics {
        self.dropped += count;
        let missed = self.unreported.get_or_insert_with(|| Missed {
            since,
            until: now,
            topics: Topics::default(),
            count: 0,
            began: now,
        });
        missed.count += count;
        missed.since = missed.since.min(since);
        missed.until = missed.until.max(now);
        &mut missed.topics
    }

    /// A batch was taken.
    pub(super) const fn handle_drain(&mut self) {
        self.is_report_taken = true;
    }

    /// Every event is dropped until `now`, not only the events that were noted.
    pub(super) const fn extend_until(&mut self, now: Instant) {
        if let Some(missed) = &mut self.unreported {
            missed.until = now;
        }
    }

    /// What the user has to be told, if the time has come: there is room again, or events have been
    /// dropped for [`REPORT_INTERVAL`].
    pub(super) fn take_report(&mut self, now: Instant, has_room: bool) -> Option<Missed> {
        let missed = self.unreported.as_ref()?;
        let is_overdue = self.is_report_taken && now.saturating_duration_since(missed.began) >= REPORT_INTERVAL;
        if has_room || is_overdue { self.take() } else { None }
    }

    /// What the user has to be told.
    pub(super) const fn take(&mut self) -> Option<Missed> {
        self.is_report_taken = false;
        self.unreported.take()
    }

    /// Whether the user knows of every dropped event.
    pub(in crate::client) const fn is_reported(&self) -> bool {
        self.unreported.is_none()
    }

    /// How many events were dropped so far.
    pub(in crate::client) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
