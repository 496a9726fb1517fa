//! Notices as items of a batch, as JSON text. The table in [`super`] lists them.

use std::time::Instant;

use serde_json::json;

use super::gap;
use crate::session::{ConnectionState, Notice};

/// The item of a batch. `unix_time` converts an instant to Unix milliseconds.
pub(crate) fn item(notice: &Notice, unix_time: impl Fn(Instant) -> u64) -> String {
    match notice {
        Notice::Connection { state, reason } => {
            // Written by hand for the order of the members, which users see in their logs.
            let reason = reason.as_ref().map(|reason| format!(r#","reason":{}"#, json!(reason))).unwrap_or_default();
            let more = match state {
                ConnectionState::Connected { recovered } => format!(r#","recovered":{recovered}"#),
                ConnectionState::Reconnecting { attempt, retry_in } => {
                    format!(r#","attempt":{attempt},"retryIn":{}"#, retry_in.as_millis())
                }
                ConnectionState::Disconnected | ConnectionState::Connecting => String::new(),
            };
            format!(r#"["connection",{{"state":"{}"{reason}{more}}}]"#, state.name())
        }
        Notice::Gap(gap) => gap::item(gap, unix_time).to_string(),
        Notice::Error(error) => json!(["error", error]).to_string(),
        Notice::Subscribed { subscription_id } => {
            json!(["subscribed", { "subscriptionId": subscription_id }]).to_string()
        }
        Notice::Joined { channel } => json!(["joined", { "channel": channel }]).to_string(),
        Notice::TokenWanted => r#"["token"]"#.to_owned(),
        // The reply is JSON from the server. The session has validated it.
        Notice::Outcome { id, result: Ok(Some(answer)) } => {
            format!(r#"["outcome",{{"id":{},"result":{answer}}}]"#, id.0)
        }
        Notice::Outcome { id, result: Ok(None) } => json!(["outcome", { "id": id.0 }]).to_string(),
        Notice::Outcome { id, result: Err(error) } => json!(["outcome", { "id": id.0, "error": error }]).to_string(),
    }
}
