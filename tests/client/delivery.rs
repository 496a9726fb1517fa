//! From a peer's frames to the items of the inbox.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    peer::{Server, event, event_frame, soon},
    user::User,
};

/// How many events fill a inbox.
const FULL: usize = 16_384;

#[tokio::test]
async fn an_event_follows_the_notices_about_the_connection() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let subscription = user.subscribe("order");
    let mut peer = server.accept().await;
    peer.receive_subscribe(&subscription, "order").await;
    peer.send_event("e1", "order").await;

    user.expect(json!(["connection", { "state": "connecting" }])).await;
    user.expect(json!(["connection", { "state": "connected", "recovered": false }])).await;
    user.expect(event("e1", "order")).await;
}

#[tokio::test]
async fn a_full_inbox_stops_the_reading_and_loses_nothing() {
    const EVENTS: usize = 40_000;
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let subscription = user.subscribe("order");
    let mut peer = server.accept().await;
    peer.receive_subscribe(&subscription, "order").await;

    // One more event fills the inbox.
    let fitting = FULL - 1;
    for n in 0..fitting {
        soon(peer.socket.feed(Message::text(event_frame(&n.to_string(), "order")))).await.unwrap();
    }
    peer.ping().await;
    assert_eq!(user.client.stats().inbox.count, FULL - 1, "pings are answered though nobody drains");

    let (mut sink, mut stream) = peer.socket.split();
    sink.send(Message::text(event_frame(&fitting.to_string(), "order"))).await.unwrap();
    let sending = tokio::spawn(async move {
        for n in fitting + 1..EVENTS {
            sink.send(Message::text(event_frame(&n.to_string(), "order"))).await.unwrap();
        }
    });
    // Each of these makes the driver serve the session once, and read as much as it is willing to.
    for n in 0..50 {
        let _ = user.subscribe(&n.to_string());
        assert!(matches!(soon(stream.next()).await, Some(Ok(Message::Text(_)))));
    }
    assert_eq!(user.client.stats().inbox.count, FULL);

    let warning = user.next().await.unwrap();
    assert_eq!(
        (&warning[0], &warning[1]["events"]),
        (&json!("slow"), &json!(FULL)),
        "the warning overtakes the other items"
    );
    user.expect_connected().await;
    for n in 0..EVENTS {
        let mut item = user.next().await.unwrap();
        // The inbox may be half full again before this user has taken the rest.
        while item[0] == "slow" {
            item = user.next().await.unwrap();
        }
        assert_eq!(item, event(&n.to_string(), "order"));
    }
    soon(sending).await.unwrap();
    assert_eq!(user.client.stats().events_delivered, EVENTS as u64);
}

#[tokio::test]
async fn the_events_that_only_an_ended_subscription_wanted_are_dropped() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let (first, second) = (user.subscribe("order"), user.subscribe("invoice"));
    let mut peer = server.accept().await;
    peer.receive_subscribe(&first, "order").await;
    peer.receive_subscribe(&second, "invoice").await;
    for (id, topic) in [("e1", "order"), ("e2", "invoice"), ("e3", "order")] {
        peer.send_event(id, topic).await;
    }
    peer.ping().await;
    assert_eq!(user.client.stats().inbox.count, 3);

    assert!(user.client.unsubscribe(&first));
    assert!(!user.client.unsubscribe(&first), "the ID is unknown now");
    assert_eq!(peer.receive_event().await, json!(["unsubscribe", { "subscriptionId": first }]));
    peer.send_event("e4", "order").await;
    peer.send_event("e5", "invoice").await;
    user.expect_connected().await;
    user.expect(event("e2", "invoice")).await;
    user.expect(event("e5", "invoice")).await;
}

#[tokio::test]
async fn a_listener_may_follow_its_subscription_or_another_listener() {
    let server = Server::start().await;
    let mut user = User::new(&server.url);
    user.client.listen(None, false);
    user.connect();
    let subscription = user.subscribe("order");
    let mut peer = server.accept().await;
    peer.receive_subscribe(&subscription, "order").await;
    peer.send_event("e1", "order").await;
    peer.ping().await;
    user.client.listen(Some("order"), true);
    user.expect_connected().await;
    user.expect(event("e1", "order")).await;

    user.client.listen(Some("order"), false);
    peer.send_event("e2", "order").await;
    peer.ping().await;
    user.client.listen(Some("order"), true);
    user.expect(event("e2", "order")).await;

    user.client.listen(Some("order"), false);
    assert!(user.client.drain(None).is_none());
    peer.send_event("e3", "order").await;
    peer.ping().await;
    assert_eq!(user.client.stats().counters.dropped_unwanted, 0, "taking a batch is not the end of a turn");
    user.expect(event("e3", "order")).await;
    user.client.end_of_turn();
    peer.send_event("e4", "order").await;
    peer.ping().await;
    assert_eq!(user.client.stats().counters.dropped_unwanted, 1, "the turn has ended without a listener");
}

#[tokio::test]
async fn events_wait_for_more_events_as_long_as_they_may() {
    let server = Server::start().await;
    let (mut user, _, mut peer) = User::subscribed(&server).await;
    user.was_woken();

    user.client.coalesce(Duration::from_hours(1));
    peer.send_event("e1", "order").await;
    peer.ping().await;
    peer.send_event("e2", "order").await;
    peer.ping().await;
    assert_eq!((user.was_woken(), user.client.stats().inbox.count), (false, 2));
    peer.send(r#"42["event",{}]"#).await;
    user.woken().await;
    user.expect(event("e1", "order")).await;
    user.expect(event("e2", "order")).await;
    user.expect_error("INVALID_EVENT").await;
    assert!(user.client.drain(None).is_none());

    user.client.coalesce(Duration::from_millis(1));
    peer.send_event("e3", "order").await;
    user.woken().await;
    user.expect(event("e3", "order")).await;
}
