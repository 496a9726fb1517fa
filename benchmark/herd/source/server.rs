//! The server: gone for a while, then able to take so many handshakes a second. What it cannot take
//! soon it refuses with 503, with or without `Retry-After`.

use std::time::Duration;

/// How long the restart takes.
const DOWN: Duration = Duration::from_secs(10);
/// The time that a handshake costs: 2,000 a second.
const HANDSHAKE: Duration = Duration::from_micros(500);
/// The longest queue of handshakes.
const MAX_QUEUE: Duration = Duration::from_secs(1);

/// What becomes of an attempt.
pub(crate) enum Answer {
    /// Nobody listens.
    Refused,
    /// 503, with `Retry-After` where the server sends that.
    Overloaded(Option<Duration>),
    /// The connection is ready at this time.
    Ready(Duration),
}

pub(crate) struct Server {
    retry_after: Option<Duration>,
    /// When it can begin the next handshake.
    free_at: Duration,
}

impl Server {
    pub(crate) fn new(retry_after: Option<u64>) -> Self {
        Self { retry_after: retry_after.map(Duration::from_secs), free_at: DOWN }
    }

    /// An attempt arrives.
    pub(crate) fn handle_attempt(&mut self, now: Duration) -> Answer {
        if now < DOWN {
            return Answer::Refused;
        }
        let begin = self.free_at.max(now);
        if begin.saturating_sub(now) > MAX_QUEUE {
            return Answer::Overloaded(self.retry_after);
        }
        self.free_at = begin + HANDSHAKE;
        Answer::Ready(self.free_at)
    }
}
