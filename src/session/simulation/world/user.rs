//! The user of a simulation: random calls to the session.

use std::time::Duration;

use super::{QUIESCENCE, SimEvent, World};
use crate::{
    error::ErrorKind,
    session::{ConnectionState, Outgoing, simulation::server::DENIED},
};

impl World {
    /// Makes one random call, and schedules the next one.
    pub(super) fn act(&mut self) {
        let now = self.now;
        if self.state == ConnectionState::Disconnected && (self.rng.bool() || !self.in_chaos()) {
            self.dials = 0;
            self.session.connect(now);
        }
        match self.rng.u8(0..20) {
            0..6 if self.ledger.subscription_ids().len() < 8 => {
                let topic = self.topic();
                let id = self.session.subscribe(now, &topic, None, None);
                self.ledger.subscribed(now, id, &topic);
            }
            6..9 => {
                if let Some(id) = self.rng.choice(self.ledger.subscription_ids()) {
                    assert!(self.session.unsubscribe(&id), "{id} is unknown");
                    self.ledger.unsubscribed(&id);
                }
            }
            9..12 => {
                let channel = self.channel();
                let call = self.session.join_channel(now, &channel);
                self.ledger.called(call);
                if channel != DENIED {
                    self.ledger.channels.insert(channel);
                }
            }
            12..14 => {
                let channel = self.channel();
                let call = self.session.leave_channel(now, &channel);
                self.ledger.called(call);
                self.ledger.channels.remove(&channel);
            }
            14 if self.in_chaos() && self.rng.bool() => {
                self.coverage.count("user disconnects", 1);
                self.catch_up();
                self.session.disconnect();
            }
            _ => self.emit(),
        }
        let pause = self.rng.u64(0..3000);
        // The user stops early in the quiescence, so that the last answers can arrive.
        if now < self.chaos_ends_at + QUIESCENCE / 4 {
            self.after(pause, SimEvent::User);
        }
    }

    pub(super) fn emit(&mut self) {
        let (retry, volatile) = (self.rng.bool(), self.rng.u8(0..8) == 0);
        let outgoing = Outgoing {
            event: "channel:publish".into(),
            payload: format!(
                r#"{{"number":{},"retry":{retry},"data":"{}"}}"#,
                self.messages,
                "x".repeat(self.rng.usize(0..60))
            ),
            attachments: vec![],
            ack_timeout: Duration::from_secs(5),
            retry,
            volatile,
        };
        self.messages += 1;
        let waits = self.session.pending_acks();
        match self.session.emit(self.now, outgoing) {
            Ok(Some(id)) => self.ledger.called(id),
            Ok(None) => assert!(volatile, "dropped without being volatile"),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::OutboxFull);
                assert_eq!(self.session.pending_acks(), waits);
                self.coverage.count("outbox full", 1);
            }
        }
    }

    pub(super) fn topic(&mut self) -> String {
        if self.rng.u8(0..20) == 0 { DENIED.into() } else { format!("t{}", self.rng.u8(0..4)) }
    }

    pub(super) fn channel(&mut self) -> String {
        if self.rng.u8(0..10) == 0 { DENIED.into() } else { format!("c{}", self.rng.u8(0..3)) }
    }
}
