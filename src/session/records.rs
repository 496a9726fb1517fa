//! What the log says about a notice. `lib/log/notices.js` says the same of the other engine.

use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::{ConnectionState, Gap, Notice, TokenReason};
use crate::{error::Error, log::Log};

/// Logs a notice. `token_wanted` is why a token is wanted.
pub(super) fn log_notice(log: Log, notice: &Notice, token_wanted: Option<TokenReason>) {
    let log = log.id();
    match notice {
        Notice::Connection { state, reason } => {
            let reason = reason.as_deref();
            match *state {
                ConnectionState::Connecting => info!(log, reason, "connecting"),
                ConnectionState::Connected { recovered } => info!(log, reason, recovered, "connected"),
                ConnectionState::Disconnected => info!(log, reason, "disconnected"),
                ConnectionState::Reconnecting { attempt, retry_in } => {
                    warn!(log, reason, attempt, retry_in = milliseconds(retry_in), "reconnecting");
                }
            }
        }
        Notice::Error(Error { kind, message, status, subscription_id, retry_after, source, .. }) => error!(
            log,
            code = kind.code(),
            reason = message.as_str(),
            status,
            subscription_id = subscription_id.as_deref(),
            retry_after = retry_after.map(milliseconds),
            cause = source.as_deref(),
            "error"
        ),
        Notice::Gap(Gap { since, until, reason, subscriptions, channels, dropped }) => {
            let topics = subscriptions.iter().map(|(_, topic)| topic.as_str()).collect::<Vec<_>>().join(", ");
            let channels = channels.join(", ");
            let lasted = milliseconds(until.saturating_duration_since(*since));
            warn!(log, reason = reason.as_str(), lasted, topics, channels, dropped, "gap");
        }
        Notice::Subscribed { subscription_id } => info!(log, subscription_id = subscription_id.as_str(), "subscribed"),
        Notice::Joined { channel } => info!(log, channel = channel.as_str(), "joined"),
        Notice::TokenWanted => debug!(log, reason = token_wanted.map(TokenReason::name), "token wanted"),
        // The user learns the outcome of each message.
        Notice::Outcome { .. } => {}
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
