//! The engine of `@smarterservices/realtime`.
//!
//! ```text
//! protocol    bytes to packets and back, pure
//! shape       events by their shape: recognized in one pass, packed for generated code, pure
//! session     the state machine of one client, pure: time and randomness come in as arguments
//! transport   frames over ws and wss
//! client      a handle, and the one task that joins a session with a link
//! rest        requests and what became of them
//! log         what the engine does, as records for JavaScript
//! webhook     signatures of webhook deliveries, pure; stands alone
//! token       what a client shows to say who it is, and how long that holds
//! binding     the only folder that knows Node.js
//! ```
//!
//! Knowledge runs one way: `protocol <- session <- client -> transport`,
//! `protocol <- shape <- client`,
//! `protocol <- rest -> transport`; `binding` sees all, nobody sees `binding`.

pub mod client;
pub mod error;
pub mod log;
pub mod protocol;
pub mod rest;
pub mod session;
pub mod shape;
pub mod token;
pub mod transport;
pub mod vocabulary;
pub mod waker;
pub mod webhook;

mod binding;
mod runtime;

/// What tests share with those in `tests/` names this crate.
#[cfg(test)]
extern crate self as realtime;
