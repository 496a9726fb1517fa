//! The wire protocols: decodes text into packets and encodes packets as text. Pure: no clock, no
//! sockets, no JavaScript.
//!
//! A connection to the platform speaks one of two protocols. Each packet is one WebSocket message,
//! text or binary.
//!
//! **Socket.IO 5 over Engine.IO 4.** The first character is the type of the Engine.IO packet
//! ([`engine_io`]). A `message` carries a Socket.IO packet ([`socket_io`]), which starts with its
//! own type:
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
//! A Socket.IO packet is `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`. Its attachments
//! follow as binary messages ([`attachments`]).
//!
//! **Plain `/ws`.** JSON objects keyed by `type` ([`frame`]).
//!
//! Payloads stay slices of the received text. One strict pass ([`json`]) validates a payload, finds
//! the members of the event envelope ([`event`]) and builds no tree.
//!
//! Sources: <https://socket.io/docs/v4/engine-io-protocol/>,
//! <https://socket.io/docs/v4/socket-io-protocol/>, RFC 8259.

pub mod arguments;
pub mod attachments;
pub mod engine_io;
mod error;
pub mod event;
pub mod frame;
pub mod json;
pub mod limits;
pub mod message;
mod packet_kind;
pub mod socket_io;
pub mod versions;

#[cfg(test)]
mod properties;

pub use self::{error::DecodeError, limits::MAX_MESSAGE_BYTES};
