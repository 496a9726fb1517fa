//! An open WebSocket, polled: one task reads and writes it at the same time without splitting it.
//!
//! Pings are answered in here and close frames become [`Lost`], so that what comes out are messages and one end. A peer
//! that breaks the protocol is told so with a close code before it is given up.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::error::{Lost, describe};
use super::meter::Meter;
use super::{Stream, tls};

/// The largest message that is taken from a server, whole or in fragments.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;
/// How much is read at once. It is allocated for each connection, so it is small.
const READ_BUFFER_BYTES: usize = 16 * 1024;
/// How much is gathered before it is written without a flush.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// How many pongs may wait for a peer that sends pings and does not read: after that it is not read from either.
const MAX_WAITING_PONGS: usize = 16;
/// How long the reason of a close frame may be, RFC 6455 section 5.5.
const MAX_REASON_BYTES: usize = 123;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
}

/// An open WebSocket. It is lost once and stays lost.
pub struct WebSocket {
    socket: WebSocketStream<Meter>,
    /// Received before anybody asked for it.
    first: Option<Frame>,
    lost: Option<Lost>,
    waiting_pongs: usize,
    closing: bool,
}

impl WebSocket {
    pub(super) async fn new(stream: Box<dyn Stream>, first_frames: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let stream = Meter::new(stream);
        let socket = WebSocketStream::from_partially_read(stream, first_frames, Role::Client, Some(config)).await;
        Self { socket, first: None, lost: None, waiting_pongs: 0, closing: false }
    }

    /// Sends a message and waits for the next one of the peer.
    pub(super) async fn ask(&mut self, question: Frame) -> Result<Frame, Lost> {
        self.send(question)?;
        poll_fn(|cx| self.poll_flush(cx)).await?;
        poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// Waits until the peer has sent a message, which stays the next one: by then frames get through.
    pub(super) async fn prove(&mut self) -> Result<(), Lost> {
        self.first = Some(poll_fn(|cx| self.poll_receive(cx)).await?);
        Ok(())
    }

    /// The next message.
    ///
    /// # Errors
    /// Why there will be none any more; the same for each further call.
    pub fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, Lost>> {
        if let Some(frame) = self.first.take() {
            return Poll::Ready(Ok(frame));
        }
        loop {
            if let Some(lost) = &self.lost {
                return Poll::Ready(Err(lost.clone()));
            }
            if self.waiting_pongs >= MAX_WAITING_PONGS {
                ready!(self.poll_flush(cx))?;
            }
            match ready!(self.socket.poll_next_unpin(cx)) {
                Some(Ok(Message::Text(text))) => return Poll::Ready(Ok(Frame::Text(text))),
                Some(Ok(Message::Binary(bytes))) => return Poll::Ready(Ok(Frame::Binary(bytes))),
                Some(Ok(Message::Ping(_))) => {
                    self.waiting_pongs += 1;
                    // Sets the count back where the pong can be written now; a failure shows in the next round.
                    let _ = self.poll_flush(cx);
                }
                Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(close))) => {
                    let (code, reason) = close.map(|close| (u16::from(close.code), close.reason.to_string())).unzip();
                    self.lost = Some(Lost::Closed { code, reason: reason.unwrap_or_default() });
                    // The answer to it is in the buffer.
                    let _ = self.socket.poll_flush_unpin(cx);
                }
                Some(Err(error)) => self.lose(error, cx),
                None => self.lose(Error::ConnectionClosed, cx),
            }
        }
    }

    /// How many bytes have come, of messages and of all else: a pong, or the beginning of a message.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.socket.get_ref().received()
    }

    /// Whether [`send`](Self::send) may be called: the socket has taken what was sent before.
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.check()?;
        let polled = self.socket.poll_ready_unpin(cx);
        self.settle(polled, cx)
    }

    /// Takes a message. It is on its way after the next [`poll_flush`](Self::poll_flush).
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn send(&mut self, frame: Frame) -> Result<(), Lost> {
        self.start_send(match frame {
            Frame::Text(text) => Message::Text(text),
            Frame::Binary(bytes) => Message::Binary(bytes),
        })
    }

    /// Takes a ping, as [`send`](Self::send) does a message. The answer shows in [`received`](Self::received).
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn ping(&mut self) -> Result<(), Lost> {
        self.start_send(Message::Ping(Bytes::new()))
    }

    fn start_send(&mut self, message: Message) -> Result<(), Lost> {
        self.check()?;
        self.socket.start_send_unpin(message).map_err(|error| {
            let lost = lost(error);
            self.lost.insert(lost).clone()
        })
    }

    /// Writes until the socket has taken everything.
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.check()?;
        let polled = self.socket.poll_flush_unpin(cx);
        self.settle(polled, cx).map_ok(|()| self.waiting_pongs = 0)
    }

    /// Says goodbye, then discards what still comes until the peer has closed. A peer that never does keeps it pending.
    pub fn poll_close(&mut self, cx: &mut Context<'_>, code: u16, reason: &str) -> Poll<()> {
        if !self.closing && self.lost.is_none() {
            self.closing = true;
            let reason = reason.get(..reason.floor_char_boundary(MAX_REASON_BYTES)).unwrap_or_default();
            let frame = CloseFrame { code: code.into(), reason: reason.into() };
            let _ = self.socket.start_send_unpin(Message::Close(Some(frame)));
        }
        let _ = self.poll_flush(cx);
        while ready!(self.poll_receive(cx)).is_ok() {}
        Poll::Ready(())
    }

    fn check(&self) -> Result<(), Lost> {
        self.lost.clone().map_or(Ok(()), Err)
    }

    fn settle(&mut self, polled: Poll<Result<(), Error>>, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        if let Err(error) = ready!(polled) {
            self.lose(error, cx);
        }
        Poll::Ready(self.check())
    }

    fn lose(&mut self, error: Error, cx: &mut Context<'_>) {
        let code = match &error {
            Error::Capacity(_) => CloseCode::Size,
            Error::Utf8(_) => CloseCode::Invalid,
            _ => CloseCode::Protocol,
        };
        let lost = lost(error);
        if matches!(lost, Lost::TooLarge { .. } | Lost::Protocol(_)) {
            let _ = self.socket.start_send_unpin(Message::Close(Some(CloseFrame { code, reason: "".into() })));
            let _ = self.socket.poll_flush_unpin(cx);
        }
        self.lost = Some(lost);
    }
}

