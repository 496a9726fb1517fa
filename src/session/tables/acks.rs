//! Answers that are waited for, each with a deadline.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use crate::session::{tables::channels::JoinCall, tables::outbox::MessageId};

/// How many answers may be waited for at once.
const MOST: usize = 16_384;

/// What an answer is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Purpose {
    /// A `subscribe`, by the subscription's number.
    Subscribe(u32),
    /// A message of the user.
    Message(MessageId),
    /// A `leave` of the user.
    Leave(MessageId),
    /// An end that is asked for once more: the server may well say that there is nothing to end.
    Ended,
    /// A `join`, by the channel's number and name, and the call of the user that is to be told.
    Join { channel: u32, name: Arc<str>, call: Option<JoinCall> },
    /// A new token for this connection.
    Token,
}

impl Purpose {
    /// What is left of it when the user waits no longer: `None` if nothing is.
    fn without_call(self) -> Option<Self> {
        match self {
            Self::Message(_) | Self::Leave(_) | Self::Ended => None,
            Self::Join { channel, name, .. } => Some(Self::Join { channel, name, call: None }),
            Self::Subscribe(_) | Self::Token => Some(self),
        }
    }
}

/// The answers waited for on one connection.
#[derive(Debug, Default)]
pub(in crate::session) struct Acks {
    pending: BTreeMap<u64, (Purpose, Instant)>,
    deadlines: BTreeSet<(Instant, u64)>,
    next: u64,
}

impl Acks {
    /// Reserves an id; `None` when too many answers are outstanding.
    pub(in crate::session) fn request(&mut self, purpose: Purpose, deadline: Instant) -> Option<u64> {
        if self.pending.len() >= MOST {
            return None;
        }
        let id = self.next;
        self.next += 1;
        self.insert(id, purpose, deadline);
        Some(id)
    }

    /// Takes what was waited for; `None` for an id that is unknown, answered or overdue.
    pub(in crate::session) fn take(&mut self, id: u64) -> Option<Purpose> {
        let (purpose, deadline) = self.pending.remove(&id)?;
        self.deadlines.remove(&(deadline, id));
        Some(purpose)
    }

    /// Waits no longer for the answer to this.
    pub(in crate::session) fn forget(&mut self, purpose: &Purpose) {
        // Answers come in the order of the questions, so that it is among the first.
        let found = self.pending.iter().find(|(_, (pending, _))| pending == purpose);
        if let Some(id) = found.map(|(&id, _)| id) {
            self.take(id);
        }
    }

    /// Takes one that is overdue.
    pub(in crate::session) fn expire(&mut self, now: Instant) -> Option<(u64, Purpose)> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.take(id).map(|purpose| (id, purpose))
    }

    /// Waits on for the answer to one that was overdue, as far as it is of use without the call.
    pub(in crate::session) fn wait_on(&mut self, id: u64, purpose: Purpose, deadline: Instant) {
        if let Some(purpose) = purpose.without_call() {
            self.insert(id, purpose, deadline);
        }
    }

    /// Waits until then at least for all that no call waits for.
    pub(in crate::session) fn put_off(&mut self, until: Instant) {
        let earlier: Vec<_> = self.deadlines.range(..(until, 0)).copied().collect();
        for (deadline, id) in earlier {
            if let Some((Purpose::Subscribe(_) | Purpose::Join { call: None, .. } | Purpose::Token, at)) =
                self.pending.get_mut(&id)
            {
                *at = until;
                self.deadlines.remove(&(deadline, id));
                self.deadlines.insert((until, id));
            }
        }
    }

    /// Takes all: the connection that would have brought the answers is gone.
    pub(in crate::session) fn abandon(&mut self) -> impl Iterator<Item = Purpose> + use<> {
        self.deadlines.clear();
        std::mem::take(&mut self.pending).into_values().map(|(purpose, _)| purpose)
    }

    /// Whether an answer to such a thing is outstanding.
    pub(in crate::session) fn wait_for(&self, such: impl Fn(&Purpose) -> bool) -> bool {
        self.pending.values().any(|(purpose, _)| such(purpose))
    }

    pub(in crate::session) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    pub(in crate::session) fn len(&self) -> usize {
        self.pending.len()
    }

    fn insert(&mut self, id: u64, purpose: Purpose, deadline: Instant) {
        self.pending.insert(id, (purpose, deadline));
        self.deadlines.insert((deadline, id));
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
        assert_eq!(acks.expire(later), Some((1, Purpose::Subscribe(2))));
        assert_eq!(acks.expire(later), Some((2, Purpose::Subscribe(3))));
        assert_eq!(acks.expire(later), None);
        assert_eq!(acks.deadline(), Some(now + Duration::from_secs(30)));
    }

    #[test]
    fn only_what_no_call_waits_for_is_put_off() {
        let now = Instant::now();
        let soon = now + Duration::from_secs(1);
        let mut acks = Acks::default();
        let mut request = |purpose: &Purpose| acks.request(purpose.clone(), soon).expect("room");
        let name: Arc<str> = "a".into();
        let join =
            Purpose::Join { channel: 1, name: name.clone(), call: Some(JoinCall { id: MessageId(7), expires: None }) };
        let rejoin = Purpose::Join { channel: 1, name, call: None };
        let mine = [Purpose::Message(MessageId(5)), Purpose::Leave(MessageId(6)), join.clone()];
        mine.iter().chain([&Purpose::Token, &Purpose::Subscribe(1), &rejoin]).for_each(|purpose| _ = request(purpose));
        acks.put_off(now + Duration::from_secs(3));
        for (id, purpose) in (0..).zip(mine) {
            assert_eq!(acks.expire(soon), Some((id, purpose.clone())));
            acks.wait_on(id, purpose, now + Duration::from_secs(2));
        }
        assert_eq!(acks.expire(soon), None);
        assert_eq!((acks.take(0), acks.take(1), acks.take(2)), (None, None, Some(rejoin)));
        assert_eq!(acks.deadline(), Some(now + Duration::from_secs(3)));
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
