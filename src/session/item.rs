//! Notices as the items that JavaScript gets, as JSON text. `client/inbox` lists them.

use std::time::Instant;

use serde_json::{Value, json};

use super::{ConnectionState, Gap, Notice};

impl Notice {
    /// The item. `unix_time` converts an instant to Unix milliseconds.
    pub fn item(&self, unix_time: impl Fn(Instant) -> u64) -> String {
        match self {
            Self::Connection { state, reason } => {
                // Written by hand for the order of the members, which users see in their logs.
                let reason = reason.as_ref().map(|reason| format!(r#","reason":{}"#, json!(reason)));
                let more = match state {
                    ConnectionState::Connected { recovered } => format!(r#","recovered":{recovered}"#),
                    ConnectionState::Reconnecting { attempt, retry_in } => {
                        format!(r#","attempt":{attempt},"retryIn":{}"#, retry_in.as_millis())
                    }
                    ConnectionState::Disconnected | ConnectionState::Connecting => String::new(),
                };
                format!(r#"["connection",{{"state":"{}"{}{more}}}]"#, state.name(), reason.unwrap_or_default())
            }
            Self::Gap(gap) => json!(["gap", gap_members(gap, unix_time)]).to_string(),
            Self::Error(error) => json!(["error", error]).to_string(),
            Self::Subscribed { subscription_id } => {
                json!(["subscribed", { "subscriptionId": subscription_id }]).to_string()
            }
            Self::Joined { channel } => json!(["joined", { "channel": channel }]).to_string(),
            Self::TokenWanted => r#"["token"]"#.to_owned(),
            // The reply is JSON from the server. The session has validated it.
            Self::Outcome { id, result: Ok(Some(answer)) } => {
                format!(r#"["outcome",{{"id":{},"result":{answer}}}]"#, id.0)
            }
            Self::Outcome { id, result: Ok(None) } => json!(["outcome", { "id": id.0 }]).to_string(),
            Self::Outcome { id, result: Err(error) } => json!(["outcome", { "id": id.0, "error": error }]).to_string(),
        }
    }
}

fn gap_members(gap: &Gap, unix_time: impl Fn(Instant) -> u64) -> Value {
    let subscription = |(id, topic): &(String, String)| json!({ "subscriptionId": id, "topic": topic });
    let mut gap_members = json!({
        "since": unix_time(gap.since),
        "until": unix_time(gap.until),
        "reason": gap.reason,
        "subscriptions": gap.subscriptions.iter().map(subscription).collect::<Vec<_>>(),
        "channels": gap.channels,
    });
    if let Some(members) = gap_members.as_object_mut() {
        members.extend(gap.dropped.map(|dropped| ("dropped".to_owned(), dropped.into())));
        members.extend(gap.by_server.then(|| ("reportedBy".to_owned(), "server".into())));
    }
    gap_members
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_gap_has_the_number_of_dropped_events_only_where_it_is_known() {
        let start = Instant::now();
        let unix_time = |at: Instant| u64::try_from((at - start).as_millis()).unwrap();
        let gap = Gap {
            since: start + Duration::from_millis(1),
            until: start + Duration::from_millis(5001),
            reason: "r".into(),
            subscriptions: vec![("sub_1".into(), "t".into())],
            channels: vec!["c".into()],
            dropped: None,
            by_server: false,
        };
        let members = json!({
            "since": 1,
            "until": 5001,
            "reason": "r",
            "subscriptions": [{ "subscriptionId": "sub_1", "topic": "t" }],
            "channels": ["c"],
        });
        let item = |gap| serde_json::from_str::<Value>(&Notice::Gap(gap).item(unix_time)).unwrap();
        assert_eq!(item(gap.clone()), json!(["gap", members]));
        assert_eq!(item(Gap { dropped: Some(3), ..gap.clone() })[1]["dropped"], 3);
        assert_eq!(item(Gap { by_server: true, ..gap })[1]["reportedBy"], "server");
    }
}
