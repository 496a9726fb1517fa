//! Which transport to try first on the next dial, and when a session over long-polling may try a
//! WebSocket again.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The pause after the first failed probe. It doubles with each further one.
const PROBE_INTERVAL: Duration = Duration::from_mins(1);
const MAX_PROBE_INTERVAL: Duration = Duration::from_mins(15);

/// The preference of one endpoint.
#[derive(Default)]
pub(super) struct TransportPreference(Mutex<State>);

#[derive(Default)]
struct State {
    prefers_polling: bool,
    /// Consecutive probes that did not lead to a WebSocket.
    probes: u32,
    next_probe: Option<Instant>,
}

impl TransportPreference {
    pub(super) fn prefers_polling(&self) -> bool {
        self.0.lock().prefers_polling
    }

    pub(super) fn prefer_polling(&self) {
        self.0.lock().prefers_polling = true;
    }

    pub(super) fn prefer_websocket(&self) {
        self.0.lock().prefers_polling = false;
    }

    /// The server has sent something over a WebSocket.
    pub(super) fn record_websocket_success(&self) {
        *self.0.lock() = State::default();
    }

    /// When a session over long-polling may try a WebSocket.
    pub(super) fn next_probe(&self, now: Instant) -> Instant {
        self.0.lock().next_probe.map_or(now, |at| at.max(now))
    }

    /// A probe starts.
    pub(super) fn record_probe(&self, now: Instant) {
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
        let preference = TransportPreference::default();
        let now = Instant::now();
        assert_eq!(preference.next_probe(now), now);
        for minutes in [1, 2, 4, 8, 15, 15] {
            preference.record_probe(now);
            assert_eq!(preference.next_probe(now), now + Duration::from_mins(minutes));
        }
        let later = now + Duration::from_hours(1);
        assert_eq!(preference.next_probe(later), later);
        preference.prefer_polling();
        preference.record_websocket_success();
        assert_eq!((preference.next_probe(now), preference.prefers_polling()), (now, false));
    }
}
