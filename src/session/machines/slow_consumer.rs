//! Whether the user is too slow for the connection: the inbox is full, so the link is not read.
//!
//! TCP back-pressure makes the server wait, and nothing is lost while the server tolerates that.
//! The server does not see whether its pings are read, only that no answer comes. So the client
//! disconnects shortly before the server would, and reports the reason, which the server cannot
//! know. The client disconnects when
//!
//! - on Socket.IO, no ping was answered for the server's interval and half of its timeout, and the
//!   link has not been read to its end for half of the timeout. So a server that sends its ping
//!   late, and then a burst, does not count against the user;
//! - on the plain protocol, whose server pings need no answer, the link has not been read to its
//!   end for 20 seconds;
//! - on both, the link has not been read at all for `inbox.maxPauseMs`, where that is set.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};

/// The reason in `connection` and `gap` events.
pub(in crate::session) const SLOW_CONSUMER: &str = "slow consumer";

/// How long a link of the plain protocol may stay without being read to its end.
const PLAIN_UNREAD_TIMEOUT: Duration = Duration::from_secs(20);

/// The inbox is full, so the session reads no link and dials none.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Pause {
    pub(in crate::session) since: Instant,
    /// The content of the inbox at that time.
    pub(in crate::session) events: usize,
    pub(in crate::session) bytes: usize,
}

/// How far the reading of one link is behind.
#[derive(Debug)]
pub(in crate::session) struct SlowConsumer {
    /// The first pause since the link was last read to its end.
    unread_since: Option<Instant>,
}

/// The server's side of a connection: what decides how long it tolerates an unread link.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Tolerance {
    /// When the link was opened: the server's pings begin then, whenever the client has read what
    /// came before the connection was ready.
    pub(in crate::session) opened_at: Instant,
    /// The server's ping interval and timeout, where its pings need an answer.
    pub(in crate::session) pings: Option<(Duration, Duration)>,
    /// When the latest ping of the server was answered.
    pub(in crate::session) answered_at: Option<Instant>,
}

impl SlowConsumer {
    /// The state of a link that has just opened, perhaps during a pause.
    pub(in crate::session) fn new(pause: Option<Pause>) -> Self {
        Self { unread_since: pause.map(|pause| pause.since) }
    }

    /// The session stops reading the link.
    pub(in crate::session) fn handle_pause(&mut self, now: Instant) {
        self.unread_since.get_or_insert(now);
    }

    /// The session has read everything that the link had.
    pub(in crate::session) const fn handle_read_to_end(&mut self) {
        self.unread_since = None;
    }

    /// When the client disconnects unless the pause ends.
    pub(in crate::session) fn deadline(
        &self,
        pause: Pause,
        tolerance: Tolerance,
        max_pause: Option<Duration>,
    ) -> Option<Instant> {
        let unread_since = self.unread_since?;
        let Tolerance { opened_at, pings, answered_at } = tolerance;
        let deadline = match pings {
            Some((interval, timeout)) => {
                let answered_at = answered_at.unwrap_or(opened_at);
                (answered_at + interval + timeout / 2).max(unread_since + timeout / 2)
            }
            None => unread_since.max(opened_at) + PLAIN_UNREAD_TIMEOUT,
        };
        Some(max_pause.map_or(deadline, |max_pause| deadline.min(pause.since + max_pause)))
    }

    /// The error to report when the client disconnects.
    pub(in crate::session) fn error(&self, now: Instant, pause: Pause) -> Error {
        let Pause { since, events, bytes } = pause;
        let unread = now.saturating_duration_since(self.unread_since.unwrap_or(since)).as_millis();
        let problem = format!(
            "the client closed the connection: {events} events ({bytes} bytes) wait for their handlers, and the \
             connection has not been read to its end for {unread} ms"
        );
        Error::new(ErrorKind::SlowConsumer, problem)
    }
}
