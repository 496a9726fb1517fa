//! The random numbers of a session.

#[cfg(test)]
use std::collections::VecDeque;

use fastrand::Rng;

/// Where the random numbers come from.
#[derive(Clone, PartialEq)]
pub(super) enum Random {
    /// A generator.
    Rng(Rng),
    /// The numbers that a recorded session has drawn.
    #[cfg(test)]
    Recorded(VecDeque<f64>),
}

impl Random {
    /// A number in [0, 1).
    pub(super) fn f64(&mut self) -> f64 {
        match self {
            Self::Rng(rng) => rng.f64(),
            #[cfg(test)]
            Self::Recorded(draws) => draws.pop_front().expect("the session draws another random number"),
        }
    }
}

impl From<Rng> for Random {
    fn from(rng: Rng) -> Self {
        Self::Rng(rng)
    }
}
