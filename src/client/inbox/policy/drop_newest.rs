//! Drop newest: a full inbox drops new events until it is half empty.

use std::time::Instant;

use super::{Admission, Arrival, DropLog, Missed};
use crate::client::inbox::{
    item::Item,
    limits::Usage,
    queue::{Mark, Queue},
};

#[derive(Debug)]
pub(in crate::client::inbox) struct DropNewest {
    max: Usage,
    mode: Mode,
    log: DropLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// New events go into the queue.
    Accepting,
    /// New events are dropped until there is room and the user was told of the dropped ones.
    Rejecting,
}

impl DropNewest {
    pub(super) const fn new(max: Usage) -> Self {
        Self { max, mode: Mode::Accepting, log: DropLog::new() }
    }

    pub(super) fn admit<E: Item>(&mut self, queue: &mut Queue, arrival: Arrival<'_, E>) -> Admission {
        match self.mode {
            Mode::Accepting => {
                queue.push_event(arrival.watermark, Mark::Nothing, |batch| arrival.delivery.event.write(batch));
                Admission::Queued
            }
            Mode::Rejecting => {
                self.log.note(1, arrival.watermark, arrival.received).insert(&arrival.delivery.topic);
                Admission::Rejected
            }
        }
    }

    pub(super) const fn make_room_at(&self) -> Usage {
        self.max
    }

    pub(super) const fn make_room(&mut self, queue: &Queue) {
        if queue.events().reaches(self.max) {
            self.mode = Mode::Rejecting;
        }
    }

    pub(super) const fn drained(&mut self, queue: &Queue) {
        self.log.handle_drain();
        self.reopen(queue);
    }

    /// Accepts events again if there is room. Dropped events are reported first: their gap has to
    /// stand where they are missing.
    pub(super) const fn reopen(&mut self, queue: &Queue) {
        if self.log.is_reported() && self.has_room(queue) {
            self.mode = Mode::Accepting;
        }
    }

    pub(super) const fn has_room(&self, queue: &Queue) -> bool {
        queue.events().is_within(self.max, 2)
    }

    pub(super) const fn is_rejecting(&self) -> bool {
        matches!(self.mode, Mode::Rejecting)
    }

    pub(super) const fn take_missed(&mut self, queue: &Queue, now: Instant) -> Option<Missed> {
        // Whatever arrives until then is dropped.
        self.log.extend_until(now);
        if !self.has_room(queue) {
            return None;
        }
        let missed = self.log.take();
        self.reopen(queue);
        missed
    }

    pub(super) const fn log(&self) -> &DropLog {
        &self.log
    }
}
