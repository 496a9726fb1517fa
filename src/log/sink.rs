//! Sinks: where the records of a client wait for JavaScript.

use std::sync::{
    Arc, Once,
    atomic::{AtomicU64, Ordering},
};

use tracing_core::{Dispatch, callsite, dispatcher};

use super::{
    Log,
    registry::{Entry, Levels},
    subscriber::Router,
};
use crate::waker::Waker;

static LATEST: AtomicU64 = AtomicU64::new(0);
static SUBSCRIBED: Once = Once::new();

/// The place of one client's records. Dropping it closes it: further records are discarded.
#[derive(Debug)]
pub struct Sink {
    id: u64,
    entry: Arc<Entry>,
}

impl Sink {
    /// Opens a sink. The waker is called when there are records to take.
    #[must_use]
    pub fn new(levels: Levels, waker: impl Waker) -> Self {
        let id = LATEST.fetch_add(1, Ordering::Relaxed) + 1;
        let entry = Entry::open(id, levels, waker);
        // Another subscriber of this process, as a test may have one, keeps its place.
        SUBSCRIBED.call_once(|| drop(dispatcher::set_global_default(Dispatch::new(Router))));
        callsite::rebuild_interest_cache();
        Self { id, entry }
    }

    /// The log that writes to this sink.
    #[must_use]
    pub const fn log(&self) -> Log {
        Log::of(self.id)
    }

    /// Takes all records: `[dropped, [[time, level, part, message, fields], ...]]` as JSON. `None`:
    /// there are none.
    #[must_use]
    pub fn take(&self) -> Option<String> {
        self.entry.take()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        Entry::close(self.id);
        callsite::rebuild_interest_cache();
    }
}
