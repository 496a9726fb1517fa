//! Messages of the user. Every call gets one [`Notice::Outcome`].

use std::time::Instant;

use bytes::Bytes;

use super::{
    Frame, MessageId, Notice, Session,
    tables::{
        acks::PendingRequest,
        outbox::{Message, Outgoing},
        timers::Timer,
    },
};
use crate::error::{Error, ErrorKind};

impl Session {
    /// Sends a message, now or as soon as there is a connection. Its outcome is the server's
    /// answer. Returns `None` if the message is volatile and was dropped.
    ///
    /// # Errors
    /// [`ErrorKind::OutboxFull`]: the message was not added.
    pub fn emit(&mut self, now: Instant, outgoing: Outgoing) -> Result<Option<MessageId>, Error> {
        if outgoing.volatile && !(self.is_connected() && self.outbox.is_clear()) {
            return Ok(None);
        }
        let id = self.next_call();
        self.outbox.push(now, id, outgoing)?;
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
        Ok(Some(id))
    }

    /// Fails all calls that wait: nothing is sent until the user connects again.
    pub(super) fn abandon_calls(&mut self) {
        while let Some(message) = self.outbox.pop() {
            let Message { id, outgoing, uncertain, .. } = message;
            let what = if uncertain { "answered" } else { "sent" };
            let problem = format!("the client was disconnected before the message '{}' was {what}", outgoing.event);
            self.resolve(id, Err(Error::new(ErrorKind::Network, problem).with_uncertain(uncertain)));
        }
        self.timers.clear(Timer::Outbox);
        self.timers.clear(Timer::Join);
        for number in self.channels.numbers() {
            let name = self.channels.name(number).unwrap_or_default();
            for call in self.channels.take_waiting(number) {
                let problem = format!("the client was disconnected before the channel '{name}' was joined");
                self.resolve(call.id, Err(Error::new(ErrorKind::Network, problem).with_channel(&*name)));
            }
        }
    }

    /// [`Timer::Outbox`].
    pub(super) fn handle_outbox_timeout(&mut self, now: Instant) {
        while let Some((message, error)) = self.outbox.expire(now) {
            self.resolve(message.id, Err(error));
        }
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
    }

    /// Queues the frames of the next message. Returns false if none may be sent.
    pub(super) fn frame_message(&mut self, now: Instant) -> bool {
        let Some((_, connected)) = self.phase.connected() else { return false };
        let max_payload = connected.max_payload;
        while let Some(message) = self.outbox.pop() {
            self.timers.assign(Timer::Outbox, self.outbox.deadline());
            let Some(link) = self.phase.link_mut() else { return false };
            let Message { id, outgoing, .. } = &message;
            let ack = link.insert_request(PendingRequest::Message(*id), now + outgoing.ack_timeout);
            let head = link.codec.event(&outgoing.event, &outgoing.payload, ack, outgoing.attachments.len());
            // Long-polling carries attachments as base64 behind a letter, and the server counts
            // those bytes.
            let can_ping = self.peer.can_ping;
            let carried = |bytes: &Bytes| if can_ping { bytes.len() } else { bytes.len().div_ceil(3) * 4 + 1 };
            let longest = outgoing.attachments.iter().map(carried).fold(head.len(), usize::max);
            if max_payload.is_some_and(|limit| longest as u64 > limit) {
                ack.and_then(|ack| link.acks.remove(ack));
                let problem = format!(
                    "the message '{}' has a part of {longest} bytes, more than the server takes",
                    outgoing.event
                );
                self.resolve(*id, Err(Error::new(ErrorKind::MessageTooLarge, problem)));
                continue;
            }
            link.frames.push_back(Frame::Text(head));
            link.frames.extend(outgoing.attachments.iter().cloned().map(Frame::Binary));
            match ack {
                Some(_) => self.outbox.handle_sent(message),
                None => self.resolve(*id, Ok(None)),
            }
            return true;
        }
        false
    }

    /// Reports the outcome of a call.
    pub(super) fn resolve(&mut self, id: MessageId, result: Result<Option<String>, Error>) {
        self.notify(Notice::Outcome { id, result });
    }

    pub(super) fn next_call(&mut self) -> MessageId {
        self.calls += 1;
        MessageId(self.calls)
    }
}
