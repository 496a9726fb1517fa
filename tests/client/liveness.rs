//! Signs of life on a real link: what counts as one, and what is done without one.

use std::time::Duration;

use futures_util::StreamExt;
use realtime::{
    error::{Error, ErrorKind},
    session::{Heartbeat, Outgoing},
};
use serde_json::Value;
use tokio::{io::AsyncWriteExt, time::sleep};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    peer::{Server, event, event_frame, soon},
    user::User,
};

/// Notices a dead peer within 100 ms.
fn watchful(url: &str) -> User {
    let heartbeat = Heartbeat { interval: Duration::from_millis(40), timeout: Duration::from_millis(60) };
    let mut user = User::with(url, |config| config.heartbeat = Some(heartbeat));
    user.connect();
    user
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_given_up() {
    let server = Server::start().await;
    let mut user = watchful(&server.url);
    let mut peer = server.accept().await;
    user.expect_connected().await;
    let reason = user.expect_state("reconnecting").await;
    assert!(reason.starts_with("heartbeat timeout: nothing heard for 1"), "{reason}");
    peer.receive_end_of_pings().await;
    let _peer = server.accept().await;
    user.expect_state("connected").await;
}

#[tokio::test]
async fn a_message_that_takes_its_time_is_a_sign_of_life() {
    let server = Server::start().await;
    let mut user = watchful(&server.url);
    user.subscribe("order");
    let mut peer = server.accept().await;
    user.expect_connected().await;
    let text = event_frame("slow", "order");
    let stream = peer.socket.get_mut();
    // One WebSocket frame, within which no pong can be sent.
    stream.write_all(&[0x81, 126]).await.unwrap();
    stream.write_all(&u16::try_from(text.len()).unwrap().to_be_bytes()).await.unwrap();
    for byte in text.bytes() {
        stream.write_all(&[byte]).await.unwrap();
        sleep(Duration::from_millis(5)).await;
    }
    user.expect(event("slow", "order")).await;
    assert_eq!(user.client.stats().counters.reconnects, 0);
}

#[tokio::test]
async fn a_ping_behind_a_large_message_has_its_time() {
    let server = Server::start().await;
    let mut user = watchful(&server.url);
    let mut peer = server.accept().await;
    user.expect_connected().await;
    let large = Outgoing {
        event: "large".into(),
        payload: format!("{:?}", "x".repeat(200_000)),
        attachments: Vec::new(),
        ack_timeout: Duration::from_secs(20),
        retry: false,
        volatile: false,
    };
    user.client.emit(large, || Err(Error::new(ErrorKind::Network, "it is connected"))).unwrap();
    // The line takes five times as long as a peer may be quiet.
    sleep(Duration::from_millis(500)).await;
    loop {
        match soon(peer.socket.next()).await.unwrap().unwrap() {
            Message::Text(text) => break assert!(text.len() > 200_000),
            other => assert!(other.is_ping(), "{other:?}"),
        }
    }
    while !soon(peer.socket.next()).await.unwrap().unwrap().is_ping() {}
    peer.send("430[]").await;
    let answered = user.next().await.unwrap();
    assert_eq!((&answered[0], &answered[1]["error"]), (&"outcome".into(), &Value::Null));
    // The ping behind it was answered: a peer that is quiet now is given up without the seconds that such a message
    // may take.
    user.expect_state("reconnecting").await;
}
