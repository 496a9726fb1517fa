//! Requests that the server has not confirmed in time, although it confirms others.
//!
//! Some servers never confirm anything, which is not a fault. But if a server confirms some
//! requests, an unconfirmed subscription or channel is most likely not in force, and its user would
//! wait for ever. So the session reports it, once.

use std::collections::BTreeSet;

/// A request, by the number of the subscription or channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) enum Requested {
    Subscription(u32),
    Channel(u32),
}

/// The requests on one link that were not confirmed in time, and are not reported.
pub(in crate::session) type Overdue = BTreeSet<Requested>;

/// What a session knows about its server's confirmations.
#[derive(Debug, Default)]
pub(in crate::session) struct Confirmations {
    confirms_subscriptions: bool,
    confirms_channels: bool,
    /// Reported, and not confirmed since.
    reported: BTreeSet<Requested>,
}

impl Confirmations {
    /// The server has confirmed the request.
    pub(in crate::session) fn handle_confirmed(&mut self, requested: Requested, overdue: &mut Overdue) {
        match requested {
            Requested::Subscription(_) => self.confirms_subscriptions = true,
            Requested::Channel(_) => self.confirms_channels = true,
        }
        self.forget(requested, Some(overdue));
    }

    /// The server has refused the request, or the user has ended it.
    pub(in crate::session) fn forget(&mut self, requested: Requested, overdue: Option<&mut Overdue>) {
        if let Some(overdue) = overdue {
            overdue.remove(&requested);
        }
        self.reported.remove(&requested);
    }

    /// The request was not confirmed in time.
    pub(in crate::session) fn handle_timeout(&self, requested: Requested, overdue: &mut Overdue) {
        if !self.reported.contains(&requested) {
            overdue.insert(requested);
        }
    }

    /// The user knows that the request was not confirmed in time: the call has failed.
    pub(in crate::session) fn handle_reported(&mut self, requested: Requested, overdue: &mut Overdue) {
        overdue.remove(&requested);
        self.reported.insert(requested);
    }

    /// The requests to report now.
    ///
    /// A server that confirms joins may accept subscriptions without a word, since their answers
    /// are optional. One that confirms subscriptions is expected to answer joins as well, since
    /// users wait for those.
    pub(in crate::session) fn poll_due(&mut self, overdue: &mut Overdue) -> Vec<Requested> {
        let subscriptions = self.confirms_subscriptions;
        let channels = subscriptions || self.confirms_channels;
        let due = overdue.extract_if(.., |requested| match requested {
            Requested::Subscription(_) => subscriptions,
            Requested::Channel(_) => channels,
        });
        let due: Vec<_> = due.collect();
        self.reported.extend(&due);
        due
    }
}
