//! Received frames, and what they mean for a session.
//!
//! The rules for frames that a server should not send:
//!
//! - The session reports and skips a frame that it cannot read. During the handshake, it fails the
//!   connection instead.
//! - It ignores packets of other namespaces, unknown events, and replies without a pending request.
//! - It reports an event that is not a valid `RealtimeEvent`, and does not deliver it.
//!
//! In all of these cases it sends the ack that the server asked for.

use std::time::{Duration, Instant};

use super::{
    BinaryEvent, Delivery, Phase, Session,
    ending::OTHER_PARSER,
    timers::Timer,
    wire::{Incoming, Wire},
};
use crate::{
    error::{Error, ErrorKind},
    protocol::{
        DecodeError,
        event::{Envelope, Recognizer},
    },
};
use bytes::Bytes;

/// The time that the attachments of a binary packet may take.
pub(super) const ATTACHMENTS_TIMEOUT: Duration = Duration::from_secs(10);

impl Session {
    /// Handles a text frame. Returns the event that it carries, if the user wants the event.
    ///
    /// If the server asked for an ack of the event, [`Session::poll_frame`] returns the ack next.
    /// So deliver the event before that call.
    pub fn receive<'a, R: Recognizer>(
        &mut self,
        now: Instant,
        frame: &'a str,
        recognizer: &'a mut R,
    ) -> Option<Delivery<'a, R::Event<'a>>> {
        self.hear(now, frame.len());
        if !self.expects_frames() {
            return None;
        }
        let mut incoming = self.wire.decode(frame, recognizer);
        if let Err(problem @ DecodeError::AttachmentMissing) = incoming {
            // The previous packet is lost, but this one is complete.
            self.refuse(&problem);
            incoming = self.wire.decode(frame, recognizer);
        }
        if let Some(id) = self.wire.awaited_ack(frame) {
            self.owed_acks.push(id);
        }
        match incoming {
            Ok(Incoming::Event { envelope, offset }) if !matches!(self.phase, Phase::Opening) => {
                let is_wanted = self.admit(&envelope, offset);
                let Envelope { topic, text, shape, .. } = envelope;
                if !is_wanted {
                    if shape.is_none() {
                        recognizer.decline(text);
                    }
                    return None;
                }
                Some(Delivery { topic, event: recognizer.accept(text, shape) })
            }
            other => {
                self.take_text(now, frame, other);
                None
            }
        }
    }

    /// Handles a binary frame. Returns the event that it completes, if the user wants the event.
    pub fn receive_binary(&mut self, now: Instant, frame: Bytes) -> Option<Delivery<'static, BinaryEvent>> {
        self.hear(now, frame.len());
        if !self.expects_frames() {
            return None;
        }
        let assembled = match self.wire.attach(frame) {
            Ok(assembled) => assembled?,
            Err(DecodeError::AttachmentUnexpected) if !self.is_connected() => {
                self.fail_handshake(now, &format!("is binary: {OTHER_PARSER}"));
                return None;
            }
            Err(problem) => {
                if let Some(packet) = self.wire.skip_attachments() {
                    self.note_skipped(&packet);
                    self.owe_ack(&packet);
                }
                self.refuse(&problem);
                return None;
            }
        };
        self.timers.clear(Timer::Attachments);
        self.owe_ack(&assembled.text);
        let envelope = match Wire::decode_assembled(&assembled.text) {
            Ok(Incoming::Event { envelope, offset }) if self.admit(&envelope, offset) => envelope,
            Ok(Incoming::Event { .. }) => return None,
            other => {
                if other.is_err() {
                    self.note_skipped(&assembled.text);
                }
                self.take(now, other);
                return None;
            }
        };
        let topic = envelope.topic.into_owned().into();
        let text = envelope.text.to_owned();
        Some(Delivery { topic, event: BinaryEvent { text, attachments: assembled.attachments } })
    }

    fn hear(&mut self, now: Instant, bytes: usize) {
        self.before = self.sent_after();
        self.heard = now;
        self.sense(now);
        self.counters.bytes_received += bytes as u64;
    }

    const fn expects_frames(&self) -> bool {
        matches!(self.phase, Phase::Opening | Phase::Joining(_) | Phase::Connected { .. })
    }

    /// Handles a text frame that is not an event, or that cannot be read.
    fn take_text(&mut self, now: Instant, frame: &str, incoming: Result<Incoming<'_>, DecodeError>) {
        if let Err(problem) = &incoming {
            if matches!(self.phase, Phase::Joining(_)) && Wire::answers_join(frame) {
                return self.fail_handshake(now, &format!("cannot be read: {problem}"));
            }
            self.note_skipped(frame);
            if let Some(packet) = frame.strip_prefix('4').filter(|packet| packet.starts_with('5')) {
                self.owe_ack(packet);
            }
        }
        self.take(now, incoming);
    }

    fn take(&mut self, now: Instant, incoming: Result<Incoming<'_>, DecodeError>) {
        match incoming {
            Ok(Incoming::Opened(handshake)) => self.join(handshake),
            Ok(_) if matches!(self.phase, Phase::Opening) => self.fail_handshake(now, "is another packet"),
            Err(problem) if matches!(self.phase, Phase::Opening) => {
                self.fail_handshake(now, &format!("cannot be read: {problem}"));
            }
            // One pong answers all pings since the link last took a frame, so a flood of pings
            // stays bounded.
            Ok(Incoming::Ping(text)) => {
                self.pong = Some(Wire::pong(text));
                // A ping with a text is a probe, and says nothing about the server's heartbeat.
                if text.is_empty() {
                    self.shorten_backlog(now);
                }
            }
            Ok(Incoming::Pong) => self.take_application_pong(now),
            // Some servers do not name the namespace that they refuse.
            Ok(Incoming::Refused { .. }) if self.is_connected() && self.awaits_pong() => {
                self.take_application_pong(now);
            }
            Ok(Incoming::PingAdmitted) => self.take_back_application_ping(now),
            Ok(Incoming::Acked { id, payload }) => self.take_answer(now, id, payload),
            Ok(Incoming::Subscribed { subscription_id, topic }) => {
                self.confirm_subscription(now, None, subscription_id, topic.as_deref());
            }
            Ok(Incoming::Failed { error, message, subscription_id }) => {
                let problem = super::reason(error.as_deref(), message.as_deref());
                if self.refuses_token(subscription_id.as_deref()) {
                    self.replace_link(now, &problem);
                } else {
                    self.take_failure(&problem, subscription_id.as_deref());
                }
            }
            Ok(Incoming::Joined { socket_id, pid }) => self.joined(now, socket_id, pid),
            Ok(Incoming::Named { socket_id }) => self.socket_id = Some(socket_id),
            Ok(Incoming::Refused(refusal)) => self.refused(now, refusal),
            // A server may disconnect a client whose token has expired.
            Ok(Incoming::Left) if self.awaits_renewal(now) => self.close_with_server(now),
            Ok(Incoming::Left) => self.left(now),
            Ok(Incoming::Closed) => self.close_with_server(now),
            Ok(Incoming::BinaryStarted) => self.timers.set(Timer::Attachments, now + ATTACHMENTS_TIMEOUT),
            Ok(Incoming::Event { .. } | Incoming::Ignored) => {}
            Err(problem) => self.refuse(&problem),
        }
        self.close_gap(now);
    }

    /// Counts an event, and returns whether the user wants it.
    fn admit(&mut self, envelope: &Envelope<'_>, offset: Option<&str>) -> bool {
        self.counters.events_received += 1;
        if let (Some(offset), Some(recovery)) = (offset, &mut self.recovery) {
            recovery.note_offset(offset);
        }
        // A recovered session receives its missed events before the reply to its CONNECT.
        let wanted = matches!(self.phase, Phase::Joining(_) | Phase::Connected { .. })
            && if self.interest.includes(&envelope.topic) {
                self.wants(envelope)
            } else {
                self.interest.includes_messages() && self.is_message(envelope)
            };
        if !wanted {
            self.counters.dropped_unwanted += 1;
            return false;
        }
        if !self.dedupe.insert(&envelope.id) {
            self.counters.dropped_repeats += 1;
            return false;
        }
        true
    }

    /// Notes the offset of a skipped event, so that a recovered session does not receive it again.
    fn note_skipped(&mut self, text: &str) {
        if let (Some(offset), Some(recovery)) = (self.wire.offset(text), &mut self.recovery) {
            recovery.note_offset(offset);
        }
    }

    /// Queues the ack of a binary packet that is complete or refused, if the server asked for one.
    fn owe_ack(&mut self, packet: &str) {
        if let Some(id) = Wire::awaited_ack_of_binary(packet) {
            self.owed_acks.push(id);
        }
    }

    fn refuse(&mut self, problem: &DecodeError) {
        if !self.wire.awaits_attachments() {
            self.timers.clear(Timer::Attachments);
        }
        let kind = match problem {
            DecodeError::Event { .. } => ErrorKind::InvalidEvent,
            DecodeError::AttachmentsTooLarge { .. } => ErrorKind::MessageTooLarge,
            _ => ErrorKind::Protocol,
        };
        self.report(Error::new(kind, format!("the server sent a frame that was skipped: {problem}")));
    }
}
