//! REST: the JavaScript thread sends requests, and drains their outcomes in batches.
//!
//! ```text
//! budget      the memory of answers
//! attempts    all exchanges of one call, within its timeout
//! outcomes    outcomes that wait for the JavaScript thread
//! http        a pool of connections, and one exchange over it
//! connector   new connections for the pool
//! body        the body of a response
//! failure     what the user learns about a failed request
//! request     PURE  the parts of an HTTP request
//! response    PURE  what a response means
//! retry       PURE  whether a failed request is retried, and when
//! ```
//!
//! Each call is a task on the I/O thread. Cancelling a call drops the task, which closes the socket
//! or resets the stream.

mod attempts;
mod body;
mod budget;
mod connector;
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

use self::{attempts::Attempts, budget::Share, failure::Failure, outcomes::Outcomes, response::Answer};
pub use self::{budget::AnswerBudget, outcomes::Batch};
use crate::{
    error::{Error, ErrorKind},
    log::Log,
    runtime::{self, Hurry},
    token::Token,
    transport::{EndpointOptions, OptionError},
    waker::Waker,
};

/// One request of the user.
#[derive(Debug)]
pub struct Call {
    /// The HTTP method.
    pub method: String,
    /// `/api/...` below the base URL, percent-encoded, with an optional query.
    pub path: String,
    /// The body as JSON text.
    pub body: Option<String>,
    /// The timeout of the whole call, with its retries and delays.
    pub timeout: Duration,
    /// Whether sending the request twice is harmless.
    pub repeatable: bool,
    /// Lets the server recognize a repeated request.
    pub idempotency_key: Option<String>,
}

/// The result of a call.
type Outcome = Result<Answer, Failure>;

/// The REST client of one server. Dropping it cancels its calls.
pub struct Rest<W: Waker> {
    shared: Arc<Shared<W>>,
}

struct Shared<W> {
    core: Mutex<Core<W>>,
}

struct Core<W> {
    /// `None` after `close`.
    open: Option<Open<W>>,
    outcomes: Outcomes,
    /// Whether the JavaScript thread was woken and has not drained everything since.
    is_woken: bool,
    last_id: u64,
}

struct Open<W> {
    attempts: Arc<Attempts>,
    tasks: HashMap<u64, AbortHandle>,
    /// Created by the first call.
    waker: Option<Arc<W>>,
}

impl<W: Waker> Rest<W> {
    /// Creates a client. It connects with the first call.
    ///
    /// # Errors
    /// The name of the first invalid option.
    pub fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        Self::logged(options, Log::OFF)
    }

    /// As [`Self::new`], with a log.
    ///
    /// # Errors
    /// The name of the first invalid option.
    pub fn logged(options: EndpointOptions, log: Log) -> Result<Self, OptionError> {
        Self::bounded(options, AnswerBudget::of_process(), log)
    }

    /// As [`Self::logged`], with another budget than that of the process.
    ///
    /// # Errors
    /// The name of the first invalid option.
    pub fn bounded(options: EndpointOptions, budget: Arc<AnswerBudget>, log: Log) -> Result<Self, OptionError> {
        let open =
            Open { attempts: Arc::new(Attempts::new(options, budget, log)?), tasks: HashMap::new(), waker: None };
        let core = Core { open: Some(open), outcomes: Outcomes::default(), is_woken: false, last_id: 0 };
        Ok(Self { shared: Arc::new(Shared { core: Mutex::new(core) }) })
    }

    /// Sets the token for later calls.
    pub fn set_token(&self, token: Token) {
        if let Some(open) = &self.shared.core.lock().open {
            open.attempts.set_token(token);
        }
    }

    /// Starts a call and returns its ID. The first call creates the waker with `waker`.
    ///
    /// # Errors
    /// The error of `waker`, or [`ErrorKind::Internal`] after `close` or without an I/O thread.
    pub fn send<E: From<Error>>(&self, call: Call, waker: impl FnOnce() -> Result<W, E>) -> Result<u64, E> {
        let runtime = runtime::handle()?;
        // The lock is held until the task is in the table, so that the task cannot end before that.
        let mut core = self.shared.core.lock();
        let Core { open: Some(open), last_id, .. } = &mut *core else {
            return Err(Error::new(ErrorKind::Internal, "a request was sent after close()").into());
        };
        if open.waker.is_none() {
            open.waker = Some(Arc::new(waker()?));
        }
        *last_id += 1;
        let task = Task { id: *last_id, shared: self.shared.clone(), ended: None };
        let attempts = open.attempts.clone();
        let handle = runtime.spawn(async move {
            let _hurry = Hurry::new();
            task.end(attempts.perform(call).await);
        });
        runtime::end_rest();
        open.tasks.insert(*last_id, handle.abort_handle());
        Ok(*last_id)
    }

    /// Cancels a call. Returns false if there is no pending call with this ID. A cancelled call has
    /// no outcome.
    #[must_use]
    pub fn cancel(&self, id: u64) -> bool {
        let task = self.shared.core.lock().open.as_mut().and_then(|open| open.tasks.remove(&id));
        task.inspect(AbortHandle::abort).is_some()
    }

    /// Removes the oldest batch of outcomes.
    #[must_use]
    pub fn drain(&self) -> Option<Batch> {
        let mut core = self.shared.core.lock();
        let batch = core.outcomes.drain();
        core.is_woken &= batch.is_some();
        batch
    }

    /// Cancels all calls and closes the connections. No outcome follows.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl<W: Waker> Drop for Rest<W> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<W: Waker> Shared<W> {
    fn finish(&self, id: u64, ended: Option<(Outcome, Option<Share>)>) {
        let mut core = self.core.lock();
        let Core { open: Some(open), outcomes, is_woken, .. } = &mut *core else { return };
        // A cancelled call can reach this point before its task is dropped.
        if open.tasks.remove(&id).is_none() {
            return;
        }
        let (outcome, share) = ended.unwrap_or_else(|| (Err(Failure::defect()), None));
        outcomes.push(id, outcome, share);
        let waker = if std::mem::replace(is_woken, true) { None } else { open.waker.clone() };
        drop(core);
        // The JavaScript environment is shutting down.
        if waker.is_some_and(|waker| waker.wake().is_err()) {
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

/// A running call. It reports an outcome however it ends, even by a panic.
struct Task<W: Waker> {
    id: u64,
    shared: Arc<Shared<W>>,
    /// The outcome, and the room that it takes.
    ended: Option<(Outcome, Option<Share>)>,
}

impl<W: Waker> Task<W> {
    fn end(mut self, ended: (Outcome, Option<Share>)) {
        self.ended = Some(ended);
    }
}

impl<W: Waker> Drop for Task<W> {
    fn drop(&mut self) {
        self.shared.finish(self.id, self.ended.take());
    }
}

/// The outcome of a response with this `Retry-After`, for fuzzers.
///
/// # Errors
/// The error that the call would report.
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
