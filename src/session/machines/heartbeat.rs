//! Whether a quiet peer is still there: the client sends it a ping, and disconnects when nothing
//! comes back.
//!
//! Bytes count, not messages: a large message that arrives slowly is a sign of life, and so is a
//! pong. Which ping to send, and whether a missing answer means anything, depends on what this
//! server has answered before: see [`peer`](super::peer). The session watches the server's own
//! pings separately ([`Timer::Liveness`](crate::session::tables::timers::Timer::Liveness)), since a
//! proxy may answer ours in place of a dead server. Long-polling has only the server's pings.
//!
//! A ping that waits in line is answered late. So the client sends a ping only after the link has
//! written everything before it, and allows time for the bytes that are still in the network: see
//! [`send_backlog`](super::send_backlog).

use std::time::{Duration, Instant};

use super::{
    peer::{Peer, PingKind, Pongs},
    send_backlog::{MAX_ALLOWANCE, SendBacklog},
};

/// When to send a ping, and how long to wait for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// How long the peer may be quiet before the client sends a ping.
    pub interval: Duration,
    /// How long the peer may then stay quiet.
    pub timeout: Duration,
}

/// The state of the next ping. [`HeartbeatMonitor::deadline`] is the deadline of each state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    /// No ping is due.
    Listening,
    /// The ping waits until the link has written everything before it. While the link makes
    /// progress with a large message, silence proves nothing.
    Due,
    /// The ping was sent.
    Sent { at: Instant },
}

/// The heartbeat of one link.
#[derive(Debug)]
pub(in crate::session) struct HeartbeatMonitor {
    config: Option<Heartbeat>,
    beat: Beat,
    deadline: Option<Instant>,
    pongs: Pongs,
    /// How many pongs have come over the link.
    pong_count: u64,
    /// When the latest bytes came.
    last_byte_at: Instant,
}

impl HeartbeatMonitor {
    /// The heartbeat of a link that has just opened. It is idle until [`Self::start`].
    pub(in crate::session) const fn new(now: Instant, config: Option<Heartbeat>, pongs: Pongs) -> Self {
        Self { config, beat: Beat::Listening, deadline: None, pongs, pong_count: 0, last_byte_at: now }
    }

    /// When [`Self::handle_timeout`] is due.
    pub(in crate::session) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(in crate::session) const fn clear_deadline(&mut self) {
        self.deadline = None;
    }

    /// When the latest bytes came.
    pub(in crate::session) const fn last_byte_at(&self) -> Instant {
        self.last_byte_at
    }

    /// Whether the server answers no pings.
    pub(in crate::session) const fn is_mute(&self) -> bool {
        matches!(self.pongs, Pongs::Mute)
    }

    /// Whether the answer to the first ping is pending.
    pub(in crate::session) const fn awaits_first_answer(&self) -> bool {
        self.pongs.is_learning() && matches!(self.beat, Beat::Sent { .. })
    }

    /// Whether a ping has to be sent, before any other frame: see [`Self::poll_ping`].
    pub(in crate::session) const fn is_ping_due(&self) -> bool {
        matches!(self.beat, Beat::Due)
    }

    /// Bytes of any kind have come from the peer.
    #[inline]
    pub(in crate::session) fn handle_bytes(&mut self, now: Instant, peer: &Peer, backlog: &SendBacklog) {
        self.last_byte_at = now;
        // While the client learns what the server answers, only an answer counts.
        if self.beat != Beat::Listening && self.pongs.are_known() {
            if self.pongs == Pongs::Doubted {
                self.pongs = Pongs::Answers(PingKind::Application);
            }
            self.start(now, peer, backlog);
        }
    }

    /// The peer has answered `count` control pings on this link. Returns whether that changes which
    /// pings to send; the heartbeat is then stopped.
    pub(in crate::session) fn handle_pongs(&mut self, count: u64, peer: &mut Peer) -> bool {
        if count <= self.pong_count {
            return false;
        }
        self.pong_count = count;
        self.handle_answer(PingKind::Control, peer)
    }

    /// The server has answered a ping. Returns as [`Self::handle_pongs`] does.
    pub(in crate::session) fn handle_answer(&mut self, kind: PingKind, peer: &mut Peer) -> bool {
        peer.handle_answer();
        let Some(pongs) = self.pongs.after_answer(kind) else { return false };
        self.pongs = pongs;
        self.stop();
        true
    }

