//! Whether a quiet peer is still there: the client sends it a ping, and gives it up when nothing
//! comes back.
//!
//! What counts is bytes, not messages: a large message that takes its time is a sign of life, and
//! so is a pong. Which ping to send, and whether a missing answer means anything, depends on what
//! this server has answered before: see [`peer`](super::peer). The server's own pings are watched
//! apart ([`Timer::Liveness`]), since a proxy may answer ours in place of a server that is gone.
//! Over long-polling they are all there is: it has no pings of ours.
//!
//! An answer is late where the ping has to wait in line: it is sent when nothing of ours is ahead of it any more, and what
//! the system and the network have taken before it is allowed for, see [`send_backlog`](super::send_backlog).

use std::time::{Duration, Instant};

use crate::session::{Ping, Session, machines::peer::PingKind, machines::send_backlog, tables::timers::Timer};

/// When to ask, and how long to wait for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// How long the peer may be quiet before it is asked.
    pub interval: Duration,
    /// How long it then may stay quiet.
    pub timeout: Duration,
}

/// How far the next ping has got. The deadline of each is [`Timer::Heartbeat`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::session) enum Beat {
    /// The peer is not asked.
    #[default]
    Listening,
    /// The ping waits until the link has written what it took before. While a large message is still being written,
    /// silence proves nothing, as long as that gets anywhere.
    Due,
    /// The ping is sent.
    Asked {
        /// When it was sent.
        at: Instant,
    },
}

impl Session {
    /// Bytes have come from the peer, of whatever kind.
    pub fn sense(&mut self, now: Instant) {
        self.sensed = now;
        // Bytes are no answer where it is the answer that the client wants to know about.
        if self.beat != Beat::Listening && self.peer.answers() {
            self.peer.end_doubt();
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

    /// Begins to wait for the peer to become quiet, where it then can be asked. What the server
    /// answers is found out first.
    pub(in crate::session) fn start_heartbeat(&mut self, now: Instant) {
        self.sensed = now;
        let Some(heartbeat) = self.config.heartbeat.filter(|_| self.can_ping && !self.peer.is_mute()) else {
            return self.stop_heartbeat();
        };
        if self.peer.answers() {
            self.beat = Beat::Listening;
            self.timers.set(Timer::Heartbeat, now + heartbeat.interval);
        } else if let Beat::Asked { .. } = self.beat {
            self.timers.set(Timer::Heartbeat, now + self.peer.patience(heartbeat));
        } else {
            self.peer.begin_learning();
            self.request_ping(now, heartbeat.timeout);
        }
    }

    /// Sends the first ping ahead of CONNECT, so that what the server answers is known when the
    /// connection is ready.
    pub(in crate::session) fn ping_ahead(&mut self) {
        let can_ping = self.config.heartbeat.is_some() && self.can_ping && !self.paused;
        if can_ping && self.peer.begin_learning() {
            self.beat = Beat::Due;
        }
    }

    pub(in crate::session) fn stop_heartbeat(&mut self) {
        self.beat = Beat::Listening;
        self.timers.clear(Timer::Heartbeat);
    }

    /// The deadline has passed.
    pub(in crate::session) fn check_heartbeat(&mut self, now: Instant) {
        let Some(Heartbeat { interval, timeout }) = self.config.heartbeat else { return };
        let stuck_at = self.stuck_at(timeout);
        match self.beat {
            // While much is on its way it is asked all the same: it is the answer that tells what has arrived.
            Beat::Listening if self.sensed + interval > now && self.upload.rest(now).is_zero() => {
                self.timers.set(Timer::Heartbeat, self.sensed + interval);
            }
            Beat::Listening => self.request_ping(now, timeout),
            Beat::Due if stuck_at > now => self.timers.set(Timer::Heartbeat, stuck_at),
            Beat::Asked { .. } if self.peer.try_next_kind() => self.request_ping(now, timeout),
            Beat::Asked { at } if self.peer.is_learning() => {
                self.stop_heartbeat();
                if self.peer.give_up_learning() && self.sensed <= at {
                    self.give_up_silent_peer(now);
                }
            }
            Beat::Due | Beat::Asked { .. } => self.give_up_silent_peer(now),
        }
    }

    fn request_ping(&mut self, now: Instant, timeout: Duration) {
        self.beat = Beat::Due;
        self.timers.set(Timer::Heartbeat, self.stuck_at(timeout).max(now + timeout));
    }

    fn give_up_silent_peer(&mut self, now: Instant) {
        let quiet = now.duration_since(self.sensed).as_millis();
        self.cut_link(now, format!("heartbeat timeout: nothing heard for {quiet} ms"), None);
    }

    /// When a link that takes nothing, and brings nothing, is given up: a line is as slow as is reckoned with, or gone.
    fn stuck_at(&self, timeout: Duration) -> Instant {
        self.upload.progress().map_or(self.sensed, |at| at.max(self.sensed)) + send_backlog::MOST + timeout
    }

    /// Whether a ping is to be sent, before any other frame: see [`poll_ping`](Self::poll_ping).
    #[must_use]
    pub fn is_ping_due(&self) -> bool {
        self.beat == Beat::Due
    }

    /// The ping to send now, if any. To be called when the link has written all that it took
    /// before.
    pub fn poll_ping(&mut self, now: Instant) -> Option<Ping> {
        let heartbeat = self.config.heartbeat.filter(|_| self.is_ping_due())?;
        self.beat = Beat::Asked { at: now };
        // Until then it is for `connectTimeout` to say how long an answer may take.
        let overdue = self.is_connected().then(|| now + self.upload.rest(now) + self.peer.patience(heartbeat));
        self.timers.assign(Timer::Heartbeat, overdue);
        Some(match self.peer.kind() {
            PingKind::Control => Ping::Control,
            PingKind::Application => {
                self.note_ping(now);
                let text = self.wire.ping();
                self.counters.bytes_sent += text.len() as u64;
                Ping::Application(text)
            }
        })
    }
}
