//! The transport over real sockets: what a server receives, and the error of each failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod backlog;
mod certificates;
mod dial;
mod frames;
mod link;
mod peer;
mod polling;
mod proxy;
mod redirects;
mod requests;
mod tls;
