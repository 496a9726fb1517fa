//! What the log says about a notice. `lib/log/notices.js` says the same of the other engine.

use std::time::Duration;

use super::{ConnectionState, Gap, Notice, TokenReason};
use crate::{
    error::Error,
    log::{Log, record},
};

/// Logs a notice. `token_wanted` is why a token is wanted.
pub(super) fn log_notice(log: Log, notice: &Notice, token_wanted: Option<TokenReason>) {
    match notice {
        Notice::Connection { state, reason } => {
            let reason = reason.as_deref();
            match *state {
                ConnectionState::Connecting => record!(INFO, log, "connecting", reason = reason),
                ConnectionState::Connected { recovered } => {
                    record!(INFO, log, "connected", reason = reason, recovered = recovered);
                }
                ConnectionState::Disconnected => record!(INFO, log, "disconnected", reason = reason),
                ConnectionState::Reconnecting { attempt, retry_in } => {
                    record!(
                        WARN,
                        log,
                        "reconnecting",
                        reason = reason,
                        attempt = attempt,
                        retry_in = milliseconds(retry_in)
                    );
                }
            }
        }
        Notice::Error(Error { kind, message, status, subscription_id, retry_after, source, .. }) => record!(
            ERROR,
            log,
            "error",
            code = kind.code(),
            reason = message.as_str(),
            status = *status,
            subscription_id = subscription_id.as_deref(),
            retry_after = retry_after.map(milliseconds),
            cause = source.as_deref(),
        ),
        Notice::Gap(Gap { since, until, reason, subscriptions, channels, dropped, .. }) => {
            // Evaluated only where the log wants the record.
            record!(
                WARN,
                log,
                "gap",
                reason = reason.as_str(),
                lasted = milliseconds(until.saturating_duration_since(*since)),
                topics = stated(&topics_of(subscriptions)),
                channels = stated(&channels.join(", ")),
                dropped = *dropped
            );
        }
        Notice::Subscribed { subscription_id } => {
            record!(INFO, log, "subscribed", subscription_id = subscription_id.as_str());
        }
        Notice::Joined { channel } => record!(INFO, log, "joined", channel = channel.as_str()),
        Notice::TokenWanted => record!(DEBUG, log, "token wanted", reason = token_wanted.map(TokenReason::name)),
        // The user learns the outcome of each message.
        Notice::Outcome { .. } => {}
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn topics_of(subscriptions: &[(String, String)]) -> String {
    subscriptions.iter().map(|(_, topic)| topic.as_str()).collect::<Vec<_>>().join(", ")
}

/// Leaves out an empty text.
fn stated(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
