//! Whether a failure may be repeated, and when.
//!
//! Pauses are drawn from the whole range below a growing ceiling, so that clients that failed together do not come back
//! together, <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.

use std::time::Duration;

/// How often a request is sent at most.
const MAX_ATTEMPTS: u32 = 4;
/// The ceiling of the first pause; each further one is twice as high.
const FIRST_CEILING: Duration = Duration::from_millis(100);
/// No ceiling is higher.
const LAST_CEILING: Duration = Duration::from_secs(2);

/// The pause after the given attempt (the first is 1), or `None`: it was the last, or the time `left` is too short.
///
/// `random` is from 0 to 1. What the server asked for in `Retry-After` is never cut short.
pub(super) fn pause(attempt: u32, asked: Option<Duration>, left: Duration, random: f64) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let ceiling = LAST_CEILING.min(FIRST_CEILING * 2_u32.pow(attempt.saturating_sub(1)));
    let pause = ceiling.mul_f64(random).max(asked.unwrap_or_default());
    (pause < left).then_some(pause)
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
        let pauses: Vec<_> = (1..=5).map(|attempt| pause(attempt, None, LONG, 1.0)).collect();
        assert_eq!(pauses, [Some(ms(100)), Some(ms(200)), Some(ms(400)), None, None]);
        assert_eq!(pause(2, None, LONG, 0.25), Some(ms(50)));
        assert_eq!(pause(1, None, LONG, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn what_the_server_asks_for_is_kept() {
        assert_eq!(pause(1, Some(ms(3000)), LONG, 1.0), Some(ms(3000)));
        assert_eq!(pause(1, Some(ms(0)), LONG, 0.5), Some(ms(50)));
        assert_eq!(pause(1, Some(ms(3000)), ms(3000), 1.0), None);
        assert_eq!(pause(1, None, ms(40), 0.5), None);
        assert_eq!(pause(1, None, ms(40), 0.2), Some(ms(20)));
    }
}
