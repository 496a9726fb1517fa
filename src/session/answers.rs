//! What the server answers to requests, and what becomes of requests without an answer.

use std::time::{Duration, Instant};

use super::{
    MessageId, Session,
    machines::confirmations::Requested,
    tables::{acks::PendingRequest, channels::JoinCall, subscriptions, timers::Timer},
};
use crate::{
    error::{Error, ErrorKind},
    protocol::{
        event::{member, members},
        json::unescape,
    },
    vocabulary::member,
};

/// How long to wait for an answer that may be among the frames which wait in a paused link.
const UNREAD_ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

impl Session {
    /// Adds a pending request and returns the id for its answer; `None` when too many are pending.
    pub(super) fn expect_answer(&mut self, request: PendingRequest, deadline: Instant) -> Option<u64> {
        self.phase.link_mut()?.insert_request(request, deadline)
    }

    /// The server has answered a request.
    pub(super) fn handle_answer(&mut self, now: Instant, id: u64, payload: Option<&str>) {
        if let Some(meter) = &mut self.meter {
            meter.handle_answer(now, id, payload);
        }
        let Some(request) = self.phase.link_mut().and_then(|link| link.remove_request(id)) else { return };
        match request {
            PendingRequest::Message(id) | PendingRequest::Leave(id) => self.handle_message_answer(id, payload),
            PendingRequest::Join { channel, name, call } => self.handle_join_answer(channel, &name, call, payload),
            PendingRequest::Token => self.handle_token_answer(now, payload),
            PendingRequest::RepeatedEnd => {}
            PendingRequest::Subscribe(number) => {
                if let Some(problem) = refusal(payload) {
                    return self.handle_failure(&problem, Some(&subscriptions::id(number)));
                }
                let server_id = payload.and_then(|answer| member(answer, member::SUBSCRIPTION_ID));
                self.confirm_subscription(now, Some(number), server_id, None);
            }
        }
    }

    /// [`Timer::Ack`].
    pub(super) fn handle_ack_timeout(&mut self, now: Instant) {
        while let Some((id, request)) = self.phase.link_mut().and_then(|link| link.acks.expire(now)) {
            self.note_unconfirmed(&request);
            if let PendingRequest::Message(call)
            | PendingRequest::Leave(call)
            | PendingRequest::Join { call: Some(JoinCall { id: call, .. }), .. } = request
            {
                self.outbox.forget_unanswered(call);
                let error = Error::new(ErrorKind::Timeout, "the server did not answer in time").with_uncertain(true);
                self.resolve(call, Err(error));
            }
            if self.pause.is_some() {
                // The answer may wait in the link. Calls have their time limit; the rest can wait.
                if let Some(link) = self.phase.link_mut() {
                    link.acks.extend(id, request, now + UNREAD_ANSWER_TIMEOUT);
                }
            } else if request == PendingRequest::Token {
                return self.replace_link(now, "no answer");
            }
        }
        self.report_unconfirmed();
        if let Some(link) = self.phase.link_mut() {
            link.watch_acks();
        }
    }

    /// The session reads the link again, and answers may wait in it.
    pub(super) fn postpone_answers(&mut self, now: Instant) {
        if let Some(link) = self.phase.link_mut() {
            link.acks.postpone(now + UNREAD_ANSWER_TIMEOUT);
            link.watch_acks();
        }
    }

    /// The link of these requests is gone. Unanswered messages are sent again where the user wants
    /// that.
    pub(super) fn abandon_requests(&mut self, requests: Vec<PendingRequest>) {
        let requeued = self.outbox.requeue_unanswered();
        for request in requests {
            let lost = match request {
                PendingRequest::Message(id) if requeued.contains(&id) => continue,
                PendingRequest::Message(id) => Some(id),
                // Without a connection the client is in no channel.
                PendingRequest::Leave(id) => {
                    self.resolve(id, Ok(None));
                    continue;
                }
                PendingRequest::Join { channel, call: Some(call), .. } => {
                    self.channels.wait(channel, call).err().map(|call| call.id)
                }
                PendingRequest::Join { call: None, .. }
                | PendingRequest::Subscribe(_)
                | PendingRequest::RepeatedEnd
                | PendingRequest::Token => None,
            };
            if let Some(id) = lost {
                let problem = "the connection was lost before the server answered; the message may have been received";
                self.resolve(id, Err(Error::new(ErrorKind::Network, problem).with_uncertain(true)));
            }
        }
        self.timers.assign(Timer::Outbox, self.outbox.deadline());
        self.timers.assign(Timer::Join, self.channels.deadline());
    }

