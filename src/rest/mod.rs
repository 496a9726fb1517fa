//! REST: requests go in, and what became of them is taken in batches.
//!
//! ```text
//! request     PURE  the parts of an HTTP request
//! response    PURE  what an answer means
//! retry       PURE  whether a failure may be repeated, and when
//! failure     what the user learns about a request that failed
//! http        connections, and one exchange over them
//! body        what is read of an answer's body
//! attempts    all exchanges of one call, within its time
//! outcomes    what waits to be taken
//! ```
//!
//! Each call is a task of its own on the I/O thread; cancelling drops it, which closes its socket or resets its stream.

mod attempts;
mod body;
mod failure;
mod http;
mod outcomes;
mod request;
mod response;
mod retry;

use std::{sync::Arc, time::Duration};

use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::task::AbortHandle;

pub use self::outcomes::Batch;
use self::{attempts::Attempts, failure::Failure, outcomes::Outcomes, response::Answer};
use crate::{
    error::{Error, ErrorKind},
    runtime,
    token::Token,
    transport::{EndpointOptions, OptionError},
    waker::Waker,
};

/// One request as the user means it.
#[derive(Debug)]
pub struct Call {
    /// The HTTP method.
    pub method: String,
    /// `/api/...` below the base url, percent-encoded; it may hold a query.
    pub path: String,
    /// JSON text.
    pub body: Option<String>,
    /// For the whole call, with its retries and waits.
    pub timeout: Duration,
    /// Whether sending it twice does no harm.
    pub repeatable: bool,
    /// Tells the server which requests are the same.
    pub idempotency_key: Option<String>,
}

/// What a call ends with.
type Outcome = Result<Answer, Failure>;

/// A handle to one server's REST. Dropping it cancels its calls.
pub struct Rest<B: Waker> {
    shared: Arc<Shared<B>>,
}

struct Shared<B> {
    core: Mutex<Core<B>>,
}

struct Core<B> {
    /// `None` once it is closed.
    open: Option<Open<B>>,
    outcomes: Outcomes,
    /// Rung and not yet answered by taking everything.
    rung: bool,
    last_id: u64,
}

struct Open<B> {
    attempts: Arc<Attempts>,
    tasks: HashMap<u64, AbortHandle>,
    /// There from the first call on.
    bell: Option<Arc<B>>,
}

impl<B: Waker> Rest<B> {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// The first option that cannot be used, by its name.
    pub fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        let open = Open { attempts: Arc::new(Attempts::new(options)?), tasks: HashMap::new(), bell: None };
        let core = Core { open: Some(open), outcomes: Outcomes::default(), rung: false, last_id: 0 };
        Ok(Self { shared: Arc::new(Shared { core: Mutex::new(core) }) })
    }

    /// Sets the token of the calls that start from now on.
    pub fn set_token(&self, token: Token) {
        if let Some(open) = &self.shared.core.lock().open {
            open.attempts.set_token(token);
        }
    }

    /// Starts a call and gives its number. The first call asks for the bell.
    ///
    /// # Errors
    /// What making the bell gives, or [`ErrorKind::Internal`] when it is closed or there is no I/O thread.
    pub fn send<E: From<Error>>(&self, call: Call, bell: impl FnOnce() -> Result<B, E>) -> Result<u64, E> {
        let runtime = runtime::handle()?;
        // The lock is held until the task is in the table, so that it cannot end before it is.
        let mut core = self.shared.core.lock();
        let Core { open: Some(open), last_id, .. } = &mut *core else {
            return Err(Error::new(ErrorKind::Internal, "a request was sent after close()").into());
        };
        if open.bell.is_none() {
            open.bell = Some(Arc::new(bell()?));
        }
        *last_id += 1;
        let task = Task { id: *last_id, shared: self.shared.clone(), outcome: None };
        let attempts = open.attempts.clone();
        let handle = runtime.spawn(async move { task.end(attempts.perform(call).await) });
        open.tasks.insert(*last_id, handle.abort_handle());
        Ok(*last_id)
    }

    /// Drops a call that has no outcome yet, false when there is none of this number. No outcome follows.
    #[must_use]
    pub fn cancel(&self, id: u64) -> bool {
        let task = self.shared.core.lock().open.as_mut().and_then(|open| open.tasks.remove(&id));
        task.inspect(AbortHandle::abort).is_some()
    }

    /// Takes the oldest batch of outcomes.
    #[must_use]
    pub fn drain(&self) -> Option<Batch> {
        let mut core = self.shared.core.lock();
        let batch = core.outcomes.drain();
        core.rung &= batch.is_some();
        batch
    }

    /// Cancels everything and closes the connections. Nothing follows.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl<B: Waker> Drop for Rest<B> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<B: Waker> Shared<B> {
    fn finish(&self, id: u64, outcome: Option<Outcome>) {
        let mut core = self.core.lock();
        let Core { open: Some(open), outcomes, rung, .. } = &mut *core else { return };
        // A cancelled call may come this far before it is dropped.
        if open.tasks.remove(&id).is_none() {
            return;
        }
        outcomes.push(id, outcome.unwrap_or_else(|| Err(Failure::defect())));
        let bell = if std::mem::replace(rung, true) { None } else { open.bell.clone() };
        drop(core);
        // Nobody left to hear it: the environment is going.
        if bell.is_some_and(|bell| bell.wake().is_err()) {
            self.close();
        }
    }

    fn close(&self) {
        let mut core = self.core.lock();
        core.outcomes = Outcomes::default();
        let open = core.open.take();
        drop(core);
        for task in open.iter().flat_map(|open| open.tasks.values()) {
            task.abort();
        }
    }
}

/// A call under way. However it ends, by a panic too, its user hears of it.
struct Task<B: Waker> {
    id: u64,
    shared: Arc<Shared<B>>,
    outcome: Option<Outcome>,
}

impl<B: Waker> Task<B> {
    fn end(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl<B: Waker> Drop for Task<B> {
    fn drop(&mut self) {
        self.shared.finish(self.id, self.outcome.take());
    }
}

/// What an answer to a request comes to, its `Retry-After` included, for those who try what a peer could send.
///
/// # Errors
/// What a call would end with.
#[doc(hidden)]
pub fn judge(status: u16, retry_after: &str, body: &[u8]) -> Result<String, Error> {
    let mut headers = ::http::HeaderMap::new();
    if let Ok(value) = retry_after.parse() {
        headers.insert(::http::header::RETRY_AFTER, value);
    }
    let asked = response::Asked { method: &::http::Method::POST, path: "/api/sync/s/documents" };
    let received = http::Received { status, headers, body: body.to_vec(), is_whole: true };
    match response::judge(asked, received, std::time::SystemTime::UNIX_EPOCH) {
        Ok(answer) => Ok(answer.text),
        Err(failure) => Err(failure.error),
    }
}
