//! The books of a simulation: what the user asked for and was given, recoverable apart from the session under test.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::server::{DENIED, Published};
use crate::session::{Gap, MessageId};

/// A fault put into the session's place on purpose, to see that the books notice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sabotage {
    LoseEvent,
    RepeatEvent,
    LoseSubscription,
    LoseUnsubscription,
    LoseJoin,
    LoseGap,
    LoseOverflow,
    LoseOutcome,
    RepeatOutcome,
    ResumeRefused,
    LosePongs,
    FakePongs,
}

impl Sabotage {
    pub(super) const ALL: [Self; 12] = [
        Self::LoseEvent,
        Self::RepeatEvent,
        Self::LoseSubscription,
        Self::LoseUnsubscription,
        Self::LoseJoin,
        Self::LoseGap,
        Self::LoseOverflow,
        Self::LoseOutcome,
        Self::RepeatOutcome,
        Self::ResumeRefused,
        Self::LosePongs,
        Self::FakePongs,
    ];

    /// Words of the complaint it should cause.
    pub(super) const fn symptom(self) -> &'static str {
        match self {
            Self::LoseEvent => "arrived and was not delivered",
            Self::RepeatEvent => "delivered twice",
            Self::LoseSubscription | Self::LoseUnsubscription => "subscriptions on the server",
            Self::LoseJoin => "channels on the server",
            Self::LoseGap => "lost and no gap tells of it",
            Self::LoseOverflow => "dropped and no gap tells of it",
            Self::LoseOutcome => "calls without an outcome",
            Self::RepeatOutcome => "a second outcome",
            Self::ResumeRefused => "was refused and comes again",
            Self::LosePongs => "dead and not given up",
            Self::FakePongs => "alive and given up",
        }
    }
}

/// A time in which events of a topic may pass by, since the server does not know the subscription.
#[derive(Debug)]
struct Window {
    from: Instant,
    until: Option<Instant>,
    /// Which loss of a connection opened it, if one did, and the subscriptions that were live then.
    loss: Option<(usize, BTreeSet<String>)>,
}

/// A topic that is wanted without a break.
#[derive(Debug)]
struct Wanted {
    since: Instant,
    subscriptions: usize,
    windows: Vec<Window>,
}

#[derive(Default)]
pub(super) struct Ledger {
    subscriptions: BTreeMap<String, String>,
    topics: BTreeMap<String, Wanted>,
    pub(super) channels: BTreeSet<String>,
    delivered: BTreeSet<u64>,
    /// What came and was dropped, since the user was too slow.
    dropped: BTreeSet<u64>,
    /// Whether each call has its outcome.
    calls: BTreeMap<MessageId, bool>,
    /// How many connections were lost.
    pub(super) losses: usize,
    /// What the user was told to have missed.
    pub(super) gaps: Vec<Gap>,
    /// How many losses there were when the user ended it all: what is missed then is nobody's concern.
    pub(super) losses_while_used: usize,
}

impl Ledger {
    pub(super) fn subscribed(&mut self, now: Instant, id: String, topic: &str) {
        let fresh =
            || Wanted { since: now, subscriptions: 0, windows: vec![Window { from: now, until: None, loss: None }] };
        self.topics.entry(topic.to_owned()).or_insert_with(fresh).subscriptions += 1;
        self.subscriptions.insert(id, topic.to_owned());
    }

    pub(super) fn unsubscribed(&mut self, id: &str) {
        let topic = self.subscriptions.remove(id).expect("a subscription");
        let wanted = self.topics.get_mut(&topic).expect("a wanted topic");
        wanted.subscriptions -= 1;
        if wanted.subscriptions == 0 {
            self.topics.remove(&topic);
        }
    }

    pub(super) fn subscription_ids(&self) -> Vec<String> {
        self.subscriptions.keys().cloned().collect()
    }

    pub(super) fn called(&mut self, id: MessageId) {
        assert!(self.calls.insert(id, false).is_none(), "{id:?} was given twice");
    }

    pub(super) fn outcome(&mut self, id: MessageId) {
        let settled = self.calls.get_mut(&id).expect("an outcome of a call that was made");
        assert!(!std::mem::replace(settled, true), "{id:?} has a second outcome");
    }

