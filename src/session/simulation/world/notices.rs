//! What the session tells its user, and what the books make of it.

use super::*;

impl World {
    pub(super) fn note(&mut self, notice: Notice) {
        self.trace(format_args!("{notice:?}"));
        match notice {
            Notice::Connection { state, reason } => {
                assert_ne!(state, self.state, "a state was announced twice");
                self.state = state;
                if reason.is_some_and(|reason| reason.starts_with("heartbeat timeout")) {
                    self.check_silence();
                }
                match state {
                    ConnectionState::Connected { .. } => {
                        (self.dials, self.watch.sign_of_life) = (0, self.now);
                        if self.sabotaged(Sabotage::FakePongs) {
                            self.session.handle_pongs(self.now, 1);
                        }
                    }
                    ConnectionState::Reconnecting { .. } => self.given_up_at = Some(self.now),
                    ConnectionState::Disconnected => self.given_up_at = None,
                    ConnectionState::Connecting => {}
                }
            }
            Notice::Outcome { id, result } => {
                let what = match result.as_ref().err().map(|error| error.kind) {
                    Some(ErrorKind::Timeout) => "ack overdue",
                    Some(ErrorKind::Expired) => "expired",
                    Some(ErrorKind::MessageDenied | ErrorKind::ChannelDenied) => "refused call",
                    Some(ErrorKind::Network) => "lost call",
                    Some(kind) => panic!("{kind:?} is no outcome of a call here"),
                    None => "answered",
                };
                self.tally.count(what, 1);
                if self.sabotaged(Sabotage::LoseOutcome) {
                    return;
                }
                self.ledger.settled(id);
                if self.sabotaged(Sabotage::RepeatOutcome) {
                    self.ledger.settled(id);
                }
            }
            Notice::Error(Error { kind: ErrorKind::ReconnectFailed, .. }) => self.tally.count("gave up", 1),
            Notice::Error(Error { kind: ErrorKind::AuthFailed, .. }) => self.tally.count("auth refused", 1),
            Notice::Error(Error { kind: ErrorKind::Timeout, .. }) => self.tally.count("connect timeout", 1),
            Notice::Error(Error { kind: ErrorKind::SlowConsumer, .. }) => {
                assert!(self.paused, "the user is not slow");
                self.tally.count("slow consumer", 1);
            }
            Notice::Gap(gap) => {
                self.tally.count("gap told", 1);
                if !self.sabotaged(Sabotage::LoseGap) {
                    self.ledger.gaps.push(gap);
                }
            }
            Notice::TokenWanted => panic!("the token never expires"),
            Notice::Error(_) | Notice::Subscribed { .. } | Notice::Joined { .. } => {}
        }
    }
}
