//! What becomes of the events for which there is no room, as [`Overflow`] says.

use std::time::{Duration, Instant};

use super::{Alarm, Gate, Mailbox, bounds::Overflow, item::Item, missed::Missed, queue::Dropped};
use crate::session::Delivery;

/// The user is told of what is dropped at least this often, as long as anything is taken at all.
const TELLING: Duration = Duration::from_secs(10);

impl Mailbox {
    /// What was dropped, when it is time to tell the user: there is room again, or it has been going on for long. What
    /// comes from now on is taken.
    pub(in crate::client) fn take_missed(&mut self, now: Instant) -> Option<Missed> {
        let missed = self.missed.as_mut()?;
        if self.gate == Gate::Shut {
            // All that comes until now is turned away.
            missed.until = now;
        }
        let lasts = self.gate != Gate::Shut && self.taken && now.saturating_duration_since(missed.began) >= TELLING;
        if !lasts && !self.has_room() {
            return None;
        }
        self.taken = false;
        let missed = self.missed.take();
        self.settle();
        missed
    }

    /// The level that is watched for was reached by the latest event. Is the link not to be read any more?
    #[cold]
    pub(super) fn look(&mut self, received: Instant) -> bool {
        if self.alarm == Alarm::Quiet {
            self.alarm = Alarm::Due;
            self.watch = self.next_watch();
        }
        match self.limits.overflow {
            Overflow::Disconnect => return self.is_full_of_events(),
            Overflow::DropNewest if self.is_full_of_events() => self.gate = Gate::Shut,
            Overflow::DropOldest => {
                while !self.level().is_within(self.limits, 1)
                    && let Some(dropped) = self.queue.drop_oldest()
                {
                    self.drop(received, dropped);
                }
            }
            Overflow::Latest if !self.level().is_within(self.limits, 1) => self.keep_newest(received),
            Overflow::DropNewest | Overflow::Latest => {}
        }
        false
    }

    fn drop(&mut self, received: Instant, Dropped { count, after, topics }: Dropped) {
        let count = count as u64;
        self.dropped += count;
        Missed::note(&mut self.missed, count, after, received).extend(topics);
    }

    /// An event has come, and there is no room for it, or only in another's place.
    #[cold]
    pub(super) fn turn_away<E: Item>(&mut self, received: Instant, after: Instant, delivery: &Delivery<'_, E>) {
        let Some(newest) = &mut self.newest else {
            self.dropped += 1;
            Missed::note(&mut self.missed, 1, after, received).insert(&delivery.topic);
            return;
        };
        let replaced = newest.put(&delivery.topic, delivery.event.json().into_owned(), after);
        if let Some(replaced) = replaced {
            self.dropped += 1;
            Missed::note(&mut self.missed, 1, replaced.after, received).insert(&replaced.topic);
        }
        self.bound_newest(received);
    }

    /// Of all that waits only the newest event of each topic is kept.
    fn keep_newest(&mut self, received: Instant) {
        let Some(newest) = &self.newest else { return };
        let Some(mut dropped) = self.queue.drop_events() else { return };
        dropped.count = dropped.count.saturating_sub(newest.len());
        newest.iter().filter(|(_, event)| event.replaces).for_each(|(_, event)| dropped.topics.insert(&event.topic));
        if dropped.count > 0 {
            self.drop(received, dropped);
        }
        self.gate = Gate::Latest;
        self.bound_newest(received);
    }

    fn bound_newest(&mut self, received: Instant) {
        let Some(newest) = &mut self.newest else { return };
        // Half of the bytes: in batches they are there twice.
        while newest.len() > self.limits.events || newest.bytes() > self.limits.bytes / 2 && newest.len() > 1 {
            let Some(oldest) = newest.pop() else { return };
            self.dropped += 1;
            Missed::note(&mut self.missed, 1, oldest.after, received).insert(&oldest.topic);
        }
    }

    /// Puts the newest events into batches.
    pub(super) fn release_newest(&mut self) {
        let Some(newest) = &self.newest else { return };
        for (number, event) in newest.iter() {
            self.queue.push_event(event.after, number, None, |batch| {
                batch.push_json(true, |json| json.push_str(&event.text));
            });
        }
        if newest.is_to_be_checked() {
            self.queue.recheck();
        }
        self.gate = Gate::Open;
    }
}
