//! Pause: a full inbox stops the reading, and TCP makes the server wait.

use super::{Admission, Arrival};
use crate::client::inbox::{
    item::Item,
    limits::{Pressure, Usage},
    queue::{Mark, Queue},
};

#[derive(Debug)]
pub(in crate::client::inbox) struct Pause {
    max: Usage,
}

impl Pause {
    pub(super) const fn new(max: Usage) -> Self {
        Self { max }
    }

    pub(super) fn admit<E: Item>(queue: &mut Queue, arrival: Arrival<'_, E>) -> Admission {
        queue.push_event(arrival.watermark, Mark::Nothing, |batch| arrival.delivery.event.write(batch));
        Admission::Queued
    }

    pub(super) const fn make_room_at(&self) -> Usage {
        self.max
    }

    pub(super) const fn pressure(&self, queue: &Queue) -> Pressure {
        queue.events().pressure(self.max)
    }
}
