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
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Sleep, sleep, sleep_until};

use super::Stream;
use super::cookies::Cookies;
use super::error::{DialError, Lost};
use super::exchange::{Connection, Exchanges, is_unknown_session, lost};
use super::lane::Lane;
use super::message::Frame;
use super::opening;
use super::pace::Pace;
use super::payload::{self, Payload};
use super::route::Route;
use super::websocket::WebSocket;
use crate::protocol::engine_io::Handshake;
use crate::token::Token;

/// How much may wait to be sent before no more is taken.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// How large a POST may be where the server does not say; its own default.
const DEFAULT_MAX_PAYLOAD: u64 = 1_000_000;
/// How many packets a POST may have: python-engineio drops one with more, all of it and without a
/// word.
const MAX_PACKETS_PER_POST: usize = 16;
/// How long the requests under way may take to end once a WebSocket is there. The server waits for 10 seconds.
const TAKEOVER: Duration = Duration::from_secs(8);
/// How long the poll under way may take to end once a POST has failed. A server that has ended the session answers both at
/// once, and one that is gone answers neither.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The same where there are none to come: the server does not know the session, or has not taken
/// its first POST. What it had to say is on its way already.
const LAST_WORDS_OF_STRANGER: Duration = Duration::from_millis(100);

/// The packet by which either side ends the session.
const CLOSE: &str = "1";
/// How a message begins. A poll that ends with other packets, such as a ping, brings nothing.
const MESSAGE: char = '4';

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
    /// How large a POST may be.
    max_payload: usize,
    get: Lane,
    /// Whether the answer under way is empty so far.
    is_empty: bool,
    pace: Pace,
    post: Lane,
    /// Whether the server has taken a POST.
    accepted: bool,
    /// The first packet, for the user of the link.
    handshake: Option<Frame>,
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
        max_message_bytes: usize,
    ) -> Result<Self, DialError> {
        let (origin, cookies) = (route.origin.clone(), Mutex::new(Cookies::default()));
        let exchanges = Arc::new(Exchanges { origin, cookies, token: Mutex::new(token) });
        let mut connection = Connection::over(stream, exchanges.clone()).await?;
        let answer = connection.exchange(target, None).await?;
        let target = answer.target.clone();
        let mut get = Lane::Reading(connection, Box::new(answer));
        let mut incoming = Payload::new(max_message_bytes);
        let (first, handshake) = opening::read(&mut get, &mut incoming).await?;
        let Handshake { sid, max_payload, offers_websocket, .. } = handshake;
        let mut polling = Self {
            // The session lives where the first GET was redirected to.
            target: format!("{target}&sid={}", opening::percent_encode(&sid)).into(),
            max_payload: usize::try_from(max_payload.unwrap_or(DEFAULT_MAX_PAYLOAD)).unwrap_or(usize::MAX),
            get,
            is_empty: false,
            pace: Pace::default(),
            post: Lane::Idle(Connection::new(exchanges.clone())),
            accepted: false,
            handshake: Some(first),
            incoming,
            outgoing: VecDeque::new(),
            outgoing_bytes: 0,
            upgrade: Upgrade::Never,
            lost: None,
            failing: None,
            closing: false,
            exchanges,
            route,
        };
        if offers_websocket {
            polling.plan_upgrade();
        }
        Ok(polling)
    }

    /// The requests that follow are made with this token.
    pub(super) fn present(&self, token: &Token) {
        self.exchanges.token.lock().clone_from(token);
    }

    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Lost>> {
        if let Some(handshake) = self.handshake.take() {
            return Poll::Ready(Ok(Received::Frame(handshake)));
        }
        loop {
            match self.incoming.next() {
                Some(Ok(frame)) => {
                    match &frame {
                        Frame::Text(text) if text == CLOSE => {
                            self.incoming.clear();
                            // It says more than a POST that was refused at the same time.
                            self.lost = None;
                            self.lose(Lost::Closed { code: None, reason: String::new() });
                        }
                        Frame::Text(text) if !text.starts_with(MESSAGE) => {}
                        _ => self.pace.note(),
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
            if self.lost.is_some() || !self.incoming.is_drained() {
                continue;
            }
            if !self.get.is_idle() {
                return Poll::Pending;
            }
            if !matches!(self.upgrade, Upgrade::Ready(..)) {
                if self.pace.poll_next(cx).is_pending() {
                    return Poll::Pending;
                }
                self.pace.start();
                self.is_empty = true;
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
            Some(lost) if self.incoming.is_drained() => Poll::Ready(Err(lost.clone())),
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
        // Back-pressure: the next piece is read once the former one has been taken.
        if self.incoming.is_drained()
            && let Poll::Ready(received) = self.get.poll_piece(cx)
        {
            match received {
                Ok(Some(piece)) => {
                    self.is_empty = false;
                    self.incoming.push(piece);
                }
                // A server that has nothing to say lets the poll wait, or ends it with a noop.
                Ok(None) if self.is_empty => {
                    let problem = "the server answered a long-polling request with an empty body";
                    return self.lose(Lost::Protocol(problem.to_owned()));
                }
                Ok(None) => self.incoming.end(),
                Err(error) => {
                    let failing = self.failing.take().map(|(lost, _)| lost);
                    return self.lose(failing.unwrap_or_else(|| lost(error)));
                }
            }
        }
        // The body of the answer to a POST is "ok".
        while let Poll::Ready(said) = self.post.poll_piece(cx) {
            match said {
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.accepted = true;
                    break;
                }
                Err(error) => {
                    self.upgrade = Upgrade::Never;
                    let is_known = self.accepted && !is_unknown_session(&error);
                    let limit = if is_known { LAST_WORDS } else { LAST_WORDS_OF_STRANGER };
                    self.failing = Some((lost(error), Box::pin(sleep(limit))));
                    break;
                }
            }
        }
        if let Some((lost, limit)) = &mut self.failing
            && self.incoming.is_drained()
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
        for _ in 0..MAX_PACKETS_PER_POST {
            let Some(frame) = self.outgoing.front() else { break };
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
                    let (route, target) = (self.route.clone(), self.target.clone());
                    let (cookies, token) = self.exchanges.credentials();
                    let attempt = async move { route.probe(&target, cookies, &token).await };
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
