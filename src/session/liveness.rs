//! What the driver says about the bytes on the link, and when the session disconnects because the
//! peer is silent.

use std::time::Instant;

use super::{
    Frame, Ping, Session,
    codec::Codec,
    link::Stage,
    machines::{peer::PingKind, pings::Mark},
    tables::timers::Timer,
};
use crate::vocabulary::Protocol;

impl Session {
    /// Bytes of any kind have come from the peer.
    pub fn handle_bytes(&mut self, now: Instant) {
        if let Some(link) = self.phase.link_mut() {
            link.heartbeat.handle_bytes(now, &self.peer, &link.send_backlog);
        }
    }

    /// The operating system has accepted `written` bytes on this link, and the peer is known to
    /// have `arrived` of them.
    pub fn handle_progress(&mut self, now: Instant, written: u64, arrived: u64) {
        if let Some(link) = self.phase.link_mut() {
            link.send_backlog.handle_written(now, written);
            link.send_backlog.handle_arrived(now, arrived);
        }
    }

    /// The peer has answered `count` of our control pings on this link.
    pub fn handle_pongs(&mut self, now: Instant, count: u64) {
        let Some(link) = self.phase.link_mut() else { return };
        if let Some(meter) = &mut self.meter {
            meter.handle_pongs(now, count);
        }
        if link.heartbeat.handle_pongs(count, &mut self.peer) {
            self.restart_heartbeat(now);
        }
    }

    /// Sets whether the link can carry our pings. Long-polling cannot; a link that moves from
    /// long-polling to a WebSocket can from then on. Sessions begin with true.
    pub fn set_can_ping(&mut self, now: Instant, can_ping: bool) {
        if std::mem::replace(&mut self.peer.can_ping, can_ping) == can_ping {
            return;
        }
        if can_ping && self.is_connected() && self.pause.is_none() {
            self.restart_heartbeat(now);
        } else if let Some(link) = self.phase.link_mut() {
            link.heartbeat.stop();
        }
    }

    /// Whether a ping has to be sent, before any other frame: see [`Self::poll_ping`].
    #[must_use]
    pub fn is_ping_due(&self) -> bool {
        self.phase.link().is_some_and(|link| link.heartbeat.is_ping_due())
    }

    /// Returns the ping to send now. Call this when the link has written everything before it.
    pub fn poll_ping(&mut self, now: Instant) -> Option<Ping> {
        let link = self.phase.link_mut()?;
        let is_connected = matches!(link.stage, Stage::Connected(_));
        match link.heartbeat.poll_ping(now, is_connected, &self.peer, &link.send_backlog)? {
            PingKind::Control => {
                if let Some(meter) = &mut self.meter {
                    meter.handle_ping(now);
                }
                Some(Ping::Control)
            }
            PingKind::Application => {
                link.watermark.handle_ping_sent(now, link.send_backlog.written());
                let text = link.codec.ping();
                self.counters.bytes_sent += text.len() as u64;
                Some(Ping::Application(text))
            }
        }
    }

    /// Begins to watch for the peer's silence, or for a slow user during a pause.
    pub(super) fn watch(&mut self, now: Instant) {
        let Some(link) = self.phase.link_mut() else { return };
        let Stage::Connected(connected) = &link.stage else { return };
        if self.pause.is_some() {
            return link.watch_slow_consumer(self.pause, self.config.max_pause);
        }
        link.timers.set(Timer::Liveness, now + connected.silence);
        link.heartbeat.start(now, &self.peer, &link.send_backlog);
    }

    /// [`Timer::Liveness`].
    pub(super) fn handle_liveness_timeout(&mut self, now: Instant) {
        let Some(link) = self.phase.link_mut() else { return };
        let Stage::Connected(connected) = &link.stage else { return };
        let silence = connected.silence;
        // A plain server that does not answer the JSON `ping` sends frames only with events: every
        // byte counts.
        let counts_bytes = self.config.protocol == Protocol::Ws && link.heartbeat.is_mute();
        let last = if counts_bytes { link.heartbeat.last_byte_at() } else { link.watermark.last_frame_at() };
        if last + silence > now {
            return link.timers.set(Timer::Liveness, last + silence);
        }
        self.cut_link(now, format!("ping timeout: nothing heard for {} ms", silence.as_millis()), None);
    }

    /// [`Timer::Heartbeat`].
    pub(super) fn handle_heartbeat_timeout(&mut self, now: Instant) {
        let Some(link) = self.phase.link_mut() else { return };
        if let Some(silence) = link.heartbeat.handle_timeout(now, &mut self.peer, &link.send_backlog) {
            self.cut_link(now, format!("heartbeat timeout: nothing heard for {} ms", silence.as_millis()), None);
        }
    }

    /// Whether the server still owes the answer to an application ping.
    pub(super) fn awaits_pong(&self) -> bool {
        self.phase.link().is_some_and(|link| link.watermark.awaits_pong())
    }

    /// The answer to an application ping has come, perhaps with the server's time as JSON.
    pub(super) fn handle_application_pong(&mut self, now: Instant, timestamp: Option<&str>) {
        if self.apply_pong(now, timestamp)
            && let Some(link) = self.phase.link_mut()
            && link.heartbeat.handle_answer(PingKind::Application, &mut self.peer)
        {
            self.restart_heartbeat(now);
        }
    }

    /// The server takes our application ping for a request to join a namespace: the client leaves
    /// it at once.
    pub(super) fn handle_admitted_ping(&mut self, now: Instant) {
        if self.apply_pong(now, None)
            && let Some(link) = self.phase.link_mut()
        {
            link.frames.push_back(Frame::Text(Codec::leave_ping_namespace()));
            link.heartbeat.handle_admitted_ping(&mut self.peer);
        }
    }

    /// Applies what the answer to an application ping proves; false if none was sent.
    fn apply_pong(&mut self, now: Instant, timestamp: Option<&str>) -> bool {
        let Some(link) = self.phase.link_mut().filter(|link| link.watermark.awaits_pong()) else { return false };
        if let Some(Mark { at, written }) = link.watermark.handle_pong() {
            link.send_backlog.handle_arrived(now, written);
            if let Some(meter) = &mut self.meter {
                meter.handle_pong(now, at, timestamp);
            }
        }
        true
    }

    /// Starts the heartbeat unless silence proves nothing.
    fn restart_heartbeat(&mut self, now: Instant) {
        if let Some(link) = self.phase.link_mut()
            && matches!(link.stage, Stage::Connected(_))
            && self.pause.is_none()
        {
            link.heartbeat.start(now, &self.peer, &link.send_backlog);
        }
    }
}
