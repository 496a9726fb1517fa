//! A session of Engine.IO over HTTP requests, polled like a WebSocket,
//! <https://socket.io/docs/v4/engine-io-protocol/#http-long-polling>.
//!
//! One GET waits for packets of the server, and one POST at a time carries ours. Beside them the
//! client tries a WebSocket now and then, which takes over when it works:
//!
//! ```text
//!   2probe ─▶ ◀─ 3probe     the WebSocket reaches the session
//!   no new GET and no new POST; those under way end, and the GET's packets are delivered
//!   5 ─▶                    from here on everything goes over the WebSocket, both ways
//! ```
//!
//! Before the 5 the server sends over the GET alone, and after it over the WebSocket alone. The
//! client does the same, so that no packet is lost, doubled or reordered.
//!
//! ```text
//! opening     the handshake                payload    packets in a body
//! lane        one connection, polled       exchange   one request and its answer
//! pace        when the next GET starts
//! upgrade     the way to a WebSocket       prober     one attempt at it
//! ```

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::{Sleep, sleep};

mod exchange;
mod lane;
mod opening;
mod pace;
mod payload;
mod prober;
mod upgrade;

pub(super) use self::prober::Prober;
use self::{
    exchange::{Connection, Exchanges, is_unknown_session, lost},
    lane::Lane,
    pace::Pace,
    payload::Payload,
    upgrade::Upgrade,
};
use crate::{
    protocol::engine_io::Handshake,
    token::Token,
    transport::{
        connect::{Origin, Stream},
        error::{DialError, Lost},
        http::cookies::Cookies,
        message::Frame,
        websocket::WebSocket,
    },
};

/// How many bytes may wait to be sent before [`Polling::poll_ready`] is pending.
const MAX_WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// The largest POST if the server announces no limit: the default of its own option.
const DEFAULT_MAX_PAYLOAD: u64 = 1_000_000;
/// The most packets in one POST: python-engineio silently drops a POST with more.
const MAX_PACKETS_PER_POST: usize = 16;
/// How long the current poll may still take after a POST has failed. A server that has ended the
/// session answers both at once, and an unreachable one answers neither.
const LAST_POLL_TIMEOUT: Duration = Duration::from_secs(2);
/// The same if the server does not know the session, or has not accepted its first POST. Anything
/// it had to send is on its way already.
const UNKNOWN_SESSION_TIMEOUT: Duration = Duration::from_millis(100);

/// The packet by which either side ends the session.
const CLOSE: &str = "1";
/// The first character of a message. A poll that ends with another packet, such as a ping, brings
/// no data.
const MESSAGE: char = '4';

/// What a session over long-polling receives.
pub(super) enum Received {
    Frame(Frame),
    /// The session continues over this WebSocket. All earlier frames have been returned.
    Upgraded(Box<WebSocket>),
}

/// An open session. Once it is lost, every call returns the same reason.
pub struct Polling {
    exchanges: Arc<Exchanges>,
    /// The path and query of its requests.
    target: Arc<str>,
    /// The largest POST.
    max_payload: usize,
    get: Lane,
    /// Whether the current answer to a GET is empty so far.
    is_empty: bool,
    pace: Pace,
    post: Lane,
    /// Whether the server has accepted a POST.
    is_accepted: bool,
    /// The first packet, for the user of the link.
    handshake: Option<Frame>,
    incoming: Payload,
    /// The packets to send, and their length in a body.
    write_buffer: VecDeque<Frame>,
    write_buffer_bytes: usize,
    upgrade: Upgrade,
    lost: Option<Lost>,
    /// Why a POST has failed. Until this timeout the session still receives what the current poll
    /// brings: the server's last messages, and the packet that gives the reason.
    failing: Option<(Lost, Pin<Box<Sleep>>)>,
    is_closing: bool,
}

impl Polling {
    /// Opens a session with a first GET to the target. With a prober it may move to a WebSocket.
    pub(super) async fn open(
        origin: Arc<Origin>,
        prober: Option<Prober>,
        target: &str,
        stream: Box<dyn Stream>,
        token: Token,
        max_message_bytes: usize,
    ) -> Result<Self, DialError> {
        let cookies = Mutex::new(Cookies::default());
        let exchanges = Arc::new(Exchanges { origin, cookies, token: Mutex::new(token) });
        let mut connection = Connection::over(stream, exchanges.clone()).await?;
        let answer = connection.exchange(target, None).await?;
        let target = answer.target.clone();
        let mut get = Lane::Reading(connection, Box::new(answer));
        let mut incoming = Payload::new(max_message_bytes);
        let (first, handshake) = opening::read(&mut get, &mut incoming).await?;
        let Handshake { sid, max_payload, offers_websocket, .. } = handshake;
        Ok(Self {
            // The session lives where the first GET was redirected to.
            target: format!("{target}&sid={}", opening::percent_encode(&sid)).into(),
            max_payload: usize::try_from(max_payload.unwrap_or(DEFAULT_MAX_PAYLOAD)).unwrap_or(usize::MAX),
            get,
            is_empty: false,
            pace: Pace::default(),
            post: Lane::Idle(Connection::new(exchanges.clone())),
            is_accepted: false,
            handshake: Some(first),
            incoming,
            write_buffer: VecDeque::new(),
            write_buffer_bytes: 0,
            upgrade: Upgrade::new(prober.filter(|_| offers_websocket)),
            lost: None,
            failing: None,
            is_closing: false,
            exchanges,
        })
    }

