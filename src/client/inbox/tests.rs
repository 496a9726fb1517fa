//! The inbox in virtual time.

use std::{borrow::Cow, time::Duration};

use serde_json::Value;

use super::{batch_reader::Reader, *};
use crate::{
    error::{Error, ErrorKind, Remediation},
    session::ConnectionState,
};

fn push(inbox: &mut Inbox, text: &str) -> bool {
    let delivery = Delivery { topic: "t".into(), text: Cow::Borrowed(text), attachments: Vec::new(), shape: None };
    inbox.push(Instant::now(), Instant::now(), &delivery, &mut Shapes::default())
}

/// All items.
fn drain_all(inbox: &mut Inbox) -> Vec<Value> {
    let mut reader = Reader::default();
    let batches = std::iter::from_fn(|| inbox.drain(Instant::now(), None));
    batches.flat_map(|batch| reader.read(&batch)).collect()
}

#[test]
fn keeps_events_and_notices_in_order() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    inbox.push_notice(&Notice::Connection { state: ConnectionState::Connected { recovered: true }, reason: None });
    push(&mut inbox, r#"{"id":"1"}"#);
    inbox.push_notice(&Notice::Error(Error::new(ErrorKind::Tls, "m").with_status(3).with_source(Some("s".into()))));
    inbox.push_notice(&Notice::Error(Error::new(ErrorKind::Network, "m").with_uncertain(true)));
    let advised = Error::new(ErrorKind::Tls, "m").with_remediation(Some(Remediation::MatchKey));
    inbox.push_notice(&Notice::Error(advised));
    assert_eq!((inbox.level().events, inbox.queue.notices().count), (1, 4));
    assert_eq!(
        drain_all(&mut inbox),
        [
            json!(["connection", { "state": "connected", "recovered": true }]),
            json!({ "id": "1" }),
            json!(["error", { "code": "TLS_ERROR", "message": "m", "status": 3, "cause": "s" }]),
            json!(["error", { "code": "NETWORK_ERROR", "message": "m", "uncertain": true }]),
            json!(["error", { "code": "TLS_ERROR", "message": "m", "remediation": Remediation::MatchKey.text() }]),
        ]
    );
    assert_eq!((inbox.depth(), inbox.delivered()), ((0, 0), 1));
}

#[test]
fn attachments_travel_as_base64() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    let delivery =
        Delivery { topic: "t".into(), text: "{}".into(), attachments: vec![vec![1u8, 2, 3].into()], shape: None };
    inbox.push(Instant::now(), Instant::now(), &delivery, &mut Shapes::default());
    assert_eq!(drain_all(&mut inbox), [json!(["binary", {}, ["AQID"]])]);
}

#[test]
fn drops_the_events_and_keeps_the_notices() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    for n in 0..3000 {
        push(&mut inbox, &n.to_string());
    }
    inbox.push_notice(&Notice::Connection { state: ConnectionState::Connecting, reason: Some("r".into()) });
    inbox.drop_events();
    assert_eq!((inbox.level().events, inbox.queue.notices().count), (0, 1));
    assert_eq!(drain_all(&mut inbox), [json!(["connection", { "state": "connecting", "reason": "r" }])]);
    assert_eq!(inbox.depth(), (0, 0));
}

#[test]
fn what_waits_is_to_be_checked_and_what_comes_later_is_not() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    push(&mut inbox, "1");
    inbox.recheck();
    let checked = inbox.drain(Instant::now(), None).unwrap();
    assert!(checked.is_to_be_checked());
    inbox.drain(Instant::now(), Some(checked));
    push(&mut inbox, "2");
    assert!(!inbox.drain(Instant::now(), None).unwrap().is_to_be_checked());
}

