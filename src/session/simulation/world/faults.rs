//! The faults of a simulation: which are injected, at random, and how each of them heals.

use super::{Client, SimEvent, World};
use crate::session::simulation::sabotage::Sabotage;

/// The longest latency, in milliseconds, at which the client closes a paused connection before the
/// server does.
const MAX_PROMPT_LATENCY: u64 = 100;

/// Frames that no server should send.
const INVALID_FRAMES: &[&str] = &[
    "",
    "4",
    "9",
    "42",
    "42[",
    "42[1]",
    r#"42["event"]"#,
    r#"42["event",{}]"#,
    r#"42["event",{"id":1,"topic":2}]"#,
    r#"42["event",{"id":"x","topic":"t0"}"#,
    "43",
    "4399[]",
    r#"430[{"id":"m"}]"#,
    r#"431[{"error":"x"}]"#,
    "432[null]",
    r#"40{"sid":"again"}"#,
    r#"0{"sid":"again","upgrades":[],"pingInterval":1,"pingTimeout":1}"#,
    "451-[\"event\"]",
    r#"42["subscribed",{"subscriptionId":"sub_1"}]"#,
    r#"42["error",{"error":"E","message":"m","subscriptionId":"sub_999"}]"#,
    "3",
    "5",
    "6",
    "2x",
    "42/other,[\"event\"]",
];

impl World {
    /// Injects one fault at random, and schedules the next one.
    pub(super) fn inject(&mut self) {
        if !self.in_chaos() {
            return;
        }
        let pause = self.rng.u64(0..12_000);
        self.after(pause, SimEvent::Fault);
        let delay = self.latency();
        match (self.rng.u8(0..20), self.client) {
            (0..4, Client::Linked(link)) => {
                self.coverage.count("cut", 1);
                let (client, server) = (self.latency(), self.latency());
                self.links[link].cut |= self.rng.bool();
                self.links[link].may_miss_pings = true;
                self.after(client, SimEvent::ClientLoses { link });
                self.after(server, SimEvent::ServerLoses { link });
            }
            (4..6, Client::Linked(link)) => {
                self.coverage.count("black hole", 1);
                self.trace(format_args!("link {link} swallows everything"));
                (self.links[link].swallows, self.links[link].may_miss_pings) = (true, true);
            }
            (6, Client::Linked(link)) => {
                self.coverage.count("closed by server", 1);
                self.send_to_client(link, "1".into());
                self.server.lose(self.now, link);
            }
            (7, Client::Linked(link)) if self.is_connected() => {
                self.coverage.count("disconnected by server", 1);
                self.trace(format_args!("link {link} is disconnected by the server"));
                self.send_to_client(link, "41".into());
                self.server.disconnect(link);
            }
            (8, _) => {
                self.server.refuses = self.rng.choice(["BUSY", "TOKEN_EXPIRED"]);
                self.after(delay * 8, SimEvent::Heal);
            }
            (9..12, _) => {
                let status = self.rng.choice([None, Some(503), Some(429), Some(404)]).flatten();
                self.coverage.count("status refused", u64::from(status.is_some()));
                self.dial_override = Some(Err(status));
                let pause = self.rng.u64(0..30_000);
                self.after(pause, SimEvent::Heal);
            }
            (12..14, Client::Linked(link)) if self.is_connected() => {
                self.coverage.count("invalid frame", 1);
                let junk = self.rng.choice(INVALID_FRAMES).copied().unwrap_or_default();
                self.send_to_client(link, junk.into());
            }
            (14..16, _) => {
                if let Some((link, frame)) = self.server.repeat() {
                    self.send_to_client(link, frame);
                }
            }
            (16, _) if !self.paused => {
                self.coverage.count("paused", 1);
                self.paused = true;
                self.session.pause(self.now, 1, 1);
                // While the link is not read, the server's pings stay unanswered. The client closes
                // the link before the server does, unless the latency leaves too little time for
                // it.
                if self.max_latency > MAX_PROMPT_LATENCY {
                    self.links.iter_mut().for_each(|link| link.may_miss_pings = true);
                }
                let pause = self.rng.u64(0..12_000);
                self.after(pause, SimEvent::Resume);
            }
            // `LoseGap` would show as an unreported drop first.
            (17, _) if self.lag.is_none() && !self.sabotaged(Sabotage::LoseGap) => self.fall_behind(),
            _ => {}
        }
    }

    /// The server and the network accept connections again.
    pub(super) fn heal(&mut self) {
        (self.server.refuses, self.dial_override) = (None, None);
    }

    /// The inbox has room again: the client reads what has arrived meanwhile.
    pub(super) fn resume(&mut self) {
        (self.paused, self.watch.last_frame_at) = (false, self.now);
        self.session.resume(self.now);
        // The session could not dial until now.
        self.link_lost_at = self.link_lost_at.map(|_| self.now);
        while let Some(event) = self.unread.pop_front() {
            self.handle(event);
            self.pump();
        }
        self.session.handle_read_to_end();
    }
}
