//! Socket.IO's Connection State Recovery: what a server needs to resume a session, and what it must be told again.
//!
//! A server that resumes a session brings its subscriptions and channels back too. Those that the user has ended in the
//! meantime, or so shortly before the loss that the server may not have heard of it, are to be ended once more.
//!
//! The official server keeps what it needs to resume a session after it has done so. When the resumed one is lost without
//! its knowledge, it resumes the session a second time, beside the first: and when it comes to end that, it takes the
//! second one's subscriptions along, and what they would have brought is never made up for. So a session is not resumed
//! where that may be, see [`Session::doubt_recovery`].

use std::{collections::VecDeque, sync::Arc};

use serde_json::Value;

use super::{Phase, Session, server_id::ServerId};

/// How many ended subscriptions and left channels are remembered, of each the latest. The ones before them are so far
/// back that the server has heard of them.
const MOST_ENDED: usize = 256;

/// A session that may be resumed.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    pub(super) pid: String,
    /// The server may have resumed it.
    resumed: bool,
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

    /// It is about to be resumed.
    pub(super) const fn resume(&mut self) {
        self.resumed = true;
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

impl Session {
    /// The link is given up, or cut off, so that the server may take it to be alive. To be said before that.
    pub fn doubt_recovery(&mut self) {
        if matches!(self.phase, Phase::Joining(_) | Phase::Connected { .. }) {
            self.recovery.take_if(|recovery| recovery.resumed);
        }
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
