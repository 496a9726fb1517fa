//! The lines of a recording, in a bounded number of bytes.
//!
//! The ring consists of segments. Each begins at a dial, or where the segment before it has become
//! too long, and knows what a session needs to continue there. When the ring is full it drops its
//! oldest segment, and begins with the next one.

use std::collections::VecDeque;

use serde_json::Value;

use super::{root, values::Clock};
use crate::session::{Phase, Session};

/// A segment ends at a dial when it has this share of the ring, and at the second one while the
/// session is connected or idle. Anywhere else a replay cannot continue as exactly.
const DIAL_SHARE: usize = 8;
const SHARE: usize = 3;
/// The most bytes of the lines that made a link ready, for a segment that begins later.
const MAX_HEAD_BYTES: usize = 16 << 10;

pub(super) struct Ring {
    /// The first line.
    config: String,
    max_bytes: usize,
    bytes: usize,
    segments: VecDeque<Segment>,
    /// The lines that have made the present link ready.
    head: Head,
}

struct Segment {
    /// What a session needs to continue here; empty at the beginning of the session.
    root: String,
    lines: String,
}

#[derive(Default)]
struct Head {
    lines: Vec<String>,
    bytes: usize,
    is_complete: bool,
}

impl Ring {
    pub(super) fn new(config: &Value, max_bytes: usize) -> Self {
        let config = format!("{config}\n");
        let first = Segment { root: String::new(), lines: String::new() };
        Self { bytes: config.len(), config, max_bytes, segments: [first].into(), head: Head::default() }
    }

    /// Adds the line of a call, which the session has made.
    pub(super) fn push(&mut self, call: &str, line: &str, session: &Session, clock: Clock) {
        self.head.push(call, line, session);
        if line.len() > self.max_bytes / SHARE {
            // No ring can hold it: the recording begins again behind it.
            return self.restart(session, clock);
        }
        self.bytes += line.len();
        if let Some(segment) = self.segments.back_mut() {
            segment.lines.push_str(line);
        }
        if self.is_segment_full(call, session) {
            self.begin_segment(session, clock);
        }
        while self.bytes > self.max_bytes && self.segments.len() > 1 {
            let dropped = self.segments.pop_front();
            self.bytes -= dropped.map_or(0, |segment| segment.root.len() + segment.lines.len());
        }
        if self.bytes > self.max_bytes {
            self.restart(session, clock);
        }
    }

    fn is_segment_full(&self, call: &str, session: &Session) -> bool {
        if session.has_output() {
            return false;
        }
        let is_dial = call == "pollOutput" && matches!(session.phase, Phase::Dialing);
        let is_calm = session.is_connected() || matches!(session.phase, Phase::Idle);
        let share = self.max_bytes / if is_dial { DIAL_SHARE } else { SHARE };
        (is_dial || is_calm) && self.segments.back().is_some_and(|segment| segment.lines.len() > share)
    }

    fn restart(&mut self, session: &Session, clock: Clock) {
        self.segments.clear();
        self.bytes = self.config.len();
        self.begin_segment(session, clock);
    }

    pub(super) fn lines(&self) -> String {
        let mut text = String::with_capacity(self.bytes);
        text.push_str(&self.config);
        for (index, Segment { root, lines }) in self.segments.iter().enumerate() {
            if index == 0 {
                text.push_str(root);
            }
            text.push_str(lines);
        }
        text
    }

    fn begin_segment(&mut self, session: &Session, clock: Clock) {
        let mut root = root::line(session, clock, &self.head.lines);
        if root.len() > self.max_bytes / SHARE {
            // A ring of this size cannot hold the subscriptions.
            root = root::too_large();
        }
        self.bytes += root.len();
        self.segments.push_back(Segment { root, lines: String::new() });
    }
}

impl Head {
    fn push(&mut self, call: &str, line: &str, session: &Session) {
        if call == "handleOpen" || session.phase.link().is_none() {
            *self = Self::default();
        }
        if session.phase.link().is_none() || self.is_complete {
            return;
        }
        if self.bytes + line.len() <= MAX_HEAD_BYTES {
            self.bytes += line.len();
            self.lines.push(line.trim_end().to_owned());
        }
        self.is_complete = session.is_connected();
    }
}
