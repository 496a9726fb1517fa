//! The meaning of HTTP answers, whatever request they answer.
//!
//! ```text
//! head        reads the head of an answer        status        transient or uncertain
//! refusal     an answer as an error              body_text     how an error shows a foreign body
//! retry_after, keep_alive, cookies               headers with a meaning of their own
//! ```

pub(super) mod body_text;
pub(super) mod cookies;
pub(super) mod head;
pub(super) mod keep_alive;
pub(super) mod refusal;
pub(super) mod retry_after;
pub(super) mod status;
