//! The item of a gap. Its times are wall-clock times.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::session::Gap;

/// The item of a batch.
pub(super) fn item(gap: &Gap, unix_time: impl Fn(Instant) -> u64) -> Value {
    let subscription = |(id, topic): &(String, String)| json!({ "subscriptionId": id, "topic": topic });
    let mut members = json!({
        "since": unix_time(gap.since),
        "until": unix_time(gap.until),
        "reason": gap.reason,
        "subscriptions": gap.subscriptions.iter().map(subscription).collect::<Vec<_>>(),
        "channels": gap.channels,
    });
    if let (Some(dropped), Some(members)) = (gap.dropped, members.as_object_mut()) {
        members.insert("dropped".into(), dropped.into());
    }
    json!(["gap", members])
}

/// A time in the past, in Unix milliseconds.
pub(super) fn unix_milliseconds(at: Instant) -> u64 {
    let then = SystemTime::now().checked_sub(at.elapsed()).unwrap_or(UNIX_EPOCH);
    let milliseconds = then.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    u64::try_from(milliseconds).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_gap_has_wall_clock_times() {
        let now = Instant::now();
        let gap = Gap {
            since: now.checked_sub(Duration::from_secs(5)).unwrap_or(now),
            until: now,
            reason: "r".into(),
            subscriptions: vec![("sub_1".into(), "t".into())],
            channels: vec!["c".into()],
            dropped: None,
        };
        assert_eq!(super::item(&Gap { dropped: Some(3), ..gap.clone() }, unix_milliseconds)[1]["dropped"], json!(3));
        let item = item(&gap, unix_milliseconds);
        assert_eq!(item[1].get("dropped"), None);
        let time = |member: &str| item[1][member].as_u64().unwrap();
        let unix = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        assert!((4999..=5001).contains(&(time("until") - time("since"))), "{item}");
        assert!(time("until") <= unix && unix - time("until") < 10_000, "{item}");
        assert_eq!(item[1]["subscriptions"], json!([{ "subscriptionId": "sub_1", "topic": "t" }]));
        assert_eq!((&item[1]["channels"], &item[1]["reason"]), (&json!(["c"]), &json!("r")));
    }
}
