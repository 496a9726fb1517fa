//! How long what was written may still be on its way to the peer.
//!
//! The system takes megabytes at once, and so do proxies; the line then carries them for many
//! seconds. A ping behind them is answered late, though all is well, and nobody this side of the
//! line can see it. So time is allowed for what was written, as for a slow line, until a ping is
//! answered that was sent behind it. A server that answers no pings is not given up for its
//! silence, so nothing depends on this allowance there.

use std::time::{Duration, Instant};

use crate::session::Session;

/// The slowest line that is reckoned with, 256 kbit/s.
const BYTES_PER_MILLISECOND: u64 = 32;
/// The most that is allowed, so that a peer that is gone is noticed whatever was written to it. The server itself waits
/// for 20 seconds, by default, for the answer to a ping, which is behind the same bytes.
pub(in crate::session) const MOST: Duration = Duration::from_secs(30);

/// What was written to a link.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct Upload {
    written: u64,
    arrived: u64,
    /// When a slow line is through with it.
    clear: Option<Instant>,
    /// When the system took something last.
    progress: Option<Instant>,
}

impl Upload {
    /// How long from now on it may take to arrive.
    pub(in crate::session) fn rest(&self, now: Instant) -> Duration {
        self.clear.map_or(Duration::ZERO, |clear| clear.saturating_duration_since(now))
    }

    /// When the system took something last.
    pub(in crate::session) const fn progress(&self) -> Option<Instant> {
        self.progress
    }

    /// How many bytes the system has taken.
    pub(in crate::session) const fn written(&self) -> u64 {
        self.written
    }

    fn wrote(&mut self, now: Instant, written: u64) {
        if written > self.written {
            let rest = self.rest(now) + time_for(written - self.written);
            self.clear = Some(now + rest.min(MOST));
            self.written = written;
            self.progress = Some(now);
        }
    }

    /// Notes how many of the bytes have arrived.
    pub(in crate::session) fn arrived(&mut self, now: Instant, arrived: u64) {
        if arrived > self.arrived {
            let rest = self.rest(now).min(time_for(self.written.saturating_sub(arrived)));
            self.clear = Some(now + rest);
            self.arrived = arrived;
        }
    }
}

impl Session {
    /// Notes how many bytes the system has taken on this link, and how many of them the peer is known to have.
    pub fn note_upload(&mut self, now: Instant, written: u64, arrived: u64) {
        self.upload.wrote(now, written);
        self.upload.arrived(now, arrived);
    }
}

fn time_for(bytes: u64) -> Duration {
    Duration::from_millis(bytes / BYTES_PER_MILLISECOND)
}
