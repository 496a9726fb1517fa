//! The client's pings: which of them the server answers, and when the client may close the
//! connection.

use std::time::{Duration, Instant};

use fastrand::Rng;

use super::{Client, SimEvent, World, network::Link};
use crate::session::{
    Heartbeat, Ping,
    simulation::{
        habits::Pongs,
        sabotage::Sabotage,
        server::{PING_INTERVAL, PING_TIMEOUT},
    },
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
    /// Whether the link carries pings.
    pub(super) can_ping: bool,
}

/// What carries the client's frames.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Transport {
    WebSocket,
    /// A WebSocket whose user cannot send pings, as in a browser.
    WithoutPings,
    /// Long-polling, which carries no pings. After a while it moves to a WebSocket.
    Polling,
}

impl Transport {
    pub(super) fn any(rng: &mut Rng) -> Self {
        match rng.u8(0..8) {
            0 => Self::WithoutPings,
            1 => Self::Polling,
            _ => Self::WebSocket,
        }
    }
}

impl World {
    /// A link has opened: the session learns whether it carries pings.
    pub(super) fn carry(&mut self, link: usize) {
        self.watch.can_ping = self.transport == Transport::WebSocket;
        self.session.set_can_ping(self.now, self.watch.can_ping);
        if self.transport == Transport::Polling {
            let pause = self.rng.u64(0..5000);
            self.after(pause, SimEvent::Move { link });
        }
    }

    pub(super) fn move_to_websocket(&mut self) {
        self.coverage.count("moved to a WebSocket", 1);
        self.watch.can_ping = true;
        self.session.set_can_ping(self.now, true);
    }

    /// Tells the session how much of what it has sent has been written and has arrived.
    pub(super) fn note_progress(&mut self) {
        let Client::Linked(link) = self.client else { return };
        let Link { written, arrived, noted, .. } = &mut self.links[link];
        let progress = (*written, *arrived);
        if std::mem::replace(noted, progress) != progress {
            self.session.handle_progress(self.now, progress.0, progress.1);
        }
    }

    pub(super) fn send_ping(&mut self, link: usize, ping: Ping) {
        assert!(self.watch.can_ping, "the client pings over a transport that carries no pings");
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
        if !self.is_connected() || self.paused {
            return;
        }
        let answers = self.watch.heartbeat.is_some() && self.links[link].answers > 0;
        let limit =
            if answers { HEARTBEAT.interval + HEARTBEAT.timeout + BLOCKED } else { PING_INTERVAL + PING_TIMEOUT };
        assert!(self.now <= self.watch.last_frame_at + limit, "link {link} is dead and not closed");
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
