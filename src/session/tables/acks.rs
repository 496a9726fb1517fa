//! The answers a connection waits for, each with a deadline.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use crate::session::tables::{channels::JoinCall, outbox::MessageId};

/// How many answers may be pending at once.
const MAX_PENDING: usize = 16_384;

/// The request that an answer belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum PendingRequest {
    /// A `subscribe`, by the subscription's number.
    Subscribe(u32),
    /// A message of the user.
    Message(MessageId),
    /// A `leave` of the user.
    Leave(MessageId),
    /// A repeated unsubscribe or leave. The server may reply that there is nothing to end.
    RepeatedEnd,
    /// A `join`: the channel's number and name, and the user's call that awaits the result.
    Join { channel: u32, name: Arc<str>, call: Option<JoinCall> },
    /// A new token for this connection.
    Token,
}

impl PendingRequest {
    /// What the session still needs from the answer after the user's call has timed out.
    fn without_call(self) -> Option<Self> {
        match self {
            Self::Message(_) | Self::Leave(_) | Self::RepeatedEnd => None,
            Self::Join { channel, name, .. } => Some(Self::Join { channel, name, call: None }),
            Self::Subscribe(_) | Self::Token => Some(self),
        }
    }
}

/// The pending requests of one link.
#[derive(Debug, Default)]
pub(in crate::session) struct Acks {
    pending: BTreeMap<u64, (PendingRequest, Instant)>,
    deadlines: BTreeSet<(Instant, u64)>,
    next_id: u64,
}

impl Acks {
    /// A table whose ids begin with `next_id`: an id is not used again on a later link.
    pub(in crate::session) fn starting_at(next_id: u64) -> Self {
        Self { next_id, ..Self::default() }
    }

    /// The id of the next request.
    #[cfg(test)]
    pub(in crate::session) const fn continue_at(&mut self, next_id: u64) {
        self.next_id = next_id;
    }

    pub(in crate::session) const fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Adds a request and returns its id, or `None` when too many requests are pending.
    pub(in crate::session) fn insert(&mut self, request: PendingRequest, deadline: Instant) -> Option<u64> {
        if self.pending.len() >= MAX_PENDING {
            return None;
        }
        let id = self.next_id;
        self.next_id += 1;
        self.put(id, request, deadline);
        Some(id)
    }

    /// Removes a request and returns it; `None` when the id is unknown, answered or expired.
    pub(in crate::session) fn remove(&mut self, id: u64) -> Option<PendingRequest> {
        let (request, deadline) = self.pending.remove(&id)?;
        self.deadlines.remove(&(deadline, id));
        Some(request)
    }

    /// Removes the oldest request that equals this one.
    pub(in crate::session) fn forget(&mut self, request: &PendingRequest) {
        // Servers answer in the order of the requests, so the search ends early.
        let found = self.pending.iter().find(|(_, (pending, _))| pending == request);
        if let Some(id) = found.map(|(&id, _)| id) {
            self.remove(id);
        }
    }

