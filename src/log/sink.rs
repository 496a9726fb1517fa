//! Sinks: where the records of a client wait for JavaScript.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Once,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::{Mutex, RwLock};
use tracing::{Level, Metadata, level_filters::LevelFilter};

use super::{Log, records::Records, subscriber::Router};
use crate::waker::Waker;

/// The open sinks of the process, by id.
static OPEN: RwLock<BTreeMap<u64, Arc<Open>>> = RwLock::new(BTreeMap::new());
static LATEST: AtomicU64 = AtomicU64::new(0);
static SUBSCRIBED: Once = Once::new();

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

/// The place of one client's records. Dropping it closes it: further records are discarded.
#[derive(Debug)]
pub struct Sink {
    id: u64,
    open: Arc<Open>,
}

pub(super) struct Open {
    levels: Levels,
    records: Mutex<Records>,
    waker: Box<dyn Waker>,
}

impl Sink {
    /// Opens a sink. The waker is called when there are records to take.
    #[must_use]
    pub fn new(levels: Levels, waker: impl Waker) -> Self {
        let id = LATEST.fetch_add(1, Ordering::Relaxed) + 1;
        let open = Arc::new(Open { levels, records: Mutex::default(), waker: Box::new(waker) });
        OPEN.write().insert(id, open.clone());
        // Another subscriber of this process, as a test may have one, keeps its place.
        SUBSCRIBED.call_once(|| drop(tracing::subscriber::set_global_default(Router)));
        tracing::callsite::rebuild_interest_cache();
        Self { id, open }
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
        self.open.records.lock().take()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        OPEN.write().remove(&self.id);
        tracing::callsite::rebuild_interest_cache();
    }
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

impl Open {
    /// The sink of a log, if it is open and wants this record.
    pub(super) fn find(log: u64, level: Level, part: &str) -> Option<Arc<Self>> {
        OPEN.read().get(&log).filter(|open| level <= open.levels.of(part)).cloned()
    }

    /// The most verbose level of all sinks, for all parts or for one.
    pub(super) fn max_level(part: Option<&str>) -> LevelFilter {
        let max = |open: &Arc<Self>| match (part, open.levels) {
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
}

impl fmt::Debug for Open {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Open").field("levels", &self.levels).finish_non_exhaustive()
    }
}

/// The part of a record: the room of this crate that contains the call, or that its target names.
pub(super) fn part_of(metadata: &Metadata<'static>) -> Option<&'static str> {
    metadata.target().strip_prefix("realtime::")?.split("::").next()
}
