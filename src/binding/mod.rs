//! Node.js: the only folder that knows it. DTOs in, batches of text and errors out.

#![allow(clippy::needless_pass_by_value, reason = "what JavaScript hands over is owned by the call")]

mod config;
mod decoder;
mod doorbell;
mod engine;
mod rest;
mod switchboard;
mod text;
mod webhook;
mod write_batch;
