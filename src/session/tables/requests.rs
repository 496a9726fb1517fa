//! The subscriptions that were requested on a link and are not confirmed yet.

use std::{collections::VecDeque, sync::Arc};

/// How many requests are kept, unless more subscriptions are live: some servers never confirm.
const MAX_REQUESTS: usize = 1024;

/// Numbers and topics of the requested subscriptions, oldest first.
#[derive(Debug, Default)]
pub(in crate::session) struct Requests {
    pending: VecDeque<(u32, Arc<str>)>,
    /// On this link the server has confirmed a subscription with both its number and its id. So a
    /// confirmation without a number only repeats an earlier one.
    sends_numbers: bool,
}

impl Requests {
    /// Adds a request of a client that has `live` subscriptions.
    pub(in crate::session) fn push(&mut self, number: u32, topic: Arc<str>, live: usize) {
        if self.pending.len() >= MAX_REQUESTS.max(live) {
            self.pending.pop_front();
        }
        self.pending.push_back((number, topic));
    }

    /// Removes the request that a confirmation belongs to, and returns its number.
    ///
    /// That is the request with this `number` where the server sends one; else the oldest one among
    /// the `owners` of the server's id; else the oldest one for the `topic`. `None`: no request is
    /// pending, as for the second of two confirmations.
    pub(in crate::session) fn confirm(
        &mut self,
        number: Option<u32>,
        has_server_id: bool,
        owners: &[u32],
        topic: Option<&str>,
    ) -> Option<u32> {
        self.sends_numbers |= number.is_some() && has_server_id;
        let known = self.remove(|requested, _| number.map_or(owners.contains(&requested), |it| it == requested));
        // The server may use one id for all subscriptions of a topic.
        let by_topic = number.is_none() && !self.sends_numbers;
        known.or_else(|| self.remove(|_, for_topic| by_topic && topic == Some(for_topic)))
    }

    /// Removes the request with this number: the server has refused it.
    pub(in crate::session) fn refuse(&mut self, number: u32) {
        self.remove(|requested, _| requested == number);
    }

    pub(in crate::session) fn contains(&self, number: u32) -> bool {
        // Requests are sent in the order of their numbers.
        self.pending.binary_search_by_key(&number, |(requested, _)| *requested).is_ok()
    }

    /// Removes the oldest request that matches, and returns its number.
    fn remove(&mut self, matches: impl Fn(u32, &str) -> bool) -> Option<u32> {
        let at = self.pending.iter().position(|(number, topic)| matches(*number, topic))?;
        self.pending.remove(at).map(|(number, _)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(requests: &mut Requests, count: usize, live: usize) {
        for number in (0u32..).take(count) {
            requests.push(number, "a".into(), live);
        }
    }

    #[test]
    fn are_bounded_and_the_latest_are_kept() {
        let mut requests = Requests::default();
        push(&mut requests, MAX_REQUESTS + 1, 1);
        assert_eq!((requests.pending.len(), requests.remove(|_, _| true)), (MAX_REQUESTS, Some(1)));
    }

    #[test]
    fn know_what_they_contain() {
        let mut requests = Requests::default();
        push(&mut requests, 100, 1);
        assert_eq!(requests.remove(|number, _| number == 50), Some(50));
        assert_eq!(
            [0, 49, 50, 51, 99, 100].map(|number| requests.contains(number)),
            [true, true, false, true, true, false]
        );
    }

    #[test]
    fn have_room_for_all_that_is_live() {
        let mut requests = Requests::default();
        push(&mut requests, 3 * MAX_REQUESTS, 3 * MAX_REQUESTS);
        assert_eq!((requests.pending.len(), requests.remove(|_, _| true)), (3 * MAX_REQUESTS, Some(0)));
        // Most of the subscriptions have ended since.
        push(&mut requests, 2, 1);
        assert_eq!(requests.pending.len(), 3 * MAX_REQUESTS - 1, "they shrink as they are answered");
    }
}
