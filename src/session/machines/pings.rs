//! The application pings of one link, and what their answers prove.
//!
//! A server answers a ping after it has received it. So when the answer comes, the server has
//! received everything that we wrote before the ping, and we have received everything that the
//! server sent before we sent the ping.

use std::time::Instant;

/// What the answer to a ping proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Mark {
    /// Everything that the server sent before this instant has come.
    pub(in crate::session) at: Instant,
    /// How many of the bytes that we wrote have reached the server.
    pub(in crate::session) written: u64,
}

/// The pings and answers of one link. Answers come in the order of the pings, but do not name them:
/// they are counted.
#[derive(Debug, Default)]
pub(super) struct Pings {
    sent: u64,
    answered: u64,
    /// The number and mark of the ping whose answer is the next proof.
    marked: Option<(u64, Mark)>,
}

impl Pings {
    /// A ping is about to be sent.
    pub(super) fn handle_sent(&mut self, mark: Mark) {
        self.sent += 1;
        self.marked.get_or_insert((self.sent, mark));
    }

    /// An answer has come; returns what it proves. A server that leaves some pings unanswered
    /// proves less; the count never exceeds the number of pings.
    pub(super) fn handle_answer(&mut self) -> Option<Mark> {
        self.answered = (self.answered + 1).min(self.sent);
        self.marked.take_if(|(number, _)| *number <= self.answered).map(|(_, mark)| mark)
    }

    /// Whether the server still owes an answer.
    pub(super) const fn is_pending(&self) -> bool {
        self.answered < self.sent
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_proves_what_was_sent_before_its_ping() {
        let start = Instant::now();
        let at = |seconds| Mark { at: start + Duration::from_secs(seconds), written: seconds };
        let mut pings = Pings::default();
        assert_eq!((pings.handle_answer(), pings.is_pending()), (None, false), "nothing was asked");
        for second in [1, 2, 3] {
            pings.handle_sent(at(second));
        }
        assert_eq!(pings.handle_answer(), Some(at(1)));
        assert!(pings.is_pending());
        pings.handle_sent(at(4));
        assert_eq!((pings.handle_answer(), pings.handle_answer()), (None, None), "of the second and the third");
        assert_eq!(pings.handle_answer(), Some(at(4)));
        assert_eq!((pings.handle_answer(), pings.is_pending()), (None, false), "one too many");
        pings.handle_sent(at(5));
        assert_eq!(pings.handle_answer(), Some(at(5)));
    }
}
