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

pub mod arguments;
pub mod attachments;
pub mod engine_io;
mod error;
pub mod event;
pub mod frame;
pub mod json;
pub mod limits;
mod packet_kind;
pub mod socket_io;
pub mod versions;

#[cfg(test)]
mod properties;

pub use self::{error::DecodeError, limits::MAX_MESSAGE_BYTES};
