//! The client: a session, the task that drives it, and a mailbox for the user's thread.
//!
//! The session stands behind a lock that both sides hold for microseconds: the user's thread to give a command, the driver
//! to pass a frame in. So a command takes effect before its call returns (after `unsubscribe` nothing comes that only that
//! subscription wanted), and there is no queue of commands to bound.
//!
//! The mailbox has a lock of its own, so that taking a batch does not wait for the driver, which has the session's most of
//! the time. Whoever takes both takes the session's first; taking a batch needs the mailbox's only.
//!
//! The driver lives while there is something to do: it is started by [`Client::connect`] and ends when the session is idle
//! and the link is closed. While it lives it holds the [`Bell`], and with it the user's process and objects.

mod driver;
mod failure;
mod mailbox;
mod spares;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

pub use crate::bell::Bell;

use self::mailbox::Mailbox;
pub use self::mailbox::{InboxLimits, Overflow};
use crate::{
    error::{Error, ErrorKind},
    protocol::{event::Envelope, json::Scanner},
    runtime,
    session::{Counters, MessageId, Notice, Outgoing, Output, Session, TokenReason, TokenState},
    shape::{Batch, Shapes},
    token::Token,
    transport::{Endpoint, Transport},
};

/// A client's figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// What the session has counted.
    pub counters: Counters,
    /// Events the user's thread has taken.
    pub events_delivered: u64,
    /// Events dropped because the mailbox was full.
    pub dropped_overflow: u64,
    /// Events in the mailbox, and its bytes.
    pub inbox: (usize, usize),
    /// Messages and bytes in the outbox.
    pub outbox: (usize, usize),
    /// Live subscriptions.
    pub subscriptions: usize,
    /// Answers that are waited for.
    pub pending_acks: usize,
    /// What carries the connection; `None` while there is none.
    pub transport: Option<Transport>,
}

/// A handle to one client. Dropping it ends the client.
pub struct Client<B: Bell> {
    shared: Arc<Shared<B>>,
}

struct Shared<B> {
    endpoint: Endpoint,
    core: Mutex<Core<B>>,
    /// To be locked after the core, if both are.
    mailbox: Arc<Mutex<Mailbox>>,
    /// Wakes the driver after a command.
    wake: Notify,
    /// A topic or channel is new, or a listener is gone: others may follow as long as the user's thread does not come to
    /// take events.
    unheard: AtomicBool,
}

struct Core<B> {
    session: Session,
    shapes: Shapes,
    /// The mailbox of [`Shared`].
    mailbox: Arc<Mutex<Mailbox>>,
    /// There while the driver lives.
    bell: Option<Arc<B>>,
    /// The mailbox was full, so that the link is not read.
    paused: bool,
    /// That of the link.
    transport: Option<Transport>,
}

impl<B: Bell> Client<B> {
    /// A client that does nothing yet.
    #[must_use]
    pub fn new(endpoint: Endpoint, session: Session, inbox: InboxLimits) -> Self {
        let mailbox = Arc::new(Mutex::new(Mailbox::new(Instant::now(), inbox)));
        let core = Core {
            session,
            shapes: Shapes::default(),
            mailbox: mailbox.clone(),
            bell: None,
            paused: false,
            transport: None,
        };
        Self {
            shared: Arc::new(Shared {
                endpoint,
                core: Mutex::new(core),
                mailbox,
                wake: Notify::new(),
                unheard: AtomicBool::new(false),
            }),
        }
    }

    /// Lets the bell wait so long for more events after the first one. It waits for nothing with news of another kind, or
    /// when a batch is full.
    pub fn coalesce(&self, patience: Duration) {
        self.shared.mailbox.lock().set_patience(patience);
    }

    /// Whether a bell is in use.
    #[must_use]
    pub fn is_driven(&self) -> bool {
        self.shared.core.lock().bell.is_some()
    }

    /// Starts connecting. A bell is asked for unless an earlier one is still in use.
    ///
    /// # Errors
    /// What making the bell gives, or [`ErrorKind::Internal`] when the I/O thread could not be started.
    pub fn connect<E: From<Error>>(&self, bell: impl FnOnce() -> Result<B, E>) -> Result<(), E> {
        self.drive(bell, |core| core.session.connect(Instant::now()))
    }

