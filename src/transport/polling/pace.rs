//! When the next poll starts. A server, or a cache in front of it, may answer each poll at once,
//! with no data or with the same answer again. Without a pause the client would poll as fast as the
//! server answers.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// The shortest time from the start of a poll without data to the start of the next one.
const MIN_IDLE_INTERVAL: Duration = Duration::from_millis(40);
/// The same for a poll with data. It is shorter than the round trip of most networks. The next poll
/// brings the data that arrives meanwhile.
const MIN_INTERVAL: Duration = Duration::from_millis(2);

/// The current poll, or the last one.
#[derive(Default)]
pub(super) struct Pace {
    /// `None` for the poll that brought the handshake.
    started: Option<Instant>,
    has_data: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// A poll starts.
    pub(super) fn start(&mut self) {
        *self = Self { started: Some(Instant::now()), ..Self::default() };
    }

    /// The poll has brought data.
    pub(super) const fn record_data(&mut self) {
        self.has_data = true;
    }

    /// Whether the next poll may start.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let interval = if self.has_data { MIN_INTERVAL } else { MIN_IDLE_INTERVAL };
        let Some(due) = self.started.map(|at| at + interval).filter(|due| *due > Instant::now()) else {
            return Poll::Ready(());
        };
        self.pause.get_or_insert_with(|| Box::pin(sleep_until(due))).as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Waker};

    use super::*;

    #[tokio::test]
    async fn a_poll_without_data_is_followed_by_the_longer_pause() {
        let mut cx = Context::from_waker(Waker::noop());
        let mut pace = Pace::default();
        assert!(pace.poll_next(&mut cx).is_ready());
        for (has_data, pause) in [(true, MIN_INTERVAL), (false, MIN_IDLE_INTERVAL)] {
            let begun = Instant::now();
            pace.start();
            if has_data {
                pace.record_data();
            }
            assert!(pace.poll_next(&mut cx).is_pending());
            poll_fn(|cx| pace.poll_next(cx)).await;
            assert!(begun.elapsed() >= pause);
        }
        // No pause follows a poll that the server held for long.
        pace.start();
        pace.started = pace.started.map(|at| at - MIN_IDLE_INTERVAL);
        assert!(pace.poll_next(&mut cx).is_ready());
    }
}
