//! The subscriptions that were asked for on a connection and are not confirmed yet.

use std::{collections::VecDeque, sync::Arc};

/// How many are remembered, unless there are more live subscriptions: some servers never confirm.
const MOST: usize = 1024;

/// Numbers and topics, oldest first.
#[derive(Debug, Default)]
pub(in crate::session) struct Requests(VecDeque<(u32, Arc<str>)>);

impl Requests {
    /// Notes one, of a client that has so many live subscriptions.
    pub(in crate::session) fn push(&mut self, number: u32, topic: Arc<str>, live: usize) {
        if self.0.len() >= MOST.max(live) {
            self.0.pop_front();
        }
        self.0.push_back((number, topic));
    }

    /// Takes the number of the oldest that fits.
    pub(in crate::session) fn take(&mut self, fits: impl Fn(u32, &str) -> bool) -> Option<u32> {
        let at = self.0.iter().position(|(number, topic)| fits(*number, topic))?;
        self.0.remove(at).map(|(number, _)| number)
    }

    pub(in crate::session) fn contain(&self, number: u32) -> bool {
        // They are asked for in the order of their numbers.
        self.0.binary_search_by_key(&number, |(requested, _)| *requested).is_ok()
    }

    pub(in crate::session) fn clear(&mut self) {
        self.0.clear();
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
        push(&mut requests, MOST + 1, 1);
        assert_eq!((requests.0.len(), requests.take(|_, _| true)), (MOST, Some(1)));
    }

    #[test]
    fn know_what_they_contain() {
        let mut requests = Requests::default();
        push(&mut requests, 100, 1);
        assert_eq!(requests.take(|number, _| number == 50), Some(50));
        assert_eq!(
            [0, 49, 50, 51, 99, 100].map(|number| requests.contain(number)),
            [true, true, false, true, true, false]
        );
    }

    #[test]
    fn have_room_for_all_that_is_live() {
        let mut requests = Requests::default();
        push(&mut requests, 3 * MOST, 3 * MOST);
        assert_eq!((requests.0.len(), requests.take(|_, _| true)), (3 * MOST, Some(0)));
        // Most of them have ended since.
        push(&mut requests, 2, 1);
        assert_eq!(requests.0.len(), 3 * MOST - 1, "they shrink as they are answered");
    }
}
