//! The client: a session, the task that drives it, and an inbox for the user's thread.
//!
//! A lock guards the session. The user's thread holds it for microseconds to give a command, the
//! driver to pass frames in. So a command takes effect before its call returns: after
//! `unsubscribe`, no event arrives that only that subscription wanted. There is no queue of
//! commands to bound.
//!
//! The inbox has a lock of its own. The driver holds the session's lock most of the time, and
//! taking a batch must not wait for it. A thread that takes both locks takes the session's first.
//!
//! The driver lives while there is something to do: [`Client::connect`] starts it, and it ends when
//! the session is idle and the link is closed. While it lives it holds the [`Waker`], which keeps
//! the user's process and objects alive.

mod batch_pool;
mod burst;
mod core;
mod driver;
mod failure;
mod inbox;
mod interest;
mod stats;
mod unix_time;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use self::{burst::Burst, core::Core, inbox::Inbox};
pub use self::{
    inbox::{InboxLimits, Overflow, Usage},
    stats::{ClockOffset, Stats},
};
pub use crate::waker::{Gone, Waker};
use crate::{
    error::Error,
    log::Log,
    runtime,
    session::{MessageId, Outgoing, Recorder, Session, TokenReason, TokenState},
    shape::Batch,
    token::Token,
    transport::Endpoint,
};

/// A handle to one client. Dropping it ends the client.
pub struct Client<W: Waker> {
    shared: Arc<Shared<W>>,
}

struct Shared<W> {
    endpoint: Endpoint,
    core: Mutex<Core<W>>,
    log: Log,
    /// The inbox of the core. A thread that takes both locks takes the core's first.
    inbox: Arc<Mutex<Inbox>>,
    /// A command gives the driver something to do.
    commands: Notify,
    /// The messages of this turn of the user's thread.
    burst: Burst,
    /// Listeners were removed in this turn of the user's thread, or may still follow a new
    /// subscription or channel.
    interest_changed: AtomicBool,
    /// Whether the user wants each event at once, see [`Client::coalesce`].
    is_prompt: AtomicBool,
}

impl<W: Waker> Client<W> {
    /// A client that does nothing yet.
    #[must_use]
    pub fn new(endpoint: Endpoint, session: Session, limits: InboxLimits) -> Self {
        let inbox = Arc::new(Mutex::new(Inbox::new(Instant::now(), limits)));
        Self {
            shared: Arc::new(Shared {
                endpoint,
                log: session.log(),
                core: Mutex::new(Core::new(session, inbox.clone())),
                inbox,
                commands: Notify::new(),
                burst: Burst::default(),
                interest_changed: AtomicBool::new(false),
                is_prompt: AtomicBool::new(false),
            }),
        }
    }

    /// Sets how long the first event may wait for more events before the user's thread is woken.
    /// Notices do not wait, and neither does a full batch. Zero also keeps the I/O thread from
    /// resting while this client is connected. Call this before anything else.
    pub fn coalesce(&self, duration: Duration) {
        self.shared.inbox.lock().set_coalesce(duration);
        self.shared.is_prompt.store(duration.is_zero(), Ordering::Relaxed);
    }

    /// Begins to record what goes into the session and comes out of it, see [`Recorder::record`].
    /// Call this before anything else.
    pub fn record(&self, max_bytes: usize, attachments: bool) {
        self.shared.core.lock().session.record(max_bytes, attachments);
    }

    /// The recording as JSON lines. `None`: nothing is recorded.
    #[must_use]
    pub fn recording(&self) -> Option<String> {
        self.shared.core.lock().session.recording()
    }

    /// Whether the driver lives, and with it the waker.
    #[must_use]
    pub fn is_driven(&self) -> bool {
        self.shared.core.lock().waker.is_some()
    }

    /// Starts connecting. The client asks for a waker unless an earlier one is still in use.
    ///
    /// # Errors
    /// The error of `make_waker`, or [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) if
    /// the I/O thread could not be started.
    pub fn connect<E: From<Error>>(&self, make_waker: impl FnOnce() -> Result<W, E>) -> Result<(), E> {
        self.drive(make_waker, |core| core.session.connect(Instant::now()))
    }

    /// Sends a message, see [`Session::emit`]. The waker is as for [`Client::connect`]: an outcome
    /// also arrives without a connection.
    ///
    /// # Errors
    /// As [`Client::connect`] and [`Session::emit`].
    pub fn emit<E: From<Error>>(
        &self,
        outgoing: Outgoing,
        make_waker: impl FnOnce() -> Result<W, E>,
    ) -> Result<Option<MessageId>, E> {
        self.drive(make_waker, |core| core.session.emit(Instant::now(), outgoing))?.map_err(E::from)
    }

