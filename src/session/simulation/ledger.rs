//! Accounts for a simulation, independently of the session under test: what the user asked for and
//! received.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::server::{DENIED, Published};
use crate::session::{Gap, MessageId};

/// A period in which events of a topic may be missed, because the server does not have the
/// subscription.
#[derive(Debug)]
struct Window {
    from: Instant,
    until: Option<Instant>,
    /// The connection loss that opened the window, if any, with the subscriptions that were live
    /// then.
    loss: Option<(usize, BTreeSet<String>)>,
}

/// A topic that the user has wanted without interruption.
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
    /// Events that arrived and were dropped because the user was too slow.
    dropped: BTreeSet<u64>,
    /// For each call, whether its outcome was reported.
    calls: BTreeMap<MessageId, bool>,
    /// Number of lost connections.
    pub(super) losses: usize,
    /// The gaps reported to the user.
    pub(super) gaps: Vec<Gap>,
    /// Number of lost connections when the user destroyed the session. Later losses need no gap.
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
        assert!(self.calls.insert(id, false).is_none(), "{id:?} was assigned twice");
    }

    pub(super) fn outcome(&mut self, id: MessageId) {
        let reported = self.calls.get_mut(&id).expect("an outcome of a call that was made");
        assert!(!std::mem::replace(reported, true), "{id:?} has a second outcome");
    }

    /// The session received an event frame and delivered the event `deliveries` times.
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

    /// An event was dropped on its way to the user.
    pub(super) fn dropped(&mut self, event: &Published) {
        assert!(self.delivered.remove(&event.number), "{event:?} was dropped, but never arrived");
        self.dropped.insert(event.number);
    }

    /// The connection is lost. The last frame read from it was sent at `from`; events sent later
    /// may be lost.
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

    /// The server has accepted a subscription on the client's current connection.
    pub(super) fn in_force(&mut self, now: Instant, id: &str, topic: &str) {
        // The user has ended this subscription meanwhile; its unsubscribe is on the way.
        if !self.subscriptions.contains_key(id) {
            return;
        }
        if let Some(window) = self.topics.get_mut(topic).and_then(|wanted| wanted.windows.last_mut()) {
            window.until.get_or_insert(now);
        }
    }

    /// The latest lost session was recovered with these topics, and every missed event has arrived.
    /// None of their events may be missing.
    pub(super) fn recovered(&mut self, topics: &[String]) {
        for topic in topics {
            if let Some(wanted) = self.topics.get_mut(topic) {
                wanted.windows.pop_if(|window| window.loss.as_ref().is_some_and(|(number, _)| *number == self.losses));
            }
        }
    }

    /// The subscriptions that the server must have at the end.
    pub(super) fn wanted_subscriptions(&self) -> BTreeMap<String, String> {
        let granted = self.subscriptions.iter().filter(|(_, topic)| *topic != DENIED);
        granted.map(|(id, topic)| (id.clone(), topic.clone())).collect()
    }

    /// Checks that every published event is accounted for. Returns the numbers of delivered and of
    /// excused events.
    ///
    /// A frame travels for at most `latency`, so an event published that long before the last
    /// arrival may be lost.
    pub(super) fn verify(&self, log: &[Published], latency: Duration) -> (u64, u64) {
        let mut excused = 0;
        for Published { number, topic, at, .. } in log {
            let Some(wanted) = self.topics.get(topic).filter(|wanted| *at > wanted.since) else { continue };
            if self.delivered.contains(number) {
                continue;
            }
            let reported = self.gaps.iter().any(|gap| {
                let covers = gap.since <= *at + latency && *at <= gap.until;
                covers && gap.subscriptions.iter().any(|(_, missed)| missed == topic)
            });
            let passes = |window: &Window| *at >= window.from && window.until.is_none_or(|until| *at <= until);
            let mut windows = wanted.windows.iter().filter(|window| passes(window)).peekable();
            if self.dropped.contains(number) {
                // A server may repeat an event that it sent long before.
                assert!(
                    reported || windows.peek().is_some(),
                    "event {number} of '{topic}' was dropped and no gap reports it"
                );
                excused += 1;
                continue;
            }
            assert!(windows.peek().is_some(), "event {number} of '{topic}' is lost: {:?}", wanted.windows);
            // A gap is promised only to subscriptions that were live at the loss and still are.
            let promised = |(number, live): &(usize, BTreeSet<String>)| {
                *number <= self.losses_while_used && live.iter().any(|id| self.subscriptions.contains_key(id))
            };
            let silent = windows.all(|window| window.loss.as_ref().is_some_and(promised)) && !reported;
            assert!(!silent, "event {number} of '{topic}' is lost and no gap reports it: {:?}", wanted.windows);
            excused += 1;
        }
        let open: Vec<_> = self.calls.iter().filter(|(_, reported)| !**reported).map(|(id, _)| id).collect();
        assert!(open.is_empty(), "calls without an outcome: {open:?}");
        (self.delivered.len() as u64, excused)
    }
}
