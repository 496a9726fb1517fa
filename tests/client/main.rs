//! The driver over a local peer: real sockets, and a peer that speaks Engine.IO and Socket.IO by
//! hand.
//!
//! No test sleeps to wait for something: the user's side waits for its waker, the peer for a frame
//! or the end of a connection.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../batch/mod.rs"]
mod batch;
mod delivery;
mod ending;
mod liveness;
mod peer;
mod reconnecting;
mod user;
