//! A connection over either transport: frames in, frames out. A session over long-polling may
//! become a WebSocket here without its user noticing.

use std::{
    ops::ControlFlow,
    task::{Context, Poll, ready},
};

use super::{
    error::Lost,
    message::{Frame, Message},
    polling::{Polling, Received},
    websocket::WebSocket,
};
use crate::token::Token;

/// An open connection. Once it is lost, every call returns the same reason.
pub enum Link {
    /// Over a WebSocket.
    WebSocket(Box<WebSocket>),
    /// Over HTTP requests.
    Polling(Box<Polling>),
}

/// The transport of a connection.
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
    /// The current transport.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match self {
            Self::WebSocket(_) => Transport::WebSocket,
            Self::Polling(_) => Transport::Polling,
        }
    }

    /// Whether it supports pings.
    #[must_use]
    pub const fn can_ping(&self) -> bool {
        matches!(self, Self::WebSocket(_))
    }

    /// How many bytes its WebSocket has received, including control frames.
    #[must_use]
    pub fn received(&self) -> u64 {
        match self {
            Self::WebSocket(socket) => socket.received(),
            Self::Polling(_) => 0,
        }
    }

    /// How many bytes its WebSocket has written, including control frames.
    #[must_use]
    pub fn written(&self) -> u64 {
        match self {
            Self::WebSocket(socket) => socket.written(),
            Self::Polling(_) => 0,
        }
    }

    /// How many of the [written](Self::written) bytes have arrived at the peer: those ahead of the
    /// latest ping that it has answered.
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

    /// Sets the token for all further requests. A WebSocket makes none.
    pub fn set_token(&mut self, token: &Token) {
        if let Self::Polling(polling) = self {
            polling.set_token(token);
        }
    }

    /// Receives the next message.
    ///
    /// # Errors
    /// Why the connection is lost. Every further call returns the same.
    pub fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, Lost>> {
        let mut frame = None;
        ready!(self.poll_messages(cx, |message| {
            frame = Some(Frame::from(message));
            ControlFlow::Break(())
        }))?;
        frame.map_or(Poll::Pending, |frame| Poll::Ready(Ok(frame)))
    }

    /// Lends the received messages to `handle`, one after the other, until none is left or `handle`
    /// breaks. It is ready after at least one message.
    ///
    /// # Errors
    /// Why the connection is lost. Every further call returns the same.
    pub fn poll_messages(
        &mut self,
        cx: &mut Context<'_>,
        mut handle: impl FnMut(Message<'_>) -> ControlFlow<()>,
    ) -> Poll<Result<(), Lost>> {
        if let Self::Polling(polling) = self {
            match ready!(polling.poll_receive(cx))? {
                Received::Frame(frame) => {
                    let _ = handle((&frame).into());
                    return Poll::Ready(Ok(()));
                }
                Received::Upgraded(socket) => *self = Self::WebSocket(socket),
            }
        }
        match self {
            Self::WebSocket(socket) => socket.poll_messages(cx, handle),
            Self::Polling(_) => Poll::Pending,
        }
    }

    /// Waits until [`send`](Self::send) may be called.
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        match self {
            Self::WebSocket(socket) => socket.poll_ready(cx),
            Self::Polling(polling) => polling.poll_ready(cx),
        }
    }

    /// Queues a message, which the next [`poll_flush`](Self::poll_flush) sends.
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn send(&mut self, frame: Frame) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => socket.send(frame),
            Self::Polling(polling) => polling.send(frame),
        }
    }

    /// Queues a ping, as [`send`](Self::send) queues a message. [`pongs`](Self::pongs) counts the
    /// answers. Long-polling drops it, see [`can_ping`](Self::can_ping).
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn ping(&mut self) -> Result<(), Lost> {
        match self {
            Self::WebSocket(socket) => socket.ping(),
            Self::Polling(_) => Ok(()),
        }
    }

    /// Writes until everything has been accepted: by the socket, or over long-polling by the
    /// server.
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        match self {
            Self::WebSocket(socket) => socket.poll_flush(cx),
            Self::Polling(polling) => polling.poll_flush(cx),
        }
    }

    /// Closes the connection, then discards messages until the peer has closed it, too. It stays
    /// pending if the peer never does. Only a WebSocket uses `code` and `reason`.
    pub fn poll_close(&mut self, cx: &mut Context<'_>, code: u16, reason: &str) -> Poll<()> {
        match self {
            Self::WebSocket(socket) => socket.poll_close(cx, code, reason),
            Self::Polling(polling) => polling.poll_close(cx),
        }
    }
}
