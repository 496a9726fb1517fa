//! Which events have a listener at all. Others never cross into JavaScript.

use hashbrown::HashSet;

/// Of so many topics that had listeners a moment ago each is remembered; beyond that all events are taken to have some.
const MOST_FORMER: usize = 1024;

/// What is listened to, and what was a moment ago: a listener may be about to take the place of another, and no event is to
/// fall between the two.
#[derive(Debug, Default)]
pub(super) struct Interest {
    present: Names,
    former: Names,
    /// All are taken to have listeners, for now.
    held: bool,
}

/// Names of topics, or all of them; and messages, of whatever channel.
#[derive(Debug, Default)]
struct Names {
    every: bool,
    topics: HashSet<String>,
    messages: bool,
}

impl Interest {
    /// Notes that there are listeners for a topic (`None`: for every topic), or no more.
    pub(super) fn set(&mut self, topic: Option<&str>, wanted: bool) {
        if self.present.set(topic, wanted) && !wanted {
            self.former.set(topic, true);
            if self.former.topics.len() > MOST_FORMER {
                self.former = Names { every: true, messages: self.former.messages, topics: HashSet::new() };
            }
        }
    }

    /// Notes that there are listeners for messages and presence, or no more.
    pub(super) const fn set_messages(&mut self, wanted: bool) {
        self.former.messages |= self.present.messages && !wanted;
        self.present.messages = wanted;
    }

    /// Takes everything to have listeners, until further notice.
    pub(super) const fn hold(&mut self) {
        self.held = true;
    }

    /// What has no listeners now has none.
    pub(super) fn settle(&mut self) {
        self.held = false;
        self.former = Names::default();
    }

    pub(super) const fn includes_messages(&self) -> bool {
        self.present.messages || self.held || self.former.messages
    }

    pub(super) fn includes(&self, topic: &str) -> bool {
        self.present.include(topic) || self.held || self.former.include(topic)
    }
}

impl Names {
    /// Gives whether it was set before.
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
        for topic in 0..=MOST_FORMER {
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
