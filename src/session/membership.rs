//! Joining and leaving channels. Every call gets one [`Notice::Outcome`].

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    MessageId, Notice, Phase, Session,
    answers::refusal,
    machines::confirmations::Requested,
    tables::{acks::PendingRequest, channels::JoinCall, timers::Timer},
};
use crate::{
    error::{Error, ErrorKind},
    vocabulary::{member, outgoing},
};

/// How long the server may take to answer a `join` or `leave`.
const CHANNEL_ACK_TIMEOUT: Duration = Duration::from_secs(10);

impl Session {
    /// Joins a channel, now and on every later connection.
    pub fn join_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = self.next_call();
        let number = self.channels.insert(name);
        let expires = (!matches!(self.phase, Phase::Idle)).then(|| now + self.config.outbox.age);
        let waiting = JoinCall { id: call, expires };
        if self.is_connected() {
            self.request_channel(now, number, Some(waiting));
        } else {
            // The channel exists: it was inserted above.
            let _ = self.channels.wait(number, waiting);
            self.timers.assign(Timer::Join, self.channels.deadline());
        }
        call
    }

    /// Leaves a channel. The user wants none of its messages from now on.
    pub fn leave_channel(&mut self, now: Instant, name: &str) -> MessageId {
        let call = self.next_call();
        if let Some(number) = self.channels.number(name) {
            self.gaps.handle_channel(number);
            self.forget_confirmation(Requested::Channel(number));
            for waiting in self.channels.remove(number) {
                let problem = format!("the channel '{name}' was left before it could be joined");
                self.resolve(waiting.id, Err(Error::new(ErrorKind::Network, problem).with_channel(name)));
            }
        }
        if let Some(recovery) = &mut self.recovery {
            recovery.handle_leave(name);
        }
        if self.is_connected() {
            // Messages of the user go before the leave: the server would refuse them afterwards.
            while self.frame_message(now) {}
            let ack = self.expect_answer(PendingRequest::Leave(call), now + CHANNEL_ACK_TIMEOUT);
            self.send_channel_event(outgoing::LEAVE, name, ack);
            if ack.is_none() {
                self.resolve(call, Ok(None));
            }
        } else {
            self.resolve(call, Ok(None));
        }
        call
    }

    /// The user connects: from now on, joins that wait for a connection expire.
    pub(super) fn age_joins(&mut self, now: Instant) {
        self.channels.age(now + self.config.outbox.age);
        self.timers.assign(Timer::Join, self.channels.deadline());
    }

    /// [`Timer::Join`]: fails the calls that have waited too long for a connection. The session
    /// still joins their channels, as after any other failed join but a refusal.
    pub(super) fn handle_join_timeout(&mut self, now: Instant) {
        for (name, call) in self.channels.expire(now) {
            let problem = format!(
                "there was no connection to join the channel '{name}' with for {} ms; it is joined as soon as there is one, \
                 unless it is left",
                self.config.outbox.age.as_millis()
            );
            self.resolve(call.id, Err(Error::new(ErrorKind::Expired, problem).with_channel(&*name)));
        }
        self.timers.assign(Timer::Join, self.channels.deadline());
    }

    /// Requests all channels on a new connection.
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
    pub(super) fn handle_join_answer(&mut self, number: u32, name: &str, call: Option<JoinCall>, answer: Option<&str>) {
        let is_wanted = self.channels.name(number).is_some();
        self.gaps.handle_channel(number);
        let Some(problem) = refusal(answer) else {
            self.note_confirmed(Requested::Channel(number));
            self.report_unconfirmed();
            if is_wanted {
                self.notify(Notice::Joined { channel: name.to_owned() });
            }
            if let Some(call) = call {
                self.resolve(call.id, Ok(answer.map(str::to_owned)));
            }
            return;
        };
        self.forget_confirmation(Requested::Channel(number));
        // If another request for the channel is pending, its answer decides.
        let is_same =
            |request: &PendingRequest| matches!(request, PendingRequest::Join { channel, .. } if *channel == number);
        let is_last = !self.phase.link().is_some_and(|link| link.acks.any(is_same));
        let waiting = if is_last { self.channels.remove(number) } else { Vec::new() };
        let mut error =
            Error::new(ErrorKind::ChannelDenied, format!("the server refused the channel '{name}': {problem}"));
        if self.channels.number(name).is_none() {
            // The channel in the error tells the user that the client is not in it.
            error = error.with_channel(name);
        }
        if is_wanted && is_last && call.is_none() && waiting.is_empty() {
            return self.report(error);
        }
        for call in call.into_iter().chain(waiting) {
            self.resolve(call.id, Err(error.clone()));
        }
    }

    pub(super) fn send_channel_event(&mut self, verb: &str, name: &str, ack: Option<u64>) {
        let body = json!({ member::CHANNEL: name }).to_string();
        self.send_event(verb, &body, ack);
    }

    fn request_channel(&mut self, now: Instant, number: u32, call: Option<JoinCall>) {
        let Some(name) = self.channels.name(number) else { return };
        let request = PendingRequest::Join { channel: number, name: name.clone(), call };
        let ack = self.expect_answer(request, now + CHANNEL_ACK_TIMEOUT);
        self.send_channel_event(outgoing::JOIN, &name, ack);
        if let (None, Some(call)) = (ack, call) {
            self.resolve(call.id, Ok(None));
        }
    }
}
