//! What the getters of a session return.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::values::{self, Clock};
#[cfg(test)]
use crate::session::meter::Totals;
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
    #[cfg(test)]
    totals: Totals,
}

impl State {
    /// `is_trace`: with what the session measures, which a recording does not have.
    pub(super) fn of(
        session: &Session,
        #[allow(unused_variables, reason = "traces exist in tests")] is_trace: bool,
    ) -> Self {
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
            #[cfg(test)]
            totals: if is_trace { session.measured_totals().unwrap_or_default() } else { Totals::default() },
        }
    }

    /// The members that differ from those of the earlier state, if any do. Null: undefined.
    pub(super) fn changes(
        &self,
        earlier: Option<&Self>,
        clock: Clock,
        #[allow(unused_variables, reason = "traces exist in tests")] is_trace: bool,
    ) -> Option<Value> {
        if earlier == Some(self) {
            return None;
        }
        let mut changes = Map::new();
        let mut add = |name: &str, is_same: fn(&Self, &Self) -> bool, value: &dyn Fn(&Self) -> Value| {
            if !earlier.is_some_and(|earlier| is_same(earlier, self)) {
                changes.insert(name.to_owned(), value(self));
            }
        };
        add("deadline", |a, b| a.deadline == b.deadline, &|state| json!(state.deadline.map(|at| clock.at(at))));
        add("sentBefore", |a, b| a.sent_before == b.sent_before, &|state| clock.at(state.sent_before));
        add("socketId", |a, b| a.socket_id == b.socket_id, &|state| json!(state.socket_id));
        add("hasOutput", |a, b| a.has_output == b.has_output, &|state| json!(state.has_output));
        add("isPingDue", |a, b| a.is_ping_due == b.is_ping_due, &|state| json!(state.is_ping_due));
        add("isIdle", |a, b| a.is_idle == b.is_idle, &|state| json!(state.is_idle));
        add("counters", |a, b| a.counters == b.counters, &|state| values::counters(state.counters));
        add("outboxDepth", |a, b| a.outbox_depth == b.outbox_depth, &|state| values::outbox_depth(state.outbox_depth));
        add("pendingAcks", |a, b| a.pending_acks == b.pending_acks, &|state| json!(state.pending_acks));
        add("subscriptionCount", |a, b| a.subscription_count == b.subscription_count, &|state| {
            json!(state.subscription_count)
        });
        add("tokenWanted", |a, b| a.token_wanted == b.token_wanted, &|state| {
            json!(state.token_wanted.map(TokenReason::name))
        });
        #[cfg(test)]
        if is_trace {
            add("measuredTotals", |a, b| a.totals == b.totals, &|state| values::totals(&state.totals));
        }
        Some(changes.into())
    }
}
