//! The rest of the I/O thread before it waits for the system, see [`Pace`].
//!
//! What the system receives during a rest waits until its end. A command or a request of the user
//! ends it, and while the user waits for a reply, there is none.

use std::{
    cell::RefCell,
    marker::PhantomData,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::pace::Pace;

/// Whether threads of this system can rest for less than a millisecond. On Windows, a rest would
/// last until the next tick of its clock, up to 16 ms.
const CAN_REST: bool = cfg!(unix);

thread_local! {
    /// Only that of the I/O thread is used.
    static PACE: RefCell<Pace> = const { RefCell::new(Pace::new()) };
}

/// The I/O thread.
static THREAD: OnceLock<Thread> = OnceLock::new();
/// How many [`Hurry`] there are.
static HURRIES: AtomicUsize = AtomicUsize::new(0);

/// While one of these exists, the I/O thread does not rest: somebody waits for a reply, or wants
/// each event at once.
#[derive(Debug)]
pub(crate) struct Hurry(PhantomData<()>);

impl Hurry {
    pub(crate) fn new() -> Self {
        HURRIES.fetch_add(1, Ordering::Relaxed);
        Self(PhantomData)
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        HURRIES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Notes that the I/O thread has received events. The I/O thread calls it.
pub(crate) fn handle_events(count: usize) {
    PACE.with_borrow_mut(|pace| pace.handle_events(u32::try_from(count).unwrap_or(u32::MAX)));
}

/// Ends a rest of the I/O thread: there is something to do. If the thread is about to rest, that
/// rest ends at once.
pub(crate) fn end_rest() {
    if let Some(thread) = THREAD.get() {
        thread.unpark();
    }
}

/// The I/O thread begins.
pub(super) fn begin() {
    // Only one thread is ever started.
    let _ = THREAD.set(thread::current());
    // By default, Linux lets a rest last 50 µs longer than it should.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(Some(std::num::NonZeroU64::MIN));
}

/// The I/O thread is about to wait for the system: it rests before that, if the pace of the events
/// is one for rests.
pub(super) fn before_wait() {
    if !CAN_REST {
        return;
    }
    let may_rest = HURRIES.load(Ordering::Relaxed) == 0;
    let rest = PACE.with_borrow_mut(|pace| pace.poll_rest(Instant::now(), may_rest));
    if rest > Duration::ZERO {
        thread::park_timeout(rest);
    }
}
