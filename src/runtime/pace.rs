//! When the I/O thread rests before it waits for the system.
//!
//! Each wake-up costs as much processor time as dozens of events: the system wakes the I/O thread,
//! and the I/O thread wakes JavaScript. While single events come fast, a short rest lets one
//! wake-up serve a few of them. In a trickle, nothing would come within the rest, so an event would
//! only arrive later. In a flood, each wake-up serves many events anyway.

use std::time::{Duration, Instant};

/// The longest rest, which is the most that an event is delayed.
const MAX_REST: Duration = Duration::from_micros(150);
/// A shorter rest costs more than it saves.
const MIN_REST: Duration = Duration::from_micros(20);
/// How many events one rest is to gather.
const EVENTS_PER_REST: u32 = 6;
/// Rests begin when at least 1.5 events would come within the longest one ...
const START_GAP: Duration = Duration::from_micros(100);
/// ... and end when fewer than 1.2 would.
const STAY_GAP: Duration = Duration::from_micros(125);
/// A longer gap counts as this one, so that a short break does not outweigh what came before it.
const MAX_GAP: Duration = Duration::from_micros(300);
/// The averages forget the past within about this many events.
const MEMORY: u32 = 16;
/// More events at once than this are a flood.
const FLOOD: u32 = 16;
/// The unit of the average number of events that come at once.
const ONE: u32 = 256;
/// Rests begin while fewer events than this come at once, on average ...
const START_TOGETHER: u32 = 4 * ONE;
/// ... and end when twice as many do: they come in bursts, which need no rest.
const STAY_TOGETHER: u32 = 2 * START_TOGETHER;
/// After this many rests, one is left out. It shows how many events come at once.
const RESTS_PER_PROBE: u32 = 32;

