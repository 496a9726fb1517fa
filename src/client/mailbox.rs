//! What waits to be taken by the user's thread: batches of events and notices, bounded, in the order of what happened.
//!
//! An event of a known shape is an item of the batch itself, see [`Batch`]. All other items are JSON: events are objects,
//! notices arrays that start with their kind:
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

use std::{collections::VecDeque, fmt::Write, time::Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{gap, spares};
use crate::{
    error::Error,
    session::{ConnectionState, Delivery, Notice},
    shape::{Batch, Shapes},
};

/// The mailbox is full at this many items or bytes: the link is not read until half of it has been taken.
const FULL_ITEMS: usize = 16_384;
const FULL_BYTES: usize = 8 << 20;

/// The waiting batches.
#[derive(Debug)]
pub(super) struct Mailbox {
    batches: VecDeque<Batch>,
    items: usize,
    bytes: usize,
    delivered: u64,
    /// The bell was rung, and not yet answered by a drain that found nothing.
    rung: bool,
    /// It was full, and whoever fills it waits for room.
    paused: bool,
    /// When the user's thread found it empty last: what was received until then was delivered.
    caught_up: Instant,
}

impl Mailbox {
    /// An empty mailbox.
    pub(super) const fn new(now: Instant) -> Self {
        Self { batches: VecDeque::new(), items: 0, bytes: 0, delivered: 0, rung: false, paused: false, caught_up: now }
    }

    /// Appends an event that was received at that time. Is the mailbox full now?
    pub(super) fn push(&mut self, received: Instant, delivery: &Delivery<'_>, shapes: &mut Shapes) -> bool {
        // It may have been found empty while this event was on its way here.
        if self.batches.is_empty() {
            self.caught_up = self.caught_up.min(received);
        }
        let text = &delivery.text;
        if let Some(shape) = delivery.shape {
            self.append(|batch| batch.push_event(shapes, shape, text));
        } else if delivery.attachments.is_empty() {
            let definitions = shapes.learn(text);
            self.append(|batch| {
                batch.push_json(true, |json| json.push_str(text));
                for definition in &definitions {
                    batch.define(definition);
                }
            });
        } else {
            self.push_binary(delivery);
        }
        self.is_full()
    }

    fn push_binary(&mut self, Delivery { text, attachments, .. }: &Delivery<'_>) {
        let attachments: Vec<_> = attachments.iter().map(|bytes| STANDARD.encode(bytes)).collect();
        self.append(|batch| {
            batch.push_json(true, |json| {
                let _ = write!(json, r#"["binary",{text},{}]"#, json!(attachments));
            });
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
        self.append(|batch| batch.push_json(false, |json| json.push_str(&item)));
    }

    /// Takes the oldest batch, and gives back one that is done with.
    pub(super) fn drain(&mut self, now: Instant, spent: Option<Batch>) -> Option<Batch> {
        if let Some(spent) = spent {
            spares::give(spent);
        }
        if self.batches.is_empty() {
            self.rung = false;
            self.caught_up = now;
        }
        let batch = self.batches.pop_front()?;
        let (items, events) = batch.count();
        self.items -= items;
        self.bytes -= batch.bytes();
        self.delivered += events as u64;
        Some(batch)
    }

    /// The waiting events are to be checked when they are taken: some are not wanted any more.
    pub(super) fn recheck(&mut self) {
        self.batches.iter_mut().for_each(Batch::recheck);
    }

    /// Drops the waiting events. Notices stay.
    pub(super) fn drop_events(&mut self) {
        self.batches.iter_mut().for_each(Batch::drop_events);
        self.items = self.batches.iter().map(|batch| batch.count().0).sum();
        self.bytes = self.batches.iter().map(Batch::bytes).sum();
    }

    /// Since when what was received may not have reached the user; `None` when all of it has.
    pub(super) fn undelivered_since(&self) -> Option<Instant> {
        (self.rung || !self.batches.is_empty()).then_some(self.caught_up)
    }

    /// Whether to read no more for now: from when it is full until enough has been taken.
    pub(super) fn pause(&mut self) -> bool {
        self.paused = self.is_full() || self.paused && !self.has_room();
        self.paused
    }

    /// Whether whoever fills it waits for room that there is now.
    pub(super) const fn is_awaited(&self) -> bool {
        self.paused && self.has_room()
    }

    /// Whether there is reason to ring the bell; it is asked once.
    pub(super) fn ring_due(&mut self) -> bool {
        !self.batches.is_empty() && !std::mem::replace(&mut self.rung, true)
    }

    const fn is_full(&self) -> bool {
        self.items >= FULL_ITEMS || self.bytes >= FULL_BYTES
    }

    const fn has_room(&self) -> bool {
        self.items <= FULL_ITEMS / 2 && self.bytes <= FULL_BYTES / 2
    }

    /// How many items wait, and their bytes.
    pub(super) const fn depth(&self) -> (usize, usize) {
        (self.items, self.bytes)
    }

    /// How many events have been taken so far.
    pub(super) const fn delivered(&self) -> u64 {
        self.delivered
    }

    fn append(&mut self, write: impl FnOnce(&mut Batch)) {
        if self.batches.back().is_none_or(Batch::is_full) {
            self.batches.push_back(spares::take());
        }
        let Some(batch) = self.batches.back_mut() else { return };
        let before = (batch.count().0, batch.bytes());
        write(batch);
        self.items += batch.count().0 - before.0;
        self.bytes += batch.bytes() - before.1;
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
    use std::{borrow::Cow, time::Duration};

    use super::*;
    use crate::{error::ErrorKind, shape::Chunk};

    fn push(mailbox: &mut Mailbox, text: &str) -> bool {
        let delivery = Delivery { text: Cow::Borrowed(text), attachments: Vec::new(), shape: None };
        mailbox.push(Instant::now(), &delivery, &mut Shapes::default())
    }

    /// All items; they are of JSON, since no shape is known here.
    fn drain_all(mailbox: &mut Mailbox) -> Vec<Value> {
        let mut items = Vec::new();
        while let Some(batch) = mailbox.drain(Instant::now(), None) {
            for string in batch.strings() {
                let (Chunk::Latin1(json), true) = (string, batch.doubles().is_empty()) else { panic!("{string:?}") };
                items.extend(serde_json::from_slice::<Vec<Value>>(json).unwrap());
            }
        }
        items
    }

    #[test]
    fn keeps_events_and_notices_in_order() {
        let mut mailbox = Mailbox::new(Instant::now());
        mailbox
            .push_notice(&Notice::Connection { state: ConnectionState::Connected { recovered: true }, reason: None });
        push(&mut mailbox, r#"{"id":"1"}"#);
        mailbox
            .push_notice(&Notice::Error(Error::new(ErrorKind::Tls, "m").with_status(3).with_source(Some("s".into()))));
        mailbox.push_notice(&Notice::Error(Error::new(ErrorKind::Network, "m").with_uncertain(true)));
        assert_eq!(mailbox.depth().0, 4);
        assert_eq!(
            drain_all(&mut mailbox),
            [
                json!(["connection", { "state": "connected", "recovered": true }]),
                json!({ "id": "1" }),
                json!(["error", { "code": "TLS_ERROR", "message": "m", "status": 3, "cause": "s" }]),
                json!(["error", { "code": "NETWORK_ERROR", "message": "m", "uncertain": true }]),
            ]
        );
        assert_eq!((mailbox.depth(), mailbox.delivered()), ((0, 0), 1));
    }

    #[test]
    fn attachments_travel_as_base64() {
        let mut mailbox = Mailbox::new(Instant::now());
        let delivery = Delivery { text: "{}".into(), attachments: vec![vec![1u8, 2, 3].into()], shape: None };
        mailbox.push(Instant::now(), &delivery, &mut Shapes::default());
        assert_eq!(drain_all(&mut mailbox), [json!(["binary", {}, ["AQID"]])]);
    }

    #[test]
    fn drops_the_events_and_keeps_the_notices() {
        let mut mailbox = Mailbox::new(Instant::now());
        for n in 0..3000 {
            push(&mut mailbox, &n.to_string());
        }
        mailbox.push_notice(&Notice::Connection { state: ConnectionState::Connecting, reason: Some("r".into()) });
        mailbox.drop_events();
        assert_eq!(mailbox.depth().0, 1);
        assert_eq!(drain_all(&mut mailbox), [json!(["connection", { "state": "connecting", "reason": "r" }])]);
        assert_eq!(mailbox.depth(), (0, 0));
    }

    #[test]
    fn what_waits_is_to_be_checked_and_what_comes_later_is_not() {
        let mut mailbox = Mailbox::new(Instant::now());
        push(&mut mailbox, "1");
        mailbox.recheck();
        let checked = mailbox.drain(Instant::now(), None).unwrap();
        assert!(checked.is_to_be_checked());
        mailbox.drain(Instant::now(), Some(checked));
        push(&mut mailbox, "2");
        assert!(!mailbox.drain(Instant::now(), None).unwrap().is_to_be_checked());
    }

    #[test]
    fn is_full_until_half_of_it_was_taken() {
        let mut mailbox = Mailbox::new(Instant::now());
        let large = format!("\"{}\"", "x".repeat(FULL_BYTES / 4));
        let mut pushed = 1;
        while !push(&mut mailbox, &large) {
            assert!(!mailbox.pause());
            pushed += 1;
        }
        assert_eq!(pushed, 4);
        assert!(mailbox.pause());
        while !mailbox.is_awaited() {
            assert!(mailbox.pause());
            mailbox.drain(Instant::now(), None).unwrap();
        }
        assert!(!mailbox.pause() && mailbox.depth().1 <= FULL_BYTES / 2);
    }

    #[test]
    fn knows_since_when_the_user_is_behind() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let event = Delivery { text: "1".into(), attachments: Vec::new(), shape: None };
        let mut mailbox = Mailbox::new(began);
        assert!(mailbox.drain(at(2), None).is_none());
        assert_eq!(mailbox.undelivered_since(), None);
        mailbox.push(at(1), &event, &mut Shapes::default());
        mailbox.push(at(3), &event, &mut Shapes::default());
        assert_eq!(mailbox.undelivered_since(), Some(at(1)), "it came when the mailbox had been found empty");
        assert!(mailbox.ring_due() && mailbox.drain(at(4), None).is_some());
        assert_eq!(mailbox.undelivered_since(), Some(at(1)), "handlers may be in the middle of the batch");
        assert!(mailbox.drain(at(5), None).is_none());
        assert_eq!(mailbox.undelivered_since(), None);
        mailbox.push(at(6), &event, &mut Shapes::default());
        assert_eq!(mailbox.undelivered_since(), Some(at(5)));
    }

    #[test]
    fn rings_once_until_it_was_found_empty() {
        let mut mailbox = Mailbox::new(Instant::now());
        assert!(!mailbox.ring_due());
        push(&mut mailbox, "1");
        assert!(mailbox.ring_due() && !mailbox.ring_due());
        mailbox.drain(Instant::now(), None).unwrap();
        push(&mut mailbox, "2");
        assert!(!mailbox.ring_due(), "it will be drained again");
        mailbox.drain(Instant::now(), None).unwrap();
        assert!(mailbox.drain(Instant::now(), None).is_none());
        push(&mut mailbox, "3");
        assert!(mailbox.ring_due());
    }
}
