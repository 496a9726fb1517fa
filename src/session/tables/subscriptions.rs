//! The subscriptions a client wants, and the server's ids for them.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;

use crate::session::tables::{
    filter::Filter,
    requests::Requests,
    server_ids::{Owners, ServerId},
};

/// One subscription.
#[derive(Debug)]
pub(in crate::session) struct Subscription {
    pub(in crate::session) topic: Arc<str>,
    /// The filter's JSON, as the user wrote it.
    pub(in crate::session) filter: Option<String>,
    pub(in crate::session) return_mode: Option<String>,
    conditions: Filter,
    /// The server's own id in the present session.
    server_id: Option<ServerId>,
}

/// The subscription that a confirmation belongs to.
#[derive(Debug, PartialEq)]
pub(in crate::session) enum Confirmed {
    /// A live one. The server now has two subscriptions where `former` is its earlier id in this
    /// session: that one has to be ended.
    Live { number: u32, former: Option<ServerId> },
    /// One that the user has ended in the meantime. The server has to end it under this id.
    Ended(ServerId),
}

/// All subscriptions of a client, in the order of their creation.
#[derive(Debug, Default)]
pub(in crate::session) struct Subscriptions {
    last: u32,
    live: BTreeMap<u32, Subscription>,
    topics: HashMap<Arc<str>, Vec<u32>>,
    /// The live ones by the server's ids. The server may use one id for several.
    owners: Owners,
    /// How many live topics contain a `*`. Only the server knows what those match.
    patterns: usize,
}

impl Subscriptions {
    /// Adds a subscription and returns its number.
    pub(in crate::session) fn insert(
        &mut self,
        topic: &str,
        filter: Option<String>,
        return_mode: Option<String>,
    ) -> u32 {
        self.last += 1;
        let topic: Arc<str> = topic.into();
        self.patterns += usize::from(topic.contains('*'));
        self.topics.entry(topic.clone()).or_default().push(self.last);
        let conditions = filter.as_deref().map(Filter::parse).unwrap_or_default();
        self.live.insert(self.last, Subscription { topic, filter, return_mode, conditions, server_id: None });
        self.last
    }

    /// Removes a subscription and returns the id under which the server knows it.
    pub(in crate::session) fn remove(&mut self, number: u32) -> Option<ServerId> {
        let subscription = self.live.remove(&number)?;
        self.patterns -= usize::from(subscription.topic.contains('*'));
        if let Some(numbers) = self.topics.get_mut(&subscription.topic) {
            numbers.retain(|&other| other != number);
            if numbers.is_empty() {
                self.topics.remove(&subscription.topic);
            }
        }
        if let Some(server_id) = &subscription.server_id {
            self.owners.remove(server_id, number);
        }
        Some(subscription.server_id.unwrap_or_else(|| ServerId::of(&id(number))))
    }

    /// Whether any subscription wants an event with this topic and payload (JSON).
    pub(in crate::session) fn want(&self, topic: &str, payload: Option<&str>) -> bool {
        if self.patterns > 0 {
            return true;
        }
        let Some(numbers) = self.topics.get(topic) else { return false };
        numbers.iter().filter_map(|number| self.live.get(number)).any(|subscription| {
            subscription.filter.is_none() || !payload.is_some_and(|payload| subscription.conditions.excludes(payload))
        })
    }

    /// Adds a subscription to the requests of a link, and returns it.
    pub(in crate::session) fn request(&self, number: u32, requests: &mut Requests) -> Option<&Subscription> {
        let subscription = self.live.get(&number)?;
        requests.push(number, subscription.topic.clone(), self.live.len());
        Some(subscription)
    }

    /// Applies the server's confirmation of one of the link's requests; see [`Requests::confirm`].
    /// `None`: no request is pending.
    pub(in crate::session) fn confirm(
        &mut self,
        requests: &mut Requests,
        number: Option<u32>,
        topic: Option<&str>,
        server_id: Option<ServerId>,
    ) -> Option<Confirmed> {
        let owners = server_id.as_ref().map(|server_id| self.owners.of(server_id)).unwrap_or_default();
        let number = requests.confirm(number, server_id.is_some(), owners, topic)?;
        if self.live.contains_key(&number) {
            let former = server_id.and_then(|server_id| self.rename(number, server_id));
            return Some(Confirmed::Live { number, former });
        }
        server_id.filter(|server_id| *server_id != ServerId::of(&id(number))).map(Confirmed::Ended)
    }

