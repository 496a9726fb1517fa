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
    answers::reason,
    codec::{Codec, Incoming},
    disconnecting::OTHER_PARSER,
    link::{Link, Stage},
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
const ATTACHMENTS_TIMEOUT: Duration = Duration::from_secs(10);

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
        let link = self.hear(now, frame.len())?;
        let is_opening = matches!(link.stage, Stage::Opening);
        let mut incoming = link.codec.decode(frame, recognizer);
        if let Some(id) = link.codec.awaited_ack(frame) {
            link.owed_acks.push(id);
        }
        if let Err(problem @ DecodeError::AttachmentMissing) = incoming {
            // The packet before this frame is lost, but the frame itself is whole.
            self.skip_frame(&problem);
            incoming = self.phase.link_mut()?.codec.decode(frame, recognizer);
        }
        match incoming {
            Ok(Incoming::Event { envelope, offset }) if !is_opening => {
                let is_wanted = self.admit(now, &envelope, offset);
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
                self.handle_text(now, frame, other);
                None
            }
        }
    }

    /// Handles a binary frame. Returns the event that it completes, if the user wants the event.
    pub fn receive_binary(&mut self, now: Instant, frame: Bytes) -> Option<Delivery<'static, BinaryEvent>> {
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
                self.skip_frame(&problem);
                return None;
            }
        };
        link.timers.clear(Timer::Attachments);
        self.owe_ack(&assembled.text);
        let envelope = match Codec::decode_assembled(&assembled.text) {
            Ok(Incoming::Event { envelope, offset }) if self.admit(now, &envelope, offset) => envelope,
            Ok(Incoming::Event { .. }) => return None,
            other => {
                if other.is_err() {
                    self.note_skipped(&assembled.text);
                }
                self.handle_incoming(now, other);
                return None;
            }
        };
        let topic = envelope.topic.into_owned().into();
        let text = envelope.text.to_owned();
        Some(Delivery { topic, event: BinaryEvent { text, attachments: assembled.attachments } })
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

    /// Handles a text frame that is not an event, or cannot be read.
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
        self.handle_incoming(now, incoming);
    }

    fn handle_incoming(&mut self, now: Instant, incoming: Result<Incoming<'_>, DecodeError>) {
        match incoming {
            Ok(Incoming::Opened(handshake)) => self.join(handshake),
            Ok(_) if self.is_opening() => self.fail_handshake(now, "is another packet"),
            Err(problem) if self.is_opening() => {
                self.fail_handshake(now, &format!("cannot be read: {problem}"));
            }
            Ok(Incoming::Ping(text)) => self.answer_ping(now, text),
            Ok(Incoming::Pong { timestamp }) => self.handle_application_pong(now, timestamp),
            // The refusal of the ping's namespace, from a server that does not name it.
            Ok(Incoming::Refused { .. }) if self.is_connected() && self.awaits_pong() => {
                self.handle_application_pong(now, None);
            }
            Ok(Incoming::PingAdmitted) => self.handle_admitted_ping(now),
            Ok(Incoming::Acked { id, payload }) => self.handle_answer(now, id, payload),
            Ok(Incoming::Subscribed { subscription_id, topic }) => {
                self.confirm_subscription(now, None, subscription_id, topic.as_deref());
            }
            Ok(Incoming::Gap { gap, offset }) => {
                if let (Some(offset), Some(recovery)) = (offset, &mut self.recovery) {
                    recovery.handle_offset(offset);
                }
                self.report_lost(now, gap);
            }
            Ok(Incoming::Failed { error, message, subscription_id }) => {
                let problem = reason(error.as_deref(), message.as_deref());
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
            // Some deployments disconnect a client whose token has expired.
            Ok(Incoming::Disconnected) if self.awaits_renewal(now) => self.close_with_server(now),
            Ok(Incoming::Disconnected) => self.handle_server_disconnect(now),
            Ok(Incoming::Closed) => self.close_with_server(now),
            Ok(Incoming::BinaryStarted) => {
                if let Some(link) = self.phase.link_mut() {
                    link.timers.set(Timer::Attachments, now + ATTACHMENTS_TIMEOUT);
                }
            }
            Ok(Incoming::Event { .. } | Incoming::Ignored) => {}
            Err(problem) => self.skip_frame(&problem),
        }
        self.close_gap(now);
    }

    /// Counts an event, and decides whether the user gets it.
    fn admit(&mut self, now: Instant, envelope: &Envelope<'_>, offset: Option<&str>) -> bool {
        self.counters.events_received += 1;
        if let (Some(offset), Some(recovery)) = (offset, &mut self.recovery) {
            recovery.handle_offset(offset);
        }
        // The stage does not matter: a recovered session receives its missed events before the
        // reply to its CONNECT.
        let wanted = if self.interest.includes(&envelope.topic) {
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
        if let Some(meter) = &mut self.meter {
            meter.handle_event(now, envelope);
        }
        true
    }

    /// The server has sent a ping. One answer is enough for all pings since the link last accepted
    /// a frame, so a flood of pings needs no memory.
    fn answer_ping(&mut self, now: Instant, text: &str) {
        if let Some(link) = self.phase.link_mut() {
            link.pong = Some(Codec::pong(text));
            // A ping with a text is a probe, not the server's heartbeat.
            if text.is_empty() {
                link.watermark.handle_server_ping(now);
            }
        }
    }

    /// Counts a skipped event as received, so that a recovered session does not bring it again.
    fn note_skipped(&mut self, text: &str) {
        let offset = self.phase.link().and_then(|link| link.codec.offset(text));
        if let (Some(offset), Some(recovery)) = (offset, &mut self.recovery) {
            recovery.handle_offset(offset);
        }
    }

    /// A packet with attachments is complete, or skipped: the server may expect its ack.
    fn owe_ack(&mut self, packet: &str) {
        if let (Some(id), Some(link)) = (Codec::awaited_ack_of_binary(packet), self.phase.link_mut()) {
            link.owed_acks.push(id);
        }
    }

    /// Reports a frame that is skipped.
    fn skip_frame(&mut self, problem: &DecodeError) {
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
