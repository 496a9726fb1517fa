//! Every way of ending a client, as its peer sees it.

use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use realtime::{
    client::{InboxLimits, Overflow},
    error::Error,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::{
    peer::{Server, event, soon},
    user::User,
};

#[tokio::test]
async fn no_event_comes_after_disconnect() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let subscription = user.subscribe("order");
    let mut peer = server.accept().await;
    peer.receive_subscribe(&subscription, "order").await;
    peer.send_event("e1", "order").await;
    peer.ping().await;
    assert_eq!(user.client.stats().inbox.count, 1, "the event waits in the inbox");

    user.client.disconnect();
    assert_eq!(peer.receive().await, "41");
    peer.send_event("e2", "order").await;
    peer.receive_close(CloseCode::Normal).await;
    peer.receive_end().await;

    user.expect_connected().await;
    assert_eq!(user.expect_state("disconnected").await, "client disconnect");
    assert_eq!(user.next().await, None, "the driver has ended");
}

#[tokio::test]
async fn the_former_socket_is_closed_before_the_next_is_opened() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let mut former = server.accept().await;
    user.expect_connected().await;
    user.client.disconnect();
    user.connect();
    assert_eq!(former.receive().await, "41");
    former.receive_close(CloseCode::Normal).await;

    // The test writes the peer's close frame by hand, so that it can wait for the end of the
    // socket.
    let mut socket = former.socket.into_inner();
    assert!(server.listener.accept().now_or_never().is_none(), "a socket was opened before the former was closed");
    socket.write_all(&[0x88, 0x02, 0x03, 0xe8]).await.unwrap();
    tokio::select! {
        biased;
        byte = soon(socket.read_u8()) => assert!(byte.is_err(), "something follows the close frame"),
        _ = server.listener.accept() => panic!("a socket was opened before the former was closed"),
    }

    let _peer = server.accept().await;
    user.expect_state("disconnected").await;
    user.expect_connected().await;
}

#[tokio::test]
async fn a_waker_without_a_thread_ends_the_driver() {
    let server = Server::start().await;
    let (mut user, _, mut peer) = User::subscribed(&server).await;

    user.hears.store(false, Ordering::SeqCst);
    peer.send_event("e1", "order").await;
    peer.receive_end().await;
    while user.next().await.is_some() {}
}

#[tokio::test]
async fn a_driver_that_fails_leaves_nobody_waiting_and_forgets_no_subscription() {
    let server = Server::start().await;
    let (mut user, subscription, mut peer) = User::subscribed(&server).await;

    let waiting = user.client.join_channel("a", || panic!("there is a waker")).map_err(|error: Error| error);
    user.breaks.store(true, Ordering::SeqCst);
    peer.receive_event().await;
    peer.send_event("e1", "order").await;
    peer.receive_end().await;
    user.expect(event("e1", "order")).await;
    user.expect_error("INTERNAL_ERROR").await;
    let outcome = user.next().await.unwrap();
    assert_eq!(
        (&outcome[1]["id"], &outcome[1]["error"]["code"]),
        (&json!(waiting.unwrap().0), &json!("NETWORK_ERROR"))
    );
    assert_eq!(user.expect_state("disconnected").await, "internal error");
    assert_eq!(user.next().await, None);

    user.connect();
    let mut peer = server.accept().await;
    peer.receive_subscribe(&subscription, "order").await;
    user.expect_connected().await;
}

#[tokio::test]
async fn a_driver_with_nothing_else_to_do_tells_what_was_dropped() {
    let server = Server::start().await;
    let inbox = InboxLimits { events: 4, overflow: Overflow::DropNewest, ..InboxLimits::default() };
    let mut user = User::with_inbox(&server.url, inbox, |config| config.reconnect.enabled = false);
    user.connect();
    let subscription = user.subscribe("order");
    let mut peer = server.accept().await;
    peer.receive_subscribe(&subscription, "order").await;
    for number in 0..10 {
        peer.send_event(&format!("e{number}"), "order").await;
    }
    peer.ping().await;
    drop(peer);
    while user.client.stats().transport.is_some() {
        tokio::task::yield_now().await;
    }
    let mut dropped = None;
    while let Some(item) = user.next().await {
        if item[0] == "gap" {
            dropped = item[1]["dropped"].as_u64();
        }
    }
    assert_eq!(dropped, Some(6));
}

#[tokio::test]
async fn a_dropped_client_says_goodbye() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let mut peer = server.accept().await;
    user.expect_connected().await;
    drop(user);
    assert_eq!(peer.receive().await, "41");
    peer.receive_close(CloseCode::Normal).await;
    peer.receive_end().await;
}
