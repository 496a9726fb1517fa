//! A user who falls behind under an overflow policy that drops events: a small inbox, and the gap
//! that reports the dropped events.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Instant,
};

use super::{SimEvent, World};
use crate::session::simulation::sabotage::Sabotage;

/// How many events may wait.
const INBOX_CAPACITY: usize = 3;

pub(super) struct Lag {
    /// Whether a full inbox drops its oldest event, or else the new one.
    drops_oldest: bool,
    /// Numbers of events, each with the delivery watermark before it.
    waiting: VecDeque<(usize, Instant)>,
    /// The dropped events: since when, until when, and their topics.
    missed: Option<(Instant, Instant, BTreeSet<String>)>,
}

impl World {
    /// The user handles no events for a while.
    pub(super) fn fall_behind(&mut self) {
        let drops_oldest = self.rng.bool();
        self.lag = Some(Lag { drops_oldest, waiting: VecDeque::new(), missed: None });
        let pause = self.rng.u64(0..15_000);
        self.after(pause, SimEvent::CatchUp);
    }

    /// An event arrives for the user. The ledger already counts it as delivered.
    pub(super) fn put_into_inbox(&mut self, number: usize) {
        let after = self.session.sent_before();
        let Some(lag) = &mut self.lag else { return };
        let dropped = match lag.waiting.len() {
            INBOX_CAPACITY if !lag.drops_oldest => Some((number, after)),
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

    /// The user handles every waiting event, and the session reports the dropped ones.
    pub(super) fn catch_up(&mut self) {
        let Some((since, until, topics)) = self.lag.take().and_then(|lag| lag.missed) else { return };
        if !self.sabotaged(Sabotage::LoseOverflow) {
            let topics: Vec<_> = topics.iter().map(String::as_str).collect();
            self.session.report_dropped(since, until, 1, |topic| topics.contains(&topic));
        }
    }
}
