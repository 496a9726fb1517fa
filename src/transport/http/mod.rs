//! What an HTTP answer means, whatever request it answers.

pub(super) mod body_text;
pub(super) mod cookies;
pub(super) mod head;
pub(super) mod keep_alive;
pub(super) mod refusal;
pub(super) mod retry_after;
pub(super) mod status;
