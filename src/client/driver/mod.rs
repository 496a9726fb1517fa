//! The driver: the one task of a client, which connects its session to its link.

mod frames;

use std::{
    future::{Future, poll_fn},
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{runtime::Handle, time::timeout};

use super::{Shared, Waker, failure, inbox::Wake, unix_time::Clocks};
use crate::{
    log::record,
    runtime::{self, Hurry},
    session::Output,
    transport::{DialError, Frame, Link, Lost},
};

/// How long an orderly close may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The part of records about links.
const TRANSPORT: &str = "realtime::transport";
/// The WebSocket close code of an orderly close.
const NORMAL_CLOSURE: u16 = 1000;

/// Starts the driver of a client that has none.
pub(super) fn spawn<W: Waker>(runtime: &Handle, shared: Arc<Shared<W>>) {
    runtime.spawn(async move {
        // After a panic nothing of the driver is used again, and the session is abandoned.
        let driver = AssertUnwindSafe(Driver::new(shared.clone()).run()).catch_unwind();
        if let Err(panic) = driver.await {
            let text = panic.downcast_ref::<&str>().copied();
            let problem = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic");
            let mut core = shared.core.lock();
            core.handle_defect(format!("the connection task failed: {problem}"));
            let waker = core.waker.take();
            drop(core);
            waker.map(|waker| waker.wake());
        }
    });
    runtime::end_rest();
}

struct Driver<W> {
    shared: Arc<Shared<W>>,
    link: LinkState,
    /// The session asked for a dial while the former link was still closing.
    dial_next: bool,
    /// The deadline of the session when the driver last served it.
    deadline: Option<Instant>,
    /// While the user waits for a reply, or wants each event at once.
    hurry: Option<Hurry>,
}

enum LinkState {
    Vacant,
    Dialing(Pin<Box<dyn Future<Output = Result<Link, DialError>> + Send>>),
    Open(Box<Link>),
    Closing(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// What has happened to the link.
enum LinkEvent {
    Opened(Box<Link>),
    DialFailed(DialError),
    Lost(Lost),
    Closed,
    /// Frames were read or written, and the session has to be served.
    Progress,
}

/// What the driver does after it has served the session.
enum Next {
    /// It waits for the link, a command or the deadline.
    Wait { deadline: Option<Instant> },
    /// It ends: there is nothing left to do, or nobody to do it for.
    End,
}

impl<W: Waker> Driver<W> {
    fn new(shared: Arc<Shared<W>>) -> Self {
        Self { shared, link: LinkState::Vacant, dial_next: false, deadline: None, hurry: None }
    }

    async fn run(mut self) {
        while let Next::Wait { deadline } = self.serve_session() {
            let shared = self.shared.clone();
            tokio::select! {
                biased;
                event = poll_fn(|cx| self.poll_link(cx)) => self.handle_link(event),
                () = shared.commands.notified() => {}
                () = sleep_until(deadline) => {}
            }
        }
    }

    /// Does everything the session asks for.
    fn serve_session(&mut self) -> Next {
        let shared = self.shared.clone();
        let mut core = shared.core.lock();
        let now = Instant::now();
        if let LinkState::Open(link) = &self.link {
            core.note_link(now, link);
        }
        // Before the deadlines: one of them is for a user who takes nothing.
        core.serve_inbox(now);
        if core.session.deadline().is_some_and(|at| at <= now) {
            core.session.handle_timeout(now);
        }
        while let Some(output) = core.session.poll_output() {
            match output {
                Output::Notice(notice) => core.inbox.lock().push_notice(&notice),
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
        let is_replying = core.session.pending_acks() > 0 || matches!(self.link, LinkState::Dialing(_));
        self.set_hurry(is_replying || shared.is_prompt.load(Ordering::Relaxed));
        let is_idle = core.session.is_idle() && matches!(self.link, LinkState::Vacant);
        let is_over = is_idle && !core.inbox.lock().has_unreported_drops();
        let (wake, waker) = core.poll_wake(now);
        // The driver releases its own waker outside of the lock, after the last call: that may let
        // the process exit.
        let released = if is_over { core.waker.take() } else { None };
        drop(core);
        let woken = waker.map_or(Ok(()), |waker| waker.wake());
        drop(released);
        if is_over {
            return Next::End;
        }
        if woken.is_err() {
            self.abandon();
            return Next::End;
        }
        let wake_at = if let Wake::At(at) = wake { Some(at) } else { None };
        Next::Wait { deadline: self.deadline.into_iter().chain(wake_at).chain(shared.burst.look_at(now)).min() }
    }

    /// Whether the I/O thread must not rest.
    fn set_hurry(&mut self, is_hurried: bool) {
        if is_hurried != self.hurry.is_some() {
            self.hurry = is_hurried.then(Hurry::new);
        }
    }

    /// Ends the session, since the user's environment is shutting down.
    fn abandon(&self) {
        let mut core = self.shared.core.lock();
        core.session.destroy();
        let waker = core.waker.take();
        drop(core);
        drop(waker);
    }

    fn hang_up(&mut self, farewell: Option<String>, orderly: bool) {
        self.dial_next = false;
        self.link = match std::mem::replace(&mut self.link, LinkState::Vacant) {
            LinkState::Open(link) if orderly => LinkState::Closing(Box::pin(close(link, farewell))),
            closing @ LinkState::Closing(_) => closing,
            LinkState::Open(_) | LinkState::Dialing(_) | LinkState::Vacant => LinkState::Vacant,
        };
    }

    fn handle_link(&mut self, event: LinkEvent) {
        let now = Instant::now();
        match event {
            LinkEvent::Opened(link) => {
                let transport = link.transport().name();
                self.link = LinkState::Open(link);
                record!(target: TRANSPORT, DEBUG, self.shared.log, "link open", transport = transport);
                let session = &mut self.shared.core.lock().session;
                let clocks = Clocks::read();
                session.set_unix_time(clocks.now, clocks.unix);
                session.handle_open(now);
            }
            LinkEvent::DialFailed(problem) => {
                self.link = LinkState::Vacant;
                let (reason, error) = failure::of_dial(&self.shared.endpoint, problem);
                record!(target: TRANSPORT, DEBUG, self.shared.log, "dial failed", reason = reason.as_str());
                self.shared.core.lock().session.handle_disconnect(now, reason, Some(error));
            }
            LinkEvent::Lost(lost) => {
                self.link = LinkState::Vacant;
                let (reason, error) = failure::of_link(&lost);
                let session = &mut self.shared.core.lock().session;
                record!(target: TRANSPORT, DEBUG, self.shared.log, "link lost", reason = reason.as_str());
                if matches!(lost, Lost::CutOff(_)) {
                    session.discard_resumable_session();
                }
                if failure::is_plain_close(&lost) {
                    session.handle_close(now, reason);
                } else {
                    session.handle_disconnect(now, reason, error);
                }
            }
            LinkEvent::Closed => self.link = LinkState::Vacant,
            LinkEvent::Progress => {}
        }
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<LinkEvent> {
        match &mut self.link {
            LinkState::Vacant => Poll::Pending,
            LinkState::Dialing(dial) => dial.as_mut().poll(cx).map(|result| match result {
                Ok(link) => LinkEvent::Opened(Box::new(link)),
                Err(problem) => LinkEvent::DialFailed(problem),
            }),
            LinkState::Closing(close) => close.as_mut().poll(cx).map(|()| LinkEvent::Closed),
            LinkState::Open(link) => frames::poll(&self.shared, link, self.deadline, cx),
        }
    }
}

/// Closes a link in an orderly manner, within [`CLOSE_TIMEOUT`].
async fn close(mut link: Box<Link>, farewell: Option<String>) {
    let _ = timeout(CLOSE_TIMEOUT, async {
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

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
