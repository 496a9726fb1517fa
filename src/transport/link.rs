//! A connection, whatever carries it: frames in, frames out. A session of long-polling becomes a WebSocket in here, and
//! who uses the link does not notice.

use std::ops::ControlFlow;
use std::task::{Context, Poll, ready};

use super::{
    error::Lost,
    message::{Frame, Message},
    polling::{Polling, Received},
    websocket::WebSocket,
};
use crate::token::Token;

/// An open connection. It is lost once and stays lost.
pub enum Link {
    /// Over a WebSocket.
    WebSocket(Box<WebSocket>),
    /// Over HTTP requests.
    Polling(Box<Polling>),
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    WebSocket,
    /// HTTP requests.
    Polling,
}

impl Transport {
    /// Its name in JavaScript, and in Engine.IO.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Polling => "polling",
        }
    }
}

impl From<WebSocket> for Link {
    fn from(socket: WebSocket) -> Self {
        Self::WebSocket(Box::new(socket))
    }
}

impl From<Polling> for Link {
    fn from(polling: Polling) -> Self {
        Self::Polling(Box::new(polling))
    }
}

impl Link {
    /// What carries it at the moment.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match self {
            Self::WebSocket(_) => Transport::WebSocket,
            Self::Polling(_) => Transport::Polling,
        }
    }

    /// Whether it can be pinged.
    #[must_use]
    pub const fn can_ping(&self) -> bool {
        matches!(self, Self::WebSocket(_))
    }

    /// How many bytes have come over its WebSocket, of messages and of all else.
    #[must_use]
    pub fn received(&self) -> u64 {
        match self {
            Self::WebSocket(socket) => socket.received(),
            Self::Polling(_) => 0,
        }
    }

    /// How many bytes its WebSocket has taken, of messages and of all else.
    #[must_use]
    pub fn written(&self) -> u64 {
        match self {
            Self::WebSocket(socket) => socket.written(),
            Self::Polling(_) => 0,
        }
    }

    /// How many of the [written](Self::written) bytes the peer is known to have: those ahead of the latest ping that it has
    /// answered.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        match self {
            Self::WebSocket(socket) => socket.arrived(),
            Self::Polling(_) => 0,
        }
    }

    /// How many of the [pings](Self::ping) the peer has answered.
    #[must_use]
    pub fn pongs(&self) -> u64 {
        match self {
            Self::WebSocket(socket) => socket.pongs(),
            Self::Polling(_) => 0,
        }
    }

    /// Says who is asking in each request that follows. A WebSocket makes none.
    pub fn present(&mut self, token: &Token) {
        if let Self::Polling(polling) = self {
            polling.present(token);
        }
    }

    /// The next message.
    ///
    /// # Errors
    /// Why there will be none any more; the same for each further call.
    pub fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, Lost>> {
        let mut frame = None;
        ready!(self.poll_messages(cx, |message| {
            frame = Some(Frame::from(message));
            ControlFlow::Break(())
        }))?;
        frame.map_or(Poll::Pending, |frame| Poll::Ready(Ok(frame)))
    }

    /// Lends the messages that have come, one after the other, until there are no more or `take` breaks off; at least one.
    ///
    /// # Errors
    /// Why there will be none any more; the same for each further call.
    pub fn poll_messages(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(Message<'_>) -> ControlFlow<()>,
    ) -> Poll<Result<(), Lost>> {
        if let Self::Polling(polling) = self {
            match ready!(polling.poll_receive(cx))? {
                Received::Frame(frame) => {
                    let _ = take((&frame).into());
                    return Poll::Ready(Ok(()));
                }
                Received::Upgraded(socket) => *self = Self::WebSocket(socket),
            }
        }
        match self {
            Self::WebSocket(socket) => socket.poll_messages(cx, take),
            Self::Polling(_) => Poll::Pending,
        }
    }

    /// Whether [`send`](Self::send) may be called: there is room.
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        match self {
            Self::WebSocket(socket) => socket.poll_ready(cx),
            Self::Polling(polling) => polling.poll_ready(cx),
        }
    }

    /// Takes a message. It is on its way after the next [`poll_flush`](Self::poll_flush).
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn send(&mut self, frame: Frame) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => socket.send(frame),
            Self::Polling(polling) => polling.send(frame),
        }
    }

    /// Takes a ping, as [`send`](Self::send) does a message. The answer shows in
    /// [`pongs`](Self::pongs). Long-polling has none, see [`can_ping`](Self::can_ping): there it is
    /// dropped.
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn ping(&mut self) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => socket.ping(),
            Self::Polling(_) => Ok(()),
        }
    }

    /// Writes until all that was sent has been taken: by the socket, or with long-polling by the server.
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        match self {
            Self::WebSocket(socket) => socket.poll_flush(cx),
            Self::Polling(polling) => polling.poll_flush(cx),
        }
    }

    /// Says goodbye, then discards what still comes until the peer has closed. A peer that never does keeps it pending.
    /// Code and reason are those of a WebSocket.
    pub fn poll_close(&mut self, cx: &mut Context<'_>, code: u16, reason: &str) -> Poll<()> {
        match self {
            Self::WebSocket(socket) => socket.poll_close(cx, code, reason),
            Self::Polling(polling) => polling.poll_close(cx),
        }
    }
}
