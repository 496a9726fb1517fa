//! What a session tells about itself. Nothing here changes the session.

use std::time::Instant;

#[cfg(test)]
use super::meter::Totals;
use super::{
    Counters, Measured, Notice, Output, Session,
    link::{Link, Stage},
    phase::Phase,
};

impl Session {
    /// When [`Session::handle_timeout`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let of_link = self.phase.link().and_then(Link::deadline);
        self.timers.next().into_iter().chain(of_link).min()
    }

    /// Delivery watermark: everything sent before this instant precedes the latest frame.
    /// Monotonic.
    #[must_use]
    pub const fn sent_before(&self) -> Instant {
        self.sent_before
    }

    /// The server's id of this connection; `None` while there is no connection.
    #[must_use]
    pub fn socket_id(&self) -> Option<&str> {
        self.phase.connected()?.0.socket_id.as_deref()
    }

    /// Whether the session does nothing and has nothing left to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle) && self.outputs.is_empty() && self.outbox.is_clear()
    }

    /// Whether [`Session::poll_output`] has something to do.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Whether the next output is the outcome of a call.
    #[must_use]
    pub fn is_outcome_next(&self) -> bool {
        matches!(self.outputs.front(), Some(Output::Notice(Notice::Outcome { .. })))
    }

    /// What has happened so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// What the session has measured.
    #[must_use]
    pub fn measured(&self, now: Instant) -> Measured {
        self.meter.as_ref().map(|meter| meter.measured(now)).unwrap_or_default()
    }

    /// How many messages wait to be sent, and their bytes.
    #[must_use]
    pub fn outbox_depth(&self) -> (usize, usize) {
        (self.outbox.len(), self.outbox.bytes())
    }

    /// How many answers of the server are pending.
    #[must_use]
    pub fn pending_acks(&self) -> usize {
        self.phase.link().map_or(0, |link| link.acks.len())
    }

    /// How many subscriptions are live.
    #[must_use]
    pub fn subscription_count(&self) -> usize {
        self.subscriptions.len()
    }

    pub(super) const fn is_connected(&self) -> bool {
        self.phase.connected().is_some()
    }

    pub(super) const fn is_opening(&self) -> bool {
        matches!(self.phase.link(), Some(link) if matches!(link.stage, Stage::Opening))
    }

    pub(super) const fn is_joining(&self) -> bool {
        matches!(self.phase.link(), Some(link) if matches!(link.stage, Stage::Joining(_)))
    }

    /// What the meter has counted so far.
    #[cfg(test)]
    pub(super) fn measured_totals(&self) -> Option<Totals> {
        self.meter.as_ref().map(|meter| meter.totals())
    }

    /// Whether only proofs move the watermark, as in the JavaScript engine.
    #[cfg(test)]
    pub(super) const fn reads_late(&self) -> bool {
        self.reads_late
    }

    #[cfg(not(test))]
    #[allow(clippy::unused_self, reason = "it has a field in tests")]
    pub(super) const fn reads_late(&self) -> bool {
        false
    }
}
