//! What waits to be taken by the user's thread: batches of JSON text, bounded, in the order of what happened.
//!
//! A batch is one JSON array. Its items are events (objects) and notices (arrays that start with their kind):
//!
//! | item | what |
//! |---|---|
//! | `{...}` | an event |
//! | `["binary", {...}, ["<base64>", ...]]` | an event with what its placeholders stand for |
//! | `["connection", { state, reason?, attempt?, retryIn?, recovered? }]` | the state of the connection has changed |
//! | `["error", { code, message, status?, subscriptionId?, channel?, retryAfter?, cause?, uncertain? }]` | something went wrong |
//! | `["gap", { since, until, reason, subscriptions, channels }]` | events may have been missed |
//! | `["subscribed", { subscriptionId }]` | the server has confirmed a subscription |
//! | `["joined", { channel }]` | the server has confirmed a channel |
//! | `["token"]` | a token is wanted from the user |
//! | `["outcome", { id, result?, error? }]` | what became of a message, a join or a leave |

use std::{collections::VecDeque, fmt::Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::gap;
use crate::{
    error::Error,
    session::{ConnectionState, Delivery, Notice},
};

/// A batch is closed at this many bytes: V8 keeps larger strings apart, at a higher price.
const BATCH_BYTES: usize = 64 << 10;
/// A batch is closed at this many items, so that the user's event loop gets its turn.
const BATCH_ITEMS: usize = 512;
/// The mailbox is full at this many items or bytes: the link is not read until half of it has been taken.
const FULL_ITEMS: usize = 16_384;
const FULL_BYTES: usize = 8 << 20;

/// How the item of an event with attachments begins.
const BINARY: &str = r#"["binary","#;

/// The waiting batches.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    batches: VecDeque<Batch>,
    items: usize,
    bytes: usize,
    delivered: u64,
}

#[derive(Debug, Default)]
struct Batch {
    /// `[item,item`: the bracket is closed when it is taken.
    text: String,
    items: Vec<Item>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    is_event: bool,
    /// Where the item ends in the batch's text.
    end: usize,
}

impl Mailbox {
    /// Appends an event.
    pub(super) fn push(&mut self, delivery: &Delivery<'_>) {
        if delivery.attachments.is_empty() {
            return self.append(true, |text| text.push_str(&delivery.text));
        }
        self.append(true, |text| {
            text.push_str(BINARY);
            text.push_str(&delivery.text);
            let attachments: Vec<_> = delivery.attachments.iter().map(|bytes| STANDARD.encode(bytes)).collect();
            let _ = write!(text, ",{}]", json!(attachments));
        });
    }

