//! Node.js: the only folder that knows it. It turns JavaScript's arguments into types of the
//! engine, and the engine's results into batches, texts and errors.

#![allow(clippy::needless_pass_by_value, reason = "a call owns the arguments that JavaScript passes")]

mod config;
mod decoder;
mod engine;
mod error;
mod log;
mod rest;
mod stats;
mod text;
mod wake_queue;
mod waker;
mod webhook;
mod write_batch;
