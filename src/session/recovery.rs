//! Socket.IO's Connection State Recovery: what a server needs to resume a session, and what it must be told again.
//!
//! A server that resumes a session brings its subscriptions and channels back too. Those that the user has ended in the
//! meantime, or so shortly before the loss that the server may not have heard of it, are to be ended once more.

use std::{collections::VecDeque, sync::Arc};

use serde_json::Value;

use super::server_id::ServerId;

/// How many ended subscriptions and left channels are remembered, of each the latest. The ones before them are so far
/// back that the server has heard of them.
const MOST_ENDED: usize = 256;

/// A session that may be resumed.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    pub(super) pid: String,
    /// The offset of the last packet, as JSON; empty: there is none.
    offset: String,
    /// The server's ids of subscriptions that have ended.
    ended: VecDeque<ServerId>,
    /// Channels that were left.
    left: VecDeque<Arc<str>>,
}

impl Recovery {
    pub(super) fn new(pid: String) -> Self {
        Self { pid, ..Self::default() }
    }

    /// Notes the offset of a packet, a JSON text.
    pub(super) fn note_offset(&mut self, json: &str) {
        self.offset.clear();
        self.offset.push_str(json);
    }

    /// The offset of the last packet.
    pub(super) fn offset(&self) -> Option<Value> {
        serde_json::from_str(&self.offset).ok()
    }

    /// Notes that a subscription has ended.
    pub(super) fn end(&mut self, server_id: ServerId) {
        if !self.ended.contains(&server_id) {
            push(&mut self.ended, server_id);
        }
    }

    /// Notes that a channel was left.
    pub(super) fn leave(&mut self, name: &str) {
        if !self.left.iter().any(|left| **left == *name) {
            push(&mut self.left, name.into());
        }
    }

    /// The subscriptions to end once more.
    pub(super) fn ended(&self) -> Vec<ServerId> {
        self.ended.iter().cloned().collect()
    }

    /// The channels to leave once more, unless they are wanted again.
    pub(super) fn left(&self) -> Vec<Arc<str>> {
        self.left.iter().cloned().collect()
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
