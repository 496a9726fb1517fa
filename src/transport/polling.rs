//! A session of Engine.IO over HTTP requests, polled like a WebSocket,
//! <https://socket.io/docs/v4/engine-io-protocol/#http-long-polling>.
//!
//! One GET waits for what the server has to say, one POST at a time carries what we have to say. Beside them a WebSocket
//! is tried, now and then, and takes over when it works:
//!
//! ```text
//!   2probe ─▶ ◀─ 3probe     the WebSocket reaches the session
//!   no new GET, no new POST; those under way end; what the GET brought is taken
//!   5 ─▶                    from here on all goes over the WebSocket, both ways
//! ```
//!
//! Until the 5 the server sends by the GET alone and after it by the WebSocket alone, and so do we: nothing is lost,
//! doubled or overtaken.

use std::collections::VecDeque;
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::time::{Sleep, sleep, sleep_until};

use super::Stream;
use super::cookies::Cookies;
use super::error::{DialError, DialErrorKind, Lost};
use super::http::{Connection, Exchanges, Failure, Lane};
use super::message::Frame;
use super::payload::{self, Payload};
use super::route::Route;
use super::websocket::WebSocket;
use crate::protocol::{
    engine::{EnginePacket, Handshake},
    versions,
};
use crate::token::Token;

/// How much may wait to be sent before no more is taken.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// How large a POST may be where the server does not say; its own default.
const DEFAULT_MAX_PAYLOAD: u64 = 1_000_000;
/// How long the requests under way may take to end once a WebSocket is there. The server waits for 10 seconds.
const TAKEOVER: Duration = Duration::from_secs(8);
/// How long the poll under way may take to end once a POST has failed. A server that has ended the session answers both at
/// once, and one that is gone answers neither.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The packet by which either side ends the session.
const CLOSE: &str = "1";

/// What long-polling brings.
pub(super) enum Received {
    Frame(Frame),
    /// The session goes on over this WebSocket; all that came before has been given out.
    Upgraded(Box<WebSocket>),
}

/// An open session. It is lost once and stays lost.
pub struct Polling {
    route: Arc<Route>,
    exchanges: Arc<Exchanges>,
    /// Path and query of its requests.
    target: Arc<str>,
    /// The part of the query that names the session.
    query: String,
    /// How large a POST may be.
    max_payload: usize,
    get: Lane,
    post: Lane,
    incoming: Payload,
    outgoing: VecDeque<Frame>,
    outgoing_bytes: usize,
    upgrade: Upgrade,
    lost: Option<Lost>,
    /// Why a POST has failed. What the poll under way brings is still taken, for as long as this: the server's last
    /// messages, and the packet that says why.
    failing: Option<(Lost, Pin<Box<Sleep>>)>,
    closing: bool,
}

/// How far the way to a WebSocket has been gone.
enum Upgrade {
    /// There is none.
    Never,
    /// Tried later.
    Later(Pin<Box<Sleep>>),
    /// Being tried.
    Trying(Pin<Box<dyn Future<Output = Option<Box<WebSocket>>> + Send>>),
    /// The WebSocket is there and waits for the requests to end, for as long as this.
    Ready(Box<WebSocket>, Pin<Box<Sleep>>),
}

impl Polling {
    /// Opens a session with a first GET to the target.
    pub(super) async fn open(
        route: Arc<Route>,
        target: &str,
        stream: Box<dyn Stream>,
        token: Token,
    ) -> Result<Self, DialError> {
        let (origin, cookies) = (route.origin.clone(), Mutex::new(Cookies::default()));
        let exchanges = Arc::new(Exchanges { origin, cookies, token: Mutex::new(token) });
        let mut connection = Connection::over(stream, exchanges.clone()).await?;
        let body = connection.exchange(target, None).await.map_err(Failure::of_dial)?;
        let (handshake, may_upgrade) = read_handshake(body.clone()).ok_or_else(|| {
            let other = "connected to a server that does not speak Engine.IO: its first answer is no handshake";
            let reason = if versions::is_engine_io_3(&body) { versions::SOCKET_IO_2 } else { other };
            DialError::new(DialErrorKind::Protocol, reason)
        })?;
        let query = format!("&sid={}", percent_encode(&handshake.sid));
        let max_payload = handshake.max_payload.unwrap_or(DEFAULT_MAX_PAYLOAD);
        let mut polling = Self {
            target: format!("{target}{query}").into(),
            query,
            max_payload: usize::try_from(max_payload).unwrap_or(usize::MAX),
            get: Lane::new(connection),
            post: Lane::new(Connection::new(exchanges.clone())),
            // From its start: who uses the link wants to see the handshake.
            incoming: Payload::new(body),
            outgoing: VecDeque::new(),
            outgoing_bytes: 0,
            upgrade: Upgrade::Never,
            lost: None,
            failing: None,
            closing: false,
            exchanges,
            route,
        };
        if may_upgrade {
            polling.plan_upgrade();
        }
        Ok(polling)
    }

