//! Messages that the user's thread sends one after the other in one turn. Waking the driver for
//! each of them costs both threads more than the messages do. So the driver is woken for the first,
//! now and then, and at the end of the burst.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// The driver is woken again after this many messages: it sends them while others follow.
const MAX_UNANNOUNCED: u32 = 64;
/// How often the driver looks for further messages while a burst lasts. A thread that blocks behind
/// its messages does not hold them back.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// 0: there is no burst. Otherwise one more than the messages that the driver does not know of.
/// Only the user's thread writes it.
#[derive(Default)]
pub(super) struct Burst(AtomicU32);

impl Burst {
    /// A message was added; `is_following`: to the burst, if there is one. Returns whether to wake
    /// the driver.
    pub(super) fn handle_message(&self, is_following: bool) -> bool {
        let unannounced = self.0.load(Relaxed);
        let wakes = !is_following || unannounced == 0 || unannounced >= MAX_UNANNOUNCED;
        self.0.store(if wakes { 1 } else { unannounced + 1 }, Relaxed);
        wakes
    }

    /// The burst is over. Returns whether to wake the driver.
    pub(super) fn end(&self) -> bool {
        self.0.swap(0, Relaxed) > 1
    }

    /// When the driver must look for messages that it is not woken for.
    pub(super) fn look_at(&self, now: Instant) -> Option<Instant> {
        (self.0.load(Relaxed) > 0).then(|| now + LOOK_INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_woken_for_the_first_message_and_at_the_end() {
        let burst = Burst::default();
        let now = Instant::now();
        assert_eq!(burst.look_at(now), None);
        assert!(burst.handle_message(false));
        assert!(!burst.handle_message(true));
        assert_eq!(burst.look_at(now), Some(now + LOOK_INTERVAL));
        assert!(burst.end());
        assert!(!burst.end());
        assert_eq!(burst.look_at(now), None);
        assert!(burst.handle_message(true), "there is no burst");
        assert!(!burst.end(), "the driver knows all");
    }

    #[test]
    fn the_driver_is_woken_now_and_then_in_a_long_burst() {
        let burst = Burst::default();
        let woken = (0..1000).filter(|number| burst.handle_message(*number > 0)).count();
        assert_eq!(woken, 1000_usize.div_ceil(64));
    }
}
