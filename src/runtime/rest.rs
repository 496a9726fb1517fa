//! The rest of the I/O thread before it waits for the system, see [`Pace`].
//!
//! What the system receives during a rest waits until its end. A command or a request of the user
//! ends it. While the user waits for a reply, there is none.

use std::{
    cell::RefCell,
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

static IO_THREAD: IoThread = IoThread::new();

thread_local! {
    /// Only that of the I/O thread is used.
    static PACE: RefCell<Pace> = const { RefCell::new(Pace::new()) };
}

/// What other threads know of the I/O thread.
#[derive(Debug)]
struct IoThread {
    thread: OnceLock<Thread>,
    /// How many [`Hurry`] there are.
    hurries: AtomicUsize,
}

/// While one of these exists, the I/O thread does not rest: somebody waits for a reply, or wants
/// each event at once.
#[derive(Debug)]
pub(crate) struct Hurry(&'static IoThread);

impl Hurry {
    pub(crate) fn new() -> Self {
        IO_THREAD.hurry()
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.hurries.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Notes that the I/O thread has received events. The I/O thread calls it.
pub(crate) fn handle_events(count: usize) {
    PACE.with_borrow_mut(|pace| pace.handle_events(u32::try_from(count).unwrap_or(u32::MAX)));
}

/// Ends a rest of the I/O thread: there is something to do.
pub(crate) fn end_rest() {
    IO_THREAD.end_rest();
}

/// The I/O thread begins.
pub(super) fn begin() {
    IO_THREAD.begin();
}

/// The I/O thread is about to wait for the system: it rests before that, if the pace of the events
/// is one for rests.
pub(super) fn before_wait() {
    if CAN_REST {
        rest(PACE.with_borrow_mut(|pace| pace.poll_rest(Instant::now(), IO_THREAD.may_rest())));
    }
}

/// Rests, unless the thread has got something to do since its latest rest.
fn rest(duration: Duration) {
    if duration > Duration::ZERO {
        thread::park_timeout(duration);
    }
}

impl IoThread {
    const fn new() -> Self {
        Self { thread: OnceLock::new(), hurries: AtomicUsize::new(0) }
    }

    fn begin(&self) {
        // Only one thread is ever started.
        let _ = self.thread.set(thread::current());
        // By default, Linux lets a rest last 50 µs longer than it should.
        #[cfg(target_os = "linux")]
        let _ = rustix::thread::set_current_timer_slack(Some(std::num::NonZeroU64::MIN));
    }

    /// If the thread is not resting, its next rest ends at once: it may be about to begin it.
    fn end_rest(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn hurry(&'static self) -> Hurry {
        self.hurries.fetch_add(1, Ordering::Relaxed);
        Hurry(self)
    }

    fn may_rest(&self) -> bool {
        self.hurries.load(Ordering::Relaxed) == 0
    }
}

#[cfg(test)]
mod tests {
    use std::{
        hint,
        sync::{atomic::AtomicBool, mpsc},
    };

    use super::*;

    #[test]
    fn something_to_do_ends_a_rest_and_the_one_that_is_about_to_begin() {
        static THREAD: IoThread = IoThread::new();
        // No channel: waiting for it parks the thread, as a rest does, and could take its end.
        static ENDED: AtomicBool = AtomicBool::new(false);
        let (to_test, from_thread) = mpsc::channel();
        let thread = thread::spawn(move || {
            THREAD.begin();
            to_test.send(()).unwrap();
            // The test ends this rest before it begins, or later.
            rest(Duration::from_hours(1));
            to_test.send(()).unwrap();
            while !ENDED.load(Ordering::Acquire) {
                hint::spin_loop();
            }
            rest(Duration::from_hours(1));
        });
        from_thread.recv().unwrap();
        THREAD.end_rest();
        from_thread.recv().unwrap();
        // Before the rest.
        THREAD.end_rest();
        ENDED.store(true, Ordering::Release);
        thread.join().unwrap();
    }

    #[test]
    fn the_thread_may_rest_when_nobody_is_in_a_hurry() {
        static THREAD: IoThread = IoThread::new();
        assert!(THREAD.may_rest());
        let hurries = [THREAD.hurry(), THREAD.hurry()];
        assert!(!THREAD.may_rest());
        let [first, second] = hurries;
        drop(first);
        assert!(!THREAD.may_rest());
        drop(second);
        assert!(THREAD.may_rest());
    }
}
