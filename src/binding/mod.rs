//! Node.js: the only folder that knows it. DTOs in, batches of text and errors out.

mod config;
mod doorbell;
mod engine;
