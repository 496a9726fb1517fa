//! The inbox in virtual time.

use std::time::Duration;

use serde_json::{Value, json};

use super::{batch_reader::Reader, *};
use crate::{
    error::{Error, ErrorKind, Remediation},
    protocol::event::Recognizer,
    session::{BinaryEvent, ConnectionState},
    shape::Shapes,
};

fn push(inbox: &mut Inbox, text: &str) -> Reading {
    push_at(inbox, Instant::now(), Instant::now(), text)
}

fn push_at(inbox: &mut Inbox, received: Instant, watermark: Instant, text: &str) -> Reading {
    let mut shapes = Shapes::default();
    inbox.push(received, watermark, Delivery { topic: "t".into(), event: shapes.accept(text, None) })
}

/// Takes all items.
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
    assert_eq!((inbox.usage().count, inbox.queue.notices().count), (1, 4));
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
    assert_eq!((inbox.depth(), inbox.delivered()), (Usage::default(), 1));
}

#[test]
fn attachments_travel_as_base64() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    let event = BinaryEvent { text: "{}".into(), attachments: vec![vec![1u8, 2, 3].into()] };
    inbox.push(Instant::now(), Instant::now(), Delivery { topic: "t".into(), event });
    assert_eq!(drain_all(&mut inbox), [json!(["binary", {}, ["AQID"]])]);
}

#[test]
fn drops_the_events_and_keeps_the_notices() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    for n in 0..3000 {
        push(&mut inbox, &n.to_string());
    }
    inbox.push_notice(&Notice::Connection { state: ConnectionState::Connecting, reason: Some("r".into()) });
    inbox.discard_events();
    assert_eq!((inbox.usage().count, inbox.queue.notices().count), (0, 1));
    assert_eq!(drain_all(&mut inbox), [json!(["connection", { "state": "connecting", "reason": "r" }])]);
    assert_eq!(inbox.depth(), Usage::default());
}

#[test]
fn events_that_loops_hold_stop_the_reading_until_they_are_taken() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    push(&mut inbox, "1");
    assert_eq!(inbox.update_reading(), Reading::Continue);
    inbox.hold(7);
    assert_eq!((inbox.update_reading(), inbox.is_awaited(), inbox.depth().count), (Reading::Stop, false, 8));
    drain_all(&mut inbox);
    assert_eq!((inbox.update_reading(), inbox.is_awaited()), (Reading::Stop, false), "the loops are still full");
    inbox.hold(0);
    assert!(inbox.is_awaited());
    assert_eq!((inbox.update_reading(), inbox.depth()), (Reading::Continue, Usage::default()));
}

#[test]
fn knows_until_when_everything_was_taken() {
    let start = Instant::now();
    let later = |milliseconds| start + Duration::from_millis(milliseconds);
    let mut inbox = Inbox::new(start, InboxLimits::default());
    assert!(inbox.drain(later(50), None).is_none());
    push_at(&mut inbox, later(60), later(40), "1");
    assert!(inbox.drain(later(70), None).is_some());
    push_at(&mut inbox, later(80), later(75), "2");
    assert_eq!(inbox.caught_up, later(40), "the first event may have been sent then");
    let taken = inbox.taken_until().abs_diff(unix_milliseconds(later(40)));
    assert!(taken <= 1, "{taken} ms");
    drain_all(&mut inbox);
    assert!(inbox.caught_up >= start && inbox.undelivered_since().is_none());
}

#[test]
fn a_recheck_concerns_waiting_events_and_no_later_ones() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    push(&mut inbox, "1");
    inbox.mark_for_filtering();
    let checked = inbox.drain(Instant::now(), None).unwrap();
    assert!(checked.is_to_be_filtered());
    inbox.drain(Instant::now(), Some(checked));
    push(&mut inbox, "2");
    assert!(!inbox.drain(Instant::now(), None).unwrap().is_to_be_filtered());
}

