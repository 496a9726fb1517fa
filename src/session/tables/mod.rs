//! Tables: what a session remembers. They decide nothing.

pub(super) mod acks;
pub(super) mod channels;
pub(super) mod dedupe;
pub(super) mod filter;
pub(super) mod interest;
pub(super) mod outbox;
pub(super) mod owed_acks;
pub(super) mod requests;
pub(super) mod server_ids;
pub(super) mod subscriptions;
pub(super) mod timers;
