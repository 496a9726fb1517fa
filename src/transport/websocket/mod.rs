//! An open WebSocket, polled: one task reads and writes it at the same time without splitting it.
//!
//! Pings are answered in here and close frames become [`Lost`], so that what comes out are messages and one end. A peer
//! that breaks the protocol is told so with a close code before it is given up.

use std::future::poll_fn;
use std::io;
use std::ops::ControlFlow;
use std::task::{Context, Poll, ready};

mod frames;
mod read_buffer;
pub(super) mod upgrade;
pub(super) mod upgrade_request;
mod write_buffer;

use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use self::{
    frames::{Frames, Received, Violation},
    write_buffer::Outgoing,
};
use crate::transport::{
    connect::Stream,
    error::{Lost, describe},
    message::{Frame, Message},
    tls,
};

/// How long the reason of a close frame may be, RFC 6455 section 5.5.
const MAX_REASON_BYTES: usize = 123;

/// An open WebSocket. It is lost once and stays lost.
pub struct WebSocket {
    stream: Box<dyn Stream>,
    frames: Frames,
    /// Received before anybody asked for it.
    first: Option<Frame>,
    outgoing: Outgoing,
    /// How many bytes have come.
    received: u64,
    lost: Option<Lost>,
    /// Why nothing can be written any more. What the peer sent before that is still read: its last messages, and the
    /// close frame that says why. The loss is told when the reading ends.
    write_failed: Option<Lost>,
    /// Pongs are to be written.
    answering: bool,
    closing: bool,
}

impl WebSocket {
    pub(super) fn new(stream: Box<dyn Stream>, first_frames: Vec<u8>, max_message_bytes: usize) -> Self {
        Self {
            stream,
            received: first_frames.len() as u64,
            frames: Frames::new(first_frames, max_message_bytes),
            first: None,
            outgoing: Outgoing::default(),
            lost: None,
            write_failed: None,
            answering: false,
            closing: false,
        }
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
        let mut frame = None;
        let polled = self.poll_messages(cx, |message| {
            frame = Some(message.into());
            ControlFlow::Break(())
        });
        polled.map(|result| result.and_then(|()| frame.ok_or_else(ended)))
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
        let mut taken = false;
        if let Some(frame) = self.first.take() {
            taken = true;
            if take((&frame).into()).is_break() {
                return Poll::Ready(Ok(()));
            }
        }
        loop {
            self.check()?;
            if self.take_frames(cx, &mut taken, &mut take).is_break() || taken {
                return Poll::Ready(Ok(()));
            }
            self.check()?;
            if std::mem::take(&mut self.answering) {
                let _ = self.poll_flush(cx)?;
            }
            let Poll::Ready(read) = read_buffer::poll_fill(&mut self.frames, &mut self.stream, cx) else {
                read_buffer::settle(&mut self.frames);
                return Poll::Pending;
            };
            let end = match read {
                Ok(0) => ended(),
                Ok(bytes) => {
                    self.received += bytes as u64;
                    continue;
                }
                Err(error) => {
                    if tls::failure(&error).is_some() {
                        // An alert says more than that nobody reads any more.
                        self.write_failed = None;
                    }
                    lost(&error)
                }
            };
            self.lost = Some(self.write_failed.take().unwrap_or(end));
        }
    }

    /// Takes what has been read. Breaks where `take` does.
    fn take_frames(
        &mut self,
        cx: &mut Context<'_>,
        taken: &mut bool,
        take: &mut impl FnMut(Message<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        loop {
            let message = match self.frames.next() {
                Ok(Some(Received::Text(text))) => Message::Text(text),
                Ok(Some(Received::Binary(bytes))) => Message::Binary(bytes),
                Ok(Some(Received::Ping(payload))) => {
                    if !self.closing && self.write_failed.is_none() {
                        self.outgoing.answer(payload);
                        self.answering = true;
                    }
                    continue;
                }
                Ok(Some(Received::Pong(payload))) => {
                    self.outgoing.confirm(payload);
                    continue;
                }
                Ok(Some(Received::Close(payload, close))) => {
                    let (code, reason) = close.map(|(code, reason)| (code, reason.to_owned())).unzip();
                    if !self.closing {
                        self.outgoing.push(OpCode::Control(Control::Close), payload);
                    }
                    self.lose(Lost::Closed { code, reason: reason.unwrap_or_default() }, cx);
                    break;
                }
                Ok(None) => break,
                Err(violation) => {
                    if !self.closing {
                        self.outgoing.push(OpCode::Control(Control::Close), &violation.close_code().to_be_bytes());
                    }
                    self.lose(broken(violation), cx);
                    break;
                }
            };
            *taken = true;
            take(message)?;
        }
        ControlFlow::Continue(())
    }

    /// How many bytes have come, of messages and of all else: a pong, or the beginning of a message.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes the socket has taken.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.outgoing.taken()
    }

