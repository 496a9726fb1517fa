//! Interest: which events have a listener. Other events never cross into JavaScript.

use hashbrown::HashSet;

/// The topics without a listener that are remembered until the turn ends. Beyond this number, every
/// topic counts as recent.
const MAX_RECENT: usize = 1024;

/// What has listeners now, or had them in the current turn of the user's thread. A removed listener
/// may be about to be replaced, and no event may be lost in between.
#[derive(Debug, Default)]
pub(in crate::session) struct Interest {
    current: Names,
    recent: Names,
    /// Everything counts as having listeners until the turn ends.
    is_assumed: bool,
}

/// Topics by name or all at once, and the messages of all channels.
#[derive(Debug, Default)]
struct Names {
    every: bool,
    topics: HashSet<String>,
    messages: bool,
}

impl Interest {
    /// Notes whether a topic (`None`: every topic) has listeners.
    pub(in crate::session) fn set(&mut self, topic: Option<&str>, wanted: bool) {
        if self.current.set(topic, wanted) && !wanted {
            self.recent.set(topic, true);
            if self.recent.topics.len() > MAX_RECENT {
                self.recent = Names { every: true, messages: self.recent.messages, topics: HashSet::new() };
            }
        }
    }

    /// Notes whether messages and presence have listeners.
    pub(in crate::session) const fn set_messages(&mut self, wanted: bool) {
        self.recent.messages |= self.current.messages && !wanted;
        self.current.messages = wanted;
    }

    /// Assumes that everything has listeners until [`Self::end_of_turn`]: the user's thread may add
    /// listeners for a new subscription or channel after an event for it arrives.
    pub(in crate::session) const fn assume_all(&mut self) {
        self.is_assumed = true;
    }

    /// The user's thread has finished its turn: from now on only current listeners count.
    pub(in crate::session) fn end_of_turn(&mut self) {
        self.is_assumed = false;
        self.recent = Names::default();
    }

    pub(in crate::session) const fn includes_messages(&self) -> bool {
        self.current.messages || self.is_assumed || self.recent.messages
    }

    /// The topics that have listeners now (`None`: every topic), and whether messages have.
    pub(in crate::session) fn listens(&self) -> (Vec<Option<&str>>, bool) {
        let Names { every, topics, messages } = &self.current;
        let mut topics: Vec<_> = topics.iter().map(|topic| Some(topic.as_str())).collect();
        topics.sort_unstable();
        (every.then_some(None).into_iter().chain(topics).collect(), *messages)
    }

    pub(in crate::session) fn includes(&self, topic: &str) -> bool {
        self.current.include(topic) || self.is_assumed || self.recent.include(topic)
    }
}

impl Names {
    /// Returns whether it was set before.
    fn set(&mut self, topic: Option<&str>, wanted: bool) -> bool {
        match topic {
            None => std::mem::replace(&mut self.every, wanted),
            Some(topic) if wanted => !self.topics.insert(topic.to_owned()),
            Some(topic) => self.topics.remove(topic),
        }
    }

    fn include(&self, topic: &str) -> bool {
        self.every || self.topics.contains(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_a_removed_listener_until_the_turn_ends() {
        let mut interest = Interest::default();
        assert!(!interest.includes("a"));
        interest.set(Some("a"), true);
        assert!(interest.includes("a") && !interest.includes("b"));
        interest.set(None, true);
        interest.set_messages(true);
        assert!(interest.includes("b"));
        interest.set(None, false);
        interest.set(Some("a"), false);
        interest.set_messages(false);
        assert!(interest.includes("a") && interest.includes("b") && interest.includes_messages());
        interest.end_of_turn();
        assert!(!interest.includes("a") && !interest.includes("b") && !interest.includes_messages());
    }

    #[test]
    fn includes_a_listener_that_is_replaced_within_a_turn() {
        let mut interest = Interest::default();
        for wanted in [true, false, true] {
            interest.set(Some("a"), wanted);
            interest.set_messages(wanted);
        }
        interest.end_of_turn();
        assert!(interest.includes("a") && interest.includes_messages() && !interest.includes("b"));
    }

    #[test]
    fn recent_topics_are_bounded() {
        let mut interest = Interest::default();
        for topic in 0..=MAX_RECENT {
            interest.set(Some(&topic.to_string()), true);
            interest.set(Some(&topic.to_string()), false);
        }
        assert!(interest.recent.topics.is_empty() && interest.includes("0"));
        interest.end_of_turn();
        assert!(!interest.includes("0"));
    }

    #[test]
    fn includes_everything_while_all_is_assumed() {
        let mut interest = Interest::default();
        interest.assume_all();
        assert!(interest.includes("a") && interest.includes_messages());
        interest.end_of_turn();
        assert!(!interest.includes("a") && !interest.includes_messages());
    }
}
