//! What may have been missed: from the watermark of a lost connection until the server has
//! confirmed everything on a new one.
//!
//! A gap is reported when the server has confirmed the subscriptions and channels on the new
//! connection, and not earlier: a user who then reads the present state misses nothing between that
//! read and the events that follow. If the new connection is lost before that, the gap stays open.

use std::{collections::BTreeSet, time::Instant};

/// Events that were published in this time may not have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The time up to which delivery is proven. It may be earlier than the last event, never later.
    pub since: Instant,
    /// When all subscriptions and channels were live again.
    pub until: Instant,
    /// Why the connection was lost, or that the user was too slow.
    pub reason: String,
    /// The affected subscriptions: the SDK's id and the topic.
    pub subscriptions: Vec<(String, String)>,
    /// The affected channels.
    pub channels: Vec<String>,
    /// How many events were dropped. `None`: nobody knows.
    pub dropped: Option<u64>,
    /// The platform reported it: the connection has lost nothing.
    pub by_server: bool,
}

/// The two gaps that can exist at a time.
#[derive(Debug, Default)]
pub(in crate::session) struct Gaps {
    /// Of the connection lost last, until the server shows whether it can recover the session.
    latest: Option<OpenGap>,
    /// Not recovered, and not reported yet.
    open: Option<OpenGap>,
    /// The members of `open` that the server has not answered on this connection.
    unanswered: Members,
}

/// A gap that has no end yet.
#[derive(Debug)]
pub(in crate::session) struct OpenGap {
    pub(in crate::session) since: Instant,
    pub(in crate::session) reason: String,
    pub(in crate::session) members: Members,
}

/// Numbers of subscriptions and of channels.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Members {
    pub(in crate::session) subscriptions: BTreeSet<u32>,
    pub(in crate::session) channels: BTreeSet<u32>,
}

impl Members {
    fn is_empty(&self) -> bool {
        self.subscriptions.is_empty() && self.channels.is_empty()
    }
}

impl Gaps {
    /// A connection with these members is lost.
    pub(in crate::session) fn handle_loss(&mut self, since: Instant, reason: &str, members: Members) {
        if !members.is_empty() {
            self.latest = Some(OpenGap { since, reason: reason.to_owned(), members });
        }
    }

    /// A connection is ready, and nothing was requested on it yet. Returns whether a gap is open.
    pub(in crate::session) fn handle_connected(
        &mut self,
        is_recovered: bool,
        is_subscribed: impl Fn(u32) -> bool,
        is_joined: impl Fn(u32) -> bool,
    ) -> bool {
        let latest = self.latest.take().filter(|_| !is_recovered);
        match (&mut self.open, latest) {
            (Some(open), Some(latest)) => {
                open.since = open.since.min(latest.since);
                open.members.subscriptions.extend(latest.members.subscriptions);
                open.members.channels.extend(latest.members.channels);
            }
            (open @ None, latest) => *open = latest,
            (Some(_), None) => {}
        }
        if let Some(OpenGap { members, .. }) = &mut self.open {
            members.subscriptions.retain(|&number| is_subscribed(number));
            members.channels.retain(|&number| is_joined(number));
        }
        self.unanswered = self.open.as_ref().map(|open| open.members.clone()).unwrap_or_default();
        self.open.is_some()
    }

    /// The server has confirmed a subscription, or it is not live: the server has refused it, or
    /// the user has ended it. One that is not live has no gap.
    pub(in crate::session) fn handle_subscription(&mut self, number: u32, is_live: bool) {
        self.unanswered.subscriptions.remove(&number);
        if let Some(open) = self.open.as_mut().filter(|_| !is_live) {
            open.members.subscriptions.remove(&number);
        }
    }

    /// The server has answered a request for a channel.
    pub(in crate::session) fn handle_channel(&mut self, number: u32) {
        self.unanswered.channels.remove(&number);
    }

    /// Nothing that came since then has reached the user.
    pub(in crate::session) fn extend_back_to(&mut self, since: Instant) {
        for gap in [&mut self.latest, &mut self.open].into_iter().flatten() {
            gap.since = gap.since.min(since);
        }
    }

    /// Since when events may be missing, until the server shows whether it recovers the session.
    pub(in crate::session) fn lost_since(&self) -> Option<Instant> {
        self.latest.as_ref().map(|gap| gap.since)
    }

    /// Whether the server has answered everything on this connection.
    pub(in crate::session) fn is_answered(&self) -> bool {
        self.unanswered.is_empty()
    }

    /// Removes the open gap, to report it.
    pub(in crate::session) const fn close(&mut self) -> Option<OpenGap> {
        self.open.take()
    }
}
