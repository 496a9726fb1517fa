//! The delivery watermark of one link: everything that the server sent before this instant has
//! reached the session.
//!
//! While the link is read, that is when the latest frame came. After a pause the link delivers what
//! the server sent long before, so the watermark then moves only with proofs: the server pings only
//! after it has received the answer to its last ping, and it answers our pings only after it has
//! received them.

use std::time::Instant;

use super::pings::{Mark, Pings};

/// What a link knows about the age of what it delivers.
#[derive(Debug)]
pub(in crate::session) struct Watermark {
    last_frame_at: Instant,
    unread: Option<Unread>,
    /// When the latest ping of the server was answered on this connection.
    server_ping_answered_at: Option<Instant>,
    pings: Pings,
}

/// The link was paused, and frames from before the pause may still wait in it.
#[derive(Clone, Copy, Debug)]
struct Unread {
    /// The watermark.
    proven_until: Instant,
    /// When the session began to read the link again.
    resumed_at: Option<Instant>,
}

impl Watermark {
    /// The watermark of a link that has just opened.
    pub(in crate::session) fn new(now: Instant) -> Self {
        Self { last_frame_at: now, unread: None, server_ping_answered_at: None, pings: Pings::default() }
    }

    /// Everything sent before this instant has come.
    pub(in crate::session) fn proven_until(&self) -> Instant {
        self.unread.map_or(self.last_frame_at, |unread| unread.proven_until)
    }

    /// When the latest frame came.
    pub(in crate::session) const fn last_frame_at(&self) -> Instant {
        self.last_frame_at
    }

    /// When the latest ping of the server was answered on this connection.
    pub(in crate::session) const fn server_ping_answered_at(&self) -> Option<Instant> {
        self.server_ping_answered_at
    }

    /// Whether the server still owes the answer to an application ping.
    pub(in crate::session) const fn awaits_pong(&self) -> bool {
        self.pings.is_pending()
    }

    /// A frame has come.
    #[inline]
    pub(in crate::session) const fn handle_frame(&mut self, now: Instant) {
        self.last_frame_at = now;
    }

    /// The connection is ready: what came before belongs to the handshake.
    pub(in crate::session) fn handle_connected(&mut self, is_paused: bool) {
        *self = Self::new(self.last_frame_at);
        if is_paused {
            self.handle_pause();
        }
    }

    /// The session stops reading the link.
    pub(in crate::session) fn handle_pause(&mut self) {
        self.unread = Some(Unread { proven_until: self.proven_until(), resumed_at: None });
    }

    /// The session reads the link again.
    pub(in crate::session) const fn handle_resume(&mut self, now: Instant) {
        if let Some(unread) = &mut self.unread {
            unread.resumed_at = Some(now);
        }
    }

    /// A ping of the server has come, and is answered now.
    pub(in crate::session) fn handle_server_ping(&mut self, now: Instant) {
        if let Some(former) = self.server_ping_answered_at.replace(now) {
            self.prove(former);
        }
    }

    /// The client sends an application ping, after `written` bytes.
    pub(in crate::session) fn handle_ping_sent(&mut self, now: Instant, written: u64) {
        self.pings.handle_sent(Mark { at: now, written });
    }

    /// An answer to an application ping has come. Returns what the answer proves.
    pub(in crate::session) fn handle_pong(&mut self) -> Option<Mark> {
        let mark = self.pings.handle_answer()?;
        self.prove(mark.at);
        Some(mark)
    }

    /// Nothing that came since then has reached the user.
    pub(in crate::session) fn lower(&mut self, since: Instant) {
        self.last_frame_at = self.last_frame_at.min(since);
        if let Some(unread) = &mut self.unread {
            unread.proven_until = unread.proven_until.min(since);
        }
    }

    fn prove(&mut self, until: Instant) {
        if let Some(unread) = &mut self.unread {
            unread.proven_until = unread.proven_until.max(until);
            if unread.resumed_at.is_some_and(|resumed_at| resumed_at <= until) {
                self.unread = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moves_with_every_frame_until_a_pause_and_then_only_with_proofs() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut watermark = Watermark::new(start);
        watermark.handle_frame(at(1));
        assert_eq!(watermark.proven_until(), at(1));
        watermark.handle_server_ping(at(2));
        watermark.handle_pause();
        watermark.handle_resume(at(10));
        watermark.handle_frame(at(11));
        assert_eq!(watermark.proven_until(), at(1), "the frame may have waited in the link");
        watermark.handle_server_ping(at(12));
        assert_eq!(watermark.proven_until(), at(2), "the server sent it after our answer");
        watermark.handle_ping_sent(at(13), 5);
        assert!(watermark.awaits_pong());
        assert_eq!(watermark.handle_pong(), Some(Mark { at: at(13), written: 5 }));
        watermark.handle_frame(at(14));
        assert_eq!(watermark.proven_until(), at(14), "the pause is over for the server, too");
        watermark.lower(at(3));
        assert_eq!(watermark.proven_until(), at(3));
    }
}