    /// Appends news of another kind.
    pub(super) fn push_notice(&mut self, notice: &Notice) {
        let item = match notice {
            Notice::Connection { state, reason } => {
                // Written by hand for the order of its members, which users see when they log it.
                let reason =
                    reason.as_ref().map(|reason| format!(r#","reason":{}"#, json!(reason))).unwrap_or_default();
                let more = match state {
                    ConnectionState::Connected { recovered } => format!(r#","recovered":{recovered}"#),
                    ConnectionState::Reconnecting { attempt, retry_in } => {
                        format!(r#","attempt":{attempt},"retryIn":{}"#, retry_in.as_millis())
                    }
                    ConnectionState::Disconnected | ConnectionState::Connecting => String::new(),
                };
                format!(r#"["connection",{{"state":"{}"{reason}{more}}}]"#, state.name())
            }
            Notice::Gap(gap) => gap::item(gap).to_string(),
            Notice::Error(error) => json!(["error", error_json(error)]).to_string(),
            Notice::Subscribed { subscription_id } => {
                json!(["subscribed", { "subscriptionId": subscription_id }]).to_string()
            }
            Notice::Joined { channel } => json!(["joined", { "channel": channel }]).to_string(),
            Notice::TokenWanted => r#"["token"]"#.to_owned(),
            // The answer is JSON of the server, validated when it was received.
            Notice::Outcome { id, result: Ok(Some(answer)) } => {
                format!(r#"["outcome",{{"id":{},"result":{answer}}}]"#, id.0)
            }
            Notice::Outcome { id, result: Ok(None) } => json!(["outcome", { "id": id.0 }]).to_string(),
            Notice::Outcome { id, result: Err(error) } => {
                json!(["outcome", { "id": id.0, "error": error_json(error) }]).to_string()
            }
        };
        self.append(false, |text| text.push_str(&item));
    }

    /// Takes the oldest batch.
    pub(super) fn drain(&mut self) -> Option<String> {
        let mut batch = self.batches.pop_front()?;
        self.items -= batch.items.len();
        self.bytes -= batch.text.len();
        self.delivered += batch.items.iter().filter(|item| item.is_event).count() as u64;
        batch.text.push(']');
        Some(batch.text)
    }

    /// Drops the waiting events that `keep` refuses; it is given a text that begins with the event. Notices stay.
    pub(super) fn retain_events(&mut self, mut keep: impl FnMut(&str) -> bool) {
        let former = std::mem::take(&mut self.batches);
        (self.items, self.bytes) = (0, 0);
        for batch in former {
            let mut start = 1;
            for item in batch.items {
                let text = batch.text.get(start..item.end).unwrap_or_default();
                if !item.is_event || keep(text.strip_prefix(BINARY).unwrap_or(text)) {
                    self.append(item.is_event, |batch| batch.push_str(text));
                }
                start = item.end + 1;
            }
        }
    }

    /// Whether no more may be taken in.
    pub(super) const fn is_full(&self) -> bool {
        self.items >= FULL_ITEMS || self.bytes >= FULL_BYTES
    }

    /// Whether enough has been taken for more to come in.
    pub(super) const fn has_room(&self) -> bool {
        self.items <= FULL_ITEMS / 2 && self.bytes <= FULL_BYTES / 2
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// How many items wait, and their bytes.
    pub(super) const fn depth(&self) -> (usize, usize) {
        (self.items, self.bytes)
    }

    /// How many events have been taken so far.
    pub(super) const fn delivered(&self) -> u64 {
        self.delivered
    }

    fn append(&mut self, is_event: bool, write: impl FnOnce(&mut String)) {
        let closed = |batch: &Batch| batch.text.len() >= BATCH_BYTES || batch.items.len() >= BATCH_ITEMS;
        if self.batches.back().is_none_or(closed) {
            self.batches.push_back(Batch::default());
        }
        let Some(batch) = self.batches.back_mut() else { return };
        let before = batch.text.len();
        batch.text.push(if before == 0 { '[' } else { ',' });
        write(&mut batch.text);
        batch.items.push(Item { is_event, end: batch.text.len() });
        self.bytes += batch.text.len() - before;
        self.items += 1;
    }
}

fn error_json(error: &Error) -> Value {
    let mut members = json!({ "code": error.kind.code(), "message": error.message });
    let mut put = |name: &str, value: Option<Value>| {
        if let (Some(value), Some(members)) = (value, members.as_object_mut()) {
            members.insert(name.to_owned(), value);
        }
    };
    put("status", error.status.map(Value::from));
    put("subscriptionId", error.subscription_id.as_deref().map(Value::from));
    put("channel", error.channel.as_deref().map(Value::from));
    put("retryAfter", error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).into()));
    put("cause", error.source.as_deref().map(Value::from));
    put("uncertain", error.uncertain.then(|| true.into()));
    members
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::error::ErrorKind;

    fn event(text: &str) -> Delivery<'_> {
        Delivery { text: Cow::Borrowed(text), attachments: Vec::new() }
    }

    fn drain_all(mailbox: &mut Mailbox) -> Vec<Value> {
        std::iter::from_fn(|| mailbox.drain())
            .flat_map(|batch| serde_json::from_str::<Vec<Value>>(&batch).expect("a JSON array"))
            .collect()
    }

    #[test]
    fn keeps_events_and_notices_in_order() {
        let mut mailbox = Mailbox::default();
        mailbox
            .push_notice(&Notice::Connection { state: ConnectionState::Connected { recovered: true }, reason: None });
        mailbox.push(&event(r#"{"id":"1"}"#));
        mailbox
            .push_notice(&Notice::Error(Error::new(ErrorKind::Tls, "m").with_status(3).with_source(Some("s".into()))));
        mailbox.push_notice(&Notice::Error(Error::new(ErrorKind::Network, "m").with_uncertain(true)));
        assert_eq!(
            drain_all(&mut mailbox),
            [
                json!(["connection", { "state": "connected", "recovered": true }]),
                json!({ "id": "1" }),
                json!(["error", { "code": "TLS_ERROR", "message": "m", "status": 3, "cause": "s" }]),
                json!(["error", { "code": "NETWORK_ERROR", "message": "m", "uncertain": true }]),
            ]
        );
        assert_eq!((mailbox.depth(), mailbox.delivered(), mailbox.is_empty()), ((0, 0), 1, true));
    }

    #[test]
    fn attachments_travel_as_base64() {
        let mut mailbox = Mailbox::default();
        mailbox.push(&Delivery { text: "{}".into(), attachments: vec![vec![1u8, 2, 3].into()] });
        assert_eq!(drain_all(&mut mailbox), [json!(["binary", {}, ["AQID"]])]);
    }

    #[test]
    fn drops_the_events_that_are_no_longer_wanted() {
        let mut mailbox = Mailbox::default();
        for n in 0..3 * BATCH_ITEMS {
            mailbox.push(&event(&n.to_string()));
        }
        mailbox.push_notice(&Notice::Connection { state: ConnectionState::Connecting, reason: Some("r".into()) });
        mailbox.retain_events(|text| text.len() == 1);
        assert_eq!(mailbox.depth().0, 11);
        let items = drain_all(&mut mailbox);
        assert_eq!(items.get(..10).map(|events| json!(events)), Some(json!((0..10).collect::<Vec<_>>())));
        assert_eq!(items.last(), Some(&json!(["connection", { "state": "connecting", "reason": "r" }])));
        mailbox.push(&Delivery { text: "{}".into(), attachments: vec![vec![1u8].into()] });
        mailbox.retain_events(|event| event.starts_with("{}"));
        assert_eq!(drain_all(&mut mailbox), [json!(["binary", {}, ["AQ=="]])]);
    }

    #[test]
    fn closes_batches_by_count_and_bytes_and_knows_when_it_is_full() {
        let mut mailbox = Mailbox::default();
        for _ in 0..=BATCH_ITEMS {
            mailbox.push(&event("1"));
        }
        assert_eq!(mailbox.batches.len(), 2);
        let large = "x".repeat(FULL_BYTES / 4);
        for _ in 0..4 {
            assert!(!mailbox.is_full());
            mailbox.push(&event(&large));
        }
        assert!(mailbox.is_full());
        while !mailbox.has_room() {
            mailbox.drain();
        }
        assert!(mailbox.depth().1 <= FULL_BYTES / 2);
    }
}
