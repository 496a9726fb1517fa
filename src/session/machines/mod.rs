//! Machines: each owns the state and the deadlines of one concern, and knows nothing of a session.
//! A `handle_*` method says what has happened, and returns what the session has to do about it.

pub(super) mod backoff;
pub(super) mod confirmations;
pub(super) mod gaps;
pub(super) mod heartbeat;
pub(super) mod peer;
pub(super) mod pings;
pub(super) mod recovery;
pub(super) mod send_backlog;
pub(super) mod slow_consumer;
pub(super) mod tokens;
pub(super) mod watermark;
