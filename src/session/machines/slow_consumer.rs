//! Whether the user is too slow for the connection: the mailbox is full, so that the link is not read.
//!
//! TCP makes the server wait, and nothing is lost, for as long as the server stands that. It does not see whether its pings
//! are read, only that no answer comes. So the connection is given up shortly before the server would do it, and the user
//! is told the reason, which the server cannot know:
//!
//! - Socket.IO: no ping was answered for the server's interval and half of its timeout, and for half of the timeout the link
//!   has not been read to its end. So a server that is late with its ping, and then sends a flood, is no fault of the user's.
//! - The plain wire has no pings of the server's that must be answered: the link has not been read to its end for 20 seconds.
//! - On both: it has not been read at all for `inbox.maxPauseMs`, where that is set.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::session::{Phase, Session, tables::timers::Timer};

/// The reason, for people to read.
pub(in crate::session) const SLOW_CONSUMER: &str = "slow consumer";

/// For how long a link of the plain wire may not be read to its end.
const PLAIN_PATIENCE: Duration = Duration::from_secs(20);

/// How far the user is behind.
#[derive(Debug, Default)]
pub(in crate::session) struct Slowness {
    /// The server's ping interval and timeout, where it pings.
    pings: Option<(Duration, Duration)>,
    /// Since when the link has not been read to its end: the first pause since then.
    behind: Option<Instant>,
    pause: Option<Pause>,
}

/// The link is not read.
#[derive(Clone, Copy, Debug)]
struct Pause {
    since: Instant,
    /// What waited in the mailbox then.
    events: usize,
    bytes: usize,
}

impl Slowness {
    pub(in crate::session) const fn expect_pings(&mut self, interval: Duration, timeout: Duration) {
        self.pings = Some((interval, timeout));
    }

    pub(in crate::session) const fn forget_link(&mut self) {
        (self.pings, self.behind) = (None, None);
    }
}

impl Session {
    /// All that the link had to give was read.
    pub const fn read_to_end(&mut self) {
        self.slowness.behind = None;
    }

    pub(in crate::session) fn begin_pause(&mut self, now: Instant, events: usize, bytes: usize) {
        self.slowness.pause = Some(Pause { since: now, events, bytes });
        self.slowness.behind.get_or_insert(now);
        self.timers.assign(Timer::Slow, self.patience_ends());
    }

    pub(in crate::session) fn end_pause(&mut self) {
        self.slowness.pause = None;
        self.timers.clear(Timer::Slow);
    }

    /// The user takes nothing, and the connection does not stand that any longer.
    pub(in crate::session) fn give_up_slow_consumer(&mut self, now: Instant) {
        let Slowness { pause: Some(Pause { since, events, bytes }), behind, .. } = self.slowness else { return };
        let unread = now.saturating_duration_since(behind.unwrap_or(since)).as_millis();
        let problem = format!(
            "the connection was given up, since {events} events ({bytes} bytes) wait for their handlers and it has not been \
             read to its end for {unread} ms"
        );
        self.cut_link(now, SLOW_CONSUMER.into(), Some(Error::new(ErrorKind::SlowConsumer, problem)));
    }

    /// When the pause has lasted too long. Until the session is connected that is for `connectTimeout` to say.
    pub(in crate::session) fn patience_ends(&self) -> Option<Instant> {
        let (pause, behind) = (self.slowness.pause?, self.slowness.behind?);
        let Phase::Connected { since, .. } = self.phase else { return None };
        let rule = match self.slowness.pings {
            Some((interval, timeout)) => {
                let answered = self.answered().unwrap_or(since);
                (answered + interval + timeout / 2).max(behind + timeout / 2)
            }
            None => behind.max(since) + PLAIN_PATIENCE,
        };
        Some(self.config.max_pause.map_or(rule, |longest| rule.min(pause.since + longest)))
    }
}
