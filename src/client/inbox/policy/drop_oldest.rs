//! Drop oldest: the oldest batches make room for new events.

use std::time::Instant;

use super::{Admission, Arrival, DropLog, Missed};
use crate::client::inbox::{
    item::Item,
    limits::Usage,
    queue::{Mark, Queue},
};

#[derive(Debug)]
pub(in crate::client::inbox) struct DropOldest {
    max: Usage,
    log: DropLog,
}

impl DropOldest {
    pub(super) const fn new(max: Usage) -> Self {
        Self { max, log: DropLog::new() }
    }

    pub(super) fn admit<E: Item>(queue: &mut Queue, arrival: Arrival<'_, E>) -> Admission {
        let topic = Mark::Topic(&arrival.delivery.topic);
        queue.push_event(arrival.watermark, topic, |batch| arrival.delivery.event.write(batch));
        Admission::Queued
    }

    pub(super) const fn make_room_at(&self) -> Usage {
        self.max.plus_one()
    }

    pub(super) fn make_room(&mut self, queue: &mut Queue, received: Instant) {
        while !queue.events().is_within(self.max, 1)
            && let Some(dropped) = queue.drop_oldest()
        {
            self.log.note(dropped.count as u64, dropped.watermark, received).extend(dropped.topics);
        }
    }

    pub(super) const fn drained(&mut self) {
        self.log.handle_drain();
    }

    pub(super) const fn has_room(&self, queue: &Queue) -> bool {
        queue.events().is_within(self.max, 2)
    }

    pub(super) fn take_missed(&mut self, queue: &Queue, now: Instant) -> Option<Missed> {
        self.log.take_report(now, self.has_room(queue))
    }

    pub(super) const fn log(&self) -> &DropLog {
        &self.log
    }
}
