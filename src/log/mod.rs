//! Logs: what the engine does, as records for JavaScript.
//!
//! The rooms write `tracing` events with the field `log`, which says whose record it is:
//!
//! ```ignore
//! tracing::debug!(log = self.log.id(), pings, "handshake");
//! ```
//!
//! The room that contains the call is the part of the record; a `target` says another one. Names of
//! fields become those of JavaScript: `retry_in` is `retryIn`. The other side is `lib/log/`: it
//! hides secrets, so a record may quote a peer, but it must not contain what only the engine knows
//! to be a secret.
//!
//! Without a sink, an event costs one relaxed load. A sink holds a bounded number of records, and
//! drops the oldest: the I/O thread never waits for a reader.

mod records;
mod sink;
mod subscriber;

pub use self::sink::{Levels, Sink};

/// Whose records those of a session, a driver or a REST client are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log(u64);

impl Log {
    /// Nobody's: nothing is logged.
    pub const OFF: Self = Self(0);

    /// The log of a sink with this id.
    #[must_use]
    pub const fn of(sink: u64) -> Self {
        Self(sink)
    }

    /// The value of the field `log`.
    #[must_use]
    pub const fn id(self) -> u64 {
        self.0
    }

    /// Whether the frames of links are logged. Ask once for many frames.
    #[must_use]
    pub fn has_frames(self) -> bool {
        self != Self::OFF && tracing::enabled!(target: "realtime::transport", tracing::Level::TRACE)
    }
}
