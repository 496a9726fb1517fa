//! Subscriptions: the session requests them on every connection, and applies the server's answers.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{
    Notice, Session,
    connecting::REPEATED_END_TIMEOUT,
    machines::confirmations::Requested,
    tables::{
        acks::PendingRequest,
        server_ids::ServerId,
        subscriptions::{self, Confirmed},
    },
};
use crate::{
    error::{Error, ErrorKind},
    log::record,
    protocol::json::unescape,
    vocabulary::{Protocol, member, outgoing},
};

/// How long the server may take to confirm a subscription. After that, the session assumes that it
/// does not confirm this one, or any.
const SUBSCRIBE_ACK_TIMEOUT: Duration = Duration::from_secs(30);

impl Session {
    /// Subscribes to a topic, with a filter as JSON text. Returns the SDK's id of the subscription.
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

    /// Ends a subscription. Returns false if no subscription has this id.
    pub fn unsubscribe(&mut self, id: &str) -> bool {
        let Some(number) = subscriptions::number(id) else { return false };
        let Some(server_id) = self.subscriptions.remove(number) else { return false };
        self.gaps.handle_subscription(number, false);
        self.forget_confirmation(Requested::Subscription(number));
        self.forget_plain_request(number);
        if self.is_connected() {
            self.end_subscription(server_id, None);
        } else if let Some(recovery) = &mut self.recovery {
            recovery.handle_unsubscribe(server_id);
        }
        true
    }

    /// Requests a subscription on this connection.
    pub(super) fn request_subscription(&mut self, now: Instant, number: u32) {
        let Some(link) = self.phase.link_mut() else { return };
        let Some(subscription) = self.subscriptions.request(number, &mut link.requests) else { return };
        record!(
            DEBUG,
            self.log,
            "subscribing",
            subscription_id = subscriptions::id(number).as_str(),
            topic = &*subscription.topic
        );
        let text = |text: &str| Value::from(text).to_string();
        let members = [
            // As the user wrote it, so that no number changes.
            subscription.filter.clone().map(|filter| (member::FILTER, filter)),
            subscription.return_mode.as_deref().map(|mode| (member::RETURN_MODE, text(mode))),
            Some((member::SUBSCRIPTION_ID, text(&subscriptions::id(number)))),
            Some((member::TOPIC, text(&subscription.topic))),
        ];
        let members: Vec<_> = members.into_iter().flatten().map(|(name, json)| format!(r#""{name}":{json}"#)).collect();
        let body = format!("{{{}}}", members.join(","));
        let ack = link.insert_request(PendingRequest::Subscribe(number), now + SUBSCRIBE_ACK_TIMEOUT);
        // On the plain protocol the confirmation is a frame of its own.
        let ack = ack.filter(|_| self.config.protocol == Protocol::SocketIo);
        link.push_event(outgoing::SUBSCRIBE, &body, ack);
    }

    /// Ends a subscription at the server, and remembers that for a server which restores a lost
    /// session without having heard of the end. With `ack_by` the server may reply that there is
    /// nothing to end: the session ignores replies until then.
    pub(super) fn end_subscription(&mut self, server_id: ServerId, ack_by: Option<Instant>) {
        // The server may use one id for all subscriptions of a topic.
        if self.subscriptions.has_server_id(&server_id) {
            return;
        }
        let ack = ack_by.and_then(|deadline| self.expect_answer(PendingRequest::RepeatedEnd, deadline));
        let body = format!(r#"{{"{}":{}}}"#, member::SUBSCRIPTION_ID, server_id.json());
        self.send_event(outgoing::UNSUBSCRIBE, &body, ack);
        if let Some(recovery) = &mut self.recovery {
            recovery.handle_unsubscribe(server_id);
        }
    }

    /// The server has confirmed a subscription: that of `number` if it is known. The server's id is
    /// JSON.
    pub(super) fn confirm_subscription(
        &mut self,
        now: Instant,
        number: Option<u32>,
        server_id: Option<&str>,
        topic: Option<&str>,
    ) {
        let Some(link) = self.phase.link_mut() else { return };
        let echoed = server_id.and_then(unescape).and_then(|id| subscriptions::number(&id));
        let server_id = server_id.and_then(ServerId::read);
        match self.subscriptions.confirm(&mut link.requests, number.or(echoed), topic, server_id) {
            Some(Confirmed::Live { number, former }) => {
                if let Some(former) = former {
                    // A recovered session has restored it, and the server has added a second one.
                    self.end_subscription(former, Some(now + REPEATED_END_TIMEOUT));
                }
                self.gaps.handle_subscription(number, true);
                self.note_confirmed(Requested::Subscription(number));
                self.forget_plain_request(number);
                self.notify(Notice::Subscribed { subscription_id: subscriptions::id(number) });
                self.report_unconfirmed();
            }
            Some(Confirmed::Ended(server_id)) => self.end_subscription(server_id, None),
            None => {}
        }
    }

    /// The server has refused a subscription, or reports another failure.
    pub(super) fn handle_failure(&mut self, problem: &str, subscription_id: Option<&str>) {
        if let Some(number) = subscription_id.and_then(subscriptions::number) {
            if let Some(link) = self.phase.link_mut() {
                link.requests.refuse(number);
            }
            self.gaps.handle_subscription(number, false);
            self.forget_confirmation(Requested::Subscription(number));
            self.forget_plain_request(number);
            // The user has ended the subscription: no failure of it matters any more.
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

    /// On the plain protocol the frame that has come is the only answer.
    fn forget_plain_request(&mut self, number: u32) {
        if self.config.protocol == Protocol::Ws
            && let Some(link) = self.phase.link_mut()
        {
            link.forget_request(&PendingRequest::Subscribe(number));
        }
    }
}
