//! The event queue of a simulation: what happens when, in virtual time.

use std::time::{Duration, Instant};

use super::{Client, World};

/// The session makes no progress if it takes more steps than this at one moment.
const MAX_STEPS_PER_INSTANT: u32 = 1000;

/// Something that happens at one moment of virtual time.
pub(super) enum SimEvent {
    DialEnded {
        link: usize,
        result: Result<(), Option<u16>>,
    },
    ToClient {
        link: usize,
        frame: String,
        sent: Instant,
    },
    ToServer {
        link: usize,
        frame: String,
    },
    ClientLoses {
        link: usize,
    },
    ServerLoses {
        link: usize,
    },
    Ping {
        link: usize,
    },
    /// The link moves from long-polling to a WebSocket.
    Move {
        link: usize,
    },
    User,
    Publish,
    Fault,
    /// The server and the network stop refusing connections.
    Heal,
    /// The inbox has room again.
    Resume,
    /// The user handles every waiting event.
    CatchUp,
    /// A link accepts frames again.
    Unblock,
}

impl World {
    pub(super) fn after(&mut self, milliseconds: u64, event: SimEvent) {
        self.at(self.now + Duration::from_millis(milliseconds), event);
    }

    pub(super) fn at(&mut self, at: Instant, event: SimEvent) {
        self.serial += 1;
        self.queue.insert((at, self.serial), event);
    }

    pub(super) fn run_until(&mut self, end: Instant) {
        let mut steps = 0;
        loop {
            let next = self.queue.first_key_value().map(|((at, _), _)| *at);
            let timer = self.session.deadline().map(|at| at.max(self.now));
            let Some(at) = next.into_iter().chain(timer).min().filter(|at| *at <= end) else { break };
            steps = if at > self.now { 0 } else { steps + 1 };
            assert!(steps < MAX_STEPS_PER_INSTANT, "the session spins: deadline {:?}", self.session.deadline());
            self.now = at;
            if timer == Some(at) {
                self.session.handle_timeout(at);
                assert!(self.session.deadline().is_none_or(|next| next > at), "a timer that is due did not fire");
            } else if let Some((_, event)) = self.queue.pop_first() {
                self.handle(event);
            }
            self.pump();
            self.check_bounds();
        }
        self.now = end;
    }

    pub(super) fn handle(&mut self, event: SimEvent) {
        match event {
            SimEvent::DialEnded { link, result } if self.client == Client::Dialing(link) => {
                self.dial_ended(link, result);
            }
            SimEvent::ToClient { link, .. } | SimEvent::ClientLoses { link }
                if self.paused && self.client == Client::Linked(link) =>
            {
                self.unread.push_back(event);
            }
            SimEvent::ToClient { link, frame, sent }
                if self.client == Client::Linked(link) && !self.links[link].cut =>
            {
                self.read(link, &frame, sent);
            }
            SimEvent::ClientLoses { link } if self.client == Client::Linked(link) => {
                self.unlink();
                if self.server.sockets.contains_key(&link) {
                    self.session.discard_resumable_session();
                }
                if self.rng.u8(0..4) == 0 {
                    self.session.handle_close(self.now, "closed".into());
                } else {
                    self.session.handle_disconnect(self.now, "ECONNRESET".into(), None);
                }
            }
            SimEvent::ToServer { link, frame } if !self.links[link].cut => self.serve(link, &frame),
            SimEvent::ServerLoses { link } => {
                self.trace(format_args!("the server loses link {link}"));
                self.server.lose(self.now, link);
            }
            SimEvent::Ping { link } => self.ping(link),
            SimEvent::Move { link } if self.client == Client::Linked(link) => self.move_to_websocket(),
            SimEvent::User => self.act(),
            SimEvent::Publish => self.publish(),
            SimEvent::Fault => self.inject(),
            SimEvent::Heal => self.heal(),
            SimEvent::Resume => self.resume(),
            SimEvent::CatchUp => self.catch_up(),
            // The rest needs no action: frames of an earlier link, and `Unblock`, which only runs
            // the driver.
            _ => {}
        }
    }
}
