//! REST over a scripted server: what the user receives for each behaviour of the server, and what
//! the server sees of the client.
//!
//! Nothing here sleeps. The user waits until the client wakes it, and the server waits for a
//! request or the end of a connection.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod answers;
mod budget;
mod connections;
mod ending;
mod redirects;
mod refusals;
mod retries;
mod server;
mod tls;
mod user;
