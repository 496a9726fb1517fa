//! The notices of the session to its user, and what the ledger makes of them.

use super::World;
use crate::{
    error::{Error, ErrorKind},
    session::{ConnectionState, Notice, simulation::sabotage::Sabotage},
};

impl World {
    pub(super) fn handle_notice(&mut self, notice: Notice) {
        self.trace(format_args!("{notice:?}"));
        match notice {
            Notice::Connection { state, reason } => {
                assert_ne!(state, self.state, "a state was reported twice");
                self.state = state;
                if reason.is_some_and(|reason| reason.starts_with("heartbeat timeout")) {
                    self.check_silence();
                }
                match state {
                    ConnectionState::Connected { .. } => {
                        (self.dials, self.watch.last_frame_at) = (0, self.now);
                        if self.sabotaged(Sabotage::FakePongs) {
                            self.session.handle_pongs(self.now, 1);
                        }
                    }
                    ConnectionState::Reconnecting { .. } => self.link_lost_at = Some(self.now),
                    ConnectionState::Disconnected => self.link_lost_at = None,
                    ConnectionState::Connecting => {}
                }
            }
            Notice::Outcome { id, result } => {
                let what = match result.as_ref().err().map(|error| error.kind) {
                    Some(ErrorKind::Timeout) => "ack overdue",
                    Some(ErrorKind::Expired) => "expired",
                    Some(ErrorKind::MessageDenied | ErrorKind::ChannelDenied) => "refused call",
                    Some(ErrorKind::Network) => "lost call",
                    Some(kind) => panic!("{kind:?} cannot be the outcome of a call"),
                    None => "answered",
                };
                self.coverage.count(what, 1);
                if self.sabotaged(Sabotage::LoseOutcome) {
                    return;
                }
                self.ledger.outcome(id);
                if self.sabotaged(Sabotage::RepeatOutcome) {
                    self.ledger.outcome(id);
                }
            }
            Notice::Error(Error { kind: ErrorKind::ReconnectFailed, .. }) => self.coverage.count("gave up", 1),
            Notice::Error(Error { kind: ErrorKind::AuthFailed, .. }) => self.coverage.count("auth refused", 1),
            Notice::Error(Error { kind: ErrorKind::Timeout, .. }) => self.coverage.count("connect timeout", 1),
            Notice::Error(Error { kind: ErrorKind::SlowConsumer, .. }) => {
                assert!(self.paused, "the user is not slow");
                self.coverage.count("slow consumer", 1);
            }
            Notice::Gap(gap) => {
                self.coverage.count("gap reported", 1);
                if !self.sabotaged(Sabotage::LoseGap) {
                    self.ledger.gaps.push(gap);
                }
            }
            Notice::TokenWanted => panic!("the token never expires"),
            Notice::Error(_) | Notice::Subscribed { .. } | Notice::Joined { .. } => {}
        }
    }
}