#[test]
fn stays_full_until_half_of_it_was_taken() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    let most = InboxLimits::default().bytes;
    let large = format!("\"{}\"", "x".repeat(most / 4));
    let mut pushed = 1;
    while push(&mut inbox, &large) == Reading::Continue {
        assert_eq!(inbox.update_reading(), Reading::Continue);
        pushed += 1;
    }
    assert_eq!(pushed, 4);
    assert_eq!(inbox.update_reading(), Reading::Stop);
    while !inbox.is_awaited() {
        assert_eq!(inbox.update_reading(), Reading::Stop);
        inbox.drain(Instant::now(), None).unwrap();
    }
    assert_eq!(inbox.update_reading(), Reading::Continue);
    assert!(inbox.depth().bytes <= most / 2);
}

#[test]
fn knows_since_when_the_user_is_behind() {
    let began = Instant::now();
    let at = |seconds| began + Duration::from_secs(seconds);
    let mut inbox = Inbox::new(began, InboxLimits::default());
    assert!(inbox.drain(at(2), None).is_none());
    assert_eq!(inbox.undelivered_since(), None);
    push_at(&mut inbox, at(1), at(1), "1");
    push_at(&mut inbox, at(3), at(3), "1");
    assert_eq!(inbox.undelivered_since(), Some(at(1)), "the event arrived when the inbox had been found empty");
    assert!(inbox.poll_wake(at(4)) == Wake::Now && inbox.drain(at(4), None).is_some());
    assert_eq!(inbox.undelivered_since(), Some(at(1)), "handlers may be in the middle of the batch");
    assert!(inbox.drain(at(5), None).is_none());
    assert_eq!(inbox.undelivered_since(), None);
    push_at(&mut inbox, at(6), at(6), "1");
    assert_eq!(inbox.undelivered_since(), Some(at(5)));
    assert!(inbox.drain(at(7), None).is_some() && inbox.drain(at(7), None).is_none());
    push_at(&mut inbox, at(8), at(4), "1");
    assert_eq!(inbox.undelivered_since(), Some(at(4)), "the event may have waited in the link for long");
}

#[test]
fn wakes_the_thread_once_until_it_finds_the_inbox_empty() {
    let mut inbox = Inbox::new(Instant::now(), InboxLimits::default());
    let poll = |inbox: &mut Inbox| inbox.poll_wake(Instant::now());
    assert_eq!(poll(&mut inbox), Wake::Never);
    push(&mut inbox, "1");
    assert_eq!((poll(&mut inbox), poll(&mut inbox)), (Wake::Now, Wake::Never));
    inbox.drain(Instant::now(), None).unwrap();
    push(&mut inbox, "2");
    assert_eq!(poll(&mut inbox), Wake::Never, "it will be drained again");
    inbox.drain(Instant::now(), None).unwrap();
    assert!(inbox.drain(Instant::now(), None).is_none());
    push(&mut inbox, "3");
    assert_eq!(poll(&mut inbox), Wake::Now);
}

#[test]
fn events_wait_for_more_events_and_notices_do_not() {
    let began = Instant::now();
    let at = |milliseconds| began + Duration::from_millis(milliseconds);
    let push = |inbox: &mut Inbox, at| push_at(inbox, at, at, "1");
    let mut inbox = Inbox::new(began, InboxLimits::default());
    inbox.set_coalesce(Duration::from_millis(10));
    assert_eq!(inbox.poll_wake(began), Wake::Never);

    for received in [1, 5] {
        push(&mut inbox, at(received));
        assert_eq!(inbox.poll_wake(at(received)), Wake::At(at(11)), "10 ms after the first of them");
    }
    assert_eq!(inbox.poll_wake(at(10)), Wake::At(at(11)));
    assert_eq!(inbox.poll_wake(at(11)), Wake::Now);
    assert_eq!(inbox.poll_wake(at(30)), Wake::Never, "the thread was woken");
    assert!(inbox.drain(at(12), None).is_some() && inbox.drain(at(12), None).is_none());

    push(&mut inbox, at(20));
    assert_eq!(inbox.poll_wake(at(21)), Wake::At(at(30)));
    inbox.push_notice(&Notice::TokenWanted);
    assert_eq!(inbox.poll_wake(at(21)), Wake::Now, "a notice takes along the events before it");
    assert!(inbox.drain(at(22), None).is_some() && inbox.drain(at(22), None).is_none());

    let mut pushed = 0;
    while inbox.poll_wake(at(30)) != Wake::Now {
        push(&mut inbox, at(30));
        pushed += 1;
    }
    assert!((100..5000).contains(&pushed), "a full batch, not {pushed} events");
}
