//! The channels that a client wants to be in, on every connection.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Instant,
};

use crate::session::tables::outbox::MessageId;

/// A call of the user that awaits the result of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct JoinCall {
    pub(in crate::session) id: MessageId,
    /// When it has waited too long for a connection; `None` until the user connects.
    pub(in crate::session) expires: Option<Instant>,
}

/// One channel.
#[derive(Debug)]
struct Channel {
    name: Arc<str>,
    /// Calls of the user that wait for a connection.
    waiting: Vec<JoinCall>,
}

/// All channels of a client, in the order of their first join.
#[derive(Debug, Default)]
pub(in crate::session) struct Channels {
    last: u32,
    live: BTreeMap<u32, Channel>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Channels {
    /// Adds a channel unless it exists; returns its number.
    pub(in crate::session) fn insert(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.last += 1;
        let name: Arc<str> = name.into();
        self.numbers.insert(name.clone(), self.last);
        self.live.insert(self.last, Channel { name, waiting: Vec::new() });
        self.last
    }

    /// Adds a call that waits for a connection; returns the call if the channel is gone.
    pub(in crate::session) fn wait(&mut self, number: u32, call: JoinCall) -> Result<(), JoinCall> {
        self.live.get_mut(&number).map(|channel| channel.waiting.push(call)).ok_or(call)
    }

    /// Removes the calls that wait for a channel.
    pub(in crate::session) fn take_waiting(&mut self, number: u32) -> Vec<JoinCall> {
        self.live.get_mut(&number).map(|channel| std::mem::take(&mut channel.waiting)).unwrap_or_default()
    }

    /// The user connects: calls without a deadline get this one.
    pub(in crate::session) fn age(&mut self, expires: Instant) {
        for call in self.live.values_mut().flat_map(|channel| &mut channel.waiting) {
            call.expires.get_or_insert(expires);
        }
    }

    /// Removes the calls that have waited too long, and returns them with the names of their
    /// channels. The channels stay.
    pub(in crate::session) fn expire(&mut self, now: Instant) -> Vec<(Arc<str>, JoinCall)> {
        let is_due = |call: &mut JoinCall| call.expires.is_some_and(|at| at <= now);
        let of = |channel: &mut Channel| {
            let name = channel.name.clone();
            channel.waiting.extract_if(.., is_due).map(|call| (name.clone(), call)).collect::<Vec<_>>()
        };
        self.live.values_mut().flat_map(of).collect()
    }

    /// When the first call has waited too long.
    pub(in crate::session) fn deadline(&self) -> Option<Instant> {
        self.live.values().flat_map(|channel| &channel.waiting).filter_map(|call| call.expires).min()
    }

    /// Removes a channel; returns the calls that waited for it.
    pub(in crate::session) fn remove(&mut self, number: u32) -> Vec<JoinCall> {
        let Some(channel) = self.live.remove(&number) else { return Vec::new() };
        self.numbers.remove(&channel.name);
        channel.waiting
    }

    /// The number of a channel.
    pub(in crate::session) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name of a channel.
    pub(in crate::session) fn name(&self, number: u32) -> Option<Arc<str>> {
        self.live.get(&number).map(|channel| channel.name.clone())
    }

    /// The numbers, in the order of their first join.
    pub(in crate::session) fn numbers(&self) -> Vec<u32> {
        self.live.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_number_until_it_is_removed() {
        let mut channels = Channels::default();
        let first = channels.insert("a");
        assert_eq!((channels.insert("b"), channels.insert("a")), (first + 1, first));
        assert_eq!(channels.numbers(), [first, first + 1]);
        assert_eq!((channels.number("a"), channels.name(first).as_deref()), (Some(first), Some("a")));
        channels.remove(first);
        assert_eq!((channels.number("a"), channels.name(first)), (None, None));
        assert_eq!(channels.insert("a"), first + 2);
    }

    #[test]
    fn calls_wait_for_a_channel_that_is_wanted() {
        let mut channels = Channels::default();
        let number = channels.insert("a");
        let call = |id| JoinCall { id: MessageId(id), expires: None };
        assert_eq!(channels.wait(number, call(1)), Ok(()));
        assert_eq!(channels.take_waiting(number), [call(1)]);
        assert_eq!(channels.wait(number, call(2)), Ok(()));
        assert_eq!(channels.remove(number), [call(2)]);
        assert_eq!(channels.wait(number, call(3)), Err(call(3)));
    }
}
