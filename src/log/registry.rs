//! The open sinks of the process.

use std::{collections::BTreeMap, fmt, sync::Arc};

use parking_lot::{Mutex, RwLock};
use tracing_core::{Level, LevelFilter};

use super::records::Records;
use crate::waker::Waker;

/// By id.
static OPEN: RwLock<BTreeMap<u64, Arc<Entry>>> = RwLock::new(BTreeMap::new());

/// The most verbose level of each part of the engine.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// Connections, subscriptions, gaps.
    pub session: LevelFilter,
    /// Links and their frames.
    pub transport: LevelFilter,
    /// Requests.
    pub rest: LevelFilter,
}

/// An open sink, as the subscriber sees it.
pub(super) struct Entry {
    levels: Levels,
    records: Mutex<Records>,
    waker: Box<dyn Waker>,
}

impl Levels {
    /// From 0 (off) to 5 (trace), as JavaScript counts them.
    #[must_use]
    pub const fn rank(rank: u32) -> LevelFilter {
        match rank {
            0 => LevelFilter::OFF,
            1 => LevelFilter::ERROR,
            2 => LevelFilter::WARN,
            3 => LevelFilter::INFO,
            4 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        }
    }

    fn of(self, part: &str) -> LevelFilter {
        match part {
            "session" => self.session,
            "transport" => self.transport,
            "rest" => self.rest,
            _ => LevelFilter::OFF,
        }
    }
}

impl Entry {
    pub(super) fn open(id: u64, levels: Levels, waker: impl Waker) -> Arc<Self> {
        let entry = Arc::new(Self { levels, records: Mutex::default(), waker: Box::new(waker) });
        OPEN.write().insert(id, entry.clone());
        entry
    }

    pub(super) fn close(id: u64) {
        OPEN.write().remove(&id);
    }

    /// The sink of a log, if it is open and wants this record.
    pub(super) fn find(log: u64, level: Level, part: &str) -> Option<Arc<Self>> {
        OPEN.read().get(&log).filter(|entry| level <= entry.levels.of(part)).cloned()
    }

    /// The most verbose level of all sinks, for one part or for all.
    pub(super) fn max_level(part: Option<&str>) -> LevelFilter {
        let max = |entry: &Arc<Self>| match (part, entry.levels) {
            (Some(part), levels) => levels.of(part),
            (None, Levels { session, transport, rest }) => session.max(transport).max(rest),
        };
        OPEN.read().values().map(max).max().unwrap_or(LevelFilter::OFF)
    }

    pub(super) fn push(&self, text: String) {
        let wakes = self.records.lock().push(text);
        if wakes {
            // Without an environment nobody reads.
            let _ = self.waker.wake();
        }
    }

    pub(super) fn take(&self) -> Option<String> {
        self.records.lock().take()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Entry").field("levels", &self.levels).finish_non_exhaustive()
    }
}
