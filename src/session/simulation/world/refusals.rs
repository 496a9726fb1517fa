//! Events that the client refuses: too large, or in violation of the protocol.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{SimEvent, World};
use crate::{
    error::{Error, ErrorKind},
    session::simulation::sabotage::Sabotage,
};

/// The events that the client has refused so far.
#[derive(Default)]
pub(super) struct Refusals {
    /// Numbers of the events, each with the session that sent it.
    events: BTreeSet<(usize, Option<String>)>,
    /// The session of the latest refusal, and the offset before it.
    session: Option<(String, usize)>,
    /// The number of the latest event that arrived.
    pub(super) latest_event: Option<usize>,
}

impl World {
    /// The transport closes the connection, because this event's frame is too large or violates the
    /// protocol.
    pub(super) fn refuse(&mut self, link: usize, number: usize) {
        let pid = self.server.sockets.get(&link).and_then(|socket| socket.pid.clone());
        assert!(
            self.refusals.events.insert((number, pid.clone())),
            "event {number} was refused and comes again with its session"
        );
        self.coverage.count("refused event", 1);
        self.coverage.count("refused recovery", u64::from(self.links[link].recovery.is_some()));
        self.refusals.session = pid.zip(self.refusals.latest_event);
        self.links[link].may_miss_pings = true;
        if !self.links[link].swallows {
            let at = self.arrival(link, true);
            self.at(at, SimEvent::ServerLoses { link });
        }
        self.unlink();
        let kind = if self.rng.bool() { ErrorKind::MessageTooLarge } else { ErrorKind::Protocol };
        self.session.handle_disconnect(self.now, "refused".into(), Some(Error::new(kind, "refused")));
    }

    /// Sabotage: changes CONNECT so that it resumes the session whose event the client refused.
    pub(super) fn resume_refused(&mut self, frame: &str) -> Option<String> {
        let credentials = frame.strip_prefix("40").filter(|_| self.sabotaged(Sabotage::ResumeRefused))?;
        let mut credentials: Value = serde_json::from_str(credentials).ok()?;
        let (pid, offset) = self.refusals.session.take()?;
        (credentials["pid"], credentials["offset"]) = (json!(pid), json!(offset));
        Some(format!("40{credentials}"))
    }
}