    /// Removes one request whose deadline has passed.
    pub(in crate::session) fn expire(&mut self, now: Instant) -> Option<(u64, PendingRequest)> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.remove(id).map(|request| (id, request))
    }

    /// Puts an expired request back with a new deadline if its answer still matters without the
    /// user's call.
    pub(in crate::session) fn extend(&mut self, id: u64, request: PendingRequest, deadline: Instant) {
        if let Some(request) = request.without_call() {
            self.put(id, request, deadline);
        }
    }

    /// Moves the deadlines of all requests without a user's call to `until` at the earliest.
    pub(in crate::session) fn postpone(&mut self, until: Instant) {
        let earlier: Vec<_> = self.deadlines.range(..(until, 0)).copied().collect();
        for (deadline, id) in earlier {
            if let Some((
                PendingRequest::Subscribe(_) | PendingRequest::Join { call: None, .. } | PendingRequest::Token,
                at,
            )) = self.pending.get_mut(&id)
            {
                *at = until;
                self.deadlines.remove(&(deadline, id));
                self.deadlines.insert((until, id));
            }
        }
    }

    /// The requests whose answers will never come, because the link is gone. Oldest first.
    pub(in crate::session) fn into_requests(self) -> impl Iterator<Item = PendingRequest> {
        self.pending.into_values().map(|(request, _)| request)
    }

    /// Whether a pending request matches.
    pub(in crate::session) fn any(&self, matches: impl Fn(&PendingRequest) -> bool) -> bool {
        self.pending.values().any(|(request, _)| matches(request))
    }

    /// The earliest deadline.
    pub(in crate::session) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    pub(in crate::session) fn len(&self) -> usize {
        self.pending.len()
    }

    fn put(&mut self, id: u64, request: PendingRequest, deadline: Instant) {
        self.pending.insert(id, (request, deadline));
        self.deadlines.insert((deadline, id));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_request_is_removed_once() {
        let now = Instant::now();
        let mut acks = Acks::default();
        let id = acks.insert(PendingRequest::Subscribe(3), now).expect("room");
        assert_eq!(acks.remove(id), Some(PendingRequest::Subscribe(3)));
        assert_eq!(acks.remove(id), None);
        assert_eq!(acks.remove(99), None);
        assert_eq!(acks.deadline(), None);
    }

    #[test]
    fn requests_expire_in_the_order_of_their_deadlines() {
        let now = Instant::now();
        let mut acks = Acks::default();
        for (number, after) in [(1, 30), (2, 10), (3, 20)] {
            acks.insert(PendingRequest::Subscribe(number), now + Duration::from_secs(after));
        }
        let later = now + Duration::from_secs(25);
        assert_eq!(acks.expire(later), Some((1, PendingRequest::Subscribe(2))));
        assert_eq!(acks.expire(later), Some((2, PendingRequest::Subscribe(3))));
        assert_eq!(acks.expire(later), None);
        assert_eq!(acks.deadline(), Some(now + Duration::from_secs(30)));
    }

    #[test]
    fn only_requests_without_a_call_are_postponed() {
        let now = Instant::now();
        let soon = now + Duration::from_secs(1);
        let mut acks = Acks::default();
        let mut insert = |request: &PendingRequest| acks.insert(request.clone(), soon).expect("room");
        let name: Arc<str> = "a".into();
        let call = Some(JoinCall { id: MessageId(7), expires: None });
        let join = PendingRequest::Join { channel: 1, name: name.clone(), call };
        let rejoin = PendingRequest::Join { channel: 1, name, call: None };
        let mine = [PendingRequest::Message(MessageId(5)), PendingRequest::Leave(MessageId(6)), join.clone()];
        let others = [&PendingRequest::Token, &PendingRequest::Subscribe(1), &rejoin];
        mine.iter().chain(others).for_each(|request| _ = insert(request));
        acks.postpone(now + Duration::from_secs(3));
        for (id, request) in (0..).zip(mine) {
            assert_eq!(acks.expire(soon), Some((id, request.clone())));
            acks.extend(id, request, now + Duration::from_secs(2));
        }
        assert_eq!(acks.expire(soon), None);
        assert_eq!((acks.remove(0), acks.remove(1), acks.remove(2)), (None, None, Some(rejoin)));
        assert_eq!(acks.deadline(), Some(now + Duration::from_secs(3)));
    }

    #[test]
    fn the_table_is_bounded_and_ids_go_on_in_the_next_one() {
        let now = Instant::now();
        let mut acks = Acks::default();
        for _ in 0..MAX_PENDING {
            assert!(acks.insert(PendingRequest::Subscribe(0), now).is_some());
        }
        assert_eq!(acks.insert(PendingRequest::Subscribe(0), now), None);
        let next_id = acks.next_id();
        assert_eq!(acks.into_requests().count(), MAX_PENDING);
        assert_eq!(Acks::starting_at(next_id).insert(PendingRequest::Subscribe(0), now), Some(MAX_PENDING as u64));
    }
}
