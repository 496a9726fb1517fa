//! What the user sends: messages, and the wish to be in a channel. Every call gets one [`Notice::Outcome`].

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Frame, MessageId, Notice, Phase, Session,
    acks::Purpose,
    outbox::{Message, Outgoing},
    timers::Timer,
};
use crate::{
    error::{Error, ErrorKind},
    vocabulary::{member, outgoing},
};

/// How long the server may take to answer a `join` or `leave`.
const CHANNEL_ACK_TIMEOUT: Duration = Duration::from_secs(10);

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

    /// Joins a channel, now and on every connection to come.
    pub fn join_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = self.next_call();
        let number = self.channels.insert(name);
        if self.is_connected() {
            self.request_channel(now, number, Some(call));
        } else {
            // It was inserted just now.
            let _ = self.channels.wait(number, call);
        }
        call
    }

    /// Leaves a channel. None of its messages is wanted from now on.
    pub fn leave_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = self.next_call();
        if let Some(number) = self.channels.number(name) {
            self.gaps.answer_channel(number);
            for waiting in self.channels.remove(number) {
                let problem = format!("the channel '{name}' was left before it could be joined");
                self.settle(waiting, Err(Error::new(ErrorKind::Network, problem).with_channel(name)));
            }
        }
        if let Some(recovery) = &mut self.recovery {
            recovery.leave(name);
        }
        if self.is_connected() {
            // A last word goes before the farewell: others would hear it from somebody who is not there any more.
            while self.frame_message(now) {}
            let ack = self.expect_answer(Purpose::Leave(call), now + CHANNEL_ACK_TIMEOUT);
            self.push_channel_frame(outgoing::LEAVE, name, ack);
            if ack.is_none() {
                self.settle(call, Ok(None));
            }
        } else {
            self.settle(call, Ok(None));
        }
        call
    }

    /// Asks for all channels again, on a new connection.
    pub(super) fn request_channels(&mut self, now: Instant) {
        for number in self.channels.numbers() {
            let waiting = self.channels.take_waiting(number);
            if waiting.is_empty() {
                self.request_channel(now, number, None);
            }
            for call in waiting {
                self.request_channel(now, number, Some(call));
            }
        }
    }

    /// The server has answered a `join`; `answer` is JSON.
    pub(super) fn take_join_answer(&mut self, number: u32, call: Option<MessageId>, answer: Option<&str>) {
        let name = self.channels.name(number);
        self.gaps.answer_channel(number);
        let Some(problem) = refusal(answer) else {
            if let Some(name) = name {
                self.notify(Notice::Joined { channel: name.to_string() });
            }
            if let Some(call) = call {
                self.settle(call, Ok(answer.map(str::to_owned)));
            }
            return;
        };
        let waiting = self.channels.remove(number);
        let label = name.as_deref().unwrap_or_default();
        let error =
            Error::new(ErrorKind::ChannelDenied, format!("the server refused the channel '{label}': {problem}"))
                .with_channel(label);
        if call.is_none() && waiting.is_empty() {
            return self.report(error);
        }
        for call in call.into_iter().chain(waiting) {
            self.settle(call, Err(error.clone()));
        }
    }

    /// The server has answered a message; `answer` is JSON.
    pub(super) fn take_message_answer(&mut self, id: MessageId, answer: Option<&str>) {
        self.outbox.answered(id);
        let result = match refusal(answer) {
            None => Ok(answer.map(str::to_owned)),
            Some(problem) => {
                let problem = format!("the server refused the message: {problem}");
                Err(Error::new(ErrorKind::MessageDenied, problem))
            }
        };
        self.settle(id, result);
    }

    /// The connection is gone: what was sent and not answered is sent again where the user asked for that.
    pub(super) fn abandon_answers(&mut self) {
        let purposes: Vec<_> = self.acks.abandon().collect();
        let again = self.outbox.return_unanswered();
        for purpose in purposes {
            let lost = match purpose {
                Purpose::Message(id) if again.contains(&id) => continue,
                Purpose::Message(id) => Some(id),
                // Whoever is gone has left.
                Purpose::Leave(id) => {
                    self.settle(id, Ok(None));
                    continue;
                }
                Purpose::Join { channel, call: Some(call) } => self.channels.wait(channel, call).err(),
                Purpose::Join { call: None, .. } | Purpose::Subscribe(_) | Purpose::Ended | Purpose::Token => None,
            };
            if let Some(id) = lost {
                let problem = "the connection was lost before the server answered; the message may have been received";
                self.settle(id, Err(Error::new(ErrorKind::Network, problem).with_uncertain(true)));
            }
        }
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
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
        for number in self.channels.numbers() {
            let name = self.channels.name(number).unwrap_or_default();
            for call in self.channels.take_waiting(number) {
                let problem = format!("the client was disconnected before the channel '{name}' was joined");
                self.settle(call, Err(Error::new(ErrorKind::Network, problem).with_channel(&*name)));
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

    fn next_call(&mut self) -> MessageId {
        self.calls += 1;
        MessageId(self.calls)
    }

    fn request_channel(&mut self, now: Instant, number: u32, call: Option<MessageId>) {
        let Some(name) = self.channels.name(number) else { return };
        let ack = self.expect_answer(Purpose::Join { channel: number, call }, now + CHANNEL_ACK_TIMEOUT);
        self.push_channel_frame(outgoing::JOIN, &name, ack);
        if let (None, Some(call)) = (ack, call) {
            self.settle(call, Ok(None));
        }
    }

    pub(super) fn push_channel_frame(&mut self, verb: &str, name: &str, ack: Option<u64>) {
        let body = json!({ member::CHANNEL: name }).to_string();
        self.frames.push_back(Frame::Text(self.wire.event(verb, &body, ack, 0)));
    }

    /// An id for an answer; `None` when too many are outstanding already.
    pub(super) fn expect_answer(&mut self, purpose: Purpose, deadline: Instant) -> Option<u64> {
        let ack = self.acks.request(purpose, deadline);
        self.timers.assign(Timer::Ack, self.acks.deadline());
        ack
    }
}

/// What an answer says against a request, if it does.
pub(super) fn refusal(answer: Option<&str>) -> Option<String> {
    let answer: Value = serde_json::from_str(answer?).ok()?;
    let error = answer.get(member::ERROR)?;
    Some(super::reason(error.as_str(), answer.get(member::MESSAGE).and_then(Value::as_str)))
}
