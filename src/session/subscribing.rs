//! The requested for the events of a topic: asked for on every connection, and what the server says
//! to it.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{
    Frame, Notice, Session,
    connecting::END_ACK_TIMEOUT,
    machines::confirmations::Requested,
    tables::acks::Purpose,
    tables::server_ids::ServerId,
    tables::subscriptions::{self, Confirmed},
    tables::timers::Timer,
};
use crate::{
    error::{Error, ErrorKind},
    protocol::json::unescape,
    vocabulary::{Protocol, member, outgoing},
};

/// How long the server may take to confirm a subscription before it is taken not to confirm this
/// one, or any.
const SUBSCRIBE_ACK_TIMEOUT: Duration = Duration::from_secs(30);

impl Session {
    /// Subscribes to a topic, with a filter as JSON text; gives the SDK's id of the subscription.
    pub fn subscribe(
        &mut self,
        now: Instant,
        topic: &str,
        filter: Option<String>,
        return_mode: Option<String>,
    ) -> String {
        let number = self.subscriptions.insert(topic, filter, return_mode);
        if self.is_connected() {
            self.request_subscription(now, number);
        }
        subscriptions::id(number)
    }

    /// Ends a subscription; false when there is none of this id.
    pub fn unsubscribe(&mut self, id: &str) -> bool {
        let Some(number) = subscriptions::number(id) else { return false };
        let Some(server_id) = self.subscriptions.remove(number) else { return false };
        self.gaps.answer_subscription(number, false);
        self.confirmations.forget(Requested::Subscription(number));
        self.settle_plain_request(number);
        if self.is_connected() {
            self.end_subscription(server_id, None);
        } else if let Some(recovery) = &mut self.recovery {
            recovery.end(server_id);
        }
        true
    }

    /// Asks for a subscription, on this connection.
    pub(super) fn request_subscription(&mut self, now: Instant, number: u32) {
        let Some(subscription) = self.subscriptions.request(number) else { return };
        let text = |text: &str| Value::from(text).to_string();
        let members = [
            // As the user wrote it: no number of it is read and written anew.
            subscription.filter.clone().map(|filter| (member::FILTER, filter)),
            subscription.return_mode.as_deref().map(|mode| (member::RETURN_MODE, text(mode))),
            Some((member::SUBSCRIPTION_ID, text(&subscriptions::id(number)))),
            Some((member::TOPIC, text(&subscription.topic))),
        ];
        let members: Vec<_> = members.into_iter().flatten().map(|(name, json)| format!(r#""{name}":{json}"#)).collect();
        let body = format!("{{{}}}", members.join(","));
        let ack = self.expect_answer(Purpose::Subscribe(number), now + SUBSCRIBE_ACK_TIMEOUT);
        // On the plain wire the confirmation is a frame of its own.
        let ack = ack.filter(|_| self.wire.protocol() == Protocol::SocketIo);
        let frame = self.wire.event(outgoing::SUBSCRIBE, &body, ack, 0);
        self.frames.push_back(Frame::Text(frame));
    }

    /// Ends a subscription at the server, also when it brings a lost session back without having heard of it. Where the
    /// server may well say that there is nothing to end, its answer is taken and ignored until `ack_by`.
    pub(super) fn end_subscription(&mut self, server_id: ServerId, ack_by: Option<Instant>) {
        // It may have one name for all subscriptions of a topic.
        if self.subscriptions.has_server_id(&server_id) {
            return;
        }
        let ack = ack_by.and_then(|deadline| self.expect_answer(Purpose::Ended, deadline));
        let body = format!(r#"{{"{}":{}}}"#, member::SUBSCRIPTION_ID, server_id.json());
        self.frames.push_back(Frame::Text(self.wire.event(outgoing::UNSUBSCRIBE, &body, ack, 0)));
        if let Some(recovery) = &mut self.recovery {
            recovery.end(server_id);
        }
    }

    /// The server says that a subscription is in force: that of `number` if that is known. Its name for it is JSON.
    pub(super) fn confirm_subscription(
        &mut self,
        now: Instant,
        number: Option<u32>,
        server_id: Option<&str>,
        topic: Option<&str>,
    ) {
        let echoed = server_id.and_then(unescape).and_then(|id| subscriptions::number(&id));
        match self.subscriptions.confirm(number.or(echoed), topic, server_id.and_then(ServerId::read)) {
            Some(Confirmed::Live { number, former }) => {
                if let Some(former) = former {
                    // A recovered session has brought it back, and the server has made another of it.
                    self.end_subscription(former, Some(now + END_ACK_TIMEOUT));
                }
                self.gaps.answer_subscription(number, true);
                self.confirmations.confirmed(Requested::Subscription(number));
                self.settle_plain_request(number);
                self.notify(Notice::Subscribed { subscription_id: subscriptions::id(number) });
                self.report_unconfirmed();
            }
            Some(Confirmed::Ended(server_id)) => self.end_subscription(server_id, None),
            None => {}
        }
    }

    /// On the plain wire no answer will come beside the frame that has come.
    fn settle_plain_request(&mut self, number: u32) {
        if self.wire.protocol() == Protocol::Ws {
            self.acks.forget(&Purpose::Subscribe(number));
            self.timers.assign(Timer::Ack, self.acks.deadline());
        }
    }

    /// A refusal of one subscription, or any other failure the server reports.
    pub(super) fn take_failure(&mut self, problem: &str, subscription_id: Option<&str>) {
        if let Some(number) = subscription_id.and_then(subscriptions::number) {
            self.subscriptions.refuse(number);
            self.gaps.answer_subscription(number, false);
            self.confirmations.forget(Requested::Subscription(number));
            self.settle_plain_request(number);
            // It has ended: that it was refused before, or that there is nothing to end, is of no concern any more.
            if self.subscriptions.topic(number).is_none() {
                return;
            }
        }
        self.report(match subscription_id {
            Some(id) => {
                Error::new(ErrorKind::SubscribeDenied, format!("the server refused subscription {id}: {problem}"))
                    .with_subscription(id)
            }
            None => Error::new(ErrorKind::Server, format!("the server reported an error: {problem}")),
        });
    }
}