    /// The server has opened the namespace of the application ping.
    pub(in crate::session) fn handle_admitted_ping(&mut self, peer: &mut Peer) {
        peer.handle_admitted_ping();
        if self.pongs != Pongs::Answers(PingKind::Control) {
            self.pongs = Pongs::Mute;
            self.stop();
        }
    }

    /// The deadline has passed. Returns how long the peer has been silent if it is gone.
    pub(in crate::session) fn handle_timeout(
        &mut self,
        now: Instant,
        peer: &mut Peer,
        backlog: &SendBacklog,
    ) -> Option<Duration> {
        let Heartbeat { interval, timeout } = self.config?;
        let stuck_at = self.stuck_at(timeout, backlog);
        match self.beat {
            // While many bytes are in the network the ping is sent all the same: its answer tells
            // how many of them have arrived.
            Beat::Listening if self.last_byte_at + interval > now && backlog.allowance(now).is_zero() => {
                self.deadline = Some(self.last_byte_at + interval);
            }
            Beat::Listening => self.request_ping(now, timeout, backlog),
            Beat::Due if stuck_at > now => self.deadline = Some(stuck_at),
            Beat::Sent { at } => match self.pongs.next(peer) {
                Some(next) => {
                    self.pongs = next;
                    self.request_ping(now, timeout, backlog);
                }
                None if self.pongs.is_learning() => {
                    self.stop();
                    self.pongs = Pongs::Mute;
                    let has_answered = peer.forget_answers();
                    return (has_answered && self.last_byte_at <= at).then(|| self.silence(now));
                }
                None => return Some(self.silence(now)),
            },
            Beat::Due => return Some(self.silence(now)),
        }
        None
    }

    /// Waits for the peer to become quiet. The first call on a link sends a ping at once, to learn
    /// which pings the server answers.
    pub(in crate::session) fn start(&mut self, now: Instant, peer: &Peer, backlog: &SendBacklog) {
        self.last_byte_at = now;
        let Some(Heartbeat { interval, timeout }) = self.config.filter(|_| peer.can_ping && !self.is_mute()) else {
            return self.stop();
        };
        if self.pongs.are_known() {
            self.beat = Beat::Listening;
            self.deadline = Some(now + interval);
        } else if let Beat::Sent { .. } = self.beat {
            self.deadline = Some(now + self.pongs.answer_timeout(peer, interval, timeout));
        } else {
            self.begin_learning();
            self.request_ping(now, timeout, backlog);
        }
    }

    /// Sends the first ping before CONNECT, so that the client knows what the server answers once
    /// the connection is ready.
    pub(in crate::session) fn ping_ahead(&mut self, peer: &Peer) {
        if self.config.is_some() && peer.can_ping && self.begin_learning() {
            self.beat = Beat::Due;
        }
    }

    pub(in crate::session) const fn stop(&mut self) {
        self.beat = Beat::Listening;
        self.deadline = None;
    }

    /// The ping to send now. Call this when the link has written everything before it.
    pub(in crate::session) fn poll_ping(
        &mut self,
        now: Instant,
        is_connected: bool,
        peer: &Peer,
        backlog: &SendBacklog,
    ) -> Option<PingKind> {
        let Heartbeat { interval, timeout } = self.config.filter(|_| self.is_ping_due())?;
        self.beat = Beat::Sent { at: now };
        // Until the connection is ready, `connectTimeout` bounds the wait for an answer.
        let answer_timeout = self.pongs.answer_timeout(peer, interval, timeout);
        self.deadline = is_connected.then(|| now + backlog.allowance(now) + answer_timeout);
        Some(self.pongs.kind())
    }

    /// Begins to learn which pings the server answers; false if that has begun before.
    fn begin_learning(&mut self) -> bool {
        let begins = self.pongs == Pongs::Unknown;
        if begins {
            self.pongs = Pongs::Learning(PingKind::Control);
        }
        begins
    }

    fn request_ping(&mut self, now: Instant, timeout: Duration, backlog: &SendBacklog) {
        self.beat = Beat::Due;
        self.deadline = Some(self.stuck_at(timeout, backlog).max(now + timeout));
    }

    /// When a link that neither sends nor receives anything counts as dead.
    fn stuck_at(&self, timeout: Duration, backlog: &SendBacklog) -> Instant {
        backlog.progress_at().map_or(self.last_byte_at, |at| at.max(self.last_byte_at)) + MAX_ALLOWANCE + timeout
    }

    fn silence(&self, now: Instant) -> Duration {
        now.duration_since(self.last_byte_at)
    }
}
