//! Signs of life on a real link: what counts as one, and what happens without one.

use std::time::Duration;

use futures_util::StreamExt;
use realtime::{
    error::{Error, ErrorKind},
    session::{Heartbeat, Outgoing},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};
use tokio_tungstenite::tungstenite::{Message, handshake::derive_accept_key};

use crate::{
    peer::{HANDSHAKE, Server, event, event_frame, soon},
    user::User,
};

/// A user whose client detects a dead peer within 100 ms.
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
    // One WebSocket frame. No pong can be sent in the middle of it.
    stream.write_all(&[0x81, 126]).await.unwrap();
    stream.write_all(&u16::try_from(text.len()).unwrap().to_be_bytes()).await.unwrap();
    for byte in text.bytes() {
        stream.write_all(&[byte]).await.unwrap();
        sleep(Duration::from_millis(5)).await;
    }
    user.expect(event("slow", "order")).await;
    assert_eq!(user.client.stats().counters.reconnects, 0);
}

/// The server's side of a connection, by hand: it reads, and does not answer pings.
struct Mute(TcpStream);

impl Mute {
    async fn accept(server: &Server) -> Self {
        let (mut stream, _) = soon(server.listener.accept()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(stream.read_u8()).await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let (_, key) = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
            .expect("a key");
        let accept = derive_accept_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        let mut server = Self(stream);
        server.send(HANDSHAKE).await;
        server.receive_until("40{").await;
        server.send(r#"40{"sid":"s1"}"#).await;
        server
    }

    async fn send(&mut self, text: &str) {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 126).unwrap();
        self.0.write_all(&[&[0x81, length], text.as_bytes()].concat()).await.unwrap();
    }

    /// Reads small frames until a text has this beginning. Returns how many pings preceded it.
    async fn receive_until(&mut self, beginning: &str) -> usize {
        let mut pings = 0;
        loop {
            let [head, length] = [soon(self.0.read_u8()).await.unwrap(), soon(self.0.read_u8()).await.unwrap() & 0x7f];
            let (mut mask, mut payload) = ([0; 4], vec![0; usize::from(length)]);
            soon(self.0.read_exact(&mut mask)).await.unwrap();
            soon(self.0.read_exact(&mut payload)).await.unwrap();
            payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
            pings += usize::from(head == 0x89);
            if head == 0x81 && payload.starts_with(beginning.as_bytes()) {
                return pings;
            }
        }
    }
}

#[tokio::test]
async fn a_peer_without_pongs_is_asked_with_a_message() {
    let server = Server::start().await;
    let mut user = watchful(&server.url);
    let mut peer = Mute::accept(&server).await;
    user.expect_connected().await;
    for _ in 0..20 {
        assert_eq!(peer.receive_until("40/-,").await, 0, "the only ping came ahead of CONNECT");
        peer.send(r#"44/-,{"message":"Invalid namespace"}"#).await;
    }
    peer.receive_until("40/-,").await;
    let reason = user.expect_state("reconnecting").await;
    assert!(reason.starts_with("heartbeat timeout: nothing heard for 1"), "{reason}");
}

#[tokio::test]
async fn a_peer_that_answers_nothing_keeps_its_connection() {
    let server = Server::start().await;
    let mut user = watchful(&server.url);
    let mut peer = Mute::accept(&server).await;
    user.expect_connected().await;
    peer.receive_until("40/-,").await;
    // Ten times as long as a peer that answers pings may be silent.
    sleep(Duration::from_secs(1)).await;
    peer.send("2").await;
    assert_eq!(peer.receive_until("3").await, 0);
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
    // The message takes five times as long as a peer may be quiet.
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
    // The peer has answered the ping behind the message. If it is quiet now, the client ends the
    // connection without the extra seconds for the message.
    user.expect_state("reconnecting").await;
}
