//! The clock on the wall: the times in notices, and what the server's clock is compared with.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub(super) now: Instant,
    /// What the clock on the wall showed, in Unix milliseconds.
    pub(super) unix: f64,
    /// How far apart the readings may be, in milliseconds: the thread may lose its processor
    /// between them.
    pub(super) error: f64,
}

impl Clocks {
    pub(super) fn read() -> Self {
        let before = Instant::now();
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let pause = before.elapsed() / 2;
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
        Self { now: before + pause, unix: milliseconds(unix), error: milliseconds(pause) }
    }
}

/// A time in the past, in Unix milliseconds.
pub(super) fn unix_milliseconds(at: Instant) -> u64 {
    let then = SystemTime::now().checked_sub(at.elapsed()).unwrap_or(UNIX_EPOCH);
    let milliseconds = then.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    u64::try_from(milliseconds).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_becomes_a_wall_clock_time() {
        let now = Instant::now();
        let earlier = now.checked_sub(Duration::from_secs(5)).unwrap_or(now);
        let (earlier, now) = (unix_milliseconds(earlier), unix_milliseconds(now));
        assert!((4999..=5001).contains(&(now - earlier)), "{earlier} {now}");
        let unix = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        assert!(now <= unix && unix - now < 10_000, "{now} {unix}");
    }
}
