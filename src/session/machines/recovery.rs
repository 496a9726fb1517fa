//! Socket.IO's Connection State Recovery: what a server needs to resume a session, and what the
//! client has to repeat afterwards.
//!
//! A server that resumes a session restores its subscriptions and channels, too. Some of them the
//! user has ended in the meantime, or so shortly before the loss that the server may not know it:
//! the client ends those once more.
//!
//! The official server keeps what it needs to resume a session after it has done so. If the link of
//! the resumed session is lost without the server's knowledge, the server resumes the session a
//! second time, beside the first. When it then ends the first, it removes the subscriptions of the
//! second as well, and their events are lost. So the client does not resume a session in that case,
//! see [`Session::discard_resumable_session`](crate::session::Session::discard_resumable_session).
//!
//! Nor does the client resume a session whose data it has refused (a message above the limit, a
//! violation of the protocol): the server would send the same data again, and the client would
//! refuse it again, until no attempt is left. And a session that the client has requested several
//! times in a row without progress may contain something that one of both sides cannot process.

use std::{collections::VecDeque, sync::Arc};

use serde_json::Value;

use crate::{
    error::{Error, ErrorKind},
    session::tables::server_ids::ServerId,
};

/// How many ended subscriptions, and how many left channels, are remembered. The server has long
/// known about older ones.
const MAX_ENDED: usize = 256;
/// After this many requests without progress the client begins a new session instead.
const MAX_FRUITLESS_JOINS: u8 = 3;

/// A session that the server may resume.
#[derive(Debug, Default)]
pub(in crate::session) struct Recovery {
    pub(in crate::session) pid: String,
    /// The server may have resumed it.
    resumed: bool,
    /// How many times the client has requested it since its last progress: an event or a
    /// connection.
    fruitless_joins: u8,
    /// The offset of the latest packet, as JSON. Empty: there is none.
    offset: String,
    /// The server's ids of ended subscriptions.
    ended: VecDeque<ServerId>,
    /// Channels that the user has left.
    left: VecDeque<Arc<str>>,
}

impl Recovery {
    pub(in crate::session) fn new(pid: String) -> Self {
        Self { pid, ..Self::default() }
    }

    /// The client requests the session.
    pub(in crate::session) const fn handle_join(&mut self) {
        self.resumed = true;
        self.fruitless_joins += 1;
    }

    /// The server has resumed the session, and the connection is ready.
    pub(in crate::session) const fn handle_resumed(&mut self) {
        self.fruitless_joins = 0;
    }

    /// A packet with this offset, a JSON text, has come.
    pub(in crate::session) fn handle_offset(&mut self, json: &str) {
        self.offset.clear();
        self.offset.push_str(json);
        self.fruitless_joins = 0;
    }

    /// A subscription has ended.
    pub(in crate::session) fn handle_unsubscribe(&mut self, server_id: ServerId) {
        if !self.ended.contains(&server_id) {
            push(&mut self.ended, server_id);
        }
    }

    /// The user has left a channel.
    pub(in crate::session) fn handle_leave(&mut self, name: &str) {
        if !self.left.iter().any(|left| **left == *name) {
            push(&mut self.left, name.into());
        }
    }

    /// Whether the server may have resumed the session on the link that carries it.
    pub(in crate::session) const fn may_be_resumed(&self) -> bool {
        self.resumed
    }

    /// Whether the client has requested the session so often in vain that it should begin a new
    /// one.
    pub(in crate::session) const fn is_fruitless(&self) -> bool {
        self.fruitless_joins >= MAX_FRUITLESS_JOINS
    }

    /// The offset of the latest packet.
    pub(in crate::session) fn offset(&self) -> Option<Value> {
        serde_json::from_str(&self.offset).ok()
    }

    /// The subscriptions to end once more.
    pub(in crate::session) fn ended_subscriptions(&self) -> Vec<ServerId> {
        self.ended.iter().cloned().collect()
    }

    /// The channels to leave once more, unless the user has joined them again.
    pub(in crate::session) fn left_channels(&self) -> Vec<Arc<str>> {
        self.left.iter().cloned().collect()
    }
}

/// Whether the loss of a link is our own refusal of what the server sent: recovery would bring the
/// same data again.
pub(in crate::session) fn is_refusal(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::MessageTooLarge | ErrorKind::Protocol)
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == MAX_ENDED {
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
        for number in 0..2 * MAX_ENDED {
            recovery.handle_unsubscribe(ServerId::of(&number.to_string()));
            recovery.handle_leave(&number.to_string());
            recovery.handle_leave(&number.to_string());
        }
        assert_eq!((recovery.ended_subscriptions().len(), recovery.left_channels().len()), (MAX_ENDED, MAX_ENDED));
        assert_eq!(recovery.ended_subscriptions().last(), Some(&ServerId::of(&(2 * MAX_ENDED - 1).to_string())));
    }
}