#[test]
fn is_full_until_half_of_it_was_taken() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    let most = InboxLimits::default().bytes;
    let large = format!("\"{}\"", "x".repeat(most / 4));
    let mut pushed = 1;
    while !push(&mut inbox, &large) {
        assert!(!inbox.pause());
        pushed += 1;
    }
    assert_eq!(pushed, 4);
    assert!(inbox.pause());
    while !inbox.is_awaited() {
        assert!(inbox.pause());
        inbox.drain(Instant::now(), None).unwrap();
    }
    assert!(!inbox.pause() && inbox.depth().1 <= most / 2);
}

#[test]
fn knows_since_when_the_user_is_behind() {
    let began = Instant::now();
    let at = |seconds| began + Duration::from_secs(seconds);
    let event = Delivery { topic: "t".into(), text: "1".into(), attachments: Vec::new(), shape: None };
    let mut inbox = Inbox::new(began, InboxLimits::default());
    assert!(inbox.drain(at(2), None).is_none());
    assert_eq!(inbox.undelivered_since(), None);
    inbox.push(at(1), at(1), &event, &mut Shapes::default());
    inbox.push(at(3), at(3), &event, &mut Shapes::default());
    assert_eq!(inbox.undelivered_since(), Some(at(1)), "it came when the inbox had been found empty");
    assert!(inbox.ring_due(at(4)) && inbox.drain(at(4), None).is_some());
    assert_eq!(inbox.undelivered_since(), Some(at(1)), "handlers may be in the middle of the batch");
    assert!(inbox.drain(at(5), None).is_none());
    assert_eq!(inbox.undelivered_since(), None);
    inbox.push(at(6), at(6), &event, &mut Shapes::default());
    assert_eq!(inbox.undelivered_since(), Some(at(5)));
    assert!(inbox.drain(at(7), None).is_some() && inbox.drain(at(7), None).is_none());
    inbox.push(at(8), at(4), &event, &mut Shapes::default());
    assert_eq!(inbox.undelivered_since(), Some(at(4)), "it may have lain in the link for long");
}

#[test]
fn rings_once_until_it_was_found_empty() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    let ring_due = |inbox: &mut Inbox| inbox.ring_due(Instant::now());
    assert!(!ring_due(&mut inbox));
    push(&mut inbox, "1");
    assert!(ring_due(&mut inbox) && !ring_due(&mut inbox));
    inbox.drain(Instant::now(), None).unwrap();
    push(&mut inbox, "2");
    assert!(!ring_due(&mut inbox), "it will be drained again");
    inbox.drain(Instant::now(), None).unwrap();
    assert!(inbox.drain(Instant::now(), None).is_none());
    push(&mut inbox, "3");
    assert!(ring_due(&mut inbox));
}

#[test]
fn events_wait_for_more_and_nothing_else_does() {
    let began = Instant::now();
    let at = |milliseconds| began + Duration::from_millis(milliseconds);
    let event = Delivery { topic: "t".into(), text: "1".into(), attachments: Vec::new(), shape: None };
    let push = |inbox: &mut Inbox, at| inbox.push(at, at, &event, &mut Shapes::default());
    let mut inbox = Inbox::new(began, InboxLimits::default());
    inbox.set_patience(Duration::from_millis(10));
    assert_eq!(inbox.ring_at(), None);

    for received in [1, 5] {
        push(&mut inbox, at(received));
        assert_eq!(inbox.ring_at(), Some(at(11)), "so long after the first of them");
    }
    assert!(!inbox.ring_due(at(10)) && inbox.ring_due(at(11)));
    assert_eq!(inbox.ring_at(), None, "it was rung");
    assert!(inbox.drain(at(12), None).is_some() && inbox.drain(at(12), None).is_none());

    push(&mut inbox, at(20));
    assert!(!inbox.ring_due(at(21)));
    inbox.push_notice(&Notice::TokenWanted);
    assert!(inbox.ring_due(at(21)), "news takes along the events before it");
    assert!(inbox.drain(at(22), None).is_some() && inbox.drain(at(22), None).is_none());

    let mut pushed = 0;
    while !inbox.ring_due(at(30)) {
        push(&mut inbox, at(30));
        pushed += 1;
    }
    assert!((100..5000).contains(&pushed), "a full batch, not {pushed} events");
}
