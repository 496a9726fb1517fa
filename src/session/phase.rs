//! What a session is doing, and what belongs to each of its phases.

use super::link::{Connected, Link, Stage};

/// What a session is doing. There is one link at a time, and everything that belongs to it goes
/// with it.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a session has one phase, and a box would cost every frame a pointer")]
pub(super) enum Phase {
    /// Nothing, until the user connects.
    Idle,
    /// The user was asked for a token. The session dials when it is there.
    Asking,
    /// The driver dials a link.
    Dialing,
    /// The link is open.
    Open(Link),
    /// The next attempt is due at [`Timer::Reconnect`](super::tables::timers::Timer::Reconnect), or
    /// when the inbox has room again.
    Waiting,
}

impl Phase {
    pub(super) const fn link(&self) -> Option<&Link> {
        match self {
            Self::Open(link) => Some(link),
            _ => None,
        }
    }

    pub(super) const fn link_mut(&mut self) -> Option<&mut Link> {
        match self {
            Self::Open(link) => Some(link),
            _ => None,
        }
    }

    /// The link and its connection, once that is ready.
    pub(super) const fn connected(&self) -> Option<(&Link, &Connected)> {
        match self {
            Self::Open(link) => match &link.stage {
                Stage::Connected(connected) => Some((link, connected)),
                Stage::Opening | Stage::Joining(_) => None,
            },
            _ => None,
        }
    }
}

/// Whether the session has been connected before. If it has, a server exists, whatever answers in
/// its place now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    Never,
    /// Before the user's latest `connect`.
    ConnectedEarlier,
    /// Since the user's latest `connect`.
    Connected,
}
