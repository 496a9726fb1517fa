//! The client's pings: which of them the server answers, and when the client may close the
//! connection.

use std::time::{Duration, Instant};

use super::{Client, World};
use crate::session::{
    Heartbeat, Ping,
    simulation::{habits::Pongs, sabotage::Sabotage},
};

/// The timeout exceeds a round trip on the slowest network.
pub(super) const HEARTBEAT: Heartbeat =
    Heartbeat { interval: Duration::from_secs(1), timeout: Duration::from_millis(3500) };
/// How long a link may accept no frames.
const BLOCKED: Duration = Duration::from_secs(2);

/// A control ping and its answer. The session never sees them as frames.
pub(super) const PING: &str = "PING";
pub(super) const PONG: &str = "PONG";

/// What the client knows about whether the server is alive.
pub(super) struct Watch {
    pub(super) heartbeat: Option<Heartbeat>,
    /// When the last frame arrived, or when the client could read again after a pause.
    pub(super) last_frame_at: Instant,
    /// The client knows that the server has the namespace of application pings.
    pub(super) ping_namespace_open: bool,
}

impl World {
    pub(super) fn send_ping(&mut self, link: usize, ping: Ping) {
        let frame = match ping {
            Ping::Control => PING.to_owned(),
            Ping::Application(text) => {
                assert!(!self.watch.ping_namespace_open, "the client pings with a namespace that the server has");
                text
            }
        };
        self.send_to_server(link, frame);
    }

    /// A ping may have arrived at the server. Answers a control ping.
    pub(super) fn count_ping(&mut self, link: usize, frame: &str) {
        // Where an answer takes more than half of the timeout, the server must answer every ping.
        let is_slow = Duration::from_millis(2 * self.max_latency) > HEARTBEAT.timeout / 2;
        let outcome = match (self.server.habits.pongs, frame) {
            (Pongs::Both, PING) => "control pong",
            (Pongs::FirstAndApplicationPings, PING) if self.links[link].pongs_sent == 0 || is_slow => "control pong",
            (Pongs::FirstAndApplicationPings, PING) => "pong swallowed",
            (Pongs::Both | Pongs::FirstAndApplicationPings | Pongs::ToApplicationPings, "40/-,") => "application pong",
            (Pongs::OpensNamespace, "40/-,") => "ping namespace opened",
            (_, PING | "40/-,") => "ping ignored",
            _ => return,
        };
        self.coverage.count(outcome, 1);
        if outcome == "control pong" && self.server.sockets.contains_key(&link) {
            self.links[link].pongs_sent += 1;
            self.send_to_client(link, PONG.into());
        }
    }

    /// A frame has arrived at the client. Returns whether the session receives it as a frame.
    pub(super) fn note_frame(&mut self, link: usize, frame: &str) -> bool {
        self.watch.last_frame_at = self.now;
        self.watch.ping_namespace_open |= frame.starts_with("40/-,");
        let answers = frame == PONG || frame.starts_with("44/-,");
        self.links[link].answers += u64::from(answers);
        if answers && self.sabotaged(Sabotage::LosePongs) {
            return false;
        }
        if frame == PONG {
            self.links[link].pongs += 1;
            self.session.handle_bytes(self.now);
            self.session.handle_pongs(self.now, self.links[link].pongs);
        }
        frame != PONG
    }

    /// A client closes the connection in time when a server that has answered pings falls silent.
    pub(super) fn check_liveness(&self) {
        let Client::Linked(link) = self.client else { return };
        let watched =
            self.is_connected() && !self.paused && self.watch.heartbeat.is_some() && self.links[link].answers > 0;
        let limit = HEARTBEAT.interval + HEARTBEAT.timeout + BLOCKED;
        assert!(!watched || self.now <= self.watch.last_frame_at + limit, "link {link} is dead and not closed");
    }

    /// The client closed the last link because of a heartbeat timeout: the server must be dead.
    pub(super) fn check_silence(&mut self) {
        let number = self.links.len() - 1;
        let link = &self.links[number];
        let dead = link.swallows || link.cut || !self.server.sockets.contains_key(&number);
        assert!(dead, "link {number} is alive and closed");
        self.coverage.count("dead peer detected", 1);
    }
}
