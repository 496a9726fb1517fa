//! What may have been missed: from the last sign of a lost connection until everything that was live on it is live again.
//!
//! A gap is told when the server has confirmed the subscriptions and channels on the new connection, and not before:
//! whoever then reads the present state anew misses nothing between that and the events that follow. When the new
//! connection is lost before that, the gap stays open and goes on.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use crate::session::{
    Notice, Phase, Session,
    machines::pings::{Mark, Pings},
    machines::slow_consumer::SLOW_CONSUMER,
    tables::subscriptions,
    tables::timers::Timer,
};
use crate::vocabulary::DIRECT_TOPIC;

/// How long confirmations are waited for: some servers never confirm.
const PATIENCE: Duration = Duration::from_secs(5);

/// Events that were published in this time may not have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the lost connection was heard last, or earlier: what came until then was delivered.
    pub since: Instant,
    /// When all of it was live again.
    pub until: Instant,
    /// Why the connection was lost, or that the user was too slow.
    pub reason: String,
    /// The subscriptions concerned: the SDK's id and the topic.
    pub subscriptions: Vec<(String, String)>,
    /// The channels concerned.
    pub channels: Vec<String>,
    /// How many events were dropped; `None` where a connection was lost, since nobody knows.
    pub dropped: Option<u64>,
}

/// The two gaps there can be at a time.
#[derive(Debug, Default)]
pub(in crate::session) struct Gaps {
    /// Of the connection lost last, until it shows whether the server can recover it.
    latest: Option<Missed>,
    /// Not recovered, and not told yet.
    open: Option<Missed>,
    /// What of `open` the server has not answered on this connection.
    awaited: Members,
    backlog: Option<Backlog>,
    /// When the last ping of the server was answered on this connection.
    answered: Option<Instant>,
    pings: Pings,
}

/// The link was not read for a while: what comes of it then may have been sent long before.
#[derive(Clone, Copy, Debug)]
struct Backlog {
    /// Whatever was sent until then has come.
    complete: Instant,
    /// When the link was read again.
    read_again: Option<Instant>,
}

#[derive(Debug)]
struct Missed {
    since: Instant,
    reason: String,
    members: Members,
}

/// Numbers of subscriptions and of channels.
#[derive(Clone, Debug, Default)]
struct Members {
    subscriptions: BTreeSet<u32>,
    channels: BTreeSet<u32>,
}

impl Members {
    fn is_empty(&self) -> bool {
        self.subscriptions.is_empty() && self.channels.is_empty()
    }
}

impl Gaps {
    fn clear(&mut self) {
        *self = Self::default();
    }

    /// The server has confirmed a subscription or refused it, or the user has ended it: without it there is no gap in it.
    pub(in crate::session) fn answer_subscription(&mut self, number: u32, live: bool) {
        self.awaited.subscriptions.remove(&number);
        if let Some(open) = self.open.as_mut().filter(|_| !live) {
            open.members.subscriptions.remove(&number);
        }
    }

    /// The server has answered a request for a channel.
    pub(in crate::session) fn answer_channel(&mut self, number: u32) {
        self.awaited.channels.remove(&number);
    }
}

impl Session {
    /// What was received since then has not reached the user and never will. To be said before the session is ended.
    pub fn discard_since(&mut self, since: Instant) {
        self.heard = self.heard.min(since);
        if let Some(backlog) = &mut self.gaps.backlog {
            backlog.complete = backlog.complete.min(since);
        }
        for missed in [&mut self.gaps.latest, &mut self.gaps.open].into_iter().flatten() {
            missed.since = missed.since.min(since);
        }
    }

    /// The link is not read any more.
    pub(in crate::session) fn begin_backlog(&mut self) {
        let complete = self.complete_until();
        self.gaps.backlog = Some(Backlog { complete, read_again: None });
    }

    /// The link is read again.
    pub(in crate::session) fn read_backlog(&mut self, now: Instant) {
        if self.timers.is_set(Timer::Gap) {
            self.timers.set(Timer::Gap, now + PATIENCE);
        }
        if let Some(backlog) = &mut self.gaps.backlog {
            backlog.read_again = Some(now);
        }
    }

    /// The server pings only after it has had the answer to its last ping: what it sent before that has come.
    pub(in crate::session) fn shorten_backlog(&mut self, now: Instant) {
        let proven = self.gaps.answered.replace(now);
        self.prove(proven);
    }

    /// An application ping is about to be sent.
    pub(in crate::session) fn note_ping(&mut self, now: Instant) {
        self.gaps.pings.sent(Mark { at: now, written: self.upload.written() });
    }

    /// The answer to an application ping has come.
    pub(in crate::session) fn note_pong(&mut self, now: Instant) {
        if let Some(Mark { at, written }) = self.gaps.pings.answered() {
            self.prove(Some(at));
            self.upload.arrived(now, written);
        }
    }

    /// Whether the server still owes the answer to an application ping.
    pub(in crate::session) const fn awaits_pong(&self) -> bool {
        self.gaps.pings.is_pending()
    }

    /// What the server had sent until then has come.
    fn prove(&mut self, until: Option<Instant>) {
        if let (Some(backlog), Some(at)) = (&mut self.gaps.backlog, until) {
            backlog.complete = backlog.complete.max(at);
            if backlog.read_again.is_some_and(|again| again <= at) {
                self.gaps.backlog = None;
            }
        }
    }

