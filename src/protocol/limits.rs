//! Bounds on what a peer sends, so that no peer decides how much memory or time a message costs.

/// The largest message of the server, in bytes, unless the user sets another bound. It applies to a
/// whole message, however it is fragmented, and to the attachments of a packet together.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;
/// The deepest nesting of arrays and objects within one JSON value.
pub const MAX_DEPTH: usize = 1_024;
/// The longest Engine.IO session ID, in bytes.
pub const MAX_SID_BYTES: usize = 256;
/// The longest ping interval or ping timeout: one day, in milliseconds.
pub const MAX_HEARTBEAT_MS: u64 = 24 * 60 * 60 * 1_000;
/// The longest namespace, in bytes.
pub const MAX_NAMESPACE_BYTES: usize = 256;
/// The most attachments that one packet may announce.
pub const MAX_ATTACHMENTS: u32 = 64;
/// The largest ack ID: the largest integer that a JavaScript peer counts exactly (2^53 - 1).
pub const MAX_ACK_ID: u64 = (1 << 53) - 1;
