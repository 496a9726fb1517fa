//! The server's side of the tests.

use std::{future::Future, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};

/// The first packet of an Engine.IO server, which never pings by itself: the test decides when.
pub(crate) const HANDSHAKE: &str =
    r#"0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// A server that serves one connection after the other, under the control of the test.
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// Accepts the next client and lets it join the namespace.
    pub(crate) async fn accept(&self) -> Peer {
        self.accept_saying(HANDSHAKE).await
    }

    pub(crate) async fn accept_saying(&self, handshake: &str) -> Peer {
        let (stream, _) = soon(self.listener.accept()).await.unwrap();
        let mut peer = Peer { socket: soon(accept_async(stream)).await.unwrap() };
        peer.send(handshake).await;
        assert_eq!(peer.receive().await, r#"40{"token":"secret-token"}"#);
        peer.send(r#"40{"sid":"s1"}"#).await;
        peer
    }
}

/// The server's side of one connection.
pub(crate) struct Peer {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Peer {
    pub(crate) async fn send(&mut self, frame: impl Into<String>) {
        soon(self.socket.send(Message::text(frame.into()))).await.unwrap();
    }

    pub(crate) async fn send_event(&mut self, id: &str, topic: &str) {
        self.send(event_frame(id, topic)).await;
    }

    /// The next text frame. The replies to pings ahead of it go out with the next frame.
    pub(crate) async fn receive(&mut self) -> String {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => break text.to_string(),
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("a text frame was expected, not {other:?}"),
            }
        }
    }

    /// The name and the argument of the next frame, a Socket.IO event.
    pub(crate) async fn receive_event(&mut self) -> Value {
        let frame = self.receive().await;
        let event = frame.strip_prefix("42").unwrap_or_else(|| panic!("an event was expected, not {frame}"));
        serde_json::from_str(event.trim_start_matches(|c: char| c.is_ascii_digit())).unwrap()
    }

    /// Expects a subscription to `topic` with this ID.
    pub(crate) async fn receive_subscribe(&mut self, id: &str, topic: &str) {
        assert_eq!(self.receive_event().await, json!(["subscribe", { "topic": topic, "subscriptionId": id }]));
    }

    /// Pings and waits for the reply: then the client has received everything that was sent before.
    pub(crate) async fn ping(&mut self) {
        self.send("2").await;
        assert_eq!(self.receive().await, "3");
    }

    /// Expects a close frame with this code.
    pub(crate) async fn receive_close(&mut self, code: CloseCode) {
        match soon(self.socket.next()).await {
            Some(Ok(Message::Close(Some(close)))) => assert_eq!(close.code, code),
            other => panic!("a close frame was expected, not {other:?}"),
        }
    }

    /// Expects the end of the connection, after pings of either kind that the server does not
    /// answer.
    pub(crate) async fn receive_end_of_pings(&mut self) {
        while let Some(Ok(message)) = soon(self.socket.next()).await {
            assert!(message.is_ping() || message == Message::text("40/-,"), "{message:?}");
        }
    }

    /// Expects the end of the connection without another frame.
    pub(crate) async fn receive_end(&mut self) {
        let next = soon(self.socket.next()).await;
        assert!(matches!(next, None | Some(Err(_))), "the end was expected, not {next:?}");
    }
}

/// The frame of an event.
pub(crate) fn event_frame(id: &str, topic: &str) -> String {
    format!("42{}", json!(["event", event(id, topic)]))
}

/// A `RealtimeEvent`.
pub(crate) fn event(id: &str, topic: &str) -> Value {
    let metadata = json!({ "timestamp": 1 });
    json!({ "id": id, "topic": topic, "source": "socket", "type": "t", "payload": {}, "metadata": metadata })
}

/// Waits for something that must happen: a timeout means a defect.
pub(crate) async fn soon<F: Future>(awaited: F) -> F::Output {
    timeout(Duration::from_secs(20), awaited).await.expect("what was waited for comes")
}