    /// Whether a live subscription has this id on the server.
    pub(in crate::session) fn has_server_id(&self, server_id: &ServerId) -> bool {
        !self.owners.of(server_id).is_empty()
    }

    /// Later subscriptions have later numbers than this one.
    #[cfg(test)]
    pub(in crate::session) const fn continue_after(&mut self, last: u32) {
        self.last = last;
    }

    /// A live subscription.
    pub(in crate::session) fn get(&self, number: u32) -> Option<&Subscription> {
        self.live.get(&number)
    }

    /// The number of the newest subscription.
    pub(in crate::session) const fn last(&self) -> u32 {
        self.last
    }

    /// The topic of a live subscription.
    pub(in crate::session) fn topic(&self, number: u32) -> Option<&str> {
        self.live.get(&number).map(|subscription| &*subscription.topic)
    }

    /// Forgets the server's ids: a new session of the server has others.
    pub(in crate::session) fn forget_server_ids(&mut self) {
        for subscription in self.live.values_mut() {
            subscription.server_id = None;
        }
        self.owners.clear();
    }

    /// Removes all subscriptions. Their numbers are not used again.
    pub(in crate::session) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    /// The numbers of the live ones, in the order of their creation.
    pub(in crate::session) fn numbers(&self) -> Vec<u32> {
        self.live.keys().copied().collect()
    }

    pub(in crate::session) fn len(&self) -> usize {
        self.live.len()
    }

    /// Sets the server's id of a live subscription. Returns its former id if no other live
    /// subscription has that one.
    fn rename(&mut self, number: u32, server_id: ServerId) -> Option<ServerId> {
        let subscription = self.live.get_mut(&number)?;
        let former = subscription.server_id.replace(server_id.clone());
        if former.as_ref() == Some(&server_id) {
            return None;
        }
        // Our own id may name either of the server's two subscriptions, so it ends neither.
        let ours = ServerId::of(&id(number));
        let unused = former
            .inspect(|former| self.owners.remove(former, number))
            .filter(|former| *former != ours && server_id != ours && !self.has_server_id(former));
        self.owners.insert(server_id, number);
        unused
    }
}

/// The SDK's id of a subscription.
pub(in crate::session) fn id(number: u32) -> String {
    format!("sub_{number}")
}

