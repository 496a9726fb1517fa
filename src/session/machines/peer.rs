//! Which pings a server answers: its silence means that it is gone only if it answers pings at all.
//!
//! RFC 6455 asks every peer to answer ping frames, but some servers have no handler for them, and
//! some gateways swallow them. So each WebSocket begins with one control ping. If its pong does not
//! come within the heartbeat's interval, the client sends an application ping, which every server
//! answers: on `/ws` the JSON `ping`, on Socket.IO a CONNECT to a namespace that no server has.
//!
//! | the server answers | from then on, while it is quiet |
//! |---|---|
//! | the control ping | the client sends control pings, and an application ping where a pong is overdue |
//! | only the application ping | the client sends application pings |
//! | neither | the client sends nothing: the server's own pings decide |
//!
//! The client remembers over reconnects whether the server has answered. A new connection to such a
//! server that brings nothing after these pings is closed, but only once: the client then forgets
//! what it remembered, so that a gateway that begins to swallow pongs does not cost one connection
//! after the other. The JSON `ping` is a part of `/ws`, so there a server counts as one that
//! answers until it does not.
//!
//! A gateway may also swallow the pongs of a connection that stands, or all but the first. So where
//! a control ping is not answered in half of the heartbeat's timeout, the application ping has the
//! other half.

use std::time::{Duration, Instant};

use crate::session::{Frame, Heartbeat, Session, codec::Wire, machines::heartbeat::Beat};
use crate::vocabulary::Protocol;

/// A server that ends so many connections in a row at our first ping gets none on the next one: it
/// may be the ping that it does not stand.
const MAX_CONNECTIONS_ENDED: u8 = 2;

/// The two kinds of pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum PingKind {
    /// A ping frame of RFC 6455.
    Control,
    /// A message that the server answers.
    Application,
}

/// What is known of the server on the current link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The client has not sent a ping.
    Unknown,
    /// The first ping of this kind is due, or its answer is awaited.
    Learning(PingKind),
    /// The server answers pings of this kind.
    Answers(PingKind),
    /// The server has answered control pings, but not the latest: an application ping has what is
    /// left of the time.
    Doubted,
    /// The server answers no pings.
    Mute,
}

/// The server, as far as pings are concerned.
#[derive(Debug)]
pub(in crate::session) struct Peer {
    stage: Stage,
    /// The server has answered a ping, on this connection or an earlier one.
    has_answered: bool,
    /// The server has opened the namespace of the application ping: it is never sent again.
    admits_pings: bool,
    /// How many connections in a row have ended while the answer to the first ping was awaited.
    ended: u8,
    /// How many pongs have come over the current link.
    pongs: u64,
}

impl Peer {
    pub(in crate::session) fn new(protocol: Protocol) -> Self {
        let has_answered = protocol == Protocol::Ws;
        Self { stage: Stage::Unknown, has_answered, admits_pings: false, ended: 0, pongs: 0 }
    }

    /// A new link is open.
    pub(in crate::session) fn begin_link(&mut self) {
        self.pongs = 0;
        self.stage = Stage::Unknown;
        if self.ended == MAX_CONNECTIONS_ENDED {
            self.ended -= 1;
            self.stage = Stage::Mute;
        }
    }

    /// Begins to learn what the server answers; false if that has begun.
    pub(in crate::session) fn begin_learning(&mut self) -> bool {
        let begins = self.stage == Stage::Unknown;
        if begins {
            self.stage = Stage::Learning(PingKind::Control);
        }
        begins
    }

    /// Goes on to the next kind of ping; false if there is none.
    pub(in crate::session) fn try_next_kind(&mut self) -> bool {
        let next = self.next_kind();
        self.stage = next.unwrap_or(self.stage);
        next.is_some()
    }

    /// The stage in which the client sends the next kind of ping.
    fn next_kind(&self) -> Option<Stage> {
        match self.stage {
            _ if self.admits_pings => None,
            Stage::Learning(PingKind::Control) => Some(Stage::Learning(PingKind::Application)),
            Stage::Answers(PingKind::Control) => Some(Stage::Doubted),
            _ => None,
        }
    }

