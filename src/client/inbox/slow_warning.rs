//! The warning that the handlers are slow: the inbox is more than half full.

use super::limits::{InboxLimits, Usage};

/// How far the warning has come. It returns to [`Self::Idle`] when a quarter of the limits is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlowWarning {
    /// The inbox has not been more than half full.
    Idle,
    /// The inbox is more than half full, and JavaScript must be woken for the warning.
    Due,
    /// JavaScript was woken and will take the warning.
    Signalled,
    /// JavaScript has taken the warning.
    Emitted,
}

/// The item that warns, as JSON text.
pub(super) fn item(usage: Usage, limits: InboxLimits, dropped: u64) -> String {
    let Usage { count, bytes } = usage;
    let InboxLimits { events: max_events, bytes: max_bytes, overflow } = limits;
    let overflow = overflow.name();
    format!(
        r#"["slow",{{"events":{count},"bytes":{bytes},"maxEvents":{max_events},"maxBytes":{max_bytes},"overflow":"{overflow}","dropped":{dropped}}}]"#
    )
}
