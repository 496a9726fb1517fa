//! REST over a scripted server: what a user gets for what the server does, and what the server sees of it.
//!
//! Nothing here sleeps: the user's side waits for its bell, the server for a request or the end of a connection.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod answers;
mod connections;
mod ending;
mod redirects;
mod refusals;
mod retries;
mod server;
mod tls;
mod user;
