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
//! A gateway may also swallow the pongs of an established connection, or all but the first. So if
//! the server does not answer a control ping within half of the heartbeat's timeout, the client
//! sends an application ping for the other half.

use std::time::Duration;

use crate::vocabulary::Protocol;

/// After this many consecutive connections that ended at our first ping, the next connection gets
/// no ping: the server may close connections because of it.
const MAX_CONNECTIONS_ENDED: u8 = 2;

/// The two kinds of pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum PingKind {
    /// A ping frame of RFC 6455.
    Control,
    /// A message that the server answers.
    Application,
}

/// What the session remembers about its peer's pongs over all links.
#[derive(Debug)]
pub(in crate::session) struct Peer {
    /// Whether the transport of the link can carry our pings. The driver says so for each link.
    pub(in crate::session) can_ping: bool,
    /// The server has answered a ping, on this link or an earlier one.
    has_answered: bool,
    /// The server has opened the namespace of the application ping: it is never sent again.
    admits_pings: bool,
    /// How many consecutive connections ended while the answer to the first ping was pending.
    ended: u8,
}

impl Peer {
    pub(in crate::session) fn new(protocol: Protocol) -> Self {
        Self { can_ping: true, has_answered: protocol == Protocol::Ws, admits_pings: false, ended: 0 }
    }

    /// What is known about pongs at the start of a link.
    pub(in crate::session) const fn begin_link(&mut self) -> Pongs {
        if self.ended == MAX_CONNECTIONS_ENDED {
            self.ended -= 1;
            return Pongs::Mute;
        }
        Pongs::Unknown
    }

    /// A link has ended while the answer to its first ping was pending.
    pub(in crate::session) fn handle_end_at_first_ping(&mut self) {
        self.ended = (self.ended + 1).min(MAX_CONNECTIONS_ENDED);
    }

    pub(super) const fn handle_answer(&mut self) {
        (self.has_answered, self.ended) = (true, 0);
    }

    pub(super) const fn handle_admitted_ping(&mut self) {
        self.admits_pings = true;
    }

    /// Forgets that the server has answered a ping. Returns whether it had.
    pub(super) const fn forget_answers(&mut self) -> bool {
        std::mem::replace(&mut self.has_answered, false)
    }
}

/// What is known about the server's pongs on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Pongs {
    /// The client has not sent a ping.
    Unknown,
    /// The first ping of this kind is due, or its answer is pending.
    Learning(PingKind),
    /// The server answers pings of this kind.
    Answers(PingKind),
    /// The server has answered control pings, but not the latest one: an application ping has the
    /// rest of the time.
    Doubted,
    /// The server answers no pings.
    Mute,
}

impl Pongs {
    pub(super) const fn is_learning(self) -> bool {
        matches!(self, Self::Learning(_))
    }

    /// Whether the server answers pings.
    pub(super) const fn are_known(self) -> bool {
        matches!(self, Self::Answers(_) | Self::Doubted)
    }

    /// Which ping to send.
    pub(super) const fn kind(self) -> PingKind {
        match self {
            Self::Learning(kind) | Self::Answers(kind) => kind,
            Self::Doubted => PingKind::Application,
            Self::Unknown | Self::Mute => PingKind::Control,
        }
    }

    /// The state in which the client sends the next kind of ping, if there is one.
    pub(super) fn next(self, peer: &Peer) -> Option<Self> {
        match self {
            _ if peer.admits_pings => None,
            Self::Learning(PingKind::Control) => Some(Self::Learning(PingKind::Application)),
            Self::Answers(PingKind::Control) => Some(Self::Doubted),
            _ => None,
        }
    }

    /// How long to wait for the answer, with the heartbeat's interval and timeout. Both kinds of
    /// pings together take as long as the heartbeat allows a quiet peer.
    pub(super) fn answer_timeout(self, peer: &Peer, interval: Duration, timeout: Duration) -> Duration {
        match self.next(peer) {
            Some(Self::Learning(_)) => interval,
            Some(_) => timeout / 2,
            None if self == Self::Doubted => timeout / 2,
            None => timeout,
        }
    }

    /// The state after an answer to this kind of ping; `None` if the answer changes nothing.
    pub(super) fn after_answer(self, kind: PingKind) -> Option<Self> {
        let changes = match self {
            Self::Answers(known) => known == PingKind::Application && kind == PingKind::Control,
            Self::Unknown | Self::Learning(_) | Self::Doubted | Self::Mute => true,
        };
        changes.then_some(Self::Answers(kind))
    }
}
