//! When the session opens a gap, and when it reports it.

use std::time::{Duration, Instant};

use super::{
    Gap, Notice, Session,
    codec::reported_gap::ReportedGap,
    machines::{
        gaps::{Gaps, Members, OpenGap},
        slow_consumer::SLOW_CONSUMER,
    },
    tables::{subscriptions, timers::Timer},
};
use crate::vocabulary::DIRECT_TOPIC;

/// How long to wait for confirmations on a new connection: some servers never confirm.
const CONFIRMATION_TIMEOUT: Duration = Duration::from_secs(5);

impl Session {
    /// Events that came since then have not reached the user and never will. Call this before the
    /// session ends.
    pub fn discard_since(&mut self, since: Instant) {
        if let Some(link) = self.phase.link_mut() {
            link.watermark.lower(since);
        }
        self.gaps.extend_back_to(since);
    }

    /// Reports that the inbox has dropped `count` events, which the server sent between `since` and
    /// `until`; `concerns` says whether events of a topic were among them.
    pub fn report_dropped(&mut self, since: Instant, until: Instant, count: u64, concerns: impl Fn(&str) -> bool) {
        let (subscriptions, channels) = self.concerned(&concerns);
        // Direct messages belong to no subscription and no channel.
        if !(subscriptions.is_empty() && channels.is_empty()) || concerns(DIRECT_TOPIC) {
            let reason = SLOW_CONSUMER.to_owned();
            let dropped = Some(count);
            self.notify_gap(Gap { since, until, reason, subscriptions, channels, dropped, by_server: false });
        }
    }

    /// The platform may have lost events before they reached this connection.
    pub(super) fn report_lost(&mut self, now: Instant, gap: ReportedGap) {
        let since = self.sent_before.checked_sub(gap.duration).unwrap_or(self.sent_before);
        let (subscriptions, channels) = self.concerned(|topic| gap.concerns(topic));
        if !(subscriptions.is_empty() && channels.is_empty()) || gap.concerns(DIRECT_TOPIC) {
            let ReportedGap { reason, .. } = gap;
            self.notify_gap(Gap { since, until: now, reason, subscriptions, channels, dropped: None, by_server: true });
        }
    }

    /// The subscriptions and channels with events among those that are lost.
    fn concerned(&self, concerns: impl Fn(&str) -> bool) -> (Vec<(String, String)>, Vec<String>) {
        // Only the server knows what a pattern matches.
        let subscription = |number: u32| {
            let topic = self.subscriptions.topic(number).filter(|topic| topic.contains('*') || concerns(topic))?;
            Some((subscriptions::id(number), topic.to_owned()))
        };
        let channel =
            |number: u32| self.channels.name(number).filter(|name| concerns(name)).map(|name| name.to_string());
        let subscriptions = self.subscriptions.numbers().into_iter().filter_map(subscription).collect();
        (subscriptions, self.channels.numbers().into_iter().filter_map(channel).collect())
    }

    /// A connection is lost.
    pub(super) fn begin_gap(&mut self, since: Instant, reason: &str) {
        self.timers.clear(Timer::Gap);
        let members = Members {
            subscriptions: self.subscriptions.numbers().into_iter().collect(),
            channels: self.channels.numbers().into_iter().collect(),
        };
        self.gaps.handle_loss(since, reason, members);
    }

    /// A connection is ready. Call this before anything is requested on it.
    pub(super) fn resume_gap(&mut self, now: Instant, is_recovered: bool) {
        let Self { gaps, subscriptions, channels, .. } = self;
        let is_open = gaps.handle_connected(
            is_recovered,
            |number| subscriptions.topic(number).is_some(),
            |number| channels.name(number).is_some(),
        );
        self.timers.assign(Timer::Gap, is_open.then(|| now + CONFIRMATION_TIMEOUT));
    }

    /// The session reads the link again: the server's confirmations may wait in it.
    pub(super) fn postpone_gap(&mut self, now: Instant) {
        if self.timers.is_set(Timer::Gap) {
            self.timers.set(Timer::Gap, now + CONFIRMATION_TIMEOUT);
        }
    }

    /// Reports the gap if the server has answered everything.
    pub(super) fn close_gap(&mut self, now: Instant) {
        if self.gaps.is_answered() && self.is_connected() {
            self.report_gap(now);
        }
    }

    /// [`Timer::Gap`]: the server has not confirmed everything in time. It never does, or its
    /// confirmations wait in a link that is not read.
    pub(super) fn handle_gap_timeout(&mut self, now: Instant) {
        if self.pause.is_some() {
            return self.timers.set(Timer::Gap, now + CONFIRMATION_TIMEOUT);
        }
        self.report_gap(now);
    }

    pub(super) fn forget_gaps(&mut self) {
        self.gaps = Gaps::default();
        self.timers.clear(Timer::Gap);
    }

    /// Reports the open gap, without the members that have ended in the meantime.
    fn report_gap(&mut self, now: Instant) {
        let Some(OpenGap { since, reason, members }) = self.gaps.close() else { return };
        self.timers.clear(Timer::Gap);
        let topic = |number: u32| Some((subscriptions::id(number), self.subscriptions.topic(number)?.to_owned()));
        let subscriptions: Vec<_> = members.subscriptions.into_iter().filter_map(topic).collect();
        let name = |number: u32| Some(self.channels.name(number)?.to_string());
        let channels: Vec<_> = members.channels.into_iter().filter_map(name).collect();
        if !(subscriptions.is_empty() && channels.is_empty()) {
            self.notify_gap(Gap {
                since,
                until: now,
                reason,
                subscriptions,
                channels,
                dropped: None,
                by_server: false,
            });
        }
    }

    fn notify_gap(&mut self, gap: Gap) {
        self.counters.gaps += 1;
        self.notify(Notice::Gap(gap));
    }
}
