//! What the user's thread and the driver share behind one lock.

use std::{sync::Arc, time::Instant};

use parking_lot::Mutex;

use super::inbox::{Inbox, Reading, Wake};
use crate::{
    error::{Error, ErrorKind},
    session::{Notice, Output, Recorder, Session},
    shape::Shapes,
    transport::{Link, Transport},
};

/// The session and what belongs to it.
pub(super) struct Core<W> {
    pub(super) session: Recorder,
    pub(super) shapes: Shapes,
    /// It has a lock of its own, which is taken after that of the core.
    pub(super) inbox: Arc<Mutex<Inbox>>,
    /// Present while the driver lives.
    pub(super) waker: Option<Arc<W>>,
    /// Whether the driver reads from the link.
    pub(super) reading: Reading,
    /// The transport of the link.
    pub(super) transport: Option<Transport>,
}

/// What the driver does with the link after it has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadStep {
    /// It reads.
    Read,
    /// It does not read, since the inbox is full.
    Pause,
    /// It serves the session first, since the writing had consequences.
    ServeFirst,
}

impl<W> Core<W> {
    pub(super) fn new(session: Session, inbox: Arc<Mutex<Inbox>>) -> Self {
        Self {
            session: session.into(),
            shapes: Shapes::default(),
            inbox,
            waker: None,
            reading: Reading::Continue,
            transport: None,
        }
    }

    /// Tells the session what the state of the inbox means for it: which events were dropped, and
    /// whether the driver reads.
    pub(super) fn serve_inbox(&mut self, now: Instant) {
        let mut inbox = self.inbox.lock();
        if let Some(missed) = inbox.take_missed(now) {
            self.session
                .report_dropped(missed.since, missed.until, missed.count, |topic| missed.topics.contains(topic));
        }
        let reading = inbox.update_reading();
        if reading == self.reading {
            return;
        }
        self.reading = reading;
        match reading {
            Reading::Stop => {
                let depth = inbox.depth();
                self.session.pause(now, depth.count, depth.bytes);
            }
            Reading::Continue => self.session.resume(now),
        }
    }

    pub(super) fn read_step(&self) -> ReadStep {
        match self.reading {
            _ if self.session.has_output() => ReadStep::ServeFirst,
            Reading::Continue => ReadStep::Read,
            Reading::Stop => ReadStep::Pause,
        }
    }

    /// Tells the session how much the link has written and which pings were answered.
    pub(super) fn note_link(&mut self, now: Instant, link: &Link) {
        self.note_written(now, link);
        self.session.handle_pongs(now, link.pongs());
    }

    /// Tells the session how much the link has written.
    pub(super) fn note_written(&mut self, now: Instant, link: &Link) {
        self.session.handle_progress(now, link.written(), link.arrived());
    }

    /// When to wake the user's thread, and the waker to call if that is now.
    pub(super) fn poll_wake(&self, now: Instant) -> (Wake, Option<Arc<W>>) {
        let wake = self.inbox.lock().poll_wake(now);
        let waker = if wake == Wake::Now { self.waker.clone() } else { None };
        (wake, waker)
    }

    /// A defect has ended the driver: reports it to the user, who may connect again.
    pub(super) fn handle_defect(&mut self, problem: String) {
        let mut inbox = self.inbox.lock();
        inbox.push_notice(&Notice::Error(Error::new(ErrorKind::Internal, problem)));
        self.session.abandon("internal error");
        while let Some(output) = self.session.poll_output() {
            if let Output::Notice(notice) = output {
                inbox.push_notice(&notice);
            }
        }
    }
}
