//! Every way of losing a connection, and how the client reconnects.

use futures_util::SinkExt;
use serde_json::json;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{CloseCode, Data, OpCode},
    },
};

use crate::{
    peer::{Server, event, soon},
    user::User,
};

#[tokio::test]
async fn subscriptions_are_sent_again_after_the_peer_has_dropped_the_connection() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let (first, second) = (user.subscribe("order"), user.subscribe("invoice"));
    for connection in ["one", "two"] {
        let mut peer = server.accept().await;
        peer.receive_subscribe(&first, "order").await;
        peer.receive_subscribe(&second, "invoice").await;
        peer.send_event(connection, "invoice").await;
        peer.ping().await;
    }

    user.expect_connected().await;
    user.expect(event("one", "invoice")).await;
    assert_eq!(user.expect_state("reconnecting").await, "the connection ended without a close frame");
    user.expect_state("connected").await;
    user.expect(event("two", "invoice")).await;
    assert_eq!(user.client.stats().counters.reconnects, 1);
}

#[tokio::test]
async fn a_silent_peer_is_given_up() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let mut peer = server.accept_saying(r#"0{"sid":"e1","upgrades":[],"pingInterval":20,"pingTimeout":20}"#).await;
    user.expect_connected().await;
    assert_eq!(user.expect_state("reconnecting").await, "ping timeout: nothing heard for 40 ms");
    peer.receive_end().await;
    let _peer = server.accept().await;
    user.expect_state("connected").await;
}

#[tokio::test]
async fn a_frame_beyond_the_limit_costs_the_connection() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let mut peer = server.accept().await;
    user.expect_connected().await;
    // The client decides how much of it can be sent.
    let _ = soon(peer.socket.send(Message::text("x".repeat(17 << 20)))).await;
    let _peer = server.accept().await;

    user.expect_error("MESSAGE_TOO_LARGE").await;
    user.expect_state("reconnecting").await;
    user.expect_state("connected").await;
}

#[tokio::test]
async fn text_that_is_not_utf8_costs_the_connection() {
    let server = Server::start().await;
    let mut user = User::connecting(&server.url);
    let mut peer = server.accept().await;
    user.expect_connected().await;
    let frame = Frame::message(vec![b'4', b'2', 0xff], OpCode::Data(Data::Text), true);
    soon(peer.socket.send(Message::Frame(frame))).await.unwrap();
    peer.receive_close(CloseCode::Invalid).await;
    let _peer = server.accept().await;

    user.expect_error("PROTOCOL_ERROR").await;
    user.expect_state("reconnecting").await;
    user.expect_state("connected").await;
}

#[tokio::test]
async fn a_refused_port_is_tried_again_until_the_attempts_are_used_up() {
    // Bound, so that no other program gets it, and not listening.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut user = User::connecting(&format!("http://{}", closed.local_addr().unwrap()));

    user.expect(json!(["connection", { "state": "connecting" }])).await;
    user.expect_error("NETWORK_ERROR").await;
    for _attempt in 0..3 {
        user.expect_state("reconnecting").await;
        user.expect_error("NETWORK_ERROR").await;
    }
    user.expect_error("RECONNECT_FAILED").await;
    user.expect_state("disconnected").await;
    assert_eq!(user.next().await, None, "the driver has ended");
}
