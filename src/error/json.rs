//! An error as JavaScript receives it: one JSON object.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Error;

/// `{ code, message, status?, subscriptionId?, channel?, retryAfter?, cause?, uncertain?, remediation? }`.
/// `retryAfter` is in milliseconds, rounded up: a client that retries early is refused again.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("code", self.kind.code())?;
        members.serialize_entry("message", &self.message)?;
        if let Some(status) = self.status {
            members.serialize_entry("status", &status)?;
        }
        if let Some(id) = &self.subscription_id {
            members.serialize_entry("subscriptionId", id)?;
        }
        if let Some(channel) = &self.channel {
            members.serialize_entry("channel", channel)?;
        }
        if let Some(wait) = self.retry_after {
            members.serialize_entry("retryAfter", &wait.as_micros().div_ceil(1000))?;
        }
        if let Some(source) = &self.source {
            members.serialize_entry("cause", source)?;
        }
        if self.uncertain {
            members.serialize_entry("uncertain", &true)?;
        }
        if let Some(remediation) = self.remediation {
            members.serialize_entry("remediation", remediation.text())?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::error::{ErrorKind, Outlook, Remediation};

    #[test]
    fn an_error_has_the_members_that_are_known() {
        let error = Error::new(ErrorKind::Tls, "say \"hello\"\n");
        assert_eq!(json!(error), json!({ "code": "TLS_ERROR", "message": "say \"hello\"\n" }));

        let error = Error::new(ErrorKind::SubscribeDenied, "m")
            .with_status(429)
            .with_subscription("sub_1")
            .with_channel("c")
            .with_retry_after(Some(Duration::from_millis(1500)))
            .with_source(Some("\u{1}".to_owned()))
            .with_uncertain(true)
            .with_remediation(Some(Remediation::CheckPort))
            .with_outlook(Outlook::Permanent);
        let expected = json!({
            "code": "SUBSCRIBE_DENIED", "message": "m", "status": 429, "subscriptionId": "sub_1", "channel": "c",
            "retryAfter": 1500, "cause": "\u{1}", "uncertain": true, "remediation": Remediation::CheckPort.text(),
        });
        assert_eq!(json!(error), expected);
    }

    #[test]
    fn a_wait_is_rounded_up_to_milliseconds() {
        for (microseconds, expected) in [(0, 0), (1, 1), (1000, 1), (1001, 2), (u64::MAX, 0x7fff_ffff)] {
            let wait = Some(Duration::from_micros(microseconds));
            let error = Error::new(ErrorKind::RateLimited, "m").with_retry_after(wait);
            assert_eq!(json!(error)["retryAfter"], expected, "{microseconds}");
        }
    }
}
