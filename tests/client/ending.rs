//! Every way of ending a client, as its peer sees it.

use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::{
    peer::{Server, soon},
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
    assert_eq!(user.client.stats().inbox.0, 1, "the event waits in the mailbox");

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

    // The peer's answer to the close frame is written by hand, to have the end of the socket itself to wait for.
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
async fn a_bell_that_nobody_hears_ends_the_driver() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let subscription = user.subscribe("order");
    let mut peer = server.accept().await;
    peer.receive_subscribe(&subscription, "order").await;
    user.expect_connected().await;
    assert!(user.client.drain(None).is_none(), "the next item rings");

    user.hears.store(false, Ordering::SeqCst);
    peer.send_event("e1", "order").await;
    peer.receive_end().await;
    while user.next().await.is_some() {}
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