    /// Bytes have come while an answer was awaited: the next ping has all of the time again.
    pub(in crate::session) fn end_doubt(&mut self) {
        if self.stage == Stage::Doubted {
            self.stage = Stage::Answers(PingKind::Application);
        }
    }

    /// The server has answered no ping on this link. Returns whether it has answered one before.
    pub(in crate::session) const fn give_up_learning(&mut self) -> bool {
        self.stage = Stage::Mute;
        std::mem::replace(&mut self.has_answered, false)
    }

    pub(in crate::session) const fn is_learning(&self) -> bool {
        matches!(self.stage, Stage::Learning(_))
    }

    /// Whether the server answers pings.
    pub(in crate::session) const fn answers(&self) -> bool {
        matches!(self.stage, Stage::Answers(_) | Stage::Doubted)
    }

    /// Whether the server answers no pings.
    pub(in crate::session) const fn is_mute(&self) -> bool {
        matches!(self.stage, Stage::Mute)
    }

    /// Which ping to send.
    pub(in crate::session) const fn kind(&self) -> PingKind {
        match self.stage {
            Stage::Learning(kind) | Stage::Answers(kind) => kind,
            Stage::Doubted => PingKind::Application,
            Stage::Unknown | Stage::Mute => PingKind::Control,
        }
    }

    /// How long to wait for the answer. Both kinds together take as long as the heartbeat does for
    /// a quiet peer.
    pub(in crate::session) fn patience(&self, heartbeat: Heartbeat) -> Duration {
        match self.next_kind() {
            Some(Stage::Learning(_)) => heartbeat.interval,
            Some(_) => heartbeat.timeout / 2,
            None if self.stage == Stage::Doubted => heartbeat.timeout / 2,
            None => heartbeat.timeout,
        }
    }

    /// The server has answered a ping. Returns whether that is news.
    fn answered(&mut self, kind: PingKind) -> bool {
        (self.has_answered, self.ended) = (true, 0);
        let is_news = match self.stage {
            Stage::Answers(known) => known == PingKind::Application && kind == PingKind::Control,
            Stage::Unknown | Stage::Learning(_) | Stage::Doubted | Stage::Mute => true,
        };
        if is_news {
            self.stage = Stage::Answers(kind);
        }
        is_news
    }

    /// The server has opened the namespace of the application ping.
    fn admit_ping(&mut self) {
        self.admits_pings = true;
        if self.stage != Stage::Answers(PingKind::Control) {
            self.stage = Stage::Mute;
        }
    }
}

impl Session {
    /// Notes how many of our control pings the peer has answered on this link.
    pub fn note_pongs(&mut self, now: Instant, pongs: u64) {
        if pongs > self.peer.pongs {
            self.peer.pongs = pongs;
            self.note_answer(now, PingKind::Control);
        }
    }

    /// The answer to an application ping has come.
    pub(in crate::session) fn take_application_pong(&mut self, now: Instant) {
        if self.awaits_pong() {
            self.note_pong(now);
            self.note_answer(now, PingKind::Application);
        }
    }

    /// The server takes our application ping for a request to join a namespace: the client leaves
    /// it at once.
    pub(in crate::session) fn take_back_application_ping(&mut self, now: Instant) {
        if self.awaits_pong() {
            self.note_pong(now);
            self.frames.push_back(Frame::Text(Wire::leave_ping_namespace()));
            self.peer.admit_ping();
            if self.peer.is_mute() {
                self.stop_heartbeat();
            }
        }
    }

    /// The link is about to end, and not because its peer is silent.
    pub(in crate::session) fn note_unanswered_ping(&mut self) {
        if self.peer.is_learning() && matches!(self.beat, Beat::Asked { .. }) {
            self.peer.ended = (self.peer.ended + 1).min(MAX_CONNECTIONS_ENDED);
        }
    }

    /// Whether any byte is a sign of life: on `/ws`, from a server that does not answer the JSON
    /// `ping` either.
    pub(in crate::session) fn counts_bytes_only(&self) -> bool {
        self.wire.protocol() == Protocol::Ws && self.peer.is_mute()
    }

    fn note_answer(&mut self, now: Instant, kind: PingKind) {
        if self.peer.answered(kind) {
            self.stop_heartbeat();
            if self.is_connected() && !self.paused {
                self.start_heartbeat(now);
            }
        }
    }
}
