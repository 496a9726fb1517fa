//! The mailbox in virtual time.

use std::time::Duration;

use serde_json::{Value, json};

use super::{batch_reader::Reader, *};
use crate::{
    error::{Error, ErrorKind, Remediation},
    protocol::event::Recognizer,
    session::{BinaryEvent, ConnectionState},
    shape::Shapes,
};

fn push(mailbox: &mut Mailbox, text: &str) -> bool {
    push_at(mailbox, Instant::now(), Instant::now(), text)
}

fn push_at(mailbox: &mut Mailbox, received: Instant, after: Instant, text: &str) -> bool {
    let mut shapes = Shapes::default();
    mailbox.push(received, after, Delivery { topic: "t".into(), event: shapes.accept(text, None) })
}

/// All items.
fn drain_all(mailbox: &mut Mailbox) -> Vec<Value> {
    let mut reader = Reader::default();
    let batches = std::iter::from_fn(|| mailbox.drain(Instant::now(), None));
    batches.flat_map(|batch| reader.read(&batch)).collect()
}

#[test]
fn keeps_events_and_notices_in_order() {
    let mut mailbox = Mailbox::new(Instant::now(), InboxLimits::default());
    mailbox.push_notice(&Notice::Connection { state: ConnectionState::Connected { recovered: true }, reason: None });
    push(&mut mailbox, r#"{"id":"1"}"#);
    mailbox.push_notice(&Notice::Error(Error::new(ErrorKind::Tls, "m").with_status(3).with_source(Some("s".into()))));
    mailbox.push_notice(&Notice::Error(Error::new(ErrorKind::Network, "m").with_uncertain(true)));
    let advised = Error::new(ErrorKind::Tls, "m").with_remediation(Some(Remediation::MatchKey));
    mailbox.push_notice(&Notice::Error(advised));
    assert_eq!((mailbox.level().events, mailbox.queue.notices().count), (1, 4));
    assert_eq!(
        drain_all(&mut mailbox),
        [
            json!(["connection", { "state": "connected", "recovered": true }]),
            json!({ "id": "1" }),
            json!(["error", { "code": "TLS_ERROR", "message": "m", "status": 3, "cause": "s" }]),
            json!(["error", { "code": "NETWORK_ERROR", "message": "m", "uncertain": true }]),
            json!(["error", { "code": "TLS_ERROR", "message": "m", "remediation": Remediation::MatchKey.text() }]),
        ]
    );
    assert_eq!((mailbox.depth(), mailbox.delivered()), ((0, 0), 1));
}

#[test]
fn attachments_travel_as_base64() {
    let mut mailbox = Mailbox::new(Instant::now(), InboxLimits::default());
    let event = BinaryEvent { text: "{}".into(), attachments: vec![vec![1u8, 2, 3].into()] };
    mailbox.push(Instant::now(), Instant::now(), Delivery { topic: "t".into(), event });
    assert_eq!(drain_all(&mut mailbox), [json!(["binary", {}, ["AQID"]])]);
}

#[test]
fn drops_the_events_and_keeps_the_notices() {
    let mut mailbox = Mailbox::new(Instant::now(), InboxLimits::default());
    for n in 0..3000 {
        push(&mut mailbox, &n.to_string());
    }
    mailbox.push_notice(&Notice::Connection { state: ConnectionState::Connecting, reason: Some("r".into()) });
    mailbox.drop_events();
    assert_eq!((mailbox.level().events, mailbox.queue.notices().count), (0, 1));
    assert_eq!(drain_all(&mut mailbox), [json!(["connection", { "state": "connecting", "reason": "r" }])]);
    assert_eq!(mailbox.depth(), (0, 0));
}

#[test]
fn what_waits_is_to_be_checked_and_what_comes_later_is_not() {
    let mut mailbox = Mailbox::new(Instant::now(), InboxLimits::default());
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
    let mut mailbox = Mailbox::new(Instant::now(), InboxLimits::default());
    let most = InboxLimits::default().bytes;
    let large = format!("\"{}\"", "x".repeat(most / 4));
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
    assert!(!mailbox.pause() && mailbox.depth().1 <= most / 2);
}

#[test]
fn knows_since_when_the_user_is_behind() {
    let began = Instant::now();
    let at = |seconds| began + Duration::from_secs(seconds);
    let mut mailbox = Mailbox::new(began, InboxLimits::default());
    assert!(mailbox.drain(at(2), None).is_none());
    assert_eq!(mailbox.undelivered_since(), None);
    push_at(&mut mailbox, at(1), at(1), "1");
    push_at(&mut mailbox, at(3), at(3), "1");
    assert_eq!(mailbox.undelivered_since(), Some(at(1)), "it came when the mailbox had been found empty");
    assert!(mailbox.ring_due(at(4)) && mailbox.drain(at(4), None).is_some());
    assert_eq!(mailbox.undelivered_since(), Some(at(1)), "handlers may be in the middle of the batch");
    assert!(mailbox.drain(at(5), None).is_none());
    assert_eq!(mailbox.undelivered_since(), None);
    push_at(&mut mailbox, at(6), at(6), "1");
    assert_eq!(mailbox.undelivered_since(), Some(at(5)));
    assert!(mailbox.drain(at(7), None).is_some() && mailbox.drain(at(7), None).is_none());
    push_at(&mut mailbox, at(8), at(4), "1");
    assert_eq!(mailbox.undelivered_since(), Some(at(4)), "it may have lain in the link for long");
}

#[test]
fn rings_once_until_it_was_found_empty() {
    let mut mailbox = Mailbox::new(Instant::now(), InboxLimits::default());
    let ring_due = |mailbox: &mut Mailbox| mailbox.ring_due(Instant::now());
    assert!(!ring_due(&mut mailbox));
    push(&mut mailbox, "1");
    assert!(ring_due(&mut mailbox) && !ring_due(&mut mailbox));
    mailbox.drain(Instant::now(), None).unwrap();
    push(&mut mailbox, "2");
    assert!(!ring_due(&mut mailbox), "it will be drained again");
    mailbox.drain(Instant::now(), None).unwrap();
    assert!(mailbox.drain(Instant::now(), None).is_none());
    push(&mut mailbox, "3");
    assert!(ring_due(&mut mailbox));
}

#[test]
fn events_wait_for_more_and_nothing_else_does() {
    let began = Instant::now();
    let at = |milliseconds| began + Duration::from_millis(milliseconds);
    let push = |mailbox: &mut Mailbox, at| push_at(mailbox, at, at, "1");
    let mut mailbox = Mailbox::new(began, InboxLimits::default());
    mailbox.set_patience(Duration::from_millis(10));
    assert_eq!(mailbox.ring_at(), None);

    for received in [1, 5] {
        push(&mut mailbox, at(received));
        assert_eq!(mailbox.ring_at(), Some(at(11)), "so long after the first of them");
    }
    assert!(!mailbox.ring_due(at(10)) && mailbox.ring_due(at(11)));
    assert_eq!(mailbox.ring_at(), None, "it was rung");
    assert!(mailbox.drain(at(12), None).is_some() && mailbox.drain(at(12), None).is_none());

    push(&mut mailbox, at(20));
    assert!(!mailbox.ring_due(at(21)));
    mailbox.push_notice(&Notice::TokenWanted);
    assert!(mailbox.ring_due(at(21)), "news takes along the events before it");
    assert!(mailbox.drain(at(22), None).is_some() && mailbox.drain(at(22), None).is_none());

    let mut pushed = 0;
    while !mailbox.ring_due(at(30)) {
        push(&mut mailbox, at(30));
        pushed += 1;
    }
    assert!((100..5000).contains(&pushed), "a full batch, not {pushed} events");
}
