//! The channels a client wants to be in, on whatever connection it has.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::outbox::MessageId;

/// One channel.
#[derive(Debug)]
struct Channel {
    name: Arc<str>,
    /// Calls of the user that asked for it and were not sent yet.
    waiting: Vec<MessageId>,
}

/// All channels of a client, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Channels {
    last: u32,
    live: BTreeMap<u32, Channel>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Channels {
    /// Adds a channel, or finds it; gives its number.
    pub(super) fn insert(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.last += 1;
        let name: Arc<str> = name.into();
        self.numbers.insert(name.clone(), self.last);
        self.live.insert(self.last, Channel { name, waiting: Vec::new() });
        self.last
    }

    /// Lets a call wait until the channel can be asked for; gives it back when the channel is gone.
    pub(super) fn wait(&mut self, number: u32, call: MessageId) -> Result<(), MessageId> {
        self.live.get_mut(&number).map(|channel| channel.waiting.push(call)).ok_or(call)
    }

    /// Takes the calls that wait for a channel.
    pub(super) fn take_waiting(&mut self, number: u32) -> Vec<MessageId> {
        self.live.get_mut(&number).map(|channel| std::mem::take(&mut channel.waiting)).unwrap_or_default()
    }

    /// Removes a channel; gives the calls that waited for it.
    pub(super) fn remove(&mut self, number: u32) -> Vec<MessageId> {
        let Some(channel) = self.live.remove(&number) else { return Vec::new() };
        self.numbers.remove(&channel.name);
        channel.waiting
    }

    /// The number of a channel that is wanted.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name of a channel that is wanted.
    pub(super) fn name(&self, number: u32) -> Option<Arc<str>> {
        self.live.get(&number).map(|channel| channel.name.clone())
    }

    /// The numbers, in the order in which they were asked for.
    pub(super) fn numbers(&self) -> Vec<u32> {
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
        assert_eq!(channels.wait(number, MessageId(1)), Ok(()));
        assert_eq!(channels.take_waiting(number), [MessageId(1)]);
        assert_eq!(channels.wait(number, MessageId(2)), Ok(()));
        assert_eq!(channels.remove(number), [MessageId(2)]);
        assert_eq!(channels.wait(number, MessageId(3)), Err(MessageId(3)));
    }
}
