//! How long to wait before the next attempt: exponential, capped, jittered.

use std::time::Duration;

use fastrand::Rng;

/// When and how often to try again.
#[derive(Clone, Debug)]
pub struct ReconnectPolicy {
    /// Whether a lost or failed connection is tried again at all.
    pub enabled: bool,
    /// How many attempts in a row; `None` is without end.
    pub attempts: Option<u32>,
    /// The delay before the first attempt.
    pub delay: Duration,
    /// The longest delay, jitter included.
    pub delay_max: Duration,
    /// How far a delay may be off its nominal value, 0 to 1: 0.5 spreads 1 s over 0.5 s to 1.5 s.
    pub randomization: f64,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            attempts: Some(10),
            delay: Duration::from_secs(1),
            delay_max: Duration::from_secs(5),
            randomization: 0.5,
        }
    }
}

impl ReconnectPolicy {
    /// The delay before attempt `attempt`, counted from 0; `None` when there are no attempts left.
    pub(super) fn delay(&self, attempt: u32, rng: &mut Rng) -> Option<Duration> {
        if !self.enabled || self.attempts.is_some_and(|most| attempt >= most) {
            return None;
        }
        // 2^31 base delays are beyond every cap, so the exponent needs no more range than that.
        let nominal = self.delay.as_secs_f64() * f64::from(1u32 << attempt.min(31));
        let jitter = 1.0 + self.randomization * (2.0 * rng.f64() - 1.0);
        Some(Duration::from_secs_f64((nominal * jitter).min(self.delay_max.as_secs_f64())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_cap_without_jitter() {
        let policy = ReconnectPolicy { randomization: 0.0, attempts: None, ..ReconnectPolicy::default() };
        let mut rng = Rng::with_seed(1);
        let delays: Vec<_> = (0..5).filter_map(|n| policy.delay(n, &mut rng)).map(|d| d.as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 5, 5]);
        assert_eq!(policy.delay(u32::MAX, &mut rng), Some(policy.delay_max));
    }

    #[test]
    fn jitter_stays_within_its_factor() {
        let policy = ReconnectPolicy::default();
        let mut rng = Rng::with_seed(7);
        let delays: Vec<_> = (0..1000).filter_map(|_| policy.delay(0, &mut rng)).collect();
        assert!(delays.iter().all(|d| (0.5..=1.5).contains(&d.as_secs_f64())));
        assert!(delays.iter().any(|d| d.as_secs_f64() < 0.6) && delays.iter().any(|d| d.as_secs_f64() > 1.4));
    }

    #[test]
    fn gives_up_after_the_last_attempt_and_when_disabled() {
        let mut rng = Rng::with_seed(1);
        let policy = ReconnectPolicy { attempts: Some(2), ..ReconnectPolicy::default() };
        assert!(policy.delay(1, &mut rng).is_some());
        assert_eq!(policy.delay(2, &mut rng), None);
        let disabled = ReconnectPolicy { enabled: false, ..ReconnectPolicy::default() };
        assert_eq!(disabled.delay(0, &mut rng), None);
    }
}
