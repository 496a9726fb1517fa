//! The wire, written once: text in, packets out, and back. No clock, no sockets, no JavaScript.
//!
//! A platform connection speaks one of two languages, each a text (or binary) WebSocket message at a time.
//!
//! **Socket.IO 5 over Engine.IO 4.** The first character is the Engine.IO packet type ([`engine_io`]); a message
//! carries a Socket.IO packet ([`socket_io`]), whose first character is again its type:
//!
//! | Engine.IO |         | carries            | | Socket.IO |                 | payload                         |
//! |-----------|---------|--------------------|-|-----------|-----------------|---------------------------------|
//! | `0`       | open    | handshake, JSON    | | `0`       | `CONNECT`       | object, optional                |
//! | `1`       | close   |                    | | `1`       | `DISCONNECT`    | none                            |
//! | `2`       | ping    | optional text      | | `2`       | `EVENT`         | `["name", ...]`                 |
//! | `3`       | pong    | the ping's text    | | `3`       | `ACK`           | `[...]`                         |
//! | `4`       | message | a Socket.IO packet | | `4`       | `CONNECT_ERROR` | object or string                |
//! | `5`       | upgrade |                    | | `5`       | `BINARY_EVENT`  | `["name", ...]`, placeholders   |
//! | `6`       | noop    |                    | | `6`       | `BINARY_ACK`    | `[...]`, placeholders           |
//!
//! A Socket.IO packet is `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`; its attachments follow as binary
//! messages ([`attachments`]).
//!
//! **Plain `/ws`.** JSON objects keyed by `type` ([`frame`]).
//!
//! Payloads stay slices of the received text. They are checked by one strict pass ([`json`]) that finds the members of
//! the event envelope on its way ([`event`]) and builds no tree.
//!
//! Sources: <https://socket.io/docs/v4/engine-io-protocol/>, <https://socket.io/docs/v4/socket-io-protocol/>, RFC 8259.

use std::fmt;

pub mod arguments;
pub mod attachments;
pub mod engine_io;
pub mod event;
pub mod frame;
pub mod json;
pub mod socket_io;
pub mod versions;

#[cfg(test)]
mod properties;

/// How large a message of the server may be where the user does not say: whole or in fragments, its
/// attachments together.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// Why a message of the peer could not be read. Small and `Copy`: it never holds what the peer sent beyond one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The first character names no Engine.IO packet type; `None`: the message is empty.
    EnginePacketType(Option<char>),
    /// A member of the Engine.IO handshake is missing or out of its bounds.
    Handshake {
        /// The member's name.
        member: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// The first character names no Socket.IO packet type; `None`: the packet is empty.
    SocketPacketType(Option<char>),
    /// A binary packet's attachment count is no number, zero, or above [`socket_io::MAX_ATTACHMENTS`].
    AttachmentCount,
    /// The namespace is longer than [`socket_io::MAX_NAMESPACE_BYTES`].
    NamespaceTooLong,
    /// The ack id is above [`socket_io::MAX_ACK_ID`].
    AckId,
    /// The payload is missing, or its JSON type is not the one its packet type carries.
    Payload {
        /// The packet's type.
        kind: socket_io::SocketPacketKind,
        /// What it should have been.
        expected: &'static str,
    },
    /// An event has one of the names that Socket.IO keeps for itself.
    ReservedEventName(&'static str),
    /// The text is no JSON.
    Json {
        /// Byte offset into the scanned text.
        at: usize,
        /// What the grammar allows there.
        expected: &'static str,
        /// What is there; `None`: the text ends.
        found: Option<char>,
    },
    /// Arrays and objects nest deeper than [`json::MAX_DEPTH`].
    TooDeep {
        /// Byte offset into the scanned text.
        at: usize,
    },
    /// A well-formed value is no event envelope.
    Event {
        /// The member at fault; `None`: the value itself.
        member: Option<&'static str>,
        /// What it should have been.
        expected: &'static str,
    },
    /// A well-formed `/ws` frame lacks what its type needs.
    Frame {
        /// The member at fault; `None`: the frame itself.
        member: Option<&'static str>,
        /// What it should have been.
        expected: &'static str,
    },
    /// A binary message came although no packet waits for attachments.
    AttachmentUnexpected,
    /// A packet came although the one before still waits for attachments.
    AttachmentMissing,
    /// The attachments of one packet are larger than a message may be.
    AttachmentsTooLarge {
        /// How many bytes they may have together.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::EnginePacketType(Some(found)) => write!(formatter, "message of unknown Engine.IO type {found:?}"),
            Self::EnginePacketType(None) => formatter.write_str("empty message: an Engine.IO packet needs a type"),
            Self::Handshake { member, expected } => {
                write!(formatter, "Engine.IO handshake: `{member}` must be {expected}")
            }
            Self::SocketPacketType(Some(found)) => write!(formatter, "packet of unknown Socket.IO type {found:?}"),
            Self::SocketPacketType(None) => formatter.write_str("empty Socket.IO packet: it needs a type"),
            Self::AttachmentCount => {
                write!(formatter, "binary packet must announce 1 to {} attachments", socket_io::MAX_ATTACHMENTS)
            }
            Self::NamespaceTooLong => {
                write!(formatter, "namespace is longer than {} bytes", socket_io::MAX_NAMESPACE_BYTES)
            }
            Self::AckId => write!(formatter, "ack id is above {}", socket_io::MAX_ACK_ID),
            Self::Payload { kind, expected } => write!(formatter, "payload of a {kind:?} packet must be {expected}"),
            Self::ReservedEventName(name) => write!(formatter, "event name `{name}` is reserved by Socket.IO"),
            Self::Json { at, expected, found: Some(found) } => {
                write!(formatter, "invalid JSON at byte {at}: expected {expected}, found {found:?}")
            }
            Self::Json { at, expected, found: None } => {
                write!(formatter, "invalid JSON: the text ends at byte {at} where {expected} was expected")
            }
            Self::TooDeep { at } => write!(formatter, "JSON nests deeper than {} levels at byte {at}", json::MAX_DEPTH),
            Self::Event { member: Some(member), expected } => write!(formatter, "event: `{member}` must be {expected}"),
            Self::Event { member: None, expected } => write!(formatter, "event must be {expected}"),
            Self::Frame { member: Some(member), expected } => write!(formatter, "frame: `{member}` must be {expected}"),
            Self::Frame { member: None, expected } => write!(formatter, "frame must be {expected}"),
            Self::AttachmentUnexpected => {
                formatter.write_str("binary message although no packet waits for attachments")
            }
            Self::AttachmentMissing => formatter.write_str("packet although the one before waits for attachments"),
            Self::AttachmentsTooLarge { limit } => {
                write!(formatter, "attachments of one packet exceed {limit} bytes (maxMessageBytes)")
            }
        }
    }
}

impl std::error::Error for DecodeError {}
