//! Retries: whether a failed request is retried, and after which delay.
//!
//! A delay is drawn from the whole range below a growing ceiling ("full jitter"), so that clients
//! that failed together do not retry together,
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.

use std::time::Duration;

/// How many times a request is sent.
const MAX_ATTEMPTS: u32 = 4;
/// The ceiling of the first delay. Each further ceiling is twice as high.
const FIRST_CEILING: Duration = Duration::from_millis(100);
/// The highest ceiling.
const MAX_CEILING: Duration = Duration::from_secs(2);

/// The delay after the given attempt (the first is 1). `None` if it was the last attempt, or if the
/// delay exceeds the time `left`.
///
/// `random` is from 0 to 1. The delay is never shorter than `asked`, the server's `Retry-After`.
pub(super) fn delay(attempt: u32, asked: Option<Duration>, left: Duration, random: f64) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let ceiling = MAX_CEILING.min(FIRST_CEILING * 2_u32.pow(attempt.saturating_sub(1)));
    let delay = ceiling.mul_f64(random).max(asked.unwrap_or_default());
    (delay < left).then_some(delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_ceiling_doubles_and_the_fourth_attempt_is_the_last() {
        let delays: Vec<_> = (1..=5).map(|attempt| delay(attempt, None, LONG, 1.0)).collect();
        assert_eq!(delays, [Some(ms(100)), Some(ms(200)), Some(ms(400)), None, None]);
        assert_eq!(delay(2, None, LONG, 0.25), Some(ms(50)));
        assert_eq!(delay(1, None, LONG, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn a_delay_is_never_shorter_than_retry_after() {
        assert_eq!(delay(1, Some(ms(3000)), LONG, 1.0), Some(ms(3000)));
        assert_eq!(delay(1, Some(ms(0)), LONG, 0.5), Some(ms(50)));
        assert_eq!(delay(1, Some(ms(3000)), ms(3000), 1.0), None);
        assert_eq!(delay(1, None, ms(40), 0.5), None);
        assert_eq!(delay(1, None, ms(40), 0.2), Some(ms(20)));
    }
}
