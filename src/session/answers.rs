//! What the server answers, and what becomes of whoever waits for an answer that does not come.

use std::time::{Duration, Instant};

use super::{
    MessageId, Session, machines::confirmations::Requested, tables::acks::Purpose, tables::channels::JoinCall,
    tables::subscriptions, tables::timers::Timer,
};
use crate::{
    error::{Error, ErrorKind},
    protocol::{
        event::{member, members},
        json::unescape,
    },
    vocabulary::member,
};

/// For how long an answer is waited for that may be behind what was not read yet.
const UNREAD_PATIENCE: Duration = Duration::from_secs(10);

impl Session {
    /// An id for an answer; `None` when too many are outstanding already.
    pub(super) fn expect_answer(&mut self, purpose: Purpose, deadline: Instant) -> Option<u64> {
        let ack = self.acks.request(purpose, deadline);
        self.timers.assign(Timer::Ack, self.acks.deadline());
        ack
    }

    pub(super) fn take_answer(&mut self, now: Instant, id: u64, payload: Option<&str>) {
        let Some(purpose) = self.acks.take(id) else { return };
        self.timers.assign(Timer::Ack, self.acks.deadline());
        match purpose {
            Purpose::Message(id) | Purpose::Leave(id) => self.take_message_answer(id, payload),
            Purpose::Join { channel, name, call } => self.take_join_answer(channel, &name, call, payload),
            Purpose::Token => self.take_token_answer(now, payload),
            Purpose::Ended => {}
            Purpose::Subscribe(number) => {
                if let Some(problem) = refusal(payload) {
                    return self.take_failure(&problem, Some(&subscriptions::id(number)));
                }
                let server_id = payload.and_then(|answer| member(answer, member::SUBSCRIPTION_ID));
                self.confirm_subscription(now, Some(number), server_id, None);
            }
        }
    }

    pub(super) fn expire_acks(&mut self, now: Instant) {
        while let Some((id, purpose)) = self.acks.expire(now) {
            self.note_unconfirmed(&purpose);
            if let Purpose::Message(call)
            | Purpose::Leave(call)
            | Purpose::Join { call: Some(JoinCall { id: call, .. }), .. } = purpose
            {
                self.outbox.answered(call);
                self.settle(
                    call,
                    Err(Error::new(ErrorKind::Timeout, "the server did not answer in time").with_uncertain(true)),
                );
            }
            if self.paused {
                // The answer may be waiting in the link. Calls have their time limit, but the rest has time.
                self.acks.wait_on(id, purpose, now + UNREAD_PATIENCE);
            } else if purpose == Purpose::Token {
                return self.replace_link(now, "no answer");
            }
        }
        self.report_unconfirmed();
        self.timers.assign(Timer::Ack, self.acks.deadline());
    }

    /// An answer is overdue. While the link is not read, it may be waiting in it.
    fn note_unconfirmed(&mut self, purpose: &Purpose) {
        match purpose {
            Purpose::Join { channel, call, .. } if self.channels.name(*channel).is_some() => match call {
                Some(_) => self.confirmations.told(Requested::Channel(*channel)),
                None if self.paused => {}
                None => self.confirmations.missed(Requested::Channel(*channel)),
            },
            Purpose::Subscribe(number) if self.subscriptions.is_awaited(*number) && !self.paused => {
                self.confirmations.missed(Requested::Subscription(*number));
            }
            _ => {}
        }
    }

    /// The link is read again, and answers may be among what waits in it.
    pub(super) fn await_unread_answers(&mut self, now: Instant) {
        self.acks.put_off(now + UNREAD_PATIENCE);
        self.timers.assign(Timer::Ack, self.acks.deadline());
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
                Purpose::Join { channel, call: Some(call), .. } => {
                    self.channels.wait(channel, call).err().map(|call| call.id)
                }
                Purpose::Join { call: None, .. } | Purpose::Subscribe(_) | Purpose::Ended | Purpose::Token => None,
            };
            if let Some(id) = lost {
                let problem = "the connection was lost before the server answered; the message may have been received";
                self.settle(id, Err(Error::new(ErrorKind::Network, problem).with_uncertain(true)));
            }
        }
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
        self.timers.assign(Timer::Join, self.channels.deadline());
    }

    /// The server has answered a message; `answer` is JSON.
    fn take_message_answer(&mut self, id: MessageId, answer: Option<&str>) {
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
}

/// What an answer says against a request, if it does.
pub(super) fn refusal(answer: Option<&str>) -> Option<String> {
    let [error, message] = members(answer?, [member::ERROR, member::MESSAGE]);
    // There are servers that write all members they know, whether there is anything to say or not.
    let error = error.filter(|json| !matches!(*json, "null" | "false" | "0" | "\"\""))?;
    let code = || error.starts_with(|first: char| first.is_ascii_digit()).then(|| error.into());
    let (error, message) = (unescape(error).or_else(code), message.and_then(unescape));
    Some(super::reason(error.as_deref(), message.as_deref()))
}
