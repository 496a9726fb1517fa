//! The codec: frames to meanings and back, the same for Socket.IO and the plain protocol.

#[cfg(test)]
mod meanings;
mod plain;
pub(super) mod refusal;
pub(super) mod reported_gap;
mod socket_io;
mod wording;

use std::borrow::Cow;

use bytes::Bytes;

use self::{refusal::Refusal, reported_gap::ReportedGap};
use crate::{
    protocol::{
        DecodeError,
        attachments::{Assembled, Assembler},
        engine_io::Handshake,
        event::{Envelope, Recognizer},
    },
    vocabulary::Protocol,
};

/// A frame of the server.
#[derive(Debug)]
pub(super) enum Incoming<'a> {
    /// The Engine.IO handshake.
    Opened(Handshake),
    /// The namespace is joined. Servers before Socket.IO 3 send no socket id.
    Joined {
        socket_id: Option<String>,
        pid: Option<String>,
    },
    /// The server's id of this connection, on the plain protocol.
    Named {
        socket_id: String,
    },
    /// The namespace is refused.
    Refused(Refusal),
    /// The server ends the session on purpose.
    Disconnected,
    /// The server closes the transport.
    Closed,
    Ping(&'a str),
    /// The answer to our application ping, with the server's time as JSON where it tells that.
    Pong {
        timestamp: Option<&'a str>,
    },
    /// The server has opened the namespace of the application ping.
    PingAdmitted,
    Event {
        envelope: Envelope<'a>,
        offset: Option<&'a str>,
    },
    Subscribed {
        /// Any JSON.
        subscription_id: Option<&'a str>,
        topic: Option<Cow<'a, str>>,
    },
    Gap {
        gap: ReportedGap,
        offset: Option<&'a str>,
    },
    Failed {
        error: Option<Cow<'a, str>>,
        message: Option<Cow<'a, str>>,
        subscription_id: Option<Cow<'a, str>>,
    },
    /// The answer to one of our packets: its id and JSON text.
    Acked {
        id: u64,
        payload: Option<&'a str>,
    },
    /// The head of a binary packet; its attachments follow.
    BinaryStarted,
    /// No action: unknown events, other namespaces.
    Ignored,
}

/// The codec of one link, with the binary packet whose attachments are still to come.
#[derive(Debug)]
pub(super) struct Codec {
    protocol: Protocol,
    assembler: Assembler,
}

impl Codec {
    pub(super) const fn new(protocol: Protocol, max_message_bytes: usize) -> Self {
        Self { protocol, assembler: Assembler::new(max_message_bytes) }
    }

    /// Reads a text frame.
    pub(super) fn decode<'a>(
        &mut self,
        text: &'a str,
        recognizer: &mut impl Recognizer,
    ) -> Result<Incoming<'a>, DecodeError> {
        match self.protocol {
            Protocol::SocketIo => socket_io::decode(text, &mut self.assembler, recognizer),
            Protocol::Ws => plain::decode(text, recognizer),
        }
    }

    /// Reads a binary frame; returns the packet that it completes.
    pub(super) fn attach(&mut self, attachment: Bytes) -> Result<Option<Assembled>, DecodeError> {
        self.assembler.push(attachment)
    }

    /// Reads the text of a packet whose attachments are complete.
    pub(super) fn decode_assembled(text: &str) -> Result<Incoming<'_>, DecodeError> {
        socket_io::decode_assembled(text)
    }

    /// The offset of an unreadable event, from the text of its packet.
    pub(super) fn offset<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self.protocol {
            Protocol::SocketIo => socket_io::offset(text.strip_prefix('4').unwrap_or(text)),
            Protocol::Ws => None,
        }
    }

    pub(super) fn awaits_attachments(&self) -> bool {
        self.assembler.is_pending()
    }

    /// Drops the binary packet whose attachments are still to come, and returns its text.
    pub(super) fn skip_attachments(&mut self) -> Option<String> {
        self.assembler.skip()
    }

    /// Whether a frame is the answer to [`Self::join`], readable or not.
    pub(super) fn answers_join(frame: &str) -> bool {
        socket_io::answers_join(frame)
    }

    /// The id of the ack that the server expects for the event in a frame.
    pub(super) fn awaited_ack(&self, frame: &str) -> Option<u64> {
        matches!(self.protocol, Protocol::SocketIo).then(|| socket_io::awaited_ack(frame)).flatten()
    }

    /// The same, for the text of a packet with attachments.
    pub(super) fn awaited_ack_of_binary(text: &str) -> Option<u64> {
        socket_io::awaited_ack_of(text)
    }

    /// The ack of the event with this id.
    pub(super) fn ack(id: u64) -> String {
        socket_io::ack(id)
    }

    /// An event with one argument, a JSON text. On the plain protocol the argument is an object,
    /// and there are no attachments.
    pub(super) fn event(&self, name: &str, payload: &str, ack: Option<u64>, attachments: usize) -> String {
        match self.protocol {
            Protocol::SocketIo => socket_io::event(name, payload, ack, attachments),
            Protocol::Ws => plain::event(name, payload, ack),
        }
    }

    /// The request to join the namespace with these credentials (a JSON object).
    pub(super) fn join(&self, credentials: &str) -> Option<String> {
        matches!(self.protocol, Protocol::SocketIo).then(|| socket_io::join(credentials))
    }

    /// The last frame before the client closes the link on purpose.
    pub(super) fn farewell(&self) -> Option<String> {
        matches!(self.protocol, Protocol::SocketIo).then(socket_io::leave)
    }

    /// The answer to a ping.
    pub(super) fn pong(text: &str) -> String {
        socket_io::pong(text)
    }

    /// The client's application ping: a message that every server answers.
    pub(super) fn ping(&self) -> String {
        match self.protocol {
            Protocol::SocketIo => socket_io::ping(),
            Protocol::Ws => plain::ping(),
        }
    }

    /// Leaves the namespace of the application ping, which the server has opened.
    pub(super) fn leave_ping_namespace() -> String {
        socket_io::leave_ping_namespace()
    }
}
