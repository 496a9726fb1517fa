//! When the clients of other libraries try again, by their defaults.
//!
//! | library | first attempt | further attempts |
//! |---|---|---|
//! | socket.io-client 4.8 | 0.5 to 1.5 s | doubled, half of it random, at most 5 s |
//! | ably 2 | at once | 12 to 15 s, growing to 24 to 30 s |
//! | centrifuge 5 | 0.5 to 1 s | 0.5 s and up to 0.5 s * 2^n at random, at most 20 s |
//!
//! None of them heeds `Retry-After`.

use std::time::Duration;

use fastrand::Rng;

use crate::fleet::Client;

pub(crate) struct SocketIo {
    rng: Rng,
    attempts: i32,
}

impl SocketIo {
    pub(crate) const fn new(rng: Rng) -> Self {
        Self { rng, attempts: 0 }
    }

    fn delay(&mut self) -> Duration {
        let nominal = 2f64.powi(self.attempts);
        self.attempts += 1;
        Duration::from_secs_f64((nominal * (0.5 + self.rng.f64())).min(5.0))
    }
}

impl Client for SocketIo {
    fn handle_loss(&mut self, now: Duration) -> Duration {
        now + self.delay()
    }

    fn handle_failure(&mut self, now: Duration, _: Option<Duration>) -> Duration {
        now + self.delay()
    }
}

pub(crate) struct Ably {
    rng: Rng,
    attempts: u32,
}

impl Ably {
    pub(crate) const fn new(rng: Rng) -> Self {
        Self { rng, attempts: 0 }
    }
}

impl Client for Ably {
    fn handle_loss(&mut self, now: Duration) -> Duration {
        now
    }

    fn handle_failure(&mut self, now: Duration, _: Option<Duration>) -> Duration {
        self.attempts += 1;
        let growth = (f64::from(self.attempts + 2) / 3.0).min(2.0);
        // After two minutes without a connection the delays are fixed.
        let delay = if now > Duration::from_mins(2) { 30.0 } else { 15.0 * growth * (1.0 - 0.2 * self.rng.f64()) };
        now + Duration::from_secs_f64(delay)
    }
}

pub(crate) struct Centrifuge {
    rng: Rng,
    attempts: i32,
}

impl Centrifuge {
    pub(crate) const fn new(rng: Rng) -> Self {
        Self { rng, attempts: 0 }
    }

    fn delay(&mut self) -> Duration {
        let interval = (0.5 * 2f64.powi(self.attempts.min(31))).min(20.0) * self.rng.f64();
        self.attempts += 1;
        Duration::from_secs_f64((0.5 + interval).min(20.0))
    }
}

impl Client for Centrifuge {
    fn handle_loss(&mut self, now: Duration) -> Duration {
        now + self.delay()
    }

    fn handle_failure(&mut self, now: Duration, _: Option<Duration>) -> Duration {
        now + self.delay()
    }
}
