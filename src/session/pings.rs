//! Our pings on the plain wire, and what their answers prove.
//!
//! A server answers after it has received the ping. What it had sent before we sent that ping comes before the answer, so
//! all of it has come when the answer does.

use std::time::Instant;

/// The pings and answers of one connection. Answers come in order, but do not say what they answer: they are counted.
#[derive(Debug, Default)]
pub(super) struct Pings {
    sent: u64,
    answered: u64,
    /// The ping whose answer is looked out for, by its number, and when it was sent.
    marked: Option<(u64, Instant)>,
}

impl Pings {
    /// A ping is about to be sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.sent += 1;
        self.marked.get_or_insert((self.sent, now));
    }

    /// An answer has come: what the server had sent until the time that is given has come as well. A server that leaves
    /// some unanswered proves less; the count never runs ahead of what was asked.
    pub(super) fn answered(&mut self) -> Option<Instant> {
        self.answered = (self.answered + 1).min(self.sent);
        self.marked.take_if(|(number, _)| *number <= self.answered).map(|(_, at)| at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_proves_what_was_sent_before_its_ping() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pings = Pings::default();
        assert_eq!(pings.answered(), None, "nothing was asked");
        for second in [1, 2, 3] {
            pings.sent(at(second));
        }
        assert_eq!(pings.answered(), Some(at(1)));
        pings.sent(at(4));
        assert_eq!((pings.answered(), pings.answered()), (None, None), "of the second and the third");
        assert_eq!(pings.answered(), Some(at(4)));
        assert_eq!(pings.answered(), None, "one too many");
        pings.sent(at(5));
        assert_eq!(pings.answered(), Some(at(5)));
    }
}
