//! An open WebSocket, polled: one task reads and writes it at the same time without splitting it.
//!
//! It answers pings and turns close frames into [`Lost`], so that its user sees messages and one
//! end. A peer that violates the protocol gets a close code before the connection is dropped.
//!
//! ```text
//! upgrade_request, upgrade   how a stream becomes a WebSocket      dialer   both, for one server
//! frames                     bytes to messages and back
//! compression                of messages, if both sides agree
//! read_buffer, write_buffer  the bytes on their way
//! ```

use std::{
    future::poll_fn,
    io,
    ops::ControlFlow,
    task::{Context, Poll, ready},
};

use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

mod compression;
mod dialer;
mod frames;
mod read_buffer;
pub(super) mod upgrade;
mod upgrade_request;
mod write_buffer;

pub(super) use self::{compression::Agreement, dialer::WebSocketDialer};
use self::{
    compression::{Deflater, Inflater},
    frames::{Frames, Received, Violation},
    write_buffer::WriteBuffer,
};
use crate::transport::{
    connect::Stream,
    error::{Lost, describe},
    message::{Frame, Message},
    tls,
};

/// The longest reason of a close frame, RFC 6455 section 5.5.
const MAX_REASON_BYTES: usize = 123;

/// An open WebSocket. Once it is lost, every call returns the same reason.
pub struct WebSocket {
    stream: Box<dyn Stream>,
    frames: Frames,
    /// A message that arrived while it was only awaited. It is the next one to receive.
    first: Option<Frame>,
    write_buffer: WriteBuffer,
    /// Compresses our messages, if the server has agreed to that.
    deflater: Option<Deflater>,
    /// How many bytes have been received.
    received: u64,
    lost: Option<Lost>,
    /// Why a write has failed. What the peer sent before that is still read: its last messages, and
    /// the close frame with its reason. The loss is reported at the end of the stream.
    write_failed: Option<Lost>,
    /// Whether pongs wait to be written.
    has_pongs: bool,
    is_closing: bool,
}

impl WebSocket {
    pub(super) fn new(stream: Box<dyn Stream>, first_frames: Vec<u8>, max_message_bytes: usize) -> Self {
        Self {
            stream,
            received: first_frames.len() as u64,
            frames: Frames::new(first_frames, max_message_bytes),
            first: None,
            write_buffer: WriteBuffer::default(),
            deflater: None,
            lost: None,
            write_failed: None,
            has_pongs: false,
            is_closing: false,
        }
    }

    /// Compresses messages as both sides have agreed, ours from `threshold` bytes on.
    pub(super) fn compress(&mut self, agreement: Agreement, threshold: usize) {
        self.frames.accept_compressed(Inflater::new(agreement));
        self.deflater = Deflater::new(agreement, threshold);
    }

