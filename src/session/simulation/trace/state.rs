//! What the getters of a session return.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::values::{self, Clock};
use crate::session::{Counters, Session, TokenReason};

/// What all getters return at one moment.
#[derive(PartialEq)]
pub(super) struct State {
    deadline: Option<Instant>,
    sent_before: Instant,
    socket_id: Option<String>,
    has_output: bool,
    is_ping_due: bool,
    is_idle: bool,
    counters: Counters,
    outbox_depth: (usize, usize),
    pending_acks: usize,
    subscription_count: usize,
    token_wanted: Option<TokenReason>,
}

impl State {
    pub(super) fn of(session: &Session) -> Self {
        Self {
            deadline: session.deadline(),
            sent_before: session.sent_before(),
            socket_id: session.socket_id().map(str::to_owned),
            has_output: session.has_output(),
            is_ping_due: session.is_ping_due(),
            is_idle: session.is_idle(),
            counters: session.counters(),
            outbox_depth: session.outbox_depth(),
            pending_acks: session.pending_acks(),
            subscription_count: session.subscription_count(),
            token_wanted: session.token_wanted(),
        }
    }

    /// The members that differ from those of the earlier state, if any do. Null: undefined.
    pub(super) fn changes(&self, earlier: Option<&Self>, clock: Clock) -> Option<Value> {
        if earlier == Some(self) {
            return None;
        }
        let mut members = self.members(clock);
        if let Some(earlier) = earlier.map(|earlier| earlier.members(clock)) {
            members.retain(|name, value| earlier.get(name) != Some(value));
        }
        Some(members.into())
    }

    fn members(&self, clock: Clock) -> Map<String, Value> {
        let members = [
            ("deadline", json!(self.deadline.map(|at| clock.at(at)))),
            ("sentBefore", clock.at(self.sent_before)),
            ("socketId", json!(self.socket_id)),
            ("hasOutput", json!(self.has_output)),
            ("isPingDue", json!(self.is_ping_due)),
            ("isIdle", json!(self.is_idle)),
            ("counters", values::counters(self.counters)),
            ("outboxDepth", values::outbox_depth(self.outbox_depth)),
            ("pendingAcks", json!(self.pending_acks)),
            ("subscriptionCount", json!(self.subscription_count)),
            ("tokenWanted", json!(self.token_wanted.map(TokenReason::name))),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
