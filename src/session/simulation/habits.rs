//! The ways in which servers behave differently.

use fastrand::Rng;

/// How a server confirms a subscription.
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
    /// All control and application pings.
    Both,
    /// The first control ping of each link and all application pings: a gateway that then swallows
    /// control pings.
    FirstAndApplicationPings,
    /// Application pings only: the CONNECT to a namespace that the server does not have.
    ToApplicationPings,
    /// No ping, because the server has the namespace of application pings.
    OpensNamespace,
    /// No ping at all.
    Never,
}

/// How one server behaves. Every combination is allowed.
#[derive(Debug)]
pub(super) struct Habits {
    pub(super) recovers: bool,
    pub(super) confirms: Confirms,
    pub(super) pongs: Pongs,
    /// The server assigns its own subscription IDs.
    pub(super) names_subscriptions: bool,
    /// The server sends an event once for each matching subscription.
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