    /// Sends a message; see [`Session::emit`]. The bell is as for [`Client::connect`]: outcomes come while there is no
    /// connection, too.
    ///
    /// # Errors
    /// As [`Client::connect`] and [`Session::emit`].
    pub fn emit<E: From<Error>>(
        &self,
        outgoing: Outgoing,
        bell: impl FnOnce() -> Result<B, E>,
    ) -> Result<Option<MessageId>, E> {
        self.drive(bell, |core| core.session.emit(Instant::now(), outgoing))?.map_err(E::from)
    }

    /// Joins a channel; see [`Session::join_channel`]. The bell is as for [`Client::emit`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn join_channel<E: From<Error>>(
        &self,
        name: &str,
        bell: impl FnOnce() -> Result<B, E>,
    ) -> Result<MessageId, E> {
        self.drive(bell, |core| {
            self.expect_listeners(core);
            core.session.join_channel(Instant::now(), name)
        })
    }

    /// Leaves a channel; see [`Session::leave_channel`]. Its waiting messages are to be checked as in
    /// [`Client::unsubscribe`]. The bell is as for [`Client::emit`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn leave_channel<E: From<Error>>(
        &self,
        name: &str,
        bell: impl FnOnce() -> Result<B, E>,
    ) -> Result<MessageId, E> {
        self.drive(bell, |core| {
            let call = core.session.leave_channel(Instant::now(), name);
            core.mailbox.lock().recheck();
            call
        })
    }

    /// Ends the connection. No event comes after this; news of the connection's end does.
    pub fn disconnect(&self) {
        self.end(Session::disconnect);
    }

    /// Ends the connection and forgets all subscriptions.
    pub fn destroy(&self) {
        self.end(Session::destroy);
    }

    /// Subscribes; see [`Session::subscribe`].
    #[must_use]
    pub fn subscribe(&self, topic: &str, filter: Option<String>, return_mode: Option<String>) -> String {
        self.command(|core| {
            self.expect_listeners(core);
            core.session.subscribe(Instant::now(), topic, filter, return_mode)
        })
    }

    /// Ends a subscription; false when there is none of this id. The batches that wait say that their events are to be
    /// checked: what only this subscription wanted is not wanted any more, see [`Client::wants`].
    #[must_use]
    pub fn unsubscribe(&self, id: &str) -> bool {
        self.command(|core| {
            let known = core.session.unsubscribe(id);
            if known {
                core.mailbox.lock().recheck();
            }
            known
        })
    }

    /// Notes which events have listeners; see [`Session::listen`].
    pub fn listen(&self, topic: Option<&str>, wanted: bool) {
        self.shared.core.lock().session.listen(topic, wanted);
        if !wanted {
            self.settle_interest_later();
        }
    }

    /// Notes whether messages and presence have listeners; see [`Session::listen_to_messages`].
    pub fn listen_to_messages(&self, wanted: bool) {
        self.shared.core.lock().session.listen_to_messages(wanted);
        if !wanted {
            self.settle_interest_later();
        }
    }

    /// Why a token is wanted from the user; `None`: it is not.
    #[must_use]
    pub fn token_wanted(&self) -> Option<TokenReason> {
        self.shared.core.lock().session.token_wanted()
    }

    /// Of what use the newest token is.
    #[must_use]
    pub fn token_state(&self) -> TokenState {
        self.shared.core.lock().session.token_state(Instant::now())
    }

    /// Takes a token; see [`Session::provide_token`].
    pub fn provide_token(&self, token: Token) {
        self.command(|core| core.session.provide_token(Instant::now(), token));
    }

    /// Notes that the user has no token; see [`Session::refuse_token`].
    #[must_use]
    pub fn refuse_token(&self) -> bool {
        self.command(|core| core.session.refuse_token(Instant::now()))
    }

    /// What the server calls this connection.
    #[must_use]
    pub fn socket_id(&self) -> Option<String> {
        self.shared.core.lock().session.socket_id().map(str::to_owned)
    }

    /// Whether a live subscription or channel wants this event (JSON text).
    #[must_use]
    pub fn wants(&self, event: &str) -> bool {
        wants(&self.shared.core.lock().session, event)
    }

    /// Takes the oldest batch from the mailbox, and gives it one that is done with, for its room.
    #[must_use]
    pub fn drain(&self, spent: Option<Batch>) -> Option<Batch> {
        if self.shared.unheard.swap(false, Ordering::Relaxed) {
            self.shared.core.lock().session.end_of_turn();
        }
        let mut mailbox = self.shared.mailbox.lock();
        let batch = mailbox.drain(Instant::now(), spent);
        if mailbox.is_awaited() {
            self.shared.wake.notify_one();
        }
        batch
    }

    /// The warning that the mailbox fills, as the JSON text of an item, if it was not taken yet. [`Client::drain`] gives it
    /// before all else; this is for whoever is in the middle of a batch when the bell rings.
    #[must_use]
    pub fn take_alarm(&self) -> Option<String> {
        self.shared.mailbox.lock().take_alarm()
    }

    /// The client's figures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let core = self.shared.core.lock();
        let mailbox = self.shared.mailbox.lock();
        Stats {
            counters: core.session.counters(),
            events_delivered: mailbox.delivered(),
            dropped_overflow: mailbox.dropped(),
            inbox: mailbox.depth(),
            outbox: core.session.outbox_depth(),
            subscriptions: core.session.subscription_count(),
            pending_acks: core.session.pending_acks(),
            transport: core.transport,
        }
    }

    /// A command that needs the driver: it is started unless it lives.
    fn drive<T, E: From<Error>>(
        &self,
        bell: impl FnOnce() -> Result<B, E>,
        act: impl FnOnce(&mut Core<B>) -> T,
    ) -> Result<T, E> {
        let runtime = runtime::handle()?;
        let mut core = self.shared.core.lock();
        let idle = core.bell.is_none();
        if idle {
            core.bell = Some(Arc::new(bell()?));
        }
        let result = act(&mut core);
        drop(core);
        if idle {
            driver::spawn(&runtime, self.shared.clone());
        } else {
            self.shared.wake.notify_one();
        }
        Ok(result)
    }

    /// The user's thread says what it listens to in the same go, before it drains again; an answer may be faster.
    fn expect_listeners(&self, core: &mut Core<B>) {
        core.session.assume_interest();
        self.settle_interest_later();
    }

    /// When the user's thread drains again.
    fn settle_interest_later(&self) {
        self.shared.unheard.store(true, Ordering::Relaxed);
    }

    fn end(&self, end: impl FnOnce(&mut Session)) {
        self.command(|core| {
            let mut mailbox = core.mailbox.lock();
            if let Some(since) = mailbox.undelivered_since() {
                core.session.discard_since(since);
            }
            end(&mut core.session);
            mailbox.drop_events();
        });
    }

    fn command<T>(&self, act: impl FnOnce(&mut Core<B>) -> T) -> T {
        let result = act(&mut self.shared.core.lock());
        self.shared.wake.notify_one();
        result
    }
}

