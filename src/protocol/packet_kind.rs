//! The types of Socket.IO packets.

/// The packet types, in the order of their digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketPacketKind {
    /// `0`: opens a namespace.
    Connect,
    /// `1`: leaves a namespace.
    Disconnect,
    /// `2`: an event.
    Event,
    /// `3`: the answer to an event with an ack ID.
    Ack,
    /// `4`: the namespace refused the connection.
    ConnectError,
    /// `5`: an event with attachments.
    BinaryEvent,
    /// `6`: an ack with attachments.
    BinaryAck,
}

impl SocketPacketKind {
    pub(super) fn from_digit(digit: char) -> Option<Self> {
        Some(match digit {
            '0' => Self::Connect,
            '1' => Self::Disconnect,
            '2' => Self::Event,
            '3' => Self::Ack,
            '4' => Self::ConnectError,
            '5' => Self::BinaryEvent,
            '6' => Self::BinaryAck,
            _ => return None,
        })
    }

    pub(super) fn digit(self) -> char {
        match self {
            Self::Connect => '0',
            Self::Disconnect => '1',
            Self::Event => '2',
            Self::Ack => '3',
            Self::ConnectError => '4',
            Self::BinaryEvent => '5',
            Self::BinaryAck => '6',
        }
    }

    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }
}
