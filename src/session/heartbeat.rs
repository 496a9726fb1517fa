//! Whether a quiet peer is still there: it is asked with a WebSocket ping, and given up when nothing comes back.
//!
//! What counts is bytes, not messages: a large message that takes its time is a sign of life, and so is a pong. The
//! server's own pings are watched apart ([`Timer::Liveness`]), since a proxy may answer ours in place of a server that
//! is gone. Over long-polling they are all there is: it has no pings of ours.
//!
//! An answer is late where the ping has to wait in line: it is sent when nothing of ours is ahead of it any more, and what
//! the system and the network have taken before it is allowed for, see [`upload`](super::upload).

use std::time::{Duration, Instant};

use super::{Session, timers::Timer, upload};

/// When to ask, and how long to wait for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// How long the peer may be quiet before it is asked.
    pub interval: Duration,
    /// How long it then may stay quiet.
    pub timeout: Duration,
}

/// How far the question has got. The deadline of each is [`Timer::Heartbeat`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Beat {
    /// The peer is not asked.
    #[default]
    Listening,
    /// The ping waits until the link has written what it took before. While a large message is still being written,
    /// silence proves nothing, as long as that gets anywhere.
    Due,
    /// The ping is sent.
    Asked,
}

impl Session {
    /// Bytes have come from the peer, of whatever kind.
    pub fn sense(&mut self, now: Instant) {
        self.sensed = now;
        if self.beat != Beat::Listening {
            self.start_heartbeat(now);
        }
    }

    /// Notes whether the link can be pinged. It can, unless told otherwise, and one that moves from long-polling to a
    /// WebSocket can from then on.
    pub fn set_can_ping(&mut self, now: Instant, can_ping: bool) {
        if std::mem::replace(&mut self.can_ping, can_ping) == can_ping {
            return;
        }
        if can_ping && self.is_connected() && !self.paused {
            self.start_heartbeat(now);
        } else {
            self.stop_heartbeat();
        }
    }

    /// Begins to wait for the peer to become quiet, where it then can be asked.
    pub(super) fn start_heartbeat(&mut self, now: Instant) {
        self.sensed = now;
        self.beat = Beat::Listening;
        let heartbeat = self.config.heartbeat.filter(|_| self.can_ping);
        self.timers.assign(Timer::Heartbeat, heartbeat.map(|Heartbeat { interval, .. }| now + interval));
    }

    pub(super) fn stop_heartbeat(&mut self) {
        self.beat = Beat::Listening;
        self.timers.clear(Timer::Heartbeat);
    }

    /// The deadline has passed.
    pub(super) fn check_heartbeat(&mut self, now: Instant) {
        let Some(Heartbeat { interval, timeout }) = self.config.heartbeat else { return };
        let stuck_at = self.stuck_at(timeout);
        match self.beat {
            // While much is on its way it is asked all the same: it is the answer that tells what has arrived.
            Beat::Listening if self.sensed + interval > now && self.upload.rest(now).is_zero() => {
                self.timers.set(Timer::Heartbeat, self.sensed + interval);
            }
            Beat::Listening => {
                self.beat = Beat::Due;
                self.timers.set(Timer::Heartbeat, stuck_at.max(now + timeout));
            }
            Beat::Due if stuck_at > now => self.timers.set(Timer::Heartbeat, stuck_at),
            Beat::Due | Beat::Asked => {
                let quiet = now.duration_since(self.sensed).as_millis();
                self.cut_link(now, format!("heartbeat timeout: nothing heard for {quiet} ms"), None);
            }
        }
    }

    /// When a link that takes nothing, and brings nothing, is given up: a line is as slow as is reckoned with, or gone.
    fn stuck_at(&self, timeout: Duration) -> Instant {
        self.upload.progress().map_or(self.sensed, |at| at.max(self.sensed)) + upload::MOST + timeout
    }

    /// Whether a ping is to be sent, before any other frame: see [`poll_ping`](Self::poll_ping).
    #[must_use]
    pub fn is_ping_due(&self) -> bool {
        self.beat == Beat::Due
    }

    /// Whether to send a ping now. To be called when the link has written all that it took before.
    pub fn poll_ping(&mut self, now: Instant) -> bool {
        let Some(Heartbeat { timeout, .. }) = self.config.heartbeat.filter(|_| self.is_ping_due()) else {
            return false;
        };
        self.beat = Beat::Asked;
        self.timers.set(Timer::Heartbeat, now + self.upload.rest(now) + timeout);
        true
    }
}
