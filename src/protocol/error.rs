//! Why a message of the peer cannot be read.

use std::fmt;

use super::{
    limits::{MAX_ACK_ID, MAX_ATTACHMENTS, MAX_DEPTH, MAX_NAMESPACE_BYTES},
    packet_kind::SocketPacketKind,
};

/// Why a message of the peer cannot be read. Small and `Copy`: it holds at most one character that
/// the peer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The first character is not an Engine.IO packet type. `None`: the message is empty.
    EnginePacketType(Option<char>),
    /// A member of the Engine.IO handshake is missing or out of bounds.
    Handshake {
        /// The member's name.
        member: &'static str,
        /// What the protocol requires.
        expected: &'static str,
    },
    /// The first character is not a Socket.IO packet type. `None`: the packet is empty.
    SocketPacketType(Option<char>),
    /// The attachment count of a binary packet is not a number, zero, or above [`MAX_ATTACHMENTS`].
    AttachmentCount,
    /// The namespace is longer than [`MAX_NAMESPACE_BYTES`].
    NamespaceTooLong,
    /// The ack ID is above [`MAX_ACK_ID`].
    AckId,
    /// The payload is missing, or has another JSON type than its packet type requires.
    Payload {
        /// The packet's type.
        kind: SocketPacketKind,
        /// What the protocol requires.
        expected: &'static str,
    },
    /// An event has a name that Socket.IO reserves.
    ReservedEventName(&'static str),
    /// The text is not JSON.
    Json {
        /// Byte offset into the scanned text.
        at: usize,
        /// What the grammar allows there.
        expected: &'static str,
        /// The character there. `None`: the text ends.
        found: Option<char>,
    },
    /// Arrays and objects nest deeper than [`MAX_DEPTH`].
    TooDeep {
        /// Byte offset into the scanned text.
        at: usize,
    },
    /// A well-formed value is not an event envelope.
    Event {
        /// The invalid member. `None`: the value itself.
        member: Option<&'static str>,
        /// What the protocol requires.
        expected: &'static str,
    },
    /// A well-formed `/ws` frame lacks a member that its type requires.
    Frame {
        /// The invalid member. `None`: the frame itself.
        member: Option<&'static str>,
        /// What the protocol requires.
        expected: &'static str,
    },
    /// A binary message arrived, but no packet waits for attachments.
    AttachmentUnexpected,
    /// A packet arrived while the previous one still waits for attachments.
    AttachmentMissing,
    /// The attachments of one packet are together larger than a message may be.
    AttachmentsTooLarge {
        /// Their limit, in bytes.
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
                write!(formatter, "binary packet must announce 1 to {MAX_ATTACHMENTS} attachments")
            }
            Self::NamespaceTooLong => {
                write!(formatter, "namespace is longer than {MAX_NAMESPACE_BYTES} bytes")
            }
            Self::AckId => write!(formatter, "ack id is above {MAX_ACK_ID}"),
            Self::Payload { kind, expected } => write!(formatter, "payload of a {kind:?} packet must be {expected}"),
            Self::ReservedEventName(name) => write!(formatter, "event name `{name}` is reserved by Socket.IO"),
            Self::Json { at, expected, found: Some(found) } => {
                write!(formatter, "invalid JSON at byte {at}: expected {expected}, found {found:?}")
            }
            Self::Json { at, expected, found: None } => {
                write!(formatter, "invalid JSON: the text ends at byte {at} where {expected} was expected")
            }
            Self::TooDeep { at } => write!(formatter, "JSON nests deeper than {MAX_DEPTH} levels at byte {at}"),
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
