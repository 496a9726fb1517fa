//! Signs of life on a real link: what counts as one, and what is done without one.

use std::time::Duration;

use realtime::session::Heartbeat;
use tokio::{io::AsyncWriteExt, time::sleep};

use crate::{
    peer::{Server, event, event_frame},
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
