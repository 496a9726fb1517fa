//! Frames between an open link and the session.
//!
//! A turn of the driver locks the core once to write, once for each run of frames that it reads,
//! and once to serve the session. The system is never called under the lock.

use std::{
    ops::ControlFlow,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use parking_lot::MutexGuard;

use super::{LinkEvent, TRANSPORT};
use crate::{
    client::{Shared, Waker, core::ReadStep, inbox::Reading},
    log::{Log, record},
    runtime,
    session::{Output, Ping},
    transport::{Frame, Link, Lost, Message, start_of},
};

/// The most events and bytes of frames that the driver reads before it considers waking the user's
/// thread: a wake-up costs as much as dozens of events.
const MAX_BURST_EVENTS: usize = 256;
const MAX_BURST_BYTES: usize = 512 << 10;
/// How much of a frame is logged: enough for the search for secrets, which comes before the cut
/// that a reader sees.
const MAX_LOGGED_CHARACTERS: usize = 4096;
/// The most frames and bytes that the driver passes on under one lock, some 20 µs: the user's
/// thread may be waiting for it.
const MAX_RUN_FRAMES: usize = 64;
const MAX_RUN_BYTES: usize = 16 << 10;

/// Writes and reads as far as the link and the session are ready. `deadline` is the deadline of the
/// session when the driver last served it.
pub(super) fn poll<W: Waker>(
    shared: &Shared<W>,
    link: &mut Link,
    deadline: Option<Instant>,
    cx: &mut Context<'_>,
) -> Poll<LinkEvent> {
    let polled = write(shared, link, cx).map(|step| match step {
        ReadStep::ServeFirst => Poll::Ready(Ok(())),
        ReadStep::Pause => Poll::Pending,
        ReadStep::Read => read(shared, link, cx),
    });
    match polled {
        Err(lost) => Poll::Ready(LinkEvent::Lost(lost)),
        // The driver serves the session next, and notes the state of the link then.
        Ok(Poll::Ready(Ok(()))) => Poll::Ready(LinkEvent::Progress),
        Ok(Poll::Ready(Err(lost))) => {
            shared.core.lock().note_link(Instant::now(), link);
            Poll::Ready(LinkEvent::Lost(lost))
        }
        Ok(Poll::Pending) => {
            let mut core = shared.core.lock();
            core.note_link(Instant::now(), link);
            if core.reading == Reading::Continue {
                core.session.handle_read_to_end();
            }
            // The writing may have started a deadline, the reading may have ended one, or a
            // WebSocket has replaced long-polling.
            let has_changed = core.session.deadline() != deadline || core.transport != Some(link.transport());
            if has_changed { Poll::Ready(LinkEvent::Progress) } else { Poll::Pending }
        }
    }
}

/// Sends the frames of the session as far as the link accepts them. Returns whether to read next.
fn write<W: Waker>(shared: &Shared<W>, link: &mut Link, cx: &mut Context<'_>) -> Result<ReadStep, Lost> {
    let mut is_ready = link.poll_ready(cx)?.is_ready();
    let mut core = shared.core.lock();
    if core.session.is_ping_due() {
        drop(core);
        if link.poll_flush(cx)?.is_pending() {
            // No other frame may precede the ping: it would delay the reply.
            return Ok(shared.core.lock().read_step());
        }
        core = shared.core.lock();
        let now = Instant::now();
        core.note_written(now, link);
        let ping = core.session.poll_ping(now);
        drop(core);
        match ping {
            Some(Ping::Control) => link.ping()?,
            Some(Ping::Application(text)) => link.send(Frame::Text(text))?,
            None => {}
        }
        is_ready = link.poll_ready(cx)?.is_ready();
        core = shared.core.lock();
    }
    while is_ready && let Some(frame) = core.session.poll_frame(Instant::now()) {
        drop(core);
        let log = shared.log;
        if log.has_frames() {
            log_frame(log, "sent", (&frame).into());
        }
        link.send(frame)?;
        is_ready = link.poll_ready(cx)?.is_ready();
        core = shared.core.lock();
    }
    let step = core.read_step();
    drop(core);
    let _ = link.poll_flush(cx)?;
    Ok(step)
}

/// Passes a burst of frames to the session, and the events of these frames to the inbox.
fn read<W: Waker>(shared: &Shared<W>, link: &mut Link, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
    let now = Instant::now();
    let received = link.received();
    let log = shared.log;
    let logs = log.has_frames();
    let mut burst = Burst { shared, now, log: logs.then_some(log), frames: 0, events: 0, bytes: 0, is_over: false };
    while !burst.is_over {
        match burst.run(link, cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(lost)) => return Poll::Ready(Err(lost)),
            Poll::Pending if burst.frames == 0 => {
                if link.received() != received {
                    shared.core.lock().session.handle_bytes(now);
                }
                return Poll::Pending;
            }
            Poll::Pending => break,
        }
    }
    runtime::handle_events(burst.events);
    Poll::Ready(Ok(()))
}

/// Frames on their way to the session.
struct Burst<'a, W> {
    shared: &'a Shared<W>,
    now: Instant,
    /// The log, if it contains frames.
    log: Option<Log>,
    frames: usize,
    events: usize,
    bytes: usize,
    is_over: bool,
}

impl<W: Waker> Burst<'_, W> {
    /// Passes on the frames that have arrived, up to the limits of a run. The lock is taken when
    /// there is a frame.
    fn run(&mut self, link: &mut Link, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        let Self { shared, now, log, .. } = *self;
        let mut core = None;
        let (max_frames, max_bytes) = (self.frames + MAX_RUN_FRAMES, self.bytes + MAX_RUN_BYTES);
        let polled = link.poll_messages(cx, |message| {
            if let Some(log) = log {
                log_frame(log, "received", message);
            }
            let core = &mut **core.get_or_insert_with(|| shared.core.lock());
            let reading = match message {
                Message::Text(text) => core
                    .session
                    .receive(now, text, &mut core.shapes)
                    .map(|delivery| core.inbox.lock().push(now, core.session.sent_before(), delivery)),
                Message::Binary(bytes) => {
                    let delivery = core.session.receive_binary(now, Bytes::copy_from_slice(bytes));
                    delivery.map(|delivery| core.inbox.lock().push(now, core.session.sent_before(), delivery))
                }
            };
            self.events += usize::from(reading.is_some());
            // Answers come in bursts, as events do. Other notices may mean more than a report.
            while core.session.is_outcome_next() {
                if let Some(Output::Notice(outcome)) = core.session.poll_output() {
                    core.inbox.lock().push_notice(&outcome);
                    self.events += 1;
                }
            }
            self.frames += 1;
            self.bytes += message.len();
            // The next event must not overtake a notice, and a full inbox accepts no more.
            self.is_over = reading == Some(Reading::Stop)
                || self.events >= MAX_BURST_EVENTS
                || self.bytes >= MAX_BURST_BYTES
                || core.session.has_output();
            if self.is_over || self.frames >= max_frames || self.bytes >= max_bytes {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        if let Some(core) = core {
            // A waiting thread is next.
            MutexGuard::unlock_fair(core);
        }
        polled
    }
}

/// Logs a frame: its length, and the start of a text.
#[cold]
fn log_frame(log: Log, what: &str, message: Message<'_>) {
    let frame = match message {
        Message::Text(text) => Some(start_of(text, MAX_LOGGED_CHARACTERS)),
        Message::Binary(_) => None,
    };
    record!(target: TRANSPORT, TRACE, log, what, size = message.len(), frame = frame.as_deref());
}
