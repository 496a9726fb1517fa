//! When the next poll starts. A server (or a cache before it) may answer each poll at once, with
//! nothing or with the same answer again: without a pause, the client would poll as fast as the
//! server answers.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The shortest time from the start of a poll that brings nothing to the start of the next one.
const MIN_IDLE_INTERVAL: Duration = Duration::from_millis(40);
/// The same for a poll that brings something: less than an answer takes over most networks. What
/// comes meanwhile comes with the next poll.
const MIN_INTERVAL: Duration = Duration::from_millis(2);

/// The poll under way, or the last one.
#[derive(Default)]
pub(super) struct Pace {
    /// `None`: it brought the handshake.
    started: Option<Instant>,
    brought: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// A poll starts.
    pub(super) fn start(&mut self) {
        *self = Self { started: Some(Instant::now()), ..Self::default() };
    }

    /// The poll has brought something.
    pub(super) const fn note(&mut self) {
        self.brought = true;
    }

    /// Whether the next poll may start.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let interval = if self.brought { MIN_INTERVAL } else { MIN_IDLE_INTERVAL };
        let Some(due) = self.started.map(|at| at + interval).filter(|due| *due > Instant::now()) else {
            return Poll::Ready(());
        };
        self.pause.get_or_insert_with(|| Box::pin(sleep_until(due))).as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use super::*;

    #[tokio::test]
    async fn a_poll_that_brings_nothing_is_followed_by_the_longer_pause() {
        let mut cx = Context::from_waker(Waker::noop());
        let mut pace = Pace::default();
        assert!(pace.poll_next(&mut cx).is_ready());
        for (brings, pause) in [(true, MIN_INTERVAL), (false, MIN_IDLE_INTERVAL)] {
            let begun = Instant::now();
            pace.start();
            if brings {
                pace.note();
            }
            assert!(pace.poll_next(&mut cx).is_pending());
            poll_fn(|cx| pace.poll_next(cx)).await;
            assert!(begun.elapsed() >= pause);
        }
        // A poll that was held for long needs no pause.
        pace.start();
        pace.started = pace.started.map(|at| at - MIN_IDLE_INTERVAL);
        assert!(pace.poll_next(&mut cx).is_ready());
    }
}
