//! What the user sends: messages. Every call gets one [`Notice::Outcome`].

use std::time::Instant;

use bytes::Bytes;

use super::{
    Frame, MessageId, Notice, Phase, Session,
    tables::acks::Purpose,
    tables::outbox::{Message, Outgoing},
    tables::timers::Timer,
};
use crate::error::{Error, ErrorKind};

impl Session {
    /// Sends a message, now or as soon as there is a connection. Its outcome is the server's answer. `None`: it is
    /// volatile, and was dropped.
    ///
    /// # Errors
    /// [`ErrorKind::OutboxFull`]: nothing was taken.
    pub fn emit(&mut self, now: Instant, outgoing: Outgoing) -> Result<Option<MessageId>, Error> {
        if outgoing.volatile && !(self.is_connected() && self.outbox.is_clear()) {
            return Ok(None);
        }
        let id = self.next_call();
        self.outbox.push(now, id, outgoing)?;
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
        Ok(Some(id))
    }

    /// Nothing more is sent until the user connects again: nobody may be left waiting for it.
    pub(super) fn abandon_calls(&mut self) {
        while let Some(message) = self.outbox.pop() {
            let Message { id, outgoing, uncertain, .. } = message;
            let what = if uncertain { "answered" } else { "sent" };
            let problem = format!("the client was disconnected before the message '{}' was {what}", outgoing.event);
            self.settle(id, Err(Error::new(ErrorKind::Network, problem).with_uncertain(uncertain)));
        }
        self.timers.clear(Timer::Outbox);
        self.timers.clear(Timer::Join);
        for number in self.channels.numbers() {
            let name = self.channels.name(number).unwrap_or_default();
            for call in self.channels.take_waiting(number) {
                let problem = format!("the client was disconnected before the channel '{name}' was joined");
                self.settle(call.id, Err(Error::new(ErrorKind::Network, problem).with_channel(&*name)));
            }
        }
    }

    /// Makes the frames of the next message, if there is one that may be sent.
    pub(super) fn frame_message(&mut self, now: Instant) -> bool {
        let Phase::Connected { max_payload, .. } = self.phase else { return false };
        while let Some(message) = self.outbox.pop() {
            self.timers.assign(Timer::Outbox, self.outbox.deadline());
            let Message { id, outgoing, .. } = &message;
            let ack = self.expect_answer(Purpose::Message(*id), now + outgoing.ack_timeout);
            let head = self.wire.event(&outgoing.event, &outgoing.payload, ack, outgoing.attachments.len());
            // Long-polling carries them as base64 behind a letter, and the server counts that.
            let carried = |bytes: &Bytes| if self.can_ping { bytes.len() } else { bytes.len().div_ceil(3) * 4 + 1 };
            let longest = outgoing.attachments.iter().map(carried).fold(head.len(), usize::max);
            if max_payload.is_some_and(|limit| longest as u64 > limit) {
                ack.and_then(|ack| self.acks.take(ack));
                let problem = format!(
                    "the message '{}' has a part of {longest} bytes, more than the server takes",
                    outgoing.event
                );
                self.settle(*id, Err(Error::new(ErrorKind::MessageTooLarge, problem)));
                continue;
            }
            self.frames.push_back(Frame::Text(head));
            self.frames.extend(outgoing.attachments.iter().cloned().map(Frame::Binary));
            match ack {
                Some(_) => self.outbox.sent(message),
                None => self.settle(*id, Ok(None)),
            }
            return true;
        }
        false
    }

    pub(super) fn settle(&mut self, id: MessageId, result: Result<Option<String>, Error>) {
        self.notify(Notice::Outcome { id, result });
    }

    pub(super) fn next_call(&mut self) -> MessageId {
        self.calls += 1;
        MessageId(self.calls)
    }
}
