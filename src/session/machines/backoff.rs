//! How long to wait before the next attempt: exponential, capped, and drawn at random, so that
//! clients which lost their connections together do not come back together,
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>. The defaults were
//! chosen with a model of 100,000 clients, see `benchmark/herd`.
//!
//! The attempts are those that failed in a row, so a connection resets their number. Growth is
//! about load: it stays when a connection is lost soon after it was made, since a server that
//! accepts connections and drops them is not well.

use std::time::Duration;

use crate::{error::MAX_TIMER, session::random::Random};

/// How long a connection must last before the delays start small again.
const STABLE_AFTER: Duration = Duration::from_secs(10);
/// The longest wait that a server may ask for. The client does not wait longer.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// When and how often to try again.
#[derive(Clone, Debug)]
pub struct ReconnectPolicy {
    /// Whether the client connects again after a lost or failed connection.
    pub enabled: bool,
    /// How many attempts in a row; `None`: any number.
    pub attempts: Option<u32>,
    /// The mean delay before the first attempt. It doubles with each further one.
    pub delay: Duration,
    /// No delay grows beyond this, unless the server asks for more.
    pub delay_max: Duration,
    /// How far a delay may be off its mean, 0 to 1: 1 spreads 4 s over 0 s to 8 s, 0.5 over 2 s to
    /// 6 s.
    pub randomization: f64,
    /// Whether the client connects again after the server has ended the session on purpose.
    pub after_server_disconnect: bool,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            attempts: Some(10),
            delay: Duration::from_secs(1),
            delay_max: Duration::from_secs(20),
            randomization: 1.0,
            after_server_disconnect: false,
        }
    }
}

impl ReconnectPolicy {
    /// Whether another attempt follows `attempts` in a row.
    pub(in crate::session) fn allows(&self, attempts: u32) -> bool {
        self.enabled && self.attempts.is_none_or(|most| attempts < most)
    }

    /// A delay that has doubled `growth` times.
    pub(in crate::session) fn delay(&self, growth: u32, rng: &mut Random) -> Duration {
        // 2^31 base delays are beyond every cap, so the exponent needs no more range than that.
        let mean = milliseconds(self.delay) * f64::from(1u32 << growth.min(31));
        // The cap comes before the draw: otherwise many clients would share it.
        let longest = (mean * (1.0 + self.randomization)).min(milliseconds(self.delay_max));
        let share = 2.0 * self.randomization / (1.0 + self.randomization);
        // Whole milliseconds, so that the session in JavaScript comes to the same delay.
        Duration::from_secs_f64((longest * (1.0 - share * rng.f64())).round() / 1000.0)
    }
}

/// The attempts and delays so far.
#[derive(Debug, Default)]
pub(in crate::session) struct Backoff {
    /// Attempts since the last connection.
    attempts: u32,
    growth: u32,
    /// The last delay, without the server's `retry_after`.
    last: Duration,
}

impl Backoff {
    /// The number of the next attempt and the delay before it; `None` when no attempt is left. The
    /// server's `retry_after` is added to our own delay: all of its clients got the same one.
    pub(in crate::session) fn next(
        &mut self,
        policy: &ReconnectPolicy,
        retry_after: Option<Duration>,
        rng: &mut Random,
    ) -> Option<(u32, Duration)> {
        if !policy.allows(self.attempts) {
            return None;
        }
        self.last = policy.delay(self.growth, rng);
        self.attempts = self.attempts.saturating_add(1);
        self.growth = self.growth.saturating_add(1);
        let delay = self.last + retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
        Some((self.attempts, delay.min(MAX_TIMER)))
    }

    /// An attempt has succeeded.
    pub(in crate::session) fn handle_connected(&mut self) {
        self.attempts = 0;
    }

    /// A connection is lost that lasted this long.
    pub(in crate::session) fn handle_loss(&mut self, lasted: Duration) {
        if lasted >= STABLE_AFTER.max(self.last) {
            self.growth = 0;
        }
    }

    /// Attempts since the last connection.
    pub(in crate::session) const fn attempts(&self) -> u32 {
        self.attempts
    }
}

fn milliseconds(duration: Duration) -> f64 {
    f64::from(u32::try_from(duration.as_millis()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    fn even(attempts: Option<u32>) -> ReconnectPolicy {
        ReconnectPolicy { randomization: 0.0, attempts, ..ReconnectPolicy::default() }
    }

    fn seconds(policy: &ReconnectPolicy, backoff: &mut Backoff, asked: Option<Duration>) -> Option<u64> {
        backoff.next(policy, asked, &mut Rng::with_seed(1).into()).map(|(_, delay)| delay.as_secs())
    }

    #[test]
    fn doubles_up_to_the_cap_without_jitter() {
        let mut backoff = Backoff::default();
        let delays: Vec<_> = (0..5).filter_map(|_| seconds(&even(None), &mut backoff, None)).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16]);
        backoff.growth = u32::MAX;
        assert_eq!(seconds(&even(None), &mut backoff, None), Some(20));
    }

    #[test]
    fn full_jitter_is_spread_evenly_below_the_cap() {
        let policy = ReconnectPolicy::default();
        let mut rng = Random::from(Rng::with_seed(7));
        let mut tenths = [0; 10];
        for _ in 0..10_000 {
            // Grown beyond the cap.
            let share = policy.delay(5, &mut rng).div_duration_f64(policy.delay_max);
            assert!((0.0..=1.0).contains(&share));
            let tenth = (1..10).filter(|&n| share >= f64::from(n) / 10.0).count();
            tenths[tenth] += 1;
        }
        assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
    }

    #[test]
    fn the_factor_is_how_far_a_delay_may_be_off() {
        let policy = ReconnectPolicy { randomization: 0.25, ..ReconnectPolicy::default() };
        let mut rng = Random::from(Rng::with_seed(7));
        let delays: Vec<_> = (0..1000).map(|_| policy.delay(2, &mut rng).as_secs_f64()).collect();
        assert!(delays.iter().all(|delay| (3.0..=5.0).contains(delay)));
        assert!(delays.iter().any(|delay| *delay < 3.05) && delays.iter().any(|delay| *delay > 4.95));
    }

    #[test]
    fn what_the_server_asks_for_is_added_within_a_bound() {
        let mut backoff = Backoff::default();
        assert_eq!(seconds(&even(None), &mut backoff, Some(Duration::from_secs(30))), Some(31));
        assert_eq!(seconds(&even(None), &mut backoff, Some(Duration::MAX)), Some(3602));
        assert_eq!(seconds(&even(None), &mut backoff, None), Some(4));
        let slow = ReconnectPolicy { delay: MAX_TIMER, delay_max: MAX_TIMER, ..even(None) };
        let next = Backoff::default().next(&slow, Some(Duration::from_secs(30)), &mut Rng::with_seed(1).into());
        assert_eq!(next, Some((1, MAX_TIMER)));
    }

    #[test]
    fn gives_up_after_the_last_attempt_and_when_disabled() {
        let mut backoff = Backoff::default();
        let mut attempts =
            || backoff.next(&even(Some(2)), None, &mut Rng::with_seed(1).into()).map(|(attempt, _)| attempt);
        assert_eq!([attempts(), attempts(), attempts()], [Some(1), Some(2), None]);
        backoff.handle_connected();
        assert!(seconds(&even(Some(2)), &mut backoff, None).is_some());
        let disabled = ReconnectPolicy { enabled: false, ..ReconnectPolicy::default() };
        assert_eq!(seconds(&disabled, &mut Backoff::default(), None), None);
    }
}
