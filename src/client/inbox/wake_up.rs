//! When to wake the thread that takes the batches.

use std::time::{Duration, Instant};

/// When the driver has to call the waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum Wake {
    /// At once.
    Now,
    /// At this instant, unless something more urgent arrives.
    At(Instant),
    /// Nothing waits, or the thread is awake.
    Never,
}

/// One wake-up covers everything that arrives until the thread finds the inbox empty.
#[derive(Debug)]
pub(super) struct WakeUp {
    /// How long the first event may wait for more events, so that one wake-up serves all of them.
    coalesce: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing has arrived since the thread found the inbox empty.
    Idle,
    /// Events wait, the first one since this instant.
    Waiting(Instant),
    /// A notice waits: notices are not coalesced.
    Urgent,
    /// The waker was called. The thread takes batches until it finds none.
    Woken,
}

impl WakeUp {
    pub(super) const fn new() -> Self {
        Self { coalesce: Duration::ZERO, state: State::Idle }
    }

    pub(super) const fn set_coalesce(&mut self, coalesce: Duration) {
        self.coalesce = coalesce;
    }

    /// An event arrives; `is_first`: nothing else waits.
    pub(super) const fn handle_event(&mut self, received: Instant, is_first: bool) {
        match self.state {
            State::Idle => self.state = State::Waiting(received),
            State::Waiting(_) if is_first => self.state = State::Waiting(received),
            State::Waiting(_) | State::Urgent | State::Woken => {}
        }
    }

    /// A notice arrives.
    pub(super) const fn handle_notice(&mut self) {
        if !self.is_woken() {
            self.state = State::Urgent;
        }
    }

    /// The thread found the inbox empty.
    pub(super) const fn handle_empty(&mut self) {
        self.state = State::Idle;
    }

    /// Whether the thread was woken and has not found the inbox empty since.
    pub(super) const fn is_woken(&self) -> bool {
        matches!(self.state, State::Woken)
    }

    /// Wakes the thread at once, whatever it does.
    pub(super) const fn wake(&mut self) -> Wake {
        self.state = State::Woken;
        Wake::Now
    }

    /// When to wake the thread for what waits. `is_pointless`: waiting for more events gains
    /// nothing.
    pub(super) fn poll(&mut self, now: Instant, is_pointless: bool) -> Wake {
        match self.state {
            State::Idle | State::Woken => Wake::Never,
            State::Waiting(since) if !is_pointless && since + self.coalesce > now => Wake::At(since + self.coalesce),
            State::Waiting(_) | State::Urgent => self.wake(),
        }
    }
}
