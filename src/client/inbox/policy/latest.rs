//! Latest: a full inbox keeps the latest event of each topic (conflation).

use std::time::Instant;

use super::{Admission, Arrival, DropLog, Missed, latest_by_topic::LatestByTopic};
use crate::client::inbox::{
    item::Item,
    limits::Usage,
    queue::{Mark, Queue},
};

#[derive(Debug)]
pub(in crate::client::inbox) struct Latest {
    max: Usage,
    /// The latest waiting event of each topic, in both modes.
    by_topic: LatestByTopic,
    mode: Mode,
    log: DropLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Every event waits in the queue. The latest ones wait in `by_topic` as well.
    Queueing,
    /// Events wait in `by_topic` alone, and a new event replaces the former one of its topic.
    Conflating,
}

impl Latest {
    pub(super) fn new(max: Usage) -> Self {
        Self { max, by_topic: LatestByTopic::default(), mode: Mode::Queueing, log: DropLog::new() }
    }

    pub(super) fn admit<E: Item>(&mut self, queue: &mut Queue, arrival: Arrival<'_, E>) -> Admission {
        let text = arrival.delivery.event.json().into_owned();
        let replaced = self.by_topic.insert(&arrival.delivery.topic, text, arrival.watermark);
        match self.mode {
            Mode::Queueing => {
                let number = Mark::Number(self.by_topic.last_number());
                queue.push_event(arrival.watermark, number, |batch| arrival.delivery.event.write(batch));
                Admission::Queued
            }
            Mode::Conflating => {
                if let Some(replaced) = replaced {
                    self.log.note(1, replaced.watermark, arrival.received).insert(&replaced.topic);
                }
                self.bound(arrival.received);
                Admission::Held
            }
        }
    }

    pub(super) const fn make_room_at(&self) -> Usage {
        self.max.plus_one()
    }

    /// Takes the events out of the queue, and keeps the latest of each topic.
    pub(super) fn make_room(&mut self, queue: &mut Queue, received: Instant) {
        if self.usage(queue).is_within(self.max, 1) {
            return;
        }
        let Some(mut dropped) = queue.drop_events() else { return };
        dropped.count = dropped.count.saturating_sub(self.by_topic.len());
        if dropped.count > 0 {
            self.by_topic.replacing_topics().for_each(|topic| dropped.topics.insert(topic));
            self.log.note(dropped.count as u64, dropped.watermark, received).extend(dropped.topics);
        }
        self.mode = Mode::Conflating;
        self.bound(received);
    }

    pub(super) fn drained(&mut self, number: u64) {
        self.log.handle_drain();
        self.by_topic.forget_until(number);
    }

    /// Puts the events into the queue.
    pub(super) fn release(&mut self, queue: &mut Queue) {
        if self.mode == Mode::Queueing {
            return;
        }
        for (number, event) in self.by_topic.iter() {
            queue.push_event(event.watermark, Mark::Number(number), |batch| {
                batch.push_json(true, |json| json.push_str(&event.text));
            });
        }
        if self.by_topic.needs_filtering() {
            queue.mark_for_filtering();
        }
        self.mode = Mode::Queueing;
    }

    pub(super) fn mark_for_filtering(&mut self, queue: &mut Queue) {
        self.by_topic.mark_for_filtering();
        self.release(queue);
    }

    pub(super) fn discard(&mut self) {
        self.by_topic.clear();
        self.mode = Mode::Queueing;
    }

    pub(super) fn usage(&self, queue: &Queue) -> Usage {
        let latest = Usage { count: self.by_topic.len(), bytes: self.by_topic.bytes() };
        match self.mode {
            Mode::Conflating => latest,
            // The latest events are there twice.
            Mode::Queueing => {
                let Usage { count, bytes } = queue.events();
                Usage { count, bytes: bytes + latest.bytes }
            }
        }
    }

    pub(super) const fn is_holding(&self) -> bool {
        matches!(self.mode, Mode::Conflating)
    }

    pub(super) fn has_room(&self, queue: &Queue) -> bool {
        self.mode == Mode::Queueing && self.usage(queue).is_within(self.max, 2)
    }

    pub(super) fn take_missed(&mut self, queue: &Queue, now: Instant) -> Option<Missed> {
        self.log.take_report(now, self.has_room(queue))
    }

    pub(super) const fn log(&self) -> &DropLog {
        &self.log
    }

    /// Drops the oldest events while they exceed the limits.
    fn bound(&mut self, received: Instant) {
        // Half of the bytes: when they are released, the queue holds them a second time.
        while self.by_topic.len() > self.max.count
            || self.by_topic.bytes() > self.max.bytes / 2 && self.by_topic.len() > 1
        {
            let Some(oldest) = self.by_topic.pop() else { return };
            self.log.note(1, oldest.watermark, received).insert(&oldest.topic);
        }
    }
}
