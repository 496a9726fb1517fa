//! What servers do differently.

use fastrand::Rng;

/// How a server tells that a subscription is in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Confirms {
    ByAck,
    ByEvent,
    ByBoth,
    Never,
}

/// Which pings of the client a server answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pongs {
    /// All of them.
    Both,
    /// The first control ping of each link, and all application pings: a gateway before it swallows
    /// the rest.
    FirstAndApplicationPings,
    /// Only the CONNECT to a namespace that it does not have.
    ToApplicationPings,
    /// None: it has that namespace.
    OpensNamespace,
    /// None.
    Never,
}

/// What servers do differently, all of it allowed.
#[derive(Debug)]
pub(super) struct Habits {
    pub(super) recovers: bool,
    pub(super) confirms: Confirms,
    pub(super) pongs: Pongs,
    /// It has names of its own for subscriptions.
    pub(super) names_subscriptions: bool,
    /// An event that several subscriptions match comes once for each.
    pub(super) sends_per_subscription: bool,
}

impl Habits {
    pub(super) fn any(rng: &mut Rng) -> Self {
        const CONFIRMS: &[Confirms] = &[Confirms::ByAck, Confirms::ByEvent, Confirms::ByBoth, Confirms::Never];
        const PONGS: &[Pongs] = &[
            Pongs::Both,
            Pongs::FirstAndApplicationPings,
            Pongs::ToApplicationPings,
            Pongs::OpensNamespace,
            Pongs::Never,
        ];
        Self {
            recovers: rng.bool(),
            confirms: *rng.choice(CONFIRMS).expect("not empty"),
            pongs: *rng.choice(PONGS).expect("not empty"),
            names_subscriptions: rng.bool(),
            sends_per_subscription: rng.bool(),
        }
    }
}