impl<B: Bell> Drop for Client<B> {
    fn drop(&mut self) {
        self.destroy();
    }
}

impl<B: Bell> Core<B> {
    /// Looks after the mailbox: tells what was dropped when there is room again, and stops the reading while it is full.
    fn tend(&mut self, now: Instant) {
        let mut mailbox = self.mailbox.lock();
        if let Some(missed) = mailbox.take_missed(now) {
            self.session
                .report_dropped(missed.since, missed.until, missed.count, |topic| missed.topics.contains(topic));
        }
        let paused = mailbox.pause();
        if paused != self.paused {
            self.paused = paused;
            if paused {
                let (events, bytes) = mailbox.depth();
                self.session.pause(now, events, bytes);
            } else {
                self.session.resume(now);
            }
        }
    }

    /// The bell, if there is reason to ring it now, or else when there will be.
    fn ring_due(&mut self, now: Instant) -> (Option<Arc<B>>, Option<Instant>) {
        let mut mailbox = self.mailbox.lock();
        let due = mailbox.ring_due(now);
        (if due { self.bell.clone() } else { None }, mailbox.ring_at())
    }

    /// A defect ended the driver: the user is told, and may connect again.
    fn abort(&mut self, problem: String) {
        let mut mailbox = self.mailbox.lock();
        mailbox.push_notice(&Notice::Error(Error::new(ErrorKind::Internal, problem)));
        self.session.abandon("internal error");
        while let Some(output) = self.session.poll_output() {
            if let Output::Notice(notice) = output {
                mailbox.push_notice(&notice);
            }
        }
    }
}

/// Whether a session wants the event that a text begins with.
fn wants(session: &Session, event: &str) -> bool {
    Envelope::scan(&mut Scanner::new(event)).is_ok_and(|envelope| session.wants(&envelope))
}
