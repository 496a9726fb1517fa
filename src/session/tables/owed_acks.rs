//! The acks that the server expects: it waits for the ack of an event, or sends the event again
//! until the ack comes.
//!
//! The client sends each ack without arguments, whether it delivers the event or not: the ack says
//! that the event has come.

use std::collections::VecDeque;

/// How many acks may wait for the link. A server that sends more events without reading gets no
/// acks for them, and sends them again.
const MAX_OWED: usize = 1 << 18;

/// The ids of the events to acknowledge, oldest first.
#[derive(Debug, Default)]
pub(in crate::session) struct OwedAcks(VecDeque<u64>);

impl OwedAcks {
    pub(in crate::session) fn push(&mut self, id: u64) {
        if self.0.len() < MAX_OWED {
            self.0.push_back(id);
        }
    }

    pub(in crate::session) fn pop(&mut self) -> Option<u64> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_bounded_and_the_oldest_go_first() {
        let mut owed = OwedAcks::default();
        for id in (0u64..).take(2 * MAX_OWED) {
            owed.push(id);
        }
        assert_eq!((owed.0.len(), owed.pop(), owed.pop()), (MAX_OWED, Some(0), Some(1)));
    }
}
