//! The requested to be in a channel. Every call gets one [`Notice::Outcome`].

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    Frame, MessageId, Notice, Phase, Session, answers::refusal, machines::confirmations::Requested,
    tables::acks::Purpose, tables::channels::JoinCall, tables::timers::Timer,
};
use crate::{
    error::{Error, ErrorKind},
    vocabulary::{member, outgoing},
};

/// How long the server may take to answer a `join` or `leave`.
const CHANNEL_ACK_TIMEOUT: Duration = Duration::from_secs(10);

impl Session {
    /// Joins a channel, now and on every connection to come.
    pub fn join_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = self.next_call();
        let number = self.channels.insert(name);
        let expires = (!matches!(self.phase, Phase::Idle)).then(|| now + self.config.outbox.age);
        let waiting = JoinCall { id: call, expires };
        if self.is_connected() {
            self.request_channel(now, number, Some(waiting));
        } else {
            // It was inserted just now.
            let _ = self.channels.wait(number, waiting);
            self.timers.assign(Timer::Join, self.channels.deadline());
        }
        call
    }

    /// A connection is asked for: from now on the calls that wait for one grow old.
    pub(super) fn age_joins(&mut self, now: Instant) {
        self.channels.age(now + self.config.outbox.age);
        self.timers.assign(Timer::Join, self.channels.deadline());
    }

    /// Nobody is to wait for ever. The channels stay wanted, as after any other end of such a call but a refusal.
    pub(super) fn expire_joins(&mut self, now: Instant) {
        for (name, call) in self.channels.expire(now) {
            let problem = format!(
                "there was no connection to join the channel '{name}' with for {} ms; it is joined as soon as there is one, \
                 unless it is left",
                self.config.outbox.age.as_millis()
            );
            self.settle(call.id, Err(Error::new(ErrorKind::Expired, problem).with_channel(&*name)));
        }
        self.timers.assign(Timer::Join, self.channels.deadline());
    }

    /// Leaves a channel. None of its messages is wanted from now on.
    pub fn leave_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = self.next_call();
        if let Some(number) = self.channels.number(name) {
            self.gaps.answer_channel(number);
            self.confirmations.forget(Requested::Channel(number));
            for waiting in self.channels.remove(number) {
                let problem = format!("the channel '{name}' was left before it could be joined");
                self.settle(waiting.id, Err(Error::new(ErrorKind::Network, problem).with_channel(name)));
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
        self.timers.clear(Timer::Join);
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
    pub(super) fn take_join_answer(&mut self, number: u32, name: &str, call: Option<JoinCall>, answer: Option<&str>) {
        let wanted = self.channels.name(number).is_some();
        self.gaps.answer_channel(number);
        let Some(problem) = refusal(answer) else {
            self.confirmations.confirmed(Requested::Channel(number));
            self.report_unconfirmed();
            if wanted {
                self.notify(Notice::Joined { channel: name.to_owned() });
            }
            if let Some(call) = call {
                self.settle(call.id, Ok(answer.map(str::to_owned)));
            }
            return;
        };
        self.confirmations.forget(Requested::Channel(number));
        // Where it is asked for once more, the last answer counts.
        let asked = |purpose: &Purpose| matches!(purpose, Purpose::Join { channel, .. } if *channel == number);
        let is_last = !self.acks.wait_for(asked);
        let waiting = if is_last { self.channels.remove(number) } else { Vec::new() };
        let mut error =
            Error::new(ErrorKind::ChannelDenied, format!("the server refused the channel '{name}': {problem}"));
        if self.channels.number(name).is_none() {
            // This says that the user is not in it.
            error = error.with_channel(name);
        }
        if wanted && is_last && call.is_none() && waiting.is_empty() {
            return self.report(error);
        }
        for call in call.into_iter().chain(waiting) {
            self.settle(call.id, Err(error.clone()));
        }
    }

    pub(super) fn push_channel_frame(&mut self, verb: &str, name: &str, ack: Option<u64>) {
        let body = json!({ member::CHANNEL: name }).to_string();
        self.frames.push_back(Frame::Text(self.wire.event(verb, &body, ack, 0)));
    }

    fn request_channel(&mut self, now: Instant, number: u32, call: Option<JoinCall>) {
        let Some(name) = self.channels.name(number) else { return };
        let ack =
            self.expect_answer(Purpose::Join { channel: number, name: name.clone(), call }, now + CHANNEL_ACK_TIMEOUT);
        self.push_channel_frame(outgoing::JOIN, &name, ack);
        if let (None, Some(call)) = (ack, call) {
            self.settle(call.id, Ok(None));
        }
    }
}