/// The pace of the events that the I/O thread receives, and how long the thread may rest. Pure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The average time between two events.
    gap: Duration,
    /// The average number of events that come at once, in parts of [`ONE`].
    together: u32,
    /// When the gap was measured last.
    measured: Option<Instant>,
    /// How many events have come since the thread waited.
    events: u32,
    /// Whether the thread has rested since the latest events.
    has_rested: bool,
    /// The number of rests since one was left out. `None`: the pace is not one for rests.
    rests: Option<u32>,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { gap: MAX_GAP, together: ONE, measured: None, events: 0, has_rested: false, rests: None }
    }

    /// The thread has received events.
    pub(super) const fn handle_events(&mut self, count: u32) {
        self.events = self.events.saturating_add(count);
    }

    /// How long to rest before waiting; zero: not at all. `may_rest`: nobody is in a hurry.
    pub(super) fn poll_rest(&mut self, now: Instant, may_rest: bool) -> Duration {
        if self.events > 0 {
            self.measure(now);
        }
        let Some(rests) = &mut self.rests else { return Duration::ZERO };
        *rests = (*rests + 1) % RESTS_PER_PROBE;
        if *rests == 0 || !may_rest {
            return Duration::ZERO;
        }
        self.has_rested = true;
        (self.gap * EVENTS_PER_REST).clamp(MIN_REST, MAX_REST)
    }

    /// Takes the events since the latest wait into the averages.
    fn measure(&mut self, now: Instant) {
        let events = std::mem::take(&mut self.events);
        let weight = events.min(MEMORY);
        let elapsed = self.measured.map_or(MAX_GAP, |at| now.saturating_duration_since(at));
        let gap = (elapsed / events).min(MAX_GAP);
        self.gap = (self.gap * (MEMORY - weight) + gap * weight) / MEMORY;
        self.measured = Some(now);
        // After a rest, single events come together.
        if !std::mem::take(&mut self.has_rested) {
            self.together = (self.together * (MEMORY - weight) + events.min(FLOOD) * ONE * weight) / MEMORY;
        } else if events > FLOOD {
            self.together = FLOOD * ONE;
        }
        let (max_gap, max_together) =
            if self.rests.is_some() { (STAY_GAP, STAY_TOGETHER) } else { (START_GAP, START_TOGETHER) };
        let is_on = self.gap <= max_gap && self.together < max_together;
        self.rests = if is_on { self.rests.or(Some(0)) } else { None };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);

    /// A thread in virtual time, which receives a stream.
    struct Thread {
        pace: Pace,
        now: Instant,
        /// When the next events come, and what is not received yet.
        next: Instant,
        waiting: u32,
        wake_ups: u32,
        /// The rests of the latest stream.
        rests: Vec<Duration>,
        may_rest: bool,
    }

    impl Thread {
        fn new() -> Self {
            let now = Instant::now();
            let pace = Pace::new();
            Self { pace, now, next: now, waiting: 0, wake_ups: 0, rests: Vec::new(), may_rest: true }
        }

        /// Receives so many bursts, one every `gap` microseconds. Returns the share of wake-ups
        /// before which the thread has rested.
        fn receive(&mut self, bursts: u32, burst: u32, gap: u32) -> f64 {
            self.rests.clear();
            self.wake_ups = 0;
            self.next = self.now + gap * MICROSECOND;
            let mut left = bursts;
            while left > 0 {
                let rest = self.pace.poll_rest(self.now, self.may_rest);
                if rest > Duration::ZERO {
                    self.rests.push(rest);
                }
                self.now = (self.now + rest).max(self.next);
                while left > 0 && self.next <= self.now {
                    self.waiting += burst;
                    left -= 1;
                    self.next += gap * MICROSECOND;
                }
                self.wake_ups += 1;
                self.pace.handle_events(std::mem::take(&mut self.waiting));
            }
            f64::from(u32::try_from(self.rests.len()).unwrap()) / f64::from(self.wake_ups)
        }
    }

    #[test]
    fn rests_while_single_events_come_fast() {
        let mut thread = Thread::new();
        assert!(thread.receive(2000, 1, 50) > 0.9, "20,000 a second");
        assert!(thread.wake_ups < 750, "a wake-up serves three events: {}", thread.wake_ups);
        assert_eq!(thread.rests.last(), Some(&MAX_REST));
        assert!(thread.receive(4000, 1, 20) > 0.9, "50,000 a second");
        assert!(thread.wake_ups < 750, "a wake-up serves six events: {}", thread.wake_ups);
        assert!(thread.rests.last().is_some_and(|rest| (117..=123).contains(&rest.as_micros())));
        assert!(thread.receive(4000, 1, 3) > 0.9, "333,000 a second");
        assert_eq!(thread.rests.last(), Some(&MIN_REST));
    }

    #[test]
    fn never_rests_in_a_trickle() {
        for gap in [130, 150, 200, 1000, 1_000_000] {
            let mut thread = Thread::new();
            thread.receive(500, 1, gap);
            assert!(thread.rests.is_empty(), "one event every {gap} µs");
        }
    }

    #[test]
    fn never_rests_for_bursts() {
        for (burst, gap) in [(5, 50), (5, 100), (64, 50), (256, 100), (1000, 50_000)] {
            let mut thread = Thread::new();
            thread.receive(500, burst, gap);
            assert!(thread.rests.is_empty(), "{burst} events every {gap} µs");
        }
    }

    #[test]
    fn keeps_resting_where_it_would_not_begin() {
        let mut thread = Thread::new();
        thread.receive(500, 1, 112);
        assert!(thread.rests.is_empty(), "8,900 a second");
        thread.receive(500, 1, 50);
        assert!(thread.receive(500, 1, 112) > 0.9, "slower than where it begins");
        thread.receive(500, 1, 135);
        assert!(thread.rests.len() < 20, "7,400 a second: {}", thread.rests.len());
    }

    #[test]
    fn a_trickle_or_a_flood_ends_the_rests_at_once() {
        for (burst, gap) in [(1, 200), (256, 100)] {
            let mut thread = Thread::new();
            thread.receive(500, 1, 50);
            thread.receive(500, burst, gap);
            assert!(thread.rests.len() <= 12, "{burst} events every {gap} µs: {}", thread.rests.len());
        }
    }

    #[test]
    fn notices_bursts_although_it_rests() {
        let mut thread = Thread::new();
        thread.receive(500, 1, 50);
        thread.receive(1000, 10, 300);
        let until_noticed = thread.rests.len();
        assert!(until_noticed > 0 && until_noticed < 3 * 32, "{until_noticed}");
        thread.receive(500, 10, 300);
        assert!(thread.rests.is_empty());
    }

    #[test]
    fn a_short_break_does_not_end_the_rests() {
        let mut thread = Thread::new();
        thread.receive(500, 1, 50);
        thread.receive(1, 1, 1_000_000);
        assert!(thread.receive(500, 1, 50) > 0.9);
    }

    #[test]
    fn does_not_rest_while_somebody_is_in_a_hurry() {
        let mut thread = Thread::new();
        thread.receive(500, 1, 50);
        thread.may_rest = false;
        thread.receive(500, 1, 50);
        assert!(thread.rests.is_empty());
        thread.may_rest = true;
        assert!(thread.receive(500, 1, 50) > 0.9, "it has kept its measure");
    }
}
