//! When the next poll starts: at once after a poll that brought something, else with a pause. A server (or a cache before it)
//! may answer each poll at once with nothing; without the pause, the client would poll as fast as the server answers.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The shortest time from the start of a poll that brings nothing to the start of the next one.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(40);

/// The poll under way, or the last one.
pub(super) struct Pace {
    started: Instant,
    brought: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// A first poll has brought the handshake.
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), brought: true, pause: None }
    }

    /// A poll starts.
    pub(super) fn start(&mut self) {
        *self = Self { started: Instant::now(), brought: false, pause: None };
    }

    /// The poll has brought something.
    pub(super) const fn note(&mut self) {
        self.brought = true;
    }

    /// Whether the next poll may start.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.brought {
            return Poll::Ready(());
        }
        let due = self.started + MIN_POLL_INTERVAL;
        self.pause.get_or_insert_with(|| Box::pin(sleep_until(due))).as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use super::*;

    #[tokio::test]
    async fn only_a_poll_that_brings_nothing_is_followed_by_a_pause() {
        let mut cx = Context::from_waker(Waker::noop());
        let mut pace = Pace::new();
        assert!(pace.poll_next(&mut cx).is_ready());
        for _ in 0..3 {
            pace.start();
            pace.note();
            assert!(pace.poll_next(&mut cx).is_ready());
        }
        let begun = Instant::now();
        pace.start();
        assert!(pace.poll_next(&mut cx).is_pending());
        poll_fn(|cx| pace.poll_next(cx)).await;
        assert!(begun.elapsed() >= MIN_POLL_INTERVAL);

        // A poll that was held for long needs no pause.
        pace.start();
        pace.started = begun;
        assert!(pace.poll_next(&mut cx).is_ready());
    }
}