    /// What the server had sent until then has come.
    fn complete_until(&self) -> Instant {
        self.gaps.backlog.map_or(self.heard, |backlog| backlog.complete)
    }

    /// What the server had sent until then came before what comes now. A session that is recovered begins with what was
    /// sent since the loss.
    pub(in crate::session) fn sent_after(&self) -> Instant {
        match (&self.phase, &self.gaps.latest) {
            (Phase::Joining(_), Some(missed)) => missed.since,
            _ => self.complete_until(),
        }
    }

    /// A connection is lost.
    pub(in crate::session) fn begin_gap(&mut self, reason: &str) {
        self.timers.clear(Timer::Gap);
        let since = self.complete_until();
        let members = Members {
            subscriptions: self.subscriptions.numbers().into_iter().collect(),
            channels: self.channels.numbers().into_iter().collect(),
        };
        if !members.is_empty() {
            self.gaps.latest = Some(Missed { since, reason: reason.to_owned(), members });
        }
    }

    /// A connection is made. To be called before anything is asked for on it.
    pub(in crate::session) fn resume_gap(&mut self, now: Instant, recovered: bool) {
        (self.gaps.backlog, self.gaps.answered, self.gaps.pings) = (None, None, Pings::default());
        if self.paused {
            self.begin_backlog();
        }
        let gaps = &mut self.gaps;
        let latest = gaps.latest.take().filter(|_| !recovered);
        match (&mut gaps.open, latest) {
            (Some(open), Some(latest)) => {
                open.since = open.since.min(latest.since);
                open.members.subscriptions.extend(latest.members.subscriptions);
                open.members.channels.extend(latest.members.channels);
            }
            (open @ None, latest) => *open = latest,
            (Some(_), None) => {}
        }
        if let Some(Missed { members, .. }) = &mut gaps.open {
            members.subscriptions.retain(|&number| self.subscriptions.topic(number).is_some());
            members.channels.retain(|&number| self.channels.name(number).is_some());
        }
        gaps.awaited = gaps.open.as_ref().map(|open| open.members.clone()).unwrap_or_default();
        self.timers.assign(Timer::Gap, gaps.open.as_ref().map(|_| now + PATIENCE));
    }

    /// Tells the gap if everything that was waited for is there.
    pub(in crate::session) fn close_gap(&mut self, now: Instant) {
        if self.gaps.awaited.is_empty() && self.is_connected() {
            self.tell_gap(now);
        }
    }

    /// Not all was confirmed in time: the server never does, or what it said waits in a link that is not read.
    pub(in crate::session) fn confirmations_are_overdue(&mut self, now: Instant) {
        if self.paused {
            return self.timers.set(Timer::Gap, now + PATIENCE);
        }
        self.tell_gap(now);
    }

    /// Tells the gap, if there is one; what has ended in the meantime is no part of it.
    fn tell_gap(&mut self, now: Instant) {
        let Some(Missed { since, reason, members }) = self.gaps.open.take() else { return };
        self.timers.clear(Timer::Gap);
        let topic = |number: u32| Some((subscriptions::id(number), self.subscriptions.topic(number)?.to_owned()));
        let subscriptions: Vec<_> = members.subscriptions.into_iter().filter_map(topic).collect();
        let name = |number: u32| Some(self.channels.name(number)?.to_string());
        let channels: Vec<_> = members.channels.into_iter().filter_map(name).collect();
        if !(subscriptions.is_empty() && channels.is_empty()) {
            self.notify(Notice::Gap(Gap { since, until: now, reason, subscriptions, channels, dropped: None }));
        }
    }

    /// So many events that were sent in this time did not reach the user, who was too slow for them; `concerns` says whether some of a
    /// topic were among them.
    pub fn miss(&mut self, since: Instant, until: Instant, count: u64, concerns: impl Fn(&str) -> bool) {
        // What a pattern matches, the server alone knows.
        let subscription = |number: u32| {
            let topic = self.subscriptions.topic(number).filter(|topic| topic.contains('*') || concerns(topic))?;
            Some((subscriptions::id(number), topic.to_owned()))
        };
        let subscriptions: Vec<_> = self.subscriptions.numbers().into_iter().filter_map(subscription).collect();
        let channel =
            |number: u32| self.channels.name(number).filter(|name| concerns(name)).map(|name| name.to_string());
        let channels: Vec<_> = self.channels.numbers().into_iter().filter_map(channel).collect();
        // Direct messages belong to neither.
        if !(subscriptions.is_empty() && channels.is_empty()) || concerns(DIRECT_TOPIC) {
            let reason = SLOW_CONSUMER.to_owned();
            self.notify(Notice::Gap(Gap { since, until, reason, subscriptions, channels, dropped: Some(count) }));
        }
    }

    /// When the last ping of the server was answered on this connection.
    pub(in crate::session) const fn answered(&self) -> Option<Instant> {
        self.gaps.answered
    }

    pub(in crate::session) fn forget_gaps(&mut self) {
        self.gaps.clear();
        self.timers.clear(Timer::Gap);
    }
}
