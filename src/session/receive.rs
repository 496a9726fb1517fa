//! What the server sends, and what it means for a session.
//!
//! The rules for what it should not send: a frame that cannot be read is reported and skipped,
//! unless the connection cannot come about without it; packets of other namespaces, unknown events,
//! and answers nobody waits for are ignored; an event that is no `RealtimeEvent` is reported and
//! not delivered. A server that waits to hear that an event has come hears it in all of these
//! cases.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use super::{
    Delivery, Session,
    codec::{Codec, Incoming},
    disconnecting::OTHER_PARSER,
    link::Link,
    phase::{Phase, Stage},
    tables::timers::Timer,
};
use crate::{
    error::{Error, ErrorKind},
    protocol::{
        DecodeError,
        event::{Envelope, Recognizer},
    },
};
use bytes::Bytes;

/// How long the attachments of a binary packet may take.
pub(super) const ATTACHMENTS_TIMEOUT: Duration = Duration::from_secs(10);

impl Session {
    /// A text frame has come. Gives the event it carries, if that is for the user. Where the server
    /// waits for an ack of the event, the ack is the next frame to send: so the event has to be
    /// passed on before [`Session::poll_frame`] is called.
    pub fn receive<'a>(
        &mut self,
        now: Instant,
        frame: &'a str,
        recognizer: &mut impl Recognizer,
    ) -> Option<Delivery<'a>> {
        let link = self.hear(now, frame.len())?;
        let is_opening = matches!(link.stage, Stage::Opening);
        let mut incoming = link.codec.decode(frame, recognizer);
        if let Some(id) = link.codec.awaited_ack(frame) {
            link.owed_acks.push(id);
        }
        if let Err(problem @ DecodeError::AttachmentMissing) = incoming {
            // The packet before it is lost, but this one is whole.
            self.refuse(&problem);
            incoming = self.phase.link_mut()?.codec.decode(frame, recognizer);
        }
        let envelope = match incoming {
            Ok(Incoming::Event { envelope, offset }) if !is_opening => {
                if envelope.shape.is_none() {
                    recognizer.meet(envelope.text);
                }
                self.take_event(envelope, offset)?
            }
            other => {
                self.handle_text(now, frame, other);
                return None;
            }
        };
        let Envelope { topic, text, shape, .. } = envelope;
        Some(Delivery { topic, text: Cow::Borrowed(text), attachments: Vec::new(), shape })
    }

    /// A binary frame has come. Gives the event it completes, if that is for the user.
    pub fn receive_binary(&mut self, now: Instant, frame: Bytes) -> Option<Delivery<'static>> {
        let link = self.hear(now, frame.len())?;
        let assembled = match link.codec.attach(frame) {
            Ok(assembled) => assembled?,
            Err(DecodeError::AttachmentUnexpected) if !matches!(link.stage, Stage::Connected(_)) => {
                self.fail_handshake(now, &format!("is binary: {OTHER_PARSER}"));
                return None;
            }
            Err(problem) => {
                if let Some(packet) = link.codec.skip_attachments() {
                    self.note_skipped(&packet);
                    self.owe_ack(&packet);
                }
                self.refuse(&problem);
                return None;
            }
        };
        link.timers.clear(Timer::Attachments);
        self.owe_ack(&assembled.text);
        let envelope = match Codec::decode_assembled(&assembled.text) {
            Ok(Incoming::Event { envelope, offset }) => self.take_event(envelope, offset)?,
            other => {
                if other.is_err() {
                    self.note_skipped(&assembled.text);
                }
                self.handle(now, other);
                return None;
            }
        };
        let (topic, text) = (envelope.topic.into_owned().into(), envelope.text.to_owned().into());
        Some(Delivery { topic, text, attachments: assembled.attachments, shape: None })
    }

    /// [`Timer::Attachments`].
    pub(super) fn handle_attachments_timeout(&mut self, now: Instant) {
        let Some(link) = self.phase.link_mut() else { return };
        // The attachments may wait in a paused link, or arrive slowly.
        let since = if self.pause.is_some() { now } else { link.heartbeat.last_byte_at() };
        if since + ATTACHMENTS_TIMEOUT > now {
            return link.timers.set(Timer::Attachments, since + ATTACHMENTS_TIMEOUT);
        }
        link.codec.skip_attachments();
        self.report(Error::new(ErrorKind::Protocol, "the attachments of a binary packet did not come; it was dropped"));
    }

    /// A frame has come. Returns the link that brought it.
    fn hear(&mut self, now: Instant, bytes: usize) -> Option<&mut Link> {
        self.counters.bytes_received += bytes as u64;
        let Phase::Open(link) = &mut self.phase else { return None };
        self.sent_before = match link.stage {
            Stage::Connected(_) => link.watermark.proven_until(),
            // A recovered session begins with what the server has sent since the loss.
            Stage::Opening | Stage::Joining(_) => self.gaps.lost_since().unwrap_or(self.sent_before),
        };
        link.watermark.handle_frame(now);
        link.heartbeat.handle_bytes(now, &self.peer, &link.send_backlog);
        Some(link)
    }

    /// Handles a frame that is not an event, or cannot be read.
    fn handle_text(&mut self, now: Instant, frame: &str, incoming: Result<Incoming<'_>, DecodeError>) {
        if let Err(problem) = &incoming {
            if self.is_joining() && Codec::answers_join(frame) {
                return self.fail_handshake(now, &format!("cannot be read: {problem}"));
            }
            self.note_skipped(frame);
            if let Some(packet) = frame.strip_prefix('4').filter(|packet| packet.starts_with('5')) {
                self.owe_ack(packet);
            }
        }
        self.handle(now, incoming);
    }

    fn handle(&mut self, now: Instant, incoming: Result<Incoming<'_>, DecodeError>) {
        match incoming {
            Ok(Incoming::Opened(handshake)) => self.join(handshake),
            Ok(_) if self.is_opening() => self.fail_handshake(now, "is another packet"),
            Err(problem) if self.is_opening() => {
                self.fail_handshake(now, &format!("cannot be read: {problem}"));
            }
            // One answer is enough for all pings since the link last took a frame: a flood of them stays bounded.
            Ok(Incoming::Ping(text)) => {
                if let Some(link) = self.phase.link_mut() {
                    link.pong = Some(Codec::pong(text));
                    // A ping with a text is a probe, not the server's heartbeat.
                    if text.is_empty() {
                        link.watermark.handle_server_ping(now);
                    }
                }
            }
            Ok(Incoming::Pong) => self.handle_application_pong(now),
            // From a server that does not name the namespace it refuses.
            Ok(Incoming::Refused { .. }) if self.is_connected() && self.awaits_pong() => {
                self.handle_application_pong(now);
            }
            Ok(Incoming::PingAdmitted) => self.handle_admitted_ping(now),
            Ok(Incoming::Acked { id, payload }) => self.handle_answer(now, id, payload),
            Ok(Incoming::Subscribed { subscription_id, topic }) => {
                self.confirm_subscription(now, None, subscription_id, topic.as_deref());
            }
            Ok(Incoming::Failed { error, message, subscription_id }) => {
                let problem = super::reason(error.as_deref(), message.as_deref());
                if self.refuses_token(subscription_id.as_deref()) {
                    self.replace_link(now, &problem);
                } else {
                    self.handle_failure(&problem, subscription_id.as_deref());
                }
            }
            Ok(Incoming::Joined { socket_id, pid }) => self.handle_joined(now, socket_id, pid),
            Ok(Incoming::Named { socket_id }) => {
                if let Some(link) = self.phase.link_mut() {
                    link.socket_id = Some(socket_id);
                }
            }
            Ok(Incoming::Refused(refusal)) => self.handle_refusal(now, refusal),
            // A deployment may say farewell to whoever's token has run out.
            Ok(Incoming::Disconnected) if self.awaits_renewal(now) => self.close_with_server(now),
            Ok(Incoming::Disconnected) => self.handle_server_disconnect(now),
            Ok(Incoming::Closed) => self.close_with_server(now),
            Ok(Incoming::BinaryStarted) => {
                if let Some(link) = self.phase.link_mut() {
                    link.timers.set(Timer::Attachments, now + ATTACHMENTS_TIMEOUT);
                }
            }
            Ok(Incoming::Event { .. } | Incoming::Ignored) => {}
            Err(problem) => self.refuse(&problem),
        }
        self.close_gap(now);
    }

    fn take_event<'a>(&mut self, envelope: Envelope<'a>, offset: Option<&str>) -> Option<Envelope<'a>> {
        self.counters.events_received += 1;
        if let (Some(offset), Some(recovery)) = (offset, &mut self.recovery) {
            recovery.handle_offset(offset);
        }
        // A session that is recovered gets what it missed before the answer to its CONNECT.
        let wanted = if self.interest.includes(&envelope.topic) {
            self.wants(&envelope)
        } else {
            self.interest.includes_messages() && self.is_message(&envelope)
        };
        if !wanted {
            self.counters.dropped_unwanted += 1;
            return None;
        }
        if !self.dedupe.insert(&envelope.id) {
            self.counters.dropped_repeats += 1;
            return None;
        }
        Some(envelope)
    }

    /// An event that is skipped counts as received, so that a recovered session does not bring it
    /// again.
    fn note_skipped(&mut self, text: &str) {
        let offset = self.phase.link().and_then(|link| link.codec.offset(text));
        if let (Some(offset), Some(recovery)) = (offset, &mut self.recovery) {
            recovery.handle_offset(offset);
        }
    }

    /// A packet with attachments has come whole, or is refused: the server may wait to hear so.
    fn owe_ack(&mut self, packet: &str) {
        if let (Some(id), Some(link)) = (Codec::awaited_ack_of_binary(packet), self.phase.link_mut()) {
            link.owed_acks.push(id);
        }
    }

    fn refuse(&mut self, problem: &DecodeError) {
        if let Some(link) = self.phase.link_mut().filter(|link| !link.codec.awaits_attachments()) {
            link.timers.clear(Timer::Attachments);
        }
        let kind = match problem {
            DecodeError::Event { .. } => ErrorKind::InvalidEvent,
            DecodeError::AttachmentsTooLarge { .. } => ErrorKind::MessageTooLarge,
            _ => ErrorKind::Protocol,
        };
        self.report(Error::new(kind, format!("the server sent a frame that was skipped: {problem}")));
    }
}