fn lost(error: Error) -> Lost {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => ended(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ended(),
        Error::Io(error) => match tls::failure(&error) {
            Some(failure) => Lost::Network(format!("TLS: {failure}")),
            None => Lost::Network(describe(&error)),
        },
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => Lost::TooLarge { size, limit: max_size },
        Error::Utf8(_) => Lost::Protocol("the server sent a text message that is not valid UTF-8".to_owned()),
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(ProtocolError::SendAfterClosing) => {
            Lost::Closed { code: None, reason: String::new() }
        }
        error => Lost::Protocol(format!("the server broke the WebSocket protocol: {error}")),
    }
}

fn ended() -> Lost {
    Lost::Network("the connection ended without a close frame".to_owned())
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::Waker;

    use tokio::io::{AsyncWrite, duplex};
    use tokio::task::unconstrained;

    use super::*;

    #[tokio::test]
    async fn a_peer_that_pings_and_never_reads_is_not_read_for_ever() {
        let (ours, mut theirs) = duplex(4096);
        let mut link = WebSocket::new(Box::new(ours), Vec::new()).await;
        let ping = [&[0x89, 125][..], &[b'x'; 125]].concat();

        // Unconstrained: it is the link that has to stop, and not tokio's budget for one poll.
        let pings = unconstrained(poll_fn(|_| {
            let mut cx = Context::from_waker(Waker::noop());
            let mut pings = 0;
            while pings < 1000 && Pin::new(&mut theirs).poll_write(&mut cx, &ping).is_ready() {
                assert!(link.poll_receive(&mut cx).is_pending());
                pings += 1;
            }
            Poll::Ready(pings)
        }));
        assert!((MAX_WAITING_PONGS..1000).contains(&pings.await));
    }
}
