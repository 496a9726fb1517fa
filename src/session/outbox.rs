//! Messages that wait to be sent: while offline, or while the link takes no more. Bounded by count, bytes and age.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::error::{Error, ErrorKind};

/// How much may wait, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimits {
    /// Messages at most.
    pub messages: usize,
    /// Bytes of names and arguments at most.
    pub bytes: usize,
    /// The longest wait.
    pub age: Duration,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self { messages: 1000, bytes: 4 << 20, age: Duration::from_mins(1) }
    }
}

/// The SDK's own name for a message: what its outcome is reported under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

/// One message of the user.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) event: String,
    /// The payload as JSON text.
    pub(super) payload: String,
    /// How long to wait for an answer; `None` asks for none.
    pub(super) ack_timeout: Option<Duration>,
}

impl Message {
    pub(super) fn len(&self) -> usize {
        self.event.len() + self.payload.len()
    }
}

/// The queue, oldest first.
#[derive(Debug)]
pub(super) struct Outbox {
    limits: OutboxLimits,
    queue: VecDeque<(Instant, Message)>,
    bytes: usize,
}

impl Outbox {
    pub(super) const fn new(limits: OutboxLimits) -> Self {
        Self { limits, queue: VecDeque::new(), bytes: 0 }
    }

    /// Appends a message.
    ///
    /// # Errors
    /// [`ErrorKind::OutboxFull`] when it would go over a limit; the message is not taken.
    pub(super) fn push(&mut self, now: Instant, message: Message) -> Result<(), Error> {
        let OutboxLimits { messages, bytes, age } = self.limits;
        let after = self.bytes + message.len();
        if self.queue.len() >= messages || after > bytes {
            return Err(Error::new(
                ErrorKind::OutboxFull,
                format!(
                    "the message '{}' was not taken: {} messages of {} bytes are waiting (limits: {messages} messages, {bytes} bytes)",
                    message.event,
                    self.queue.len(),
                    self.bytes
                ),
            ));
        }
        self.bytes = after;
        self.queue.push_back((now + age, message));
        Ok(())
    }

    /// Takes the oldest.
    pub(super) fn pop(&mut self) -> Option<Message> {
        let (_, message) = self.queue.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    /// Takes one that has waited for too long.
    pub(super) fn expire(&mut self, now: Instant) -> Option<(Message, Error)> {
        if self.deadline()? > now {
            return None;
        }
        let message = self.pop()?;
        let error = Error::new(
            ErrorKind::Expired,
            format!("the message '{}' was not sent within {} ms", message.event, self.limits.age.as_millis()),
        );
        Some((message, error))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.queue.front().map(|&(at, _)| at)
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u64, payload: &str) -> Message {
        Message { id: MessageId(id), event: "e".into(), payload: payload.into(), ack_timeout: None }
    }

    #[test]
    fn keeps_the_order() {
        let now = Instant::now();
        let mut outbox = Outbox::new(OutboxLimits::default());
        for id in 0..3 {
            outbox.push(now, message(id, "{}")).expect("room");
        }
        assert_eq!(outbox.bytes(), 9);
        let ids: Vec<_> = std::iter::from_fn(|| outbox.pop()).map(|m| m.id.0).collect();
        assert_eq!((ids, outbox.bytes()), (vec![0, 1, 2], 0));
    }

    #[test]
    fn refuses_what_is_over_its_count_or_bytes() {
        let now = Instant::now();
        let mut by_count = Outbox::new(OutboxLimits { messages: 1, ..OutboxLimits::default() });
        by_count.push(now, message(0, "1")).expect("room");
        assert_eq!(by_count.push(now, message(1, "1")).map_err(|e| e.kind), Err(ErrorKind::OutboxFull));
        let mut by_bytes = Outbox::new(OutboxLimits { bytes: 4, ..OutboxLimits::default() });
        assert_eq!(by_bytes.push(now, message(0, "1234")).map_err(|e| e.kind), Err(ErrorKind::OutboxFull));
        by_bytes.push(now, message(0, "123")).expect("room");
        by_bytes.pop();
        by_bytes.push(now, message(0, "123")).expect("room again");
    }

    #[test]
    fn gives_up_what_is_too_old() {
        let now = Instant::now();
        let mut outbox = Outbox::new(OutboxLimits { age: Duration::from_secs(10), ..OutboxLimits::default() });
        outbox.push(now, message(0, "")).expect("room");
        outbox.push(now + Duration::from_secs(5), message(1, "")).expect("room");
        assert_eq!(outbox.expire(now + Duration::from_secs(9)), None);
        let (expired, error) = outbox.expire(now + Duration::from_secs(10)).expect("one is due");
        assert_eq!((expired.id.0, error.kind), (0, ErrorKind::Expired));
        assert_eq!(outbox.deadline(), Some(now + Duration::from_secs(15)));
    }
}
