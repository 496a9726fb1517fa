//! The one task of a client: joins its session and its link.

use std::{
    future::{Future, poll_fn},
    ops::ControlFlow,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::FutureExt;
use parking_lot::MutexGuard;
use tokio::{runtime::Handle, time::timeout};

use super::{Bell, Shared, failure};
use crate::{
    session::{Output, Ping},
    transport::{DialError, Frame, Link, Lost, Message},
};

/// How long an orderly end may take.
const LINGER: Duration = Duration::from_secs(1);
/// How many events, or bytes of frames, are read before the mailbox's bell is looked at, if there are so many: waking the
/// user's thread costs as much as dozens of events.
const BURST: usize = 256;
const BURST_BYTES: usize = 512 << 10;
/// How many of them are passed on before somebody else gets the session: some 20 µs.
const RUN: usize = 64;
const RUN_BYTES: usize = 16 << 10;
/// The WebSocket close code of an orderly end.
const NORMAL_CLOSURE: u16 = 1000;

/// Starts the driver of a client that has none.
pub(super) fn spawn<B: Bell>(runtime: &Handle, shared: Arc<Shared<B>>) {
    runtime.spawn(async move {
        // Nothing of the driver is used again, and the session is destroyed.
        let driver = AssertUnwindSafe(Driver::new(shared.clone()).run()).catch_unwind();
        if let Err(panic) = driver.await {
            let text = panic.downcast_ref::<&str>().copied();
            let problem = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic");
            let mut core = shared.core.lock();
            core.abort(format!("the connection task failed: {problem}"));
            let bell = core.bell.take();
            drop(core);
            bell.map(|bell| bell.ring());
        }
    });
}

struct Driver<B> {
    shared: Arc<Shared<B>>,
    link: LinkState,
    /// A dial was asked for while the former link was still being closed.
    dial_next: bool,
    /// What the session was last known to wait for.
    deadline: Option<Instant>,
}

enum LinkState {
    Vacant,
    Dialing(Pin<Box<dyn Future<Output = Result<Link, DialError>> + Send>>),
    Open(Box<Link>),
    Closing(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// What the link came to.
enum Step {
    Opened(Box<Link>),
    Failed(DialError),
    Lost(Lost),
    Closed,
    /// Frames were read or written.
    Progress,
}

impl<B: Bell> Driver<B> {
    fn new(shared: Arc<Shared<B>>) -> Self {
        Self { shared, link: LinkState::Vacant, dial_next: false, deadline: None }
    }

    async fn run(mut self) {
        while let Some(deadline) = self.act() {
            let shared = self.shared.clone();
            tokio::select! {
                biased;
                step = poll_fn(|cx| self.poll_link(cx)) => self.take(step),
                () = shared.wake.notified() => {}
                () = until(deadline) => {}
            }
        }
    }

    /// Does all the session asks for; gives the next deadline, or `None` when all is over.
    #[allow(clippy::option_option, reason = "no deadline and no more work are different things")]
    fn act(&mut self) -> Option<Option<Instant>> {
        let shared = self.shared.clone();
        let mut core = shared.core.lock();
        let now = Instant::now();
        // Before its deadlines: one of them is for a user who takes nothing.
        core.tend(now);
        if core.session.deadline().is_some_and(|at| at <= now) {
            core.session.handle_timeout(now);
        }
        while let Some(output) = core.session.poll_output() {
            match output {
                Output::Notice(notice) => core.mailbox.lock().push_notice(&notice),
                Output::Dial => self.dial_next = true,
                Output::HangUp { farewell, orderly } => self.hang_up(farewell, orderly),
            }
        }
        if self.dial_next
            && matches!(self.link, LinkState::Vacant)
            && let Some(token) = core.session.dial_token()
        {
            self.dial_next = false;
            let shared = shared.clone();
            self.link = LinkState::Dialing(Box::pin(async move { shared.endpoint.dial(&token).await }));
        }
        core.transport = None;
        if let LinkState::Open(link) = &mut self.link {
            core.transport = Some(link.transport());
            core.session.set_can_ping(now, link.can_ping());
            if let Some(token) = core.session.newest_token() {
                link.set_token(token);
            }
        }
        self.deadline = core.session.deadline();
        let is_idle = core.session.is_idle() && matches!(self.link, LinkState::Vacant);
        let over = is_idle && !core.mailbox.lock().owes();
        let (ringing, ring_at) = core.ring_due(now);
        let deadline = self.deadline.into_iter().chain(ring_at).min();
        let bell = if over { core.bell.take() } else { None };
        drop(core);
        if ringing.is_some_and(|bell| !bell.ring()) && !over {
            return self.abandon();
        }
        // Given back outside of the lock: this may be what lets the process go.
        drop(bell);
        (!over).then_some(deadline)
    }

    /// Nobody hears the bell: the user's environment is going down.
    #[allow(clippy::option_option, reason = "as in act")]
    fn abandon(&mut self) -> Option<Option<Instant>> {
        let mut core = self.shared.core.lock();
        core.session.destroy();
        let bell = core.bell.take();
        drop(core);
        drop(bell);
        None
    }

    fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        self.dial_next = false;
        self.link = match std::mem::replace(&mut self.link, LinkState::Vacant) {
            LinkState::Open(link) if orderly => LinkState::Closing(Box::pin(close(link, farewell))),
            closing @ LinkState::Closing(_) => closing,
            LinkState::Open(_) | LinkState::Dialing(_) | LinkState::Vacant => LinkState::Vacant,
        };
    }

    fn take(&mut self, step: Step) {
        let now = Instant::now();
        let session = &mut self.shared.core.lock().session;
        match step {
            Step::Opened(link) => {
                self.link = LinkState::Open(link);
                session.handle_open(now);
            }
            Step::Failed(problem) => {
                self.link = LinkState::Vacant;
                let (reason, error) = failure::of_dial(self.shared.endpoint.authority(), problem);
                session.handle_disconnect(now, reason, Some(error));
            }
            Step::Lost(lost) => {
                self.link = LinkState::Vacant;
                if matches!(lost, Lost::CutOff(_)) {
                    session.discard_resumable_session();
                }
                let (reason, error) = failure::of_link(&lost);
                if failure::is_plain_close(&lost) {
                    session.handle_close(now, reason);
                } else {
                    session.handle_disconnect(now, reason, error);
                }
            }
            Step::Closed => self.link = LinkState::Vacant,
            Step::Progress => {}
        }
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        match &mut self.link {
            LinkState::Vacant => Poll::Pending,
            LinkState::Dialing(dial) => dial.as_mut().poll(cx).map(|result| match result {
                Ok(link) => Step::Opened(Box::new(link)),
                Err(problem) => Step::Failed(problem),
            }),
            LinkState::Closing(close) => close.as_mut().poll(cx).map(|()| Step::Closed),
            LinkState::Open(link) => {
                if let Err(lost) = write(&self.shared, link, cx) {
                    return Poll::Ready(Step::Lost(lost));
                }
                let step = read(&self.shared, link, cx);
                let mut core = self.shared.core.lock();
                let now = Instant::now();
                core.session.handle_progress(now, link.written(), link.arrived());
                core.session.handle_pongs(now, link.pongs());
                if step.is_pending() && !core.paused {
                    core.session.handle_read_to_end();
                }
                // What was sent may be due an answer, and what was heard may be one; or a WebSocket has taken over.
                let news = core.session.deadline() != self.deadline || core.transport != Some(link.transport());
                if step.is_pending() && news {
                    return Poll::Ready(Step::Progress);
                }
                step
            }
        }
    }
}

/// Sends what the session has, as far as the link takes it.
fn write<B: Bell>(shared: &Shared<B>, link: &mut Link, cx: &mut Context<'_>) -> Result<(), Lost> {
    let is_ping_due = shared.core.lock().session.is_ping_due();
    if is_ping_due {
        if link.poll_flush(cx)?.is_pending() {
            // Nothing more of ours may get ahead of the ping: its answer would come later still.
            return Ok(());
        }
        let now = Instant::now();
        let session = &mut shared.core.lock().session;
        session.handle_progress(now, link.written(), link.arrived());
        match session.poll_ping(now) {
            Some(Ping::Control) => link.ping()?,
            Some(Ping::Application(text)) => link.send(Frame::Text(text))?,
            None => {}
        }
    }
    while link.poll_ready(cx)?.is_ready() {
        let Some(frame) = shared.core.lock().session.poll_frame(Instant::now()) else { break };
        link.send(frame)?;
    }
    let _ = link.poll_flush(cx)?;
    Ok(())
}

/// Passes a burst of frames to the session, and the events they carry to the mailbox.
fn read<B: Bell>(shared: &Shared<B>, link: &mut Link, cx: &mut Context<'_>) -> Poll<Step> {
    let core = shared.core.lock();
    // Sending may have had consequences of its own.
    if core.session.has_output() {
        return Poll::Ready(Step::Progress);
    }
    if core.paused {
        return Poll::Pending;
    }
    drop(core);
    let now = Instant::now();
    let received = link.received();
    let mut burst = Burst { shared, now, frames: 0, events: 0, bytes: 0, over: false };
    while !burst.over {
        match burst.run(link, cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(lost)) => return Poll::Ready(Step::Lost(lost)),
            Poll::Pending if burst.frames == 0 => {
                if link.received() != received {
                    shared.core.lock().session.handle_bytes(now);
                }
                return Poll::Pending;
            }
            Poll::Pending => break,
        }
    }
    Poll::Ready(Step::Progress)
}

/// Frames on their way to the session.
struct Burst<'a, B> {
    shared: &'a Shared<B>,
    now: Instant,
    frames: usize,
    events: usize,
    bytes: usize,
    over: bool,
}

