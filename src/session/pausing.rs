//! Back-pressure: while the inbox is full the session reads no link, and dials none.

use std::time::Instant;

use super::{
    Phase, Session,
    machines::slow_consumer::{Pause, SLOW_CONSUMER},
    tables::timers::Timer,
};

impl Session {
    /// The inbox is full, with this many events and bytes. The session is not given frames until
    /// [`Self::resume`], so the server's silence proves nothing.
    pub fn pause(&mut self, now: Instant, events: usize, bytes: usize) {
        self.pause = Some(Pause { since: now, events, bytes });
        if let Some(link) = self.phase.link_mut() {
            link.watermark.handle_pause();
            link.timers.clear(Timer::Liveness);
            link.heartbeat.stop();
            link.slow_consumer.handle_pause(now);
            link.watch_slow_consumer(self.pause, self.config.max_pause);
        }
    }

    /// The inbox has room again: the session reads the link, or dials if that was due.
    pub fn resume(&mut self, now: Instant) {
        self.pause = None;
        if let Some(meter) = &mut self.meter {
            meter.handle_resume(now);
        }
        self.postpone_gap(now);
        let reads_late = self.reads_late();
        if let Some(link) = self.phase.link_mut() {
            link.timers.clear(Timer::SlowConsumer);
            if !reads_late {
                link.watermark.handle_resume(now);
            }
        }
        self.postpone_answers(now);
        self.watch(now);
        if matches!(self.phase, Phase::Waiting) && !self.timers.is_set(Timer::Reconnect) {
            self.dial(now);
        }
    }

    /// The session has read everything that the link had.
    pub const fn handle_read_to_end(&mut self) {
        if let Some(link) = self.phase.link_mut() {
            link.slow_consumer.handle_read_to_end();
        }
    }

    /// [`Timer::SlowConsumer`]: the inbox stays full, and the server is about to close the
    /// connection.
    pub(super) fn cut_slow_consumer(&mut self, now: Instant) {
        let (Some(pause), Some(link)) = (self.pause, self.phase.link()) else { return };
        let error = link.slow_consumer.error(now, pause);
        self.cut_link(now, SLOW_CONSUMER.into(), Some(error));
    }
}