    /// As [`Client::emit`], for messages that may come in bursts: [`Client::end_burst`] has to
    /// follow. `is_following`: another message precedes it in the burst.
    ///
    /// # Errors
    /// As [`Client::emit`].
    pub fn emit_in_burst<E: From<Error>>(
        &self,
        outgoing: Outgoing,
        is_following: bool,
        make_waker: impl FnOnce() -> Result<W, E>,
    ) -> Result<Option<MessageId>, E> {
        let wakes = || self.shared.burst.handle_message(is_following);
        self.drive_if(wakes, make_waker, |core| core.session.emit(Instant::now(), outgoing))?.map_err(E::from)
    }

    /// The user's thread sends no more messages in this turn.
    pub fn end_burst(&self) {
        if self.shared.burst.end() {
            self.shared.notify_driver();
        }
    }

    /// Ends the connection. No event follows. Notices about the end of the connection do.
    pub fn disconnect(&self) {
        self.end(Recorder::disconnect);
    }

    /// Ends the connection and forgets all subscriptions.
    pub fn destroy(&self) {
        self.end(Recorder::destroy);
    }

    /// Notes how many of the taken events wait in loops that accept no more. While there are any,
    /// the driver does not read from the link, as if the inbox were full.
    pub fn hold(&self, events: usize) {
        self.shared.inbox.lock().hold(events);
        self.shared.notify_driver();
    }

    /// Everything that the server sent before this time, in Unix milliseconds, was taken before the
    /// latest batch, or together with it.
    #[must_use]
    pub fn taken_until(&self) -> u64 {
        self.shared.inbox.lock().taken_until()
    }

    /// Why the client needs a token from the user. `None`: it needs none.
    #[must_use]
    pub fn token_wanted(&self) -> Option<TokenReason> {
        self.shared.core.lock().session.token_wanted()
    }

    /// Whether the newest token is valid.
    #[must_use]
    pub fn token_state(&self) -> TokenState {
        self.shared.core.lock().session.token_state(Instant::now())
    }

    /// Accepts a token, see [`Session::provide_token`].
    pub fn provide_token(&self, token: Token) {
        self.command(|core| core.session.provide_token(Instant::now(), token));
    }

    /// Notes that the user has no token, see [`Session::refuse_token`].
    #[must_use]
    pub fn refuse_token(&self) -> bool {
        self.command(|core| core.session.refuse_token(Instant::now()))
    }

    /// The server's ID of this connection.
    #[must_use]
    pub fn socket_id(&self) -> Option<String> {
        self.shared.core.lock().session.socket_id().map(str::to_owned)
    }

    /// Takes the oldest batch from the inbox, and returns the memory of a batch that was read.
    #[must_use]
    pub fn drain(&self, spent: Option<Batch>) -> Option<Batch> {
        let mut inbox = self.shared.inbox.lock();
        let batch = inbox.drain(Instant::now(), spent);
        if inbox.is_awaited() {
            self.shared.notify_driver();
        }
        batch
    }

    /// Takes the slow warning, as the JSON text of an item, if there is one that was not taken. The
    /// next batch of [`Client::drain`] would hold it. This is for a thread that is woken while it
    /// reads a batch.
    #[must_use]
    pub fn take_slow_warning(&self) -> Option<String> {
        self.shared.inbox.lock().take_slow_warning()
    }

    /// Runs a command that needs the driver, and starts the driver unless it lives.
    fn drive<T, E: From<Error>>(
        &self,
        make_waker: impl FnOnce() -> Result<W, E>,
        command: impl FnOnce(&mut Core<W>) -> T,
    ) -> Result<T, E> {
        self.drive_if(|| true, make_waker, command)
    }

    /// As [`Client::drive`]. `wakes` decides whether a driver that lives has to look.
    fn drive_if<T, E: From<Error>>(
        &self,
        wakes: impl FnOnce() -> bool,
        make_waker: impl FnOnce() -> Result<W, E>,
        command: impl FnOnce(&mut Core<W>) -> T,
    ) -> Result<T, E> {
        let runtime = runtime::handle()?;
        let mut core = self.shared.core.lock();
        let is_idle = core.waker.is_none();
        if is_idle {
            core.waker = Some(Arc::new(make_waker()?));
        }
        let result = command(&mut core);
        drop(core);
        let wakes = wakes();
        if is_idle {
            driver::spawn(&runtime, self.shared.clone());
        } else if wakes {
            self.shared.notify_driver();
        }
        Ok(result)
    }

    fn end(&self, end: impl FnOnce(&mut Recorder)) {
        self.command(|core| {
            let mut inbox = core.inbox.lock();
            if let Some(since) = inbox.undelivered_since() {
                core.session.discard_since(since);
            }
            end(&mut core.session);
            inbox.discard_events();
        });
    }

    fn command<T>(&self, command: impl FnOnce(&mut Core<W>) -> T) -> T {
        let result = command(&mut self.shared.core.lock());
        self.shared.notify_driver();
        result
    }
}

impl<W> Shared<W> {
    /// The driver has something to do.
    fn notify_driver(&self) {
        self.commands.notify_one();
        runtime::end_rest();
    }
}

impl<W: Waker> Drop for Client<W> {
    fn drop(&mut self) {
        self.destroy();
    }
}
