//! The network of a simulation, and both ends of its links.

use std::time::{Duration, Instant};

use super::{Client, MAX_ATTEMPTS, MAX_DELAY, SimEvent, World, liveness::PING};
use crate::session::simulation::{
    sabotage::Sabotage,
    server::{Effect, PING_INTERVAL},
};

/// A TCP connection: it keeps the order of frames and loses none, until a fault cuts it or makes it
/// swallow everything.
pub(super) struct Link {
    /// When the latest frame in each direction arrives.
    pub(super) to_client: Instant,
    pub(super) to_server: Instant,
    /// Bytes that the client has written, and those of them that have arrived.
    pub(super) written: u64,
    pub(super) arrived: u64,
    /// What the session knows of both.
    pub(super) noted: (u64, u64),
    pub(super) cut: bool,
    pub(super) swallows: bool,
    pub(super) blocked_until: Instant,
    /// Number of pongs that have arrived at the client.
    pub(super) pongs: u64,
    /// Number of pongs that the server has sent.
    pub(super) pongs_sent: u64,
    /// Number of answers to control and application pings that have arrived.
    pub(super) answers: u64,
    /// When the server sent the last frame that the client has read.
    pub(super) last_read_sent_at: Instant,
    /// Whether the client may leave a ping of the server unanswered.
    pub(super) may_miss_pings: bool,
    /// The topics of a recovered session, and how many frames complete the recovery: the missed
    /// events and CONNECT, in this order.
    pub(super) recovery: Option<(Vec<String>, usize)>,
}

impl World {
    pub(super) fn dial(&mut self) {
        assert_eq!(self.client, Client::Unlinked, "the session dials a second link");
        assert!(!self.paused, "the session dials while its inbox is full");
        if let Some(since) = self.link_lost_at.take() {
            assert!(self.now <= since + MAX_DELAY, "dialled later than the policy allows");
        }
        self.dials += 1;
        assert!(self.dials <= MAX_ATTEMPTS + 1, "{} dials in a row", self.dials);
        let link = self.links.len();
        let now = self.now;
        let opened = Link {
            to_client: now,
            to_server: now,
            written: 0,
            arrived: 0,
            noted: (0, 0),
            cut: false,
            swallows: false,
            blocked_until: now,
            pongs: 0,
            pongs_sent: 0,
            answers: 0,
            last_read_sent_at: now,
            may_miss_pings: false,
            recovery: None,
        };
        self.links.push(opened);
        self.client = Client::Dialing(link);
        let hangs = self.dial_override.is_none() && self.in_chaos() && self.rng.u8(..) < 8;
        if !hangs {
            let delay = self.latency();
            self.after(delay, SimEvent::DialEnded { link, result: self.dial_override.unwrap_or(Ok(())) });
        }
    }

    pub(super) fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        if let Client::Linked(link) = self.client {
            if let Some(frame) = farewell {
                self.send_to_server(link, frame);
            }
            self.links[link].may_miss_pings = true;
            let half_open = !orderly && self.rng.bool();
            if half_open {
                self.coverage.count("half open", 1);
            } else if !self.links[link].swallows {
                let at = self.arrival(link, true);
                self.at(at, SimEvent::ServerLoses { link });
            }
        }
        self.unlink();
    }

    /// The client has lost its link. It never reads the frames that are still on the way.
    pub(super) fn unlink(&mut self) {
        if let (Client::Linked(link), true) = (self.client, self.is_connected()) {
            self.ledger.connection_lost(self.links[link].last_read_sent_at);
        }
        self.client = Client::Unlinked;
        self.unread.clear();
    }

    /// A frame arrives at the server.
    pub(super) fn serve(&mut self, link: usize, frame: &str) {
        self.links[link].arrived += frame.len() as u64;
        let sabotaged = self.sabotaged(Sabotage::LoseSubscription) && frame.contains("\"subscribe\"")
            || self.sabotaged(Sabotage::LoseUnsubscription) && frame.contains("\"unsubscribe\"")
            || self.sabotaged(Sabotage::LoseJoin) && frame.contains("\"channel:join\"");
        if sabotaged {
            return;
        }
        self.trace(format_args!("link {link} ▶ server {frame}"));
        self.count_ping(link, frame);
        if frame == PING {
            return;
        }
        let resumed = self.resume_refused(frame);
        let frame = resumed.as_deref().unwrap_or(frame);
        let (answers, effect) = self.server.receive(self.now, link, frame);
        match effect {
            Some(Effect::Recovered { topics, missed }) => self.links[link].recovery = Some((topics, missed + 1)),
            Some(Effect::Resent) => self.coverage.count("resent", 1),
            Some(Effect::Subscribed { id, topic }) if self.client == Client::Linked(link) => {
                self.ledger.in_force(self.now, &id, &topic);
            }
            _ => {}
        }
        for answer in answers {
            self.send_to_client(link, answer);
        }
    }

    /// The server's heartbeat: the server drops a client that has not answered the last ping.
    pub(super) fn ping(&mut self, link: usize) {
        let Some(socket) = self.server.sockets.get_mut(&link) else { return };
        if socket.unanswered_pings > 0 {
            assert!(self.links[link].may_miss_pings, "a ping was not answered");
            self.server.lose(self.now, link);
            let at = self.arrival(link, false);
            return self.at(at, SimEvent::ClientLoses { link });
        }
        socket.unanswered_pings += 1;
        self.send_to_client(link, "2".into());
        let interval = PING_INTERVAL.as_millis() as u64;
        self.after(interval, SimEvent::Ping { link });
    }

    /// A server that has lost a link sends nothing on it.
    pub(super) fn send_to_client(&mut self, link: usize, frame: String) {
        if !self.links[link].swallows && self.server.sockets.contains_key(&link) {
            let at = self.arrival(link, false);
            self.at(at, SimEvent::ToClient { link, frame, sent: self.now });
        }
    }

    pub(super) fn send_to_server(&mut self, link: usize, frame: String) {
        self.links[link].written += frame.len() as u64;
        if !self.links[link].swallows {
            let at = self.arrival(link, true);
            self.at(at, SimEvent::ToServer { link, frame });
        }
    }

    /// When a frame that is sent now arrives: never before an earlier frame of the same connection.
    pub(super) fn arrival(&mut self, link: usize, at_server: bool) -> Instant {
        let at = self.now + Duration::from_millis(self.latency());
        let Link { to_client, to_server, .. } = &mut self.links[link];
        let last = if at_server { to_server } else { to_client };
        *last = at.max(*last);
        *last
    }

    pub(super) fn latency(&mut self) -> u64 {
        let max_latency = self.max_latency;
        self.rng.u64(0..=max_latency)
    }
}
