//! Compression of messages: permessage-deflate, RFC 7692.
//!
//! A message is compressed with the messages before it as its dictionary (context takeover), which
//! is what makes small events small. A connection pays for that once it is used: its first
//! compressed message allocates the window of the server's messages, some 48 KB. What only a
//! message at a time needs is shared by the connections of a thread: the buffer of inflated
//! messages, and the compressor.
//!
//! ```text
//! negotiation   the offer, and what the server makes of it
//! inflater      the server's messages        deflater   our messages
//! ```

mod deflater;
mod inflater;
mod negotiation;

pub(in crate::transport) use self::negotiation::Agreement;
pub(super) use self::{
    deflater::Deflater,
    inflater::{Inflater, InvalidData},
    negotiation::encode_offer,
};

/// What ends a message after a flush, and is left out on the wire, RFC 7692 section 7.2.1.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

#[cfg(test)]
mod tests;