    /// The requests that follow are made with this token.
    pub(super) fn present(&self, token: &Token) {
        self.exchanges.token.lock().clone_from(token);
    }

    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Lost>> {
        loop {
            match self.incoming.next() {
                Some(Ok(frame)) => {
                    if matches!(&frame, Frame::Text(text) if text.as_str() == CLOSE) {
                        self.incoming = Payload::default();
                        // It says more than a POST that was refused at the same time.
                        self.lost = None;
                        self.lose(Lost::Closed { code: None, reason: String::new() });
                    }
                    return Poll::Ready(Ok(Received::Frame(frame)));
                }
                Some(Err(lost)) => self.lose(lost),
                None => {}
            }
            if let Some(lost) = &self.lost {
                return Poll::Ready(Err(lost.clone()));
            }
            self.flush(cx);
            if self.lost.is_some() || !self.incoming.is_empty() {
                continue;
            }
            if !self.get.is_idle() {
                return Poll::Pending;
            }
            if !matches!(self.upgrade, Upgrade::Ready(..)) {
                self.get.start(self.target.clone(), None);
                continue;
            }
            if !self.post.is_idle() {
                return Poll::Pending;
            }
            if let Some(socket) = self.take_over(cx) {
                return Poll::Ready(Ok(Received::Upgraded(socket)));
            }
        }
    }

    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        // What is sent is gathered, so that one request takes it.
        if self.outgoing_bytes < WRITE_BUFFER_BYTES {
            self.advance(cx);
        } else {
            self.flush(cx);
        }
        self.settle(self.outgoing_bytes < WRITE_BUFFER_BYTES)
    }

    pub(super) fn send(&mut self, frame: Frame) -> Result<(), Lost> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        self.outgoing_bytes += payload::encoded_len(&frame);
        self.outgoing.push_back(frame);
        Ok(())
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.flush(cx);
        self.settle(self.outgoing.is_empty() && self.post.is_idle())
    }

    /// A loss is not told before what came ahead of it has been received.
    fn settle(&self, done: bool) -> Poll<Result<(), Lost>> {
        match &self.lost {
            Some(lost) if self.incoming.is_empty() => Poll::Ready(Err(lost.clone())),
            None if done && self.failing.is_none() => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }

    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.upgrade = Upgrade::Never;
        loop {
            self.flush(cx);
            if self.lost.is_some() || self.failing.is_some() {
                return Poll::Ready(());
            }
            if !self.outgoing.is_empty() || !self.post.is_idle() {
                return Poll::Pending;
            }
            if self.closing {
                return Poll::Ready(());
            }
            // By itself, since the server acts on it before it has acted on what comes along with it.
            self.closing = true;
            let _ = self.send(Frame::Text(CLOSE.into()));
        }
    }

    /// Carries on all that is under way.
    fn advance(&mut self, cx: &mut Context<'_>) {
        if self.lost.is_some() {
            return;
        }
        // It was started when all of the former body had been given out.
        if let Poll::Ready(received) = self.get.poll(cx) {
            match received {
                // A server that has nothing to say lets the poll wait, or ends it with a noop. To poll again at once would
                // go on without end.
                Ok(body) if body.is_empty() => {
                    let problem = "the server answered a long-polling request with an empty body";
                    return self.lose(Lost::Protocol(problem.to_owned()));
                }
                Ok(body) => self.incoming = Payload::new(body),
                Err(failure) => {
                    let failing = self.failing.take().map(|(lost, _)| lost);
                    return self.lose(failing.unwrap_or_else(|| failure.of_session()));
                }
            }
        }
        if let Poll::Ready(Err(failure)) = self.post.poll(cx) {
            self.upgrade = Upgrade::Never;
            self.failing = Some((failure.of_session(), Box::pin(sleep(LAST_WORDS))));
        }
        if let Some((lost, limit)) = &mut self.failing
            && (self.get.is_idle() || limit.as_mut().poll(cx).is_ready())
        {
            let lost = lost.clone();
            return self.lose(lost);
        }
        self.advance_upgrade(cx);
    }

    /// The same, and starts a POST if there is reason to, unless a WebSocket is to take over.
    fn flush(&mut self, cx: &mut Context<'_>) {
        self.advance(cx);
        while self.lost.is_none() && self.failing.is_none() && self.post.is_idle() && !self.outgoing.is_empty() {
            if matches!(self.upgrade, Upgrade::Ready(..)) {
                return;
            }
            let body = self.take_body();
            self.post.start(self.target.clone(), Some(body));
            self.advance(cx);
        }
    }

    /// As much of what is to be sent as fits into one request, but something.
    fn take_body(&mut self) -> String {
        let mut body = String::new();
        while let Some(frame) = self.outgoing.front() {
            let length = payload::encoded_len(frame);
            if !body.is_empty() && body.len() + length > self.max_payload {
                break;
            }
            payload::append(frame, &mut body);
            self.outgoing_bytes -= length;
            self.outgoing.pop_front();
        }
        body
    }

    fn advance_upgrade(&mut self, cx: &mut Context<'_>) {
        loop {
            match &mut self.upgrade {
                Upgrade::Never => return,
                Upgrade::Later(at) => {
                    if at.as_mut().poll(cx).is_pending() {
                        return;
                    }
                    let (route, query) = (self.route.clone(), self.query.clone());
                    let (cookies, token) = self.exchanges.credentials();
                    let attempt = async move { route.probe(&query, &cookies, &token).await };
                    self.upgrade = Upgrade::Trying(Box::pin(attempt));
                }
                Upgrade::Trying(attempt) => match attempt.as_mut().poll(cx) {
                    Poll::Pending => return,
                    Poll::Ready(Some(socket)) => {
                        self.upgrade = Upgrade::Ready(socket, Box::pin(sleep(TAKEOVER)));
                    }
                    Poll::Ready(None) => self.plan_upgrade(),
                },
                Upgrade::Ready(socket, limit) => {
                    // It has nothing to say before it takes over, so that all it can tell is its end.
                    if socket.poll_receive(cx).is_pending() && limit.as_mut().poll(cx).is_pending() {
                        return;
                    }
                    self.plan_upgrade();
                }
            }
        }
    }

    fn plan_upgrade(&mut self) {
        self.upgrade = match self.route.next_probe() {
            None => Upgrade::Never,
            Some(at) => Upgrade::Later(Box::pin(sleep_until(at.into()))),
        };
    }

    /// Gives the session over to the WebSocket, with what waits to be sent.
    fn take_over(&mut self, cx: &mut Context<'_>) -> Option<Box<WebSocket>> {
        let Upgrade::Ready(mut socket, _) = std::mem::replace(&mut self.upgrade, Upgrade::Never) else { return None };
        let frames = std::iter::once(Frame::Text("5".into())).chain(self.outgoing.drain(..));
        for frame in frames {
            // A failure is the socket's to tell.
            let _ = socket.send(frame);
        }
        let _ = socket.poll_flush(cx);
        self.route.took_over();
        Some(socket)
    }

    fn lose(&mut self, lost: Lost) {
        self.lost.get_or_insert(lost);
        self.upgrade = Upgrade::Never;
    }
}

/// The member of the handshake that only long-polling needs.
#[derive(Deserialize)]
struct Upgrades {
    #[serde(default)]
    upgrades: Vec<String>,
}

/// The packet that a session begins with, and whether the server offers a WebSocket.
fn read_handshake(body: Bytes) -> Option<(Handshake, bool)> {
    let Frame::Text(text) = Payload::new(body).next()?.ok()? else { return None };
    let EnginePacket::Open(json) = EnginePacket::decode(&text).ok()? else { return None };
    let offered = serde_json::from_str::<Upgrades>(json).ok()?.upgrades;
    Some((Handshake::decode(json).ok()?, offered.iter().any(|name| name == "websocket")))
}

/// For a query: all but what needs no encoding.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