    /// How many of them the peer is known to have: those ahead of the latest ping that it has answered.
    #[must_use]
    pub const fn arrived(&self) -> u64 {
        self.outgoing.arrived()
    }

    /// How many of our pings the peer has answered.
    #[must_use]
    pub const fn pongs(&self) -> u64 {
        self.outgoing.pongs()
    }

    /// Whether [`send`](Self::send) may be called: the socket has taken what was sent before. It never is again once a
    /// write has failed, and the reason comes from [`poll_messages`](Self::poll_messages).
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.check()?;
        if self.write_failed.is_some() {
            return Poll::Pending;
        }
        if self.outgoing.has_room() {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(cx)
    }

    /// Takes a message. It is on its way after the next [`poll_flush`](Self::poll_flush).
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn send(&mut self, frame: Frame) -> Result<(), Lost> {
        match frame {
            Frame::Text(text) => self.queue(OpCode::Data(Data::Text), text.as_bytes()),
            Frame::Binary(bytes) => self.queue(OpCode::Data(Data::Binary), &bytes),
        }
    }

    /// Takes a ping, as [`send`](Self::send) does a message. The answer shows in
    /// [`pongs`](Self::pongs).
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn ping(&mut self) -> Result<(), Lost> {
        self.queue(OpCode::Control(Control::Ping), &self.outgoing.mark())
    }

    fn queue(&mut self, opcode: OpCode, payload: &[u8]) -> Result<(), Lost> {
        self.check()?;
        if self.closing {
            return Err(Lost::Closed { code: None, reason: String::new() });
        }
        if self.write_failed.is_none() {
            self.outgoing.push(opcode, payload);
        }
        Ok(())
    }

    /// Writes until the socket has taken everything. Once a write has failed there is nothing to wait for: what is sent
    /// then is dropped, and the reason comes from [`poll_messages`](Self::poll_messages).
    ///
    /// # Errors
    /// Why nothing can be sent any more.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.check()?;
        if let Err(error) = ready!(self.outgoing.poll_flush(&mut self.stream, cx)) {
            self.write_failed = Some(lost(&error));
            self.outgoing = Outgoing::default();
        }
        Poll::Ready(Ok(()))
    }

    /// Says goodbye, then discards what still comes until the peer has closed. A peer that never does keeps it pending.
    pub fn poll_close(&mut self, cx: &mut Context<'_>, code: u16, reason: &str) -> Poll<()> {
        if !self.closing && self.lost.is_none() {
            let reason = reason.get(..reason.floor_char_boundary(MAX_REASON_BYTES)).unwrap_or_default();
            let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
            let _ = self.queue(OpCode::Control(Control::Close), &payload);
            self.closing = true;
        }
        let _ = self.poll_flush(cx);
        while ready!(self.poll_messages(cx, |_| ControlFlow::Continue(()))).is_ok() {}
        Poll::Ready(())
    }

    fn check(&self) -> Result<(), Lost> {
        self.lost.clone().map_or(Ok(()), Err)
    }

    /// Ends it, with what is still to be written on its way.
    fn lose(&mut self, lost: Lost, cx: &mut Context<'_>) {
        let _ = self.outgoing.poll_flush(&mut self.stream, cx);
        self.lost = Some(lost);
    }
}

fn lost(error: &io::Error) -> Lost {
    match tls::failure(error) {
        Some(failure) => Lost::Network(format!("TLS: {failure}")),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof => ended(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Lost::Network(describe(error))
            }
            _ => Lost::CutOff(describe(error)),
        },
    }
}

fn broken(violation: Violation) -> Lost {
    match violation {
        Violation::TooLarge { size, limit } => Lost::TooLarge { size, limit },
        Violation::InvalidText | Violation::InvalidReason => Lost::Protocol(format!("the server sent {violation}")),
        violation => Lost::Protocol(format!("the server broke the WebSocket protocol: it sent {violation}")),
    }
}

fn ended() -> Lost {
    Lost::Network("the connection ended without a close frame".to_owned())
}

#[cfg(test)]
mod tests;
