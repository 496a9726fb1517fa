//! What may have been missed: from the last sign of a lost connection until everything that was live on it is live again.
//!
//! A gap is told when the server has confirmed the subscriptions and channels on the new connection, and not before:
//! whoever then reads the present state anew misses nothing between that and the events that follow. When the new
//! connection is lost before that, the gap stays open and goes on.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::{Notice, Session, subscriptions, timers::Timer};

/// How long confirmations are waited for: some servers never confirm.
const PATIENCE: Duration = Duration::from_secs(5);

/// Events that were published in this time may not have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the lost connection was heard last, or earlier: what came until then was delivered.
    pub since: Instant,
    /// When all of it was live again.
    pub until: Instant,
    /// Why the connection was lost.
    pub reason: String,
    /// The subscriptions concerned: the SDK's id and the topic.
    pub subscriptions: Vec<(String, String)>,
    /// The channels concerned.
    pub channels: Vec<String>,
}

/// The two gaps there can be at a time.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// Of the connection lost last, until it shows whether the server can recover it.
    latest: Option<Missed>,
    /// Not recovered, and not told yet.
    open: Option<Missed>,
    /// What of `open` the server has not answered on this connection.
    awaited: Members,
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
    pub(super) fn answer_subscription(&mut self, number: u32, live: bool) {
        self.awaited.subscriptions.remove(&number);
        if let Some(open) = self.open.as_mut().filter(|_| !live) {
            open.members.subscriptions.remove(&number);
        }
    }

    /// The server has answered a request for a channel.
    pub(super) fn answer_channel(&mut self, number: u32) {
        self.awaited.channels.remove(&number);
    }
}

impl Session {
    /// What was received since then has not reached the user and never will. To be said before the session is ended.
    pub fn discard_since(&mut self, since: Instant) {
        self.heard = self.heard.min(since);
        for missed in [&mut self.gaps.latest, &mut self.gaps.open].into_iter().flatten() {
            missed.since = missed.since.min(since);
        }
    }

    /// A connection is lost.
    pub(super) fn begin_gap(&mut self, reason: &str) {
        self.timers.clear(Timer::Gap);
        let members = Members {
            subscriptions: self.subscriptions.numbers().into_iter().collect(),
            channels: self.channels.numbers().into_iter().collect(),
        };
        if !members.is_empty() {
            self.gaps.latest = Some(Missed { since: self.heard, reason: reason.to_owned(), members });
        }
    }

    /// A connection is made. To be called before anything is asked for on it.
    pub(super) fn resume_gap(&mut self, now: Instant, recovered: bool) {
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
    pub(super) fn close_gap(&mut self, now: Instant) {
        if self.gaps.awaited.is_empty() && self.is_connected() {
            self.tell_gap(now);
        }
    }

    /// Tells the gap, if there is one; what has ended in the meantime is no part of it.
    pub(super) fn tell_gap(&mut self, now: Instant) {
        let Some(Missed { since, reason, members }) = self.gaps.open.take() else { return };
        self.timers.clear(Timer::Gap);
        let topic = |number: u32| Some((subscriptions::id(number), self.subscriptions.topic(number)?.to_owned()));
        let subscriptions: Vec<_> = members.subscriptions.into_iter().filter_map(topic).collect();
        let name = |number: u32| Some(self.channels.name(number)?.to_string());
        let channels: Vec<_> = members.channels.into_iter().filter_map(name).collect();
        if !(subscriptions.is_empty() && channels.is_empty()) {
            self.notify(Notice::Gap(Gap { since, until: now, reason, subscriptions, channels }));
        }
    }

    pub(super) fn forget_gaps(&mut self) {
        self.gaps.clear();
        self.timers.clear(Timer::Gap);
    }
}
