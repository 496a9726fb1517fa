//! How long the bytes that the client has written may still take to reach the peer.
//!
//! The operating system accepts megabytes at once, and so do proxies; the line then needs many
//! seconds to carry them. A ping behind them is answered late although nothing is wrong, and this
//! side of the line cannot see that. So the heartbeat allows time for the written bytes, as much as
//! a slow line needs, until the server answers a ping that was sent behind them. A server that
//! answers no pings is not disconnected for its silence, so nothing depends on this allowance
//! there.

use std::time::{Duration, Instant};

/// The slowest line that the allowance is made for: 256 kbit/s.
const BYTES_PER_MILLISECOND: u64 = 32;
/// The longest allowance, so that the client notices a dead peer however much it has written. The
/// server itself waits 20 seconds by default for the answer to its ping, which is behind the same
/// bytes.
pub(super) const MAX_ALLOWANCE: Duration = Duration::from_secs(30);

/// The bytes that were written to a link.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct SendBacklog {
    written: u64,
    arrived: u64,
    /// When a slow line has carried all of them.
    clear_at: Option<Instant>,
    /// When the operating system last accepted bytes.
    progress_at: Option<Instant>,
}

impl SendBacklog {
    /// How long from now the written bytes may take to arrive.
    pub(in crate::session) fn allowance(&self, now: Instant) -> Duration {
        self.clear_at.map_or(Duration::ZERO, |clear_at| clear_at.saturating_duration_since(now))
    }

    /// When the operating system last accepted bytes.
    pub(in crate::session) const fn progress_at(&self) -> Option<Instant> {
        self.progress_at
    }

    /// How many bytes the operating system has accepted.
    pub(in crate::session) const fn written(&self) -> u64 {
        self.written
    }

    /// The operating system has accepted `written` bytes so far.
    pub(in crate::session) fn handle_written(&mut self, now: Instant, written: u64) {
        if written > self.written {
            let allowance = self.allowance(now) + time_for(written - self.written);
            self.clear_at = Some(now + allowance.min(MAX_ALLOWANCE));
            self.written = written;
            self.progress_at = Some(now);
        }
    }

    /// The peer has received `arrived` bytes so far.
    pub(in crate::session) fn handle_arrived(&mut self, now: Instant, arrived: u64) {
        if arrived > self.arrived {
            let allowance = self.allowance(now).min(time_for(self.written.saturating_sub(arrived)));
            self.clear_at = Some(now + allowance);
            self.arrived = arrived;
        }
    }
}

fn time_for(bytes: u64) -> Duration {
    Duration::from_millis(bytes / BYTES_PER_MILLISECOND)
}
