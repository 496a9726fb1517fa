//! Socket.IO's Connection State Recovery: what a server needs to resume a session, and what it must be told again.
//!
//! A server that resumes a session brings its subscriptions and channels back too. Those that the user has ended in the
//! meantime, or so shortly before the loss that the server may not have heard of it, are to be ended once more.
//!
//! The official server keeps what it needs to resume a session after it has done so. When the resumed one is lost without
//! its knowledge, it resumes the session a second time, beside the first: and when it comes to end that, it takes the
//! second one's subscriptions along, and what they would have brought is never made up for. So a session is not resumed
//! where that may be, see [`Session::discard_resumable_session`].
//!
//! Nor is a session resumed whose data we refuse (a message above the limit, a violation of the
//! protocol): the server would send the same data again, and the client would refuse it again,
//! until no attempt is left. And a session that was asked for several times in a row without any
//! progress may have something in it that one of both sides cannot take.

use std::{collections::VecDeque, sync::Arc};

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::session::{Phase, Session, tables::server_ids::ServerId};

/// How many ended subscriptions and left channels are remembered, of each the latest. The ones before them are so far
/// back that the server has heard of them.
const MOST_ENDED: usize = 256;
/// How many times in a row a session may be asked for before anything comes of it.
const MAX_FRUITLESS_JOINS: u8 = 3;

/// A session that may be resumed.
#[derive(Debug, Default)]
pub(in crate::session) struct Recovery {
    pub(in crate::session) pid: String,
    /// The server may have resumed it.
    resumed: bool,
    /// How many times it was asked for since it last made progress: an event or a connection.
    fruitless_joins: u8,
    /// The offset of the last packet, as JSON; empty: there is none.
    offset: String,
    /// The server's ids of subscriptions that have ended.
    ended: VecDeque<ServerId>,
    /// Channels that were left.
    left: VecDeque<Arc<str>>,
}

impl Recovery {
    pub(in crate::session) fn new(pid: String) -> Self {
        Self { pid, ..Self::default() }
    }

    /// It is about to be resumed.
    pub(in crate::session) const fn resume(&mut self) {
        self.resumed = true;
        self.fruitless_joins += 1;
    }

    /// It is resumed, and the connection is ready.
    pub(in crate::session) const fn has_resumed(&mut self) {
        self.fruitless_joins = 0;
    }

    /// Whether it was asked for so often in vain that a new session is the better choice.
    pub(in crate::session) const fn is_fruitless(&self) -> bool {
        self.fruitless_joins >= MAX_FRUITLESS_JOINS
    }

    /// Notes the offset of a packet, a JSON text.
    pub(in crate::session) fn note_offset(&mut self, json: &str) {
        self.offset.clear();
        self.offset.push_str(json);
        self.fruitless_joins = 0;
    }

    /// The offset of the last packet.
    pub(in crate::session) fn offset(&self) -> Option<Value> {
        serde_json::from_str(&self.offset).ok()
    }

    /// Notes that a subscription has ended.
    pub(in crate::session) fn end(&mut self, server_id: ServerId) {
        if !self.ended.contains(&server_id) {
            push(&mut self.ended, server_id);
        }
    }

    /// Notes that a channel was left.
    pub(in crate::session) fn leave(&mut self, name: &str) {
        if !self.left.iter().any(|left| **left == *name) {
            push(&mut self.left, name.into());
        }
    }

    /// The subscriptions to end once more.
    pub(in crate::session) fn ended(&self) -> Vec<ServerId> {
        self.ended.iter().cloned().collect()
    }

    /// The channels to leave once more, unless they are wanted again.
    pub(in crate::session) fn left(&self) -> Vec<Arc<str>> {
        self.left.iter().cloned().collect()
    }
}

impl Session {
    /// Discards a session that was resumed, since its link is closed or cut off and the server may
    /// take that link to be alive. Call this before the link is closed.
    pub fn discard_resumable_session(&mut self) {
        if self.is_session_at_stake() {
            self.recovery.take_if(|recovery| recovery.resumed);
        }
    }

    /// Discards the session that the link carries if the loss is our own refusal of what the server
    /// sent: recovery would bring the same data again.
    pub(in crate::session) fn discard_refused_session(&mut self, error: Option<&Error>) {
        let refused = error.is_some_and(|error| matches!(error.kind, ErrorKind::MessageTooLarge | ErrorKind::Protocol));
        if refused && self.is_session_at_stake() {
            self.recovery = None;
        }
    }

    /// Whether the link carries the resumable session, or has asked the server for it.
    const fn is_session_at_stake(&self) -> bool {
        matches!(self.phase, Phase::Joining(_) | Phase::Connected { .. })
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == MOST_ENDED {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_bounded_and_the_latest_is_kept() {
        let mut recovery = Recovery::new("p".into());
        for number in 0..2 * MOST_ENDED {
            recovery.end(ServerId::of(&number.to_string()));
            recovery.leave(&number.to_string());
            recovery.leave(&number.to_string());
        }
        assert_eq!((recovery.ended().len(), recovery.left().len()), (MOST_ENDED, MOST_ENDED));
        assert_eq!(recovery.ended().last(), Some(&ServerId::of(&(2 * MOST_ENDED - 1).to_string())));
    }
}
