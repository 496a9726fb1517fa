//! A user who falls behind under a policy that drops events: a mailbox of a few, and what is told of the rest.

use std::collections::{BTreeSet, VecDeque};

use super::*;

/// So many events may wait.
const INBOX_CAPACITY: usize = 3;

pub(super) struct Lag {
    /// Whether the oldest waiting event is dropped; otherwise the one that comes.
    oldest: bool,
    /// Numbers of events, and until when what was sent came before each.
    waiting: VecDeque<(usize, Instant)>,
    missed: Option<(Instant, Instant, BTreeSet<String>)>,
}

impl World {
    /// The user takes nothing for a while.
    pub(super) fn fall_behind(&mut self) {
        let oldest = self.rng.bool();
        self.lag = Some(Lag { oldest, waiting: VecDeque::new(), missed: None });
        let pause = self.rng.u64(0..15_000);
        self.after(pause, SimEvent::CatchUp);
    }

    /// An event has come for the user. It was delivered as far as the books know.
    pub(super) fn put_into_inbox(&mut self, number: usize) {
        let after = self.session.sent_before();
        let Some(lag) = &mut self.lag else { return };
        let dropped = match lag.waiting.len() {
            INBOX_CAPACITY if !lag.oldest => Some((number, after)),
            length => {
                lag.waiting.push_back((number, after));
                if length == INBOX_CAPACITY { lag.waiting.pop_front() } else { None }
            }
        };
        let Some((number, after)) = dropped else { return };
        let event = &self.server.log[number];
        self.ledger.dropped(event);
        let (since, until, topics) = lag.missed.get_or_insert((after, self.now, BTreeSet::new()));
        (*since, *until) = (after.min(*since), self.now);
        topics.insert(event.topic.clone());
        self.coverage.count("overflow", 1);
    }

    /// The user has taken all that waits, and is told what does not.
    pub(super) fn catch_up(&mut self) {
        let Some((since, until, topics)) = self.lag.take().and_then(|lag| lag.missed) else { return };
        if !self.sabotaged(Sabotage::LoseOverflow) {
            self.session.miss(since, until, 1, |topic| topics.contains(topic));
        }
    }
}