    /// Sets the token for all further requests.
    pub(super) fn set_token(&self, token: &Token) {
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
                            // It tells more than a POST that was refused at the same time.
                            self.lost = None;
                            self.lose(Lost::Closed { code: None, reason: String::new() });
                        }
                        Frame::Text(text) if !text.starts_with(MESSAGE) => {}
                        _ => self.pace.record_data(),
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
            if !self.upgrade.is_ready() {
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
            if let Some(socket) = self.switch_to_websocket(cx) {
                return Poll::Ready(Ok(Received::Upgraded(socket)));
            }
        }
    }

    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        // Packets are collected, so that one request carries them.
        if self.write_buffer_bytes < MAX_WRITE_BUFFER_BYTES {
            self.advance(cx);
        } else {
            self.flush(cx);
        }
        self.outcome(self.write_buffer_bytes < MAX_WRITE_BUFFER_BYTES)
    }

    pub(super) fn send(&mut self, frame: Frame) -> Result<(), Lost> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        self.write_buffer_bytes += payload::encoded_len(&frame);
        self.write_buffer.push_back(frame);
        Ok(())
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.flush(cx);
        self.outcome(self.write_buffer.is_empty() && self.post.is_idle())
    }

    /// Reports a loss only after everything that arrived before it has been received.
    fn outcome(&self, done: bool) -> Poll<Result<(), Lost>> {
        match &self.lost {
            Some(lost) if self.incoming.is_drained() => Poll::Ready(Err(lost.clone())),
            None if done && self.failing.is_none() => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }

    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.upgrade.stop();
        loop {
            self.flush(cx);
            if self.lost.is_some() || self.failing.is_some() {
                return Poll::Ready(());
            }
            if !self.write_buffer.is_empty() || !self.post.is_idle() {
                return Poll::Pending;
            }
            if self.is_closing {
                return Poll::Ready(());
            }
            // In a POST of its own: the server handles it before other packets of the same POST.
            self.is_closing = true;
            let _ = self.send(Frame::Text(CLOSE.into()));
        }
    }

    /// Advances everything that is under way.
    fn advance(&mut self, cx: &mut Context<'_>) {
        if self.lost.is_some() {
            return;
        }
        // Back-pressure: the next piece is read once the previous one has been consumed.
        if self.incoming.is_drained()
            && let Poll::Ready(received) = self.get.poll_piece(cx)
        {
            match received {
                Ok(Some(piece)) => {
                    self.is_empty = false;
                    self.incoming.push(piece);
                }
                // A server without packets keeps the poll waiting, or ends it with a noop.
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
        while let Poll::Ready(received) = self.post.poll_piece(cx) {
            match received {
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.is_accepted = true;
                    break;
                }
                Err(error) => {
                    self.upgrade.stop();
                    let is_known = self.is_accepted && !is_unknown_session(&error);
                    let timeout = if is_known { LAST_POLL_TIMEOUT } else { UNKNOWN_SESSION_TIMEOUT };
                    self.failing = Some((lost(error), Box::pin(sleep(timeout))));
                    break;
                }
            }
        }
        if let Some((lost, timeout)) = &mut self.failing
            && self.incoming.is_drained()
            && (self.get.is_idle() || timeout.as_mut().poll(cx).is_ready())
        {
            let lost = lost.clone();
            return self.lose(lost);
        }
        self.upgrade.advance(cx, &self.target, &self.exchanges);
    }

    /// Advances everything, and starts a POST for waiting packets unless a WebSocket is about to
    /// take over.
    fn flush(&mut self, cx: &mut Context<'_>) {
        self.advance(cx);
        while self.lost.is_none() && self.failing.is_none() && self.post.is_idle() && !self.write_buffer.is_empty() {
            if self.upgrade.is_ready() {
                return;
            }
            let body = self.next_body();
            self.post.start(self.target.clone(), Some(body));
            self.advance(cx);
        }
    }

    /// Removes as many packets from the write buffer as fit into one request, and at least one.
    fn next_body(&mut self) -> String {
        let mut body = String::new();
        for _ in 0..MAX_PACKETS_PER_POST {
            let Some(frame) = self.write_buffer.front() else { break };
            let length = payload::encoded_len(frame);
            if !body.is_empty() && body.len() + length > self.max_payload {
                break;
            }
            payload::append(frame, &mut body);
            self.write_buffer_bytes -= length;
            self.write_buffer.pop_front();
        }
        body
    }

    /// Moves the session to the WebSocket, together with the packets that wait to be sent.
    fn switch_to_websocket(&mut self, cx: &mut Context<'_>) -> Option<Box<WebSocket>> {
        let mut socket = self.upgrade.complete()?;
        let frames = std::iter::once(Frame::Text("5".into())).chain(self.write_buffer.drain(..));
        for frame in frames {
            // The socket reports a failure when it is polled.
            let _ = socket.send(frame);
        }
        let _ = socket.poll_flush(cx);
        Some(socket)
    }

    fn lose(&mut self, lost: Lost) {
        self.lost.get_or_insert(lost);
        self.upgrade.stop();
    }
}
