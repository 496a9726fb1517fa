//! Messages that wait to be sent, while offline or while the link accepts no more. Bounded by
//! count, bytes and age.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::error::{Error, ErrorKind};

/// The bounds of the outbox.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimits {
    /// The most messages.
    pub messages: usize,
    /// The most bytes of names and arguments.
    pub bytes: usize,
    /// How long a message may wait.
    pub age: Duration,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self { messages: 1000, bytes: 4 << 20, age: Duration::from_mins(1) }
    }
}

/// The SDK's own id of a message, a join or a leave. Its outcome is reported with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

/// A message that the user sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The name of the event.
    pub event: String,
    /// Its one argument as JSON text; on the plain protocol an object.
    pub payload: String,
    /// The binary values behind the placeholders in the payload.
    pub attachments: Vec<Bytes>,
    /// How long the server may take to answer.
    pub ack_timeout: Duration,
    /// Whether to send it again on the next connection if this one ends without an answer.
    pub retry: bool,
    /// Whether to drop it if it cannot be sent at once.
    pub volatile: bool,
}

/// A message in the outbox.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::session) struct Message {
    pub(in crate::session) id: MessageId,
    pub(in crate::session) outgoing: Outgoing,
    /// When it is too old to be sent.
    expires: Instant,
    /// Whether it was sent before, without an answer.
    pub(in crate::session) uncertain: bool,
}

impl Message {
    fn len(&self) -> usize {
        let Outgoing { event, payload, attachments, .. } = &self.outgoing;
        event.len() + payload.len() + attachments.iter().map(Bytes::len).sum::<usize>()
    }
}

/// The queue, oldest first, and the sent messages that are sent again if no answer comes. The
/// limits hold for both together.
#[derive(Debug)]
pub(in crate::session) struct Outbox {
    limits: OutboxLimits,
    queue: VecDeque<Message>,
    unanswered: BTreeMap<MessageId, Message>,
    bytes: usize,
}

impl Outbox {
    pub(in crate::session) const fn new(limits: OutboxLimits) -> Self {
        Self { limits, queue: VecDeque::new(), unanswered: BTreeMap::new(), bytes: 0 }
    }

    /// Appends a message.
    ///
    /// # Errors
    /// [`ErrorKind::OutboxFull`] when the message would exceed a limit; it is not added.
    pub(in crate::session) fn push(&mut self, now: Instant, id: MessageId, outgoing: Outgoing) -> Result<(), Error> {
        let OutboxLimits { messages, bytes, age } = self.limits;
        let message = Message { id, outgoing, expires: now + age, uncertain: false };
        let after = self.bytes + message.len();
        if self.len() >= messages || after > bytes {
            return Err(Error::new(
                ErrorKind::OutboxFull,
                format!(
                    "the message '{}' was not added: {} messages of {} bytes are waiting (limits: {messages} messages, {bytes} bytes)",
                    message.outgoing.event,
                    self.len(),
                    self.bytes
                ),
            ));
        }
        self.bytes = after;
        self.queue.push_back(message);
        Ok(())
    }