impl<B: Bell> Burst<'_, B> {
    /// Passes on frames that came together, for as long as others may have to wait for the session. It is locked when they
    /// are there: the system is not called meanwhile.
    fn run(&mut self, link: &mut Link, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        let Self { shared, now, .. } = *self;
        let mut core = None;
        let (frames, bytes) = (self.frames + RUN, self.bytes + RUN_BYTES);
        let polled = link.poll_messages(cx, |message| {
            let core = &mut **core.get_or_insert_with(|| shared.core.lock());
            let full = match message {
                Message::Text(text) => core.session.receive(now, text, &mut core.shapes).is_some_and(|delivery| {
                    self.events += 1;
                    core.mailbox.lock().push(now, core.session.sent_before(), delivery)
                }),
                Message::Binary(bytes) => {
                    let delivery = core.session.receive_binary(now, Bytes::copy_from_slice(bytes));
                    delivery.is_some_and(|delivery| {
                        self.events += 1;
                        core.mailbox.lock().push(now, core.session.sent_before(), delivery)
                    })
                }
            };
            self.frames += 1;
            self.bytes += message.len();
            // News must not be overtaken by the next event, and a full mailbox takes no more.
            self.over = full || self.events >= BURST || self.bytes >= BURST_BYTES || core.session.has_output();
            if self.over || self.frames >= frames || self.bytes >= bytes {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        if let Some(core) = core {
            // Whoever waits is next.
            MutexGuard::unlock_fair(core);
        }
        polled
    }
}

/// Ends a link in an orderly manner, within [`LINGER`].
async fn close(mut link: Box<Link>, farewell: Option<String>) {
    let _ = timeout(LINGER, async {
        if let Some(frame) = farewell {
            let sent = poll_fn(|cx| link.poll_ready(cx)).await.and_then(|()| link.send(Frame::Text(frame)));
            if sent.is_err() {
                return;
            }
        }
        poll_fn(|cx| link.poll_close(cx, NORMAL_CLOSURE, "")).await;
    })
    .await;
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
