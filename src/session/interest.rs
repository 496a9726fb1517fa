//! Which events have a listener at all. Others never cross into JavaScript.

use hashbrown::HashSet;

/// The topics that are listened to.
#[derive(Debug, Default)]
pub(super) struct Interest {
    every: bool,
    topics: HashSet<String>,
    messages: bool,
    /// All are taken to have listeners, for now.
    held: bool,
}

impl Interest {
    /// Notes that there are listeners for a topic (`None`: for every topic), or no more.
    pub(super) fn set(&mut self, topic: Option<&str>, wanted: bool) {
        match topic {
            None => self.every = wanted,
            Some(topic) if wanted => _ = self.topics.insert(topic.to_owned()),
            Some(topic) => _ = self.topics.remove(topic),
        }
    }

    /// Notes that there are listeners for messages and presence, or no more.
    pub(super) fn set_messages(&mut self, wanted: bool) {
        self.messages = wanted;
    }

    /// Takes everything to have listeners, until further notice.
    pub(super) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    pub(super) const fn includes_messages(&self) -> bool {
        self.messages || self.held
    }

    pub(super) fn includes(&self, topic: &str) -> bool {
        self.every || self.held || self.topics.contains(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_what_was_set_until_it_is_unset() {
        let mut interest = Interest::default();
        assert!(!interest.includes("a"));
        interest.set(Some("a"), true);
        assert!(interest.includes("a") && !interest.includes("b"));
        interest.set(None, true);
        assert!(interest.includes("b"));
        interest.set(None, false);
        interest.set(Some("a"), false);
        assert!(!interest.includes("a") && !interest.includes("b"));
    }

    #[test]
    fn includes_everything_while_held() {
        let mut interest = Interest::default();
        interest.hold(true);
        assert!(interest.includes("a") && interest.includes_messages());
        interest.hold(false);
        assert!(!interest.includes("a") && !interest.includes_messages());
    }
}
