//! Which transport worked last, so that a reconnect does not run into the same wall, and when the wall is tried again.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long after a failed attempt to leave long-polling the next one is made; it doubles with each further one.
const PROBE_INTERVAL: Duration = Duration::from_mins(1);
const MAX_PROBE_INTERVAL: Duration = Duration::from_mins(15);

/// What one endpoint remembers.
#[derive(Default)]
pub(super) struct Memory(Mutex<State>);

#[derive(Default)]
struct State {
    prefers_polling: bool,
    /// Attempts to leave long-polling in a row that did not succeed.
    probes: u32,
    next_probe: Option<Instant>,
}

impl Memory {
    pub(super) fn prefers_polling(&self) -> bool {
        self.0.lock().prefers_polling
    }

    /// The next dial begins with the other transport, unless this one proves to work. It is said before the attempt,
    /// since an attempt that gets no answer is dropped without a word.
    pub(super) fn doubt_websocket(&self) {
        self.0.lock().prefers_polling = true;
    }

    /// See [`doubt_websocket`](Self::doubt_websocket). It is also what to say when no transport is at fault.
    pub(super) fn doubt_polling(&self) {
        self.0.lock().prefers_polling = false;
    }

    pub(super) fn polling_works(&self) {
        self.0.lock().prefers_polling = true;
    }

    /// The server has sent something over a WebSocket.
    pub(super) fn websocket_works(&self) {
        *self.0.lock() = State::default();
    }

    /// When a session of long-polling may try a WebSocket.
    pub(super) fn next_probe(&self, now: Instant) -> Instant {
        self.0.lock().next_probe.map_or(now, |at| at.max(now))
    }

    /// A WebSocket is being tried.
    pub(super) fn probe(&self, now: Instant) {
        let mut state = self.0.lock();
        let interval = PROBE_INTERVAL.saturating_mul(1 << state.probes.min(4));
        state.next_probe = Some(now + interval.min(MAX_PROBE_INTERVAL));
        state.probes += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_grow_rarer_until_one_succeeds() {
        let memory = Memory::default();
        let now = Instant::now();
        assert_eq!(memory.next_probe(now), now);
        for minutes in [1, 2, 4, 8, 15, 15] {
            memory.probe(now);
            assert_eq!(memory.next_probe(now), now + Duration::from_mins(minutes));
        }
        let later = now + Duration::from_hours(1);
        assert_eq!(memory.next_probe(later), later);
        memory.polling_works();
        memory.websocket_works();
        assert_eq!((memory.next_probe(now), memory.prefers_polling()), (now, false));
    }
}