    /// The server has confirmed a request.
    pub(super) fn note_confirmed(&mut self, requested: Requested) {
        if let Some(link) = self.phase.link_mut() {
            self.confirmations.handle_confirmed(requested, &mut link.overdue);
        }
    }

    /// The server has refused a request, or the user has ended it.
    pub(super) fn forget_confirmation(&mut self, requested: Requested) {
        self.confirmations.forget(requested, self.phase.link_mut().map(|link| &mut link.overdue));
    }

    /// Reports the requests that the server has not confirmed in time, if it confirms others.
    pub(super) fn report_unconfirmed(&mut self) {
        let Some(link) = self.phase.link_mut() else { return };
        for requested in self.confirmations.poll_due(&mut link.overdue) {
            let error = |what: String| {
                let problem = format!("the server did not confirm {what} in time, but confirms others");
                Error::new(ErrorKind::SubscribeUnconfirmed, problem)
            };
            let error = match requested {
                Requested::Subscription(number) => self.subscriptions.topic(number).map(|topic| {
                    let id = subscriptions::id(number);
                    error(format!("subscription {id} to '{topic}'")).with_subscription(id)
                }),
                Requested::Channel(number) => {
                    self.channels.name(number).map(|name| error(format!("the channel '{name}'")).with_channel(&*name))
                }
            };
            if let Some(error) = error {
                self.report(error);
            }
        }
    }

    /// A request has timed out. During a pause its answer may wait in the link.
    fn note_unconfirmed(&mut self, request: &PendingRequest) {
        let Some(link) = self.phase.link_mut() else { return };
        let is_paused = self.pause.is_some();
        match request {
            PendingRequest::Join { channel, call, .. } if self.channels.name(*channel).is_some() => match call {
                Some(_) => self.confirmations.handle_reported(Requested::Channel(*channel), &mut link.overdue),
                None if is_paused => {}
                None => self.confirmations.handle_timeout(Requested::Channel(*channel), &mut link.overdue),
            },
            PendingRequest::Subscribe(number)
                if !is_paused && self.subscriptions.topic(*number).is_some() && link.requests.contains(*number) =>
            {
                self.confirmations.handle_timeout(Requested::Subscription(*number), &mut link.overdue);
            }
            _ => {}
        }
    }

    /// The server has answered a message or a leave; `answer` is JSON.
    fn handle_message_answer(&mut self, id: MessageId, answer: Option<&str>) {
        self.outbox.forget_unanswered(id);
        let result = match refusal(answer) {
            None => Ok(answer.map(str::to_owned)),
            Some(problem) => {
                let problem = format!("the server refused the message: {problem}");
                let kind = if names_missing(answer) { ErrorKind::NotFound } else { ErrorKind::MessageDenied };
                Err(Error::new(kind, problem))
            }
        };
        self.resolve(id, result);
    }
}

/// The problem that an answer states, if it refuses the request.
pub(super) fn refusal(answer: Option<&str>) -> Option<String> {
    let [error, message] = members(answer?, [member::ERROR, member::MESSAGE]);
    // Some servers write all members, whether they have a value or not.
    let error = error.filter(|json| !matches!(*json, "null" | "false" | "0" | "\"\""))?;
    let code = || error.starts_with(|first: char| first.is_ascii_digit()).then(|| error.into());
    let (error, message) = (unescape(error).or_else(code), message.and_then(unescape));
    Some(reason(error.as_deref(), message.as_deref()))
}

/// Whether a refusal says that the receiver is not there: `NotFoundError`, `NOT_FOUND`, 404.
fn names_missing(answer: Option<&str>) -> bool {
    let Some(error) = answer.and_then(|answer| member(answer, member::ERROR)) else { return false };
    let Some(name) = unescape(error) else { return error.parse() == Ok(404.0) };
    let word: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let word = word.to_ascii_lowercase();
    matches!(word.strip_suffix("error").unwrap_or(&word), "notfound" | "404")
}

/// The reason that a server gives for a refusal or failure.
pub(super) fn reason(error: Option<&str>, message: Option<&str>) -> String {
    match (error, message) {
        (Some(error), Some(message)) => format!("{error}: {message}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => "no reason given".to_owned(),
    }
}
