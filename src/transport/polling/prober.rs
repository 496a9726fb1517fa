//! Tries a WebSocket for a session that runs over long-polling.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::timeout;

use crate::{
    token::Token,
    transport::{
        connect::over_websocket,
        http::cookies::Cookies,
        message::Frame,
        transport_preference::TransportPreference,
        websocket::{WebSocket, WebSocketDialer},
    },
};

/// Where to open a WebSocket, and when.
pub(in crate::transport) struct Prober {
    websockets: Arc<WebSocketDialer>,
    preference: Arc<TransportPreference>,
    timeout: Duration,
}

impl Prober {
    pub(in crate::transport) const fn new(
        websockets: Arc<WebSocketDialer>,
        preference: Arc<TransportPreference>,
        timeout: Duration,
    ) -> Self {
        Self { websockets, preference, timeout }
    }

    /// When the next probe is due.
    pub(super) fn next_probe(&self) -> Instant {
        self.preference.next_probe(Instant::now())
    }

    /// Opens a WebSocket for the session at this long-polling target. Returns it once the server
    /// has answered the probe over it.
    pub(super) async fn probe(&self, session: &str, cookies: Cookies, token: &Token) -> Option<Box<WebSocket>> {
        self.preference.record_probe(Instant::now());
        let attempt = async {
            let (stream, _) = self.websockets.origin().connect().await.ok()?;
            let target = over_websocket(session);
            let mut socket = self.websockets.upgrade(stream, &target, cookies, token).await.ok()?;
            let answer = socket.ask(Frame::Text("2probe".into())).await.ok()?;
            (answer == Frame::Text("3probe".into())).then_some(socket)
        };
        timeout(self.timeout, attempt).await.ok().flatten().map(Box::new)
    }

    /// The session has moved to the WebSocket.
    pub(super) fn record_success(&self) {
        self.preference.record_websocket_success();
    }
}
