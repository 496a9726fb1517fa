//! Which events have a listener. Others never cross into JavaScript.

use hashbrown::HashSet;

/// How many topics without listeners are remembered. Beyond that, the session treats every topic as
/// listened to.
const MAX_FORMER: usize = 1024;

/// The topics that have listeners, and those that had some a moment ago: the user may be about to
/// replace a listener, and must not miss an event between the two.
#[derive(Debug, Default)]
pub(in crate::session) struct Interest {
    present: Names,
    former: Names,
    /// Everything is treated as listened to, for now.
    held: bool,
}

/// Names of topics, or all of them; and messages, in any channel.
#[derive(Debug, Default)]
struct Names {
    every: bool,
    topics: HashSet<String>,
    messages: bool,
}

impl Interest {
    /// Adds or removes the listeners of a topic (`None`: of every topic).
    pub(in crate::session) fn set(&mut self, topic: Option<&str>, wanted: bool) {
        if self.present.set(topic, wanted) && !wanted {
            self.former.set(topic, true);
            if self.former.topics.len() > MAX_FORMER {
                self.former = Names { every: true, messages: self.former.messages, topics: HashSet::new() };
            }
        }
    }

    /// Adds or removes the listeners of messages and presence.
    pub(in crate::session) const fn set_messages(&mut self, wanted: bool) {
        self.former.messages |= self.present.messages && !wanted;
        self.present.messages = wanted;
    }

    /// Treats everything as listened to until [`Self::settle`].
    pub(in crate::session) const fn hold(&mut self) {
        self.held = true;
    }

    /// Drops the interest in what has no listeners now.
    pub(in crate::session) fn settle(&mut self) {
        self.held = false;
        self.former = Names::default();
    }

    pub(in crate::session) const fn includes_messages(&self) -> bool {
        self.present.messages || self.held || self.former.messages
    }

    pub(in crate::session) fn includes(&self, topic: &str) -> bool {
        self.present.include(topic) || self.held || self.former.include(topic)
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
    fn includes_what_was_set_until_it_is_unset_and_that_is_settled() {
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
        interest.settle();
        assert!(!interest.includes("a") && !interest.includes("b") && !interest.includes_messages());
    }

    #[test]
    fn includes_what_is_listened_to_again_before_it_was_settled() {
        let mut interest = Interest::default();
        for wanted in [true, false, true] {
            interest.set(Some("a"), wanted);
            interest.set_messages(wanted);
        }
        interest.settle();
        assert!(interest.includes("a") && interest.includes_messages() && !interest.includes("b"));
    }

    #[test]
    fn what_had_listeners_is_bounded() {
        let mut interest = Interest::default();
        for topic in 0..=MAX_FORMER {
            interest.set(Some(&topic.to_string()), true);
            interest.set(Some(&topic.to_string()), false);
        }
        assert!(interest.former.topics.is_empty() && interest.includes("0"));
        interest.settle();
        assert!(!interest.includes("0"));
    }

    #[test]
    fn includes_everything_while_held() {
        let mut interest = Interest::default();
        interest.hold();
        assert!(interest.includes("a") && interest.includes_messages());
        interest.settle();
        assert!(!interest.includes("a") && !interest.includes_messages());
    }
}