    /// Sends a message and waits for the next one of the peer.
    pub(super) async fn ask(&mut self, question: Frame) -> Result<Frame, Lost> {
        self.send(question)?;
        poll_fn(|cx| self.poll_flush(cx)).await?;
        poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// Waits for the peer's first message, which proves that frames get through. It stays the next
    /// message to receive.
    pub(super) async fn await_first_message(&mut self) -> Result<(), Lost> {
        self.first = Some(poll_fn(|cx| self.poll_receive(cx)).await?);
        Ok(())
    }

    /// Receives the next message.
    ///
    /// # Errors
    /// Why the connection is lost. Every further call returns the same.
    pub fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, Lost>> {
        let mut frame = None;
        let polled = self.poll_messages(cx, |message| {
            frame = Some(message.into());
            ControlFlow::Break(())
        });
        polled.map(|result| result.and_then(|()| frame.ok_or_else(ended)))
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
        let mut handled = false;
        if let Some(frame) = self.first.take() {
            handled = true;
            if handle((&frame).into()).is_break() {
                return Poll::Ready(Ok(()));
            }
        }
        loop {
            self.check()?;
            if self.handle_frames(cx, &mut handled, &mut handle).is_break() || handled {
                return Poll::Ready(Ok(()));
            }
            self.check()?;
            if std::mem::take(&mut self.has_pongs) {
                let _ = self.poll_flush(cx)?;
            }
            let Poll::Ready(read) = read_buffer::poll_fill(&mut self.frames, &mut self.stream, cx) else {
                read_buffer::release(&mut self.frames);
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
                        // A TLS alert explains more than a failed write.
                        self.write_failed = None;
                    }
                    lost(&error)
                }
            };
            self.lost = Some(self.write_failed.take().unwrap_or(end));
        }
    }

    /// Handles the frames that have been read. Breaks if `handle` does.
    fn handle_frames(
        &mut self,
        cx: &mut Context<'_>,
        handled: &mut bool,
        handle: &mut impl FnMut(Message<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        loop {
            let message = match self.frames.next() {
                Ok(Some(Received::Text(text))) => Message::Text(text),
                Ok(Some(Received::Binary(bytes))) => Message::Binary(bytes),
                Ok(Some(Received::Ping(payload))) => {
                    if !self.is_closing && self.write_failed.is_none() {
                        self.write_buffer.push_pong(payload);
                        self.has_pongs = true;
                    }
                    continue;
                }
                Ok(Some(Received::Pong(payload))) => {
                    self.write_buffer.handle_pong(payload);
                    continue;
                }
                Ok(Some(Received::Close(payload, close))) => {
                    let (code, reason) = close.map(|(code, reason)| (code, reason.to_owned())).unzip();
                    if !self.is_closing {
                        self.write_buffer.push(OpCode::Control(Control::Close), payload);
                    }
                    self.lose(Lost::Closed { code, reason: reason.unwrap_or_default() }, cx);
                    break;
                }
                Ok(None) => break,
                Err(violation) => {
                    if !self.is_closing {
                        self.write_buffer.push(OpCode::Control(Control::Close), &violation.close_code().to_be_bytes());
                    }
                    self.lose(broken(violation), cx);
                    break;
                }
            };
            *handled = true;
            handle(message)?;
        }
        ControlFlow::Continue(())
    }

    /// How many bytes have been received, including pongs and incomplete messages.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes the socket has accepted.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.write_buffer.written()
    }

    /// How many of them have arrived at the peer: those ahead of the latest ping that it has
    /// answered.
    #[must_use]
    pub const fn arrived(&self) -> u64 {
        self.write_buffer.arrived()
    }

    /// How many of our pings the peer has answered.
    #[must_use]
    pub const fn pongs(&self) -> u64 {
        self.write_buffer.pongs()
    }

    /// Waits until [`send`](Self::send) may be called. It stays pending once a write has failed:
    /// [`poll_messages`](Self::poll_messages) reports the reason.
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.check()?;
        if self.write_failed.is_some() {
            return Poll::Pending;
        }
        if !self.write_buffer.is_full() {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(cx)
    }

    /// Queues a message, which the next [`poll_flush`](Self::poll_flush) writes.
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn send(&mut self, frame: Frame) -> Result<(), Lost> {
        match frame {
            Frame::Text(text) => self.queue_message(OpCode::Data(Data::Text), text.as_bytes()),
            Frame::Binary(bytes) => self.queue_message(OpCode::Data(Data::Binary), &bytes),
        }
    }

    /// Queues a ping, as [`send`](Self::send) queues a message. [`pongs`](Self::pongs) counts the
    /// answers.
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn ping(&mut self) -> Result<(), Lost> {
        self.queue(OpCode::Control(Control::Ping), &self.write_buffer.ping_payload())
    }

    fn queue(&mut self, opcode: OpCode, payload: &[u8]) -> Result<(), Lost> {
        if self.may_queue()? {
            self.write_buffer.push(opcode, payload);
        }
        Ok(())
    }

    /// As [`queue`](Self::queue), for what may be compressed.
    fn queue_message(&mut self, opcode: OpCode, payload: &[u8]) -> Result<(), Lost> {
        if self.may_queue()? {
            let Self { deflater, write_buffer, .. } = self;
            let deflated = deflater
                .as_mut()
                .and_then(|deflater| deflater.deflate(payload, |bytes| write_buffer.push_compressed(opcode, bytes)));
            if deflated.is_none() {
                write_buffer.push(opcode, payload);
            }
        }
        Ok(())
    }

    /// Whether the buffer takes more. It does not once a write has failed.
    fn may_queue(&self) -> Result<bool, Lost> {
        self.check()?;
        if self.is_closing {
            return Err(Lost::Closed { code: None, reason: String::new() });
        }
        Ok(self.write_failed.is_none())
    }

    /// Writes until the socket has accepted everything. Once a write has failed, further messages
    /// are dropped, and [`poll_messages`](Self::poll_messages) reports the reason.
    ///
    /// # Errors
    /// Why the connection is lost.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.check()?;
        if let Err(error) = ready!(self.write_buffer.poll_flush(&mut self.stream, cx)) {
            self.write_failed = Some(lost(&error));
            self.write_buffer = WriteBuffer::default();
        }
        Poll::Ready(Ok(()))
    }

    /// Sends a close frame, then discards messages until the peer has closed the connection. It
    /// stays pending if the peer never does.
    pub fn poll_close(&mut self, cx: &mut Context<'_>, code: u16, reason: &str) -> Poll<()> {
        if !self.is_closing && self.lost.is_none() {
            let reason = reason.get(..reason.floor_char_boundary(MAX_REASON_BYTES)).unwrap_or_default();
            let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
            let _ = self.queue(OpCode::Control(Control::Close), &payload);
            self.is_closing = true;
        }
        let _ = self.poll_flush(cx);
        while ready!(self.poll_messages(cx, |_| ControlFlow::Continue(()))).is_ok() {}
        Poll::Ready(())
    }

    fn check(&self) -> Result<(), Lost> {
        self.lost.clone().map_or(Ok(()), Err)
    }

    /// Ends the connection after one attempt to write what is left.
    fn lose(&mut self, lost: Lost, cx: &mut Context<'_>) {
        let _ = self.write_buffer.poll_flush(&mut self.stream, cx);
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
        Violation::InvalidText | Violation::InvalidReason | Violation::InvalidCompression => {
            Lost::Protocol(format!("the server sent {violation}"))
        }
        violation => Lost::Protocol(format!("the server broke the WebSocket protocol: it sent {violation}")),
    }
}

fn ended() -> Lost {
    Lost::Network("the connection ended without a close frame".to_owned())
}

#[cfg(test)]
mod tests;