    /// An event frame was given to the session, which has made this many deliveries of it.
    pub(super) fn arrived(&mut self, event: &Published, connected: bool, deliveries: usize) {
        let Published { number, topic, .. } = event;
        let known = self.delivered.contains(number) || self.dropped.contains(number);
        let due = connected && self.topics.contains_key(topic) && !known;
        match (due, deliveries) {
            (true, 0) => panic!("event {number} of '{topic}' arrived and was not delivered"),
            (true, 1) => _ = self.delivered.insert(*number),
            (false, 0) => {}
            (false, _) if !self.topics.contains_key(topic) => panic!("event {number} of '{topic}' is not wanted"),
            _ => panic!("event {number} of '{topic}' was delivered twice"),
        }
    }

    /// An event that arrived for the user was dropped.
    pub(super) fn dropped(&mut self, event: &Published) {
        assert!(self.delivered.remove(&event.number), "{event:?} was dropped, but had not come");
        self.dropped.insert(event.number);
    }

    /// The connection is lost. The last frame that arrived by it was sent at `from`: what was sent later may be lost.
    pub(super) fn connection_lost(&mut self, from: Instant) {
        self.losses += 1;
        for (topic, wanted) in &mut self.topics {
            if wanted.windows.last().is_none_or(|window| window.until.is_some()) {
                let live = self.subscriptions.iter().filter(|(_, of)| *of == topic).map(|(id, _)| id.clone()).collect();
                let loss = Some((self.losses, live));
                wanted.windows.push(Window { from: from.max(wanted.since), until: None, loss });
            }
        }
    }

    /// The server has a subscription of a topic, on the connection that the client has as well.
    pub(super) fn in_force(&mut self, now: Instant, id: &str, topic: &str) {
        // One that the user has ended is about to be ended there, too.
        if !self.subscriptions.contains_key(id) {
            return;
        }
        if let Some(window) = self.topics.get_mut(topic).and_then(|wanted| wanted.windows.last_mut()) {
            window.until.get_or_insert(now);
        }
    }

    /// The session that was lost last is recovered with these topics, and all that it missed has come: nothing of them
    /// may be missing.
    pub(super) fn recovered(&mut self, topics: &[String]) {
        for topic in topics {
            if let Some(wanted) = self.topics.get_mut(topic) {
                wanted.windows.pop_if(|window| window.loss.as_ref().is_some_and(|(number, _)| *number == self.losses));
            }
        }
    }

    /// What the server is to have in the end.
    pub(super) fn wanted_subscriptions(&self) -> BTreeMap<String, String> {
        let granted = self.subscriptions.iter().filter(|(_, topic)| *topic != DENIED);
        granted.map(|(id, topic)| (id.clone(), topic.clone())).collect()
    }

    /// Balances the books; gives the number of events delivered, and of those that were excused. A frame is `latency` on
    /// its way at most: so much earlier than the last one arrived, an event may have been published that never did.
    pub(super) fn verify(&self, log: &[Published], latency: Duration) -> (u64, u64) {
        let mut excused = 0;
        for Published { number, topic, at, .. } in log {
            let Some(wanted) = self.topics.get(topic).filter(|wanted| *at > wanted.since) else { continue };
            if self.delivered.contains(number) {
                continue;
            }
            let told = self.gaps.iter().any(|gap| {
                let covers = gap.since <= *at + latency && *at <= gap.until;
                covers && gap.subscriptions.iter().any(|(_, missed)| missed == topic)
            });
            let passes = |window: &Window| *at >= window.from && window.until.is_none_or(|until| *at <= until);
            let mut windows = wanted.windows.iter().filter(|window| passes(window)).peekable();
            if self.dropped.contains(number) {
                // A server may repeat what it had sent long before.
                assert!(
                    told || windows.peek().is_some(),
                    "event {number} of '{topic}' was dropped and no gap tells of it"
                );
                excused += 1;
                continue;
            }
            assert!(windows.peek().is_some(), "event {number} of '{topic}' is lost: {:?}", wanted.windows);
            // Whoever subscribed later, or has ended what was live then, is not promised that event.
            let promised = |(number, live): &(usize, BTreeSet<String>)| {
                *number <= self.losses_while_used && live.iter().any(|id| self.subscriptions.contains_key(id))
            };
            let silent = windows.all(|window| window.loss.as_ref().is_some_and(promised)) && !told;
            assert!(!silent, "event {number} of '{topic}' is lost and no gap tells of it: {:?}", wanted.windows);
            excused += 1;
        }
        let open: Vec<_> = self.calls.iter().filter(|(_, settled)| !**settled).map(|(id, _)| id).collect();
        assert!(open.is_empty(), "calls without an outcome: {open:?}");
        (self.delivered.len() as u64, excused)
    }
}