    /// Removes the oldest message.
    pub(in crate::session) fn pop(&mut self) -> Option<Message> {
        let message = self.queue.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    /// A message that was popped is sent. The outbox keeps it if the user wants it sent again when
    /// no answer comes.
    pub(in crate::session) fn handle_sent(&mut self, mut message: Message) {
        if message.outgoing.retry {
            message.uncertain = true;
            self.bytes += message.len();
            self.unanswered.insert(message.id, message);
        }
    }

    /// The answer has come, or its time is up: the message is not sent again.
    pub(in crate::session) fn forget_unanswered(&mut self, id: MessageId) {
        if let Some(message) = self.unanswered.remove(&id) {
            self.bytes -= message.len();
        }
    }

    /// Puts the unanswered messages back at the front, in their order; returns their ids.
    pub(in crate::session) fn requeue_unanswered(&mut self) -> Vec<MessageId> {
        let unanswered = std::mem::take(&mut self.unanswered);
        let ids = unanswered.keys().copied().collect();
        for message in unanswered.into_values().rev() {
            self.queue.push_front(message);
        }
        ids
    }

    /// Removes one message that has waited too long.
    pub(in crate::session) fn expire(&mut self, now: Instant) -> Option<(Message, Error)> {
        if self.deadline()? > now {
            return None;
        }
        let message = self.pop()?;
        let error = Error::new(
            ErrorKind::Expired,
            format!("the message '{}' was not sent within {} ms", message.outgoing.event, self.limits.age.as_millis()),
        )
        .with_uncertain(message.uncertain);
        Some((message, error))
    }

    pub(in crate::session) fn deadline(&self) -> Option<Instant> {
        self.queue.front().map(|message| message.expires)
    }

    /// Whether no message waits to be sent.
    pub(in crate::session) fn is_clear(&self) -> bool {
        self.queue.is_empty()
    }

    pub(in crate::session) fn len(&self) -> usize {
        self.queue.len() + self.unanswered.len()
    }

    pub(in crate::session) const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(outbox: &mut Outbox, now: Instant, id: u64, payload: &str) -> Result<(), ErrorKind> {
        let outgoing = Outgoing {
            event: "e".into(),
            payload: payload.into(),
            attachments: vec![],
            ack_timeout: Duration::from_secs(1),
            retry: id >= 10,
            volatile: false,
        };
        outbox.push(now, MessageId(id), outgoing).map_err(|error| error.kind)
    }

    #[test]
    fn keeps_the_order() {
        let now = Instant::now();
        let mut outbox = Outbox::new(OutboxLimits::default());
        for id in 0..3 {
            push(&mut outbox, now, id, "{}").expect("room");
        }
        assert_eq!(outbox.bytes(), 9);
        let ids: Vec<_> = std::iter::from_fn(|| outbox.pop()).map(|m| m.id.0).collect();
        assert_eq!((ids, outbox.bytes()), (vec![0, 1, 2], 0));
    }

    #[test]
    fn refuses_what_is_over_its_count_or_bytes() {
        let now = Instant::now();
        let mut by_count = Outbox::new(OutboxLimits { messages: 1, ..OutboxLimits::default() });
        push(&mut by_count, now, 0, "1").expect("room");
        assert_eq!(push(&mut by_count, now, 1, "1"), Err(ErrorKind::OutboxFull));
        let mut by_bytes = Outbox::new(OutboxLimits { bytes: 4, ..OutboxLimits::default() });
        assert_eq!(push(&mut by_bytes, now, 0, "1234"), Err(ErrorKind::OutboxFull));
        push(&mut by_bytes, now, 0, "123").expect("room");
        by_bytes.pop();
        push(&mut by_bytes, now, 0, "123").expect("room again");
    }

    #[test]
    fn gives_up_what_is_too_old() {
        let now = Instant::now();
        let mut outbox = Outbox::new(OutboxLimits { age: Duration::from_secs(10), ..OutboxLimits::default() });
        push(&mut outbox, now, 0, "").expect("room");
        push(&mut outbox, now + Duration::from_secs(5), 1, "").expect("room");
        assert_eq!(outbox.expire(now + Duration::from_secs(9)), None);
        let (expired, error) = outbox.expire(now + Duration::from_secs(10)).expect("one is due");
        assert_eq!((expired.id.0, error.kind), (0, ErrorKind::Expired));
        assert_eq!(outbox.deadline(), Some(now + Duration::from_secs(15)));
    }

    #[test]
    fn what_is_not_answered_is_sent_again_first_where_that_was_asked_for() {
        let now = Instant::now();
        let mut outbox = Outbox::new(OutboxLimits::default());
        for id in [1, 10, 11, 12] {
            push(&mut outbox, now, id, "123").expect("room");
        }
        for _ in 0..3 {
            let message = outbox.pop().expect("four are waiting");
            outbox.handle_sent(message);
        }
        assert_eq!((outbox.len(), outbox.bytes(), outbox.is_clear()), (3, 12, false));
        outbox.forget_unanswered(MessageId(10));
        assert_eq!(outbox.requeue_unanswered(), [MessageId(11)]);
        let left: Vec<_> = std::iter::from_fn(|| outbox.pop()).map(|m| (m.id.0, m.uncertain)).collect();
        assert_eq!((left, outbox.bytes()), (vec![(11, true), (12, false)], 0));
    }
}
