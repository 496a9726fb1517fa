//! What a session needs to continue where a recording begins, after the ring has dropped the
//! beginning.
//!
//! It is what the user wants of the session, and its numbers, not all of its state: a replay brings
//! a new session there by ordinary calls. What that session does not know is how often the client
//! had tried to connect, which events came before, and what the server was asked and had not
//! answered.

use serde_json::{Value, json};

use super::values::{self, Clock};
use crate::session::{Phase, Session};

/// The line. `head` are the lines that have made the present link ready.
pub(super) fn line(session: &Session, clock: Clock, head: &[String]) -> String {
    let Session { subscriptions, channels, interest, phase, .. } = session;
    let live = subscriptions.numbers().into_iter().filter_map(|number| {
        let subscription = subscriptions.get(number)?;
        Some(values::known(json!({
            "number": number,
            "topic": &*subscription.topic,
            "filter": subscription.filter,
            "returnMode": subscription.return_mode,
        })))
    });
    let (listens, listens_to_messages) = interest.listens();
    let ack_id = phase.link().map_or(session.next_ack_id, |link| link.acks.next_id());
    let names = channels.numbers().into_iter().filter_map(|number| Some(channels.name(number)?.to_string()));
    let root = values::known(json!({
        "at": clock.at(session.sent_before()),
        "phase": match phase {
            Phase::Idle => "idle",
            Phase::Asking => "asking",
            Phase::Dialing => "dialing",
            Phase::Open(_) => "open",
            Phase::Waiting => "waiting",
        },
        "subscriptions": live.collect::<Vec<_>>(),
        "lastSubscription": subscriptions.last(),
        "channels": names.collect::<Vec<_>>(),
        "listens": listens,
        "listensToMessages": listens_to_messages,
        "token": session.newest_token().map(values::token),
        "calls": session.calls,
        "nextAckId": ack_id,
        "counters": values::counters(session.counters()),
        "head": head.iter().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<Value>>(),
    }));
    format!("{{\"root\":{root}}}\n")
}

/// The line where the ring is too small for what a session must know.
pub(super) fn too_large() -> String {
    "{\"root\":{\"isTooLarge\":true}}\n".to_owned()
}
