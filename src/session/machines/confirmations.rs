//! What the server has not confirmed in time, although it confirms others.
//!
//! Some servers never confirm anything, which is no fault. But where a server does, a subscription
//! or channel without a confirmation is most likely not in force, and its user would wait for ever:
//! so it is reported, once.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind};
use crate::session::{Session, tables::subscriptions};

/// Something that is asked for, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) enum Requested {
    Subscription(u32),
    Channel(u32),
}

/// What is known of a server's confirmations.
#[derive(Debug, Default)]
pub(in crate::session) struct Confirmations {
    confirms_subscriptions: bool,
    confirms_channels: bool,
    /// Not confirmed in time on this connection, and not reported.
    overdue: BTreeSet<Requested>,
    /// Reported, and not confirmed since.
    reported: BTreeSet<Requested>,
}

impl Confirmations {
    /// The server has confirmed it.
    pub(in crate::session) fn confirmed(&mut self, requested: Requested) {
        match requested {
            Requested::Subscription(_) => self.confirms_subscriptions = true,
            Requested::Channel(_) => self.confirms_channels = true,
        }
        self.forget(requested);
    }

    /// The server has refused it, or it is not wanted any more.
    pub(in crate::session) fn forget(&mut self, requested: Requested) {
        self.overdue.remove(&requested);
        self.reported.remove(&requested);
    }

    /// It was not confirmed in time.
    pub(in crate::session) fn missed(&mut self, requested: Requested) {
        if !self.reported.contains(&requested) {
            self.overdue.insert(requested);
        }
    }

    /// The user has learnt that it was not confirmed in time.
    pub(in crate::session) fn told(&mut self, requested: Requested) {
        self.overdue.remove(&requested);
        self.reported.insert(requested);
    }

    /// On the next connection all of it is asked for again.
    pub(in crate::session) fn forget_link(&mut self) {
        self.overdue.clear();
    }

    /// What is to be reported now. A server that confirms joins may take subscriptions in silence,
    /// since their answers are optional. One that confirms subscriptions is expected to answer
    /// joins as well, for which users wait.
    fn take_due(&mut self) -> Vec<Requested> {
        let subscriptions = self.confirms_subscriptions;
        let channels = subscriptions || self.confirms_channels;
        let due = self.overdue.extract_if(.., |requested| match requested {
            Requested::Subscription(_) => subscriptions,
            Requested::Channel(_) => channels,
        });
        let due: Vec<_> = due.collect();
        self.reported.extend(&due);
        due
    }
}

impl Session {
    /// Reports what a server that confirms others has not confirmed.
    pub(in crate::session) fn report_unconfirmed(&mut self) {
        for requested in self.confirmations.take_due() {
            let error = |what: String| {
                let problem = format!("the server did not confirm {what} in time, but confirms others");
                Error::new(ErrorKind::SubscribeUnconfirmed, problem)
            };
            let error = match requested {
                Requested::Subscription(number) => self.subscriptions.topic(number).map(|topic| {
                    let id = subscriptions::id(number);
                    error(format!("subscription {id} to '{topic}'")).with_subscription(id)
                }),
                Requested::Channel(number) => {
                    self.channels.name(number).map(|name| error(format!("the channel '{name}'")).with_channel(&*name))
                }
            };
            if let Some(error) = error {
                self.report(error);
            }
        }
    }
}