/// The number in an SDK id.
pub(in crate::session) fn number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix("sub_")?;
    digits.parse().ok().filter(|number: &u32| number.to_string() == digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_and_are_never_used_again() {
        let mut subscriptions = Subscriptions::default();
        assert_eq!(subscriptions.insert("a", None, None), 1);
        assert_eq!(subscriptions.remove(1), Some(ServerId::of("sub_1")));
        assert_eq!(subscriptions.remove(1), None);
        subscriptions.clear();
        assert_eq!(subscriptions.insert("a", None, None), 2);
        assert_eq!((number(&id(2)), number("sub_02"), number("sub_"), number("2")), (Some(2), None, None, None));
    }

    #[test]
    fn want_what_at_least_one_of_them_may_match() {
        let mut subscriptions = Subscriptions::default();
        let all = subscriptions.insert("t", None, None);
        subscriptions.insert("t", Some(r#"{"n":1}"#.into()), None);
        assert!(subscriptions.want("t", Some(r#"{"n":2}"#)));
        subscriptions.remove(all);
        assert!(!subscriptions.want("t", Some(r#"{"n":2}"#)));
        assert!(subscriptions.want("t", Some(r#"{"n":1}"#)) && subscriptions.want("t", Some("{}")));
        assert!(!subscriptions.want("other", None));
        let pattern = subscriptions.insert("order.*", None, None);
        assert!(subscriptions.want("order.updated", None));
        subscriptions.remove(pattern);
        assert!(!subscriptions.want("order.updated", None));
    }

    #[test]
    fn a_confirmation_without_a_known_id_is_for_the_oldest_request_of_its_topic() {
        let (mut subscriptions, mut requests) = (Subscriptions::default(), Requests::default());
        for topic in ["a", "b", "a"] {
            let number = subscriptions.insert(topic, None, None);
            subscriptions.request(number, &mut requests);
        }
        assert_eq!(
            subscriptions.confirm(&mut requests, None, Some("a"), Some(ServerId::of("x1"))),
            Some(Confirmed::Live { number: 1, former: None })
        );
        assert_eq!(
            subscriptions.confirm(&mut requests, None, Some("a"), Some(ServerId::of("x2"))),
            Some(Confirmed::Live { number: 3, former: None })
        );
        assert_eq!(subscriptions.remove(1), Some(ServerId::of("x1")));
        assert_eq!(subscriptions.remove(3), Some(ServerId::of("x2")));
        assert_eq!(subscriptions.remove(2), Some(ServerId::of("sub_2")));
    }

    #[test]
    fn a_confirmation_that_follows_the_answer_is_for_nobody_else() {
        let (mut subscriptions, mut requests) = (Subscriptions::default(), Requests::default());
        let [first, second] = ["a", "a"].map(|topic| {
            let number = subscriptions.insert(topic, None, None);
            subscriptions.request(number, &mut requests);
            number
        });
        subscriptions.remove(first);
        let id = |text| Some(ServerId::of(text));
        assert_eq!(
            subscriptions.confirm(&mut requests, Some(first), None, id("x1")),
            Some(Confirmed::Ended(ServerId::of("x1")))
        );
        assert_eq!(subscriptions.confirm(&mut requests, None, Some("a"), id("x1")), None);
        let live = Some(Confirmed::Live { number: second, former: None });
        assert_eq!(subscriptions.confirm(&mut requests, Some(second), None, id("x2")), live);
        assert_eq!(subscriptions.confirm(&mut requests, None, Some("a"), id("x2")), None);
    }

    #[test]
    fn a_confirmation_that_comes_too_late_gives_the_servers_id_back() {
        let (mut subscriptions, mut requests) = (Subscriptions::default(), Requests::default());
        let number = subscriptions.insert("a", None, None);
        subscriptions.request(number, &mut requests);
        subscriptions.remove(number);
        let ended = Some(Confirmed::Ended(ServerId::of("theirs")));
        assert_eq!(subscriptions.confirm(&mut requests, Some(number), None, Some(ServerId::of("theirs"))), ended);
        assert_eq!(subscriptions.confirm(&mut requests, Some(number), None, Some(ServerId::of("theirs"))), None);
    }

    #[test]
    fn what_the_server_called_one_before_is_given_back_unless_it_is_in_use() {
        let (mut subscriptions, mut requests) = (Subscriptions::default(), Requests::default());
        for _ in 0..3 {
            subscriptions.insert("a", None, None);
        }
        let mut formerly = |number: u32, server_id: &str| {
            subscriptions.request(number, &mut requests);
            match subscriptions.confirm(&mut requests, Some(number), None, Some(ServerId::of(server_id))) {
                Some(Confirmed::Live { former, .. }) => former,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((formerly(1, "x"), formerly(2, "x"), formerly(3, "sub_3")), (None, None, None));
        assert_eq!(formerly(1, "x"), None, "the same");
        assert_eq!(formerly(1, "y"), None, "another has it too");
        assert_eq!(formerly(2, "z"), Some(ServerId::of("x")));
        assert_eq!(formerly(3, "theirs"), None, "the server may know the new one by our id");
        assert_eq!(formerly(2, "sub_2"), None);
        subscriptions.remove(1);
        assert!(
            !subscriptions.has_server_id(&ServerId::of("y")) && subscriptions.has_server_id(&ServerId::of("theirs"))
        );
        subscriptions.forget_server_ids();
        assert!(!subscriptions.has_server_id(&ServerId::of("theirs")));
    }
}
