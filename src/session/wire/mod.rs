//! What the two wires have in common: frames in and out, by their meaning.

mod plain;
mod socket_io;

use std::borrow::Cow;

use bytes::Bytes;

use crate::{
    protocol::{
        DecodeError,
        attachments::{Assembled, Assembler},
        engine::Handshake,
        event::{Envelope, Recognizer},
    },
    vocabulary::Protocol,
};

/// A frame of the server.
#[derive(Debug)]
pub(super) enum Incoming<'a> {
    /// The Engine.IO handshake.
    Opened(Handshake),
    /// The namespace is joined.
    Joined {
        socket_id: Option<String>,
        pid: Option<String>,
    },
    /// The server tells what it calls this connection.
    Named {
        socket_id: String,
    },
    /// The namespace is refused.
    Refused {
        code: Option<String>,
        message: String,
    },
    /// The server ends the session on purpose.
    Left,
    /// The server closes the transport.
    Closed,
    Ping(&'a str),
    /// The answer to our own ping, on the wire that has one.
    Pong,
    Event {
        envelope: Envelope<'a>,
        offset: Option<&'a str>,
    },
    Subscribed {
        /// Any JSON.
        subscription_id: Option<&'a str>,
        topic: Option<Cow<'a, str>>,
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
    /// Nothing to act on: events of no concern, other namespaces.
    Ignored,
}

/// One of the two wires, and the binary packet that is under way on it.
#[derive(Debug)]
pub(super) struct Wire {
    protocol: Protocol,
    assembler: Assembler,
}

impl Wire {
    pub(super) const fn new(protocol: Protocol, max_message_bytes: usize) -> Self {
        Self { protocol, assembler: Assembler::new(max_message_bytes) }
    }

    pub(super) const fn protocol(&self) -> Protocol {
        self.protocol
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

    /// Takes a binary frame; gives the packet it completes.
    pub(super) fn attach(&mut self, attachment: Bytes) -> Result<Option<Assembled>, DecodeError> {
        self.assembler.push(attachment)
    }

    /// Reads the text of a packet whose attachments are complete.
    pub(super) fn decode_assembled(text: &str) -> Result<Incoming<'_>, DecodeError> {
        socket_io::decode_assembled(text)
    }

    pub(super) fn awaits_attachments(&self) -> bool {
        self.assembler.is_pending()
    }

    /// Forgets a binary packet that is under way.
    pub(super) fn reset(&mut self) {
        self.assembler.reset();
    }

    /// An event with one argument, a JSON text; on the plain wire an object, without attachments.
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

    /// The last frame before a deliberate end.
    pub(super) fn farewell(&self) -> Option<String> {
        matches!(self.protocol, Protocol::SocketIo).then(socket_io::leave)
    }

    /// The answer to a ping.
    pub(super) fn pong(text: &str) -> String {
        socket_io::pong(text)
    }

    /// The client's own ping, on the wire that has one.
    pub(super) fn ping(&self) -> Option<String> {
        matches!(self.protocol, Protocol::Ws).then(plain::ping)
    }
}
