//! The figures of one client.

use super::inbox::Usage;
use crate::{session::Counters, transport::Transport};

/// The figures of one client.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// What the session has counted.
    pub counters: Counters,
    /// Events that the user's thread has taken.
    pub events_delivered: u64,
    /// Events that were dropped because the inbox was full.
    pub dropped_overflow: u64,
    /// Events in the inbox, and the bytes of everything in it.
    pub inbox: Usage,
    /// Messages in the outbox.
    pub outbox: Usage,
    /// Live subscriptions.
    pub subscriptions: usize,
    /// Replies that the session waits for.
    pub pending_acks: usize,
    /// The transport of the link. `None`: there is no link.
    pub transport: Option<Transport>,
}
