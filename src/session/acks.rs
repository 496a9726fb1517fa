//! Answers that are waited for, each with a deadline.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use super::outbox::MessageId;

/// How many answers may be waited for at once.
const MOST: usize = 16_384;

/// What an answer is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A `subscribe`, by the subscription's number.
    Subscribe(u32),
    /// A message of the user.
    Message(MessageId),
    /// A `leave` of the user.
    Leave(MessageId),
    /// An end that is asked for once more: the server may well say that there is nothing to end.
    Ended,
    /// A `join`, by the channel's number and name, and the call of the user that is to be told.
    Join { channel: u32, name: Arc<str>, call: Option<MessageId> },
    /// A new token for this connection.
    Token,
}

/// The answers waited for on one connection.
#[derive(Debug, Default)]
pub(super) struct Acks {
    pending: BTreeMap<u64, (Purpose, Instant)>,
    deadlines: BTreeSet<(Instant, u64)>,
    next: u64,
}

impl Acks {
    /// Reserves an id; `None` when too many answers are outstanding.
    pub(super) fn request(&mut self, purpose: Purpose, deadline: Instant) -> Option<u64> {
        if self.pending.len() >= MOST {
            return None;
        }
        let id = self.next;
        self.next += 1;
        self.pending.insert(id, (purpose, deadline));
        self.deadlines.insert((deadline, id));
        Some(id)
    }

    /// Takes what was waited for; `None` for an id that is unknown, answered or overdue.
    pub(super) fn take(&mut self, id: u64) -> Option<Purpose> {
        let (purpose, deadline) = self.pending.remove(&id)?;
        self.deadlines.remove(&(deadline, id));
        Some(purpose)
    }

    /// Takes one that is overdue.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Purpose> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.take(id)
    }

    /// Takes all: the connection that would have brought the answers is gone.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = Purpose> + use<> {
        self.deadlines.clear();
        std::mem::take(&mut self.pending).into_values().map(|(purpose, _)| purpose)
    }

    /// Whether an answer to such a thing is outstanding.
    pub(super) fn wait_for(&self, such: impl Fn(&Purpose) -> bool) -> bool {
        self.pending.values().any(|(purpose, _)| such(purpose))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_are_taken_once() {
        let now = Instant::now();
        let mut acks = Acks::default();
        let id = acks.request(Purpose::Subscribe(3), now).expect("room");
        assert_eq!(acks.take(id), Some(Purpose::Subscribe(3)));
        assert_eq!(acks.take(id), None);
        assert_eq!(acks.take(99), None);
        assert_eq!(acks.deadline(), None);
    }

    #[test]
    fn overdue_ones_expire_in_the_order_of_their_deadlines() {
        let now = Instant::now();
        let mut acks = Acks::default();
        for (number, after) in [(1, 30), (2, 10), (3, 20)] {
            acks.request(Purpose::Subscribe(number), now + Duration::from_secs(after));
        }
        let later = now + Duration::from_secs(25);
        assert_eq!(acks.expire(later), Some(Purpose::Subscribe(2)));
        assert_eq!(acks.expire(later), Some(Purpose::Subscribe(3)));
        assert_eq!(acks.expire(later), None);
        assert_eq!(acks.deadline(), Some(now + Duration::from_secs(30)));
    }

    #[test]
    fn are_bounded() {
        let now = Instant::now();
        let mut acks = Acks::default();
        for _ in 0..MOST {
            assert!(acks.request(Purpose::Subscribe(0), now).is_some());
        }
        assert_eq!(acks.request(Purpose::Subscribe(0), now), None);
        assert_eq!(acks.abandon().count(), MOST);
        assert!(acks.request(Purpose::Subscribe(0), now).is_some());
    }
}
