//! The log sink of a client, as JavaScript sees it.

use napi::{Env, bindgen_prelude::Function};
use napi_derive::napi;

use super::{error::internal, waker::JsWaker};
use crate::log::{Levels, Log, Sink};

type Result<T> = napi::Result<T, &'static str>;

/// Where the engine's records of one client wait for JavaScript.
#[napi]
pub struct LogSink {
    /// `None` after `close`.
    sink: Option<Sink>,
}

#[napi]
impl LogSink {
    /// Opens a sink with the most verbose level of each part, from 0 (off) to 5 (trace). It calls
    /// `on_ready` when there are records to take, and does not hold the process.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, on_ready: Function<'_, (), ()>, session: u32, transport: u32, rest: u32) -> Result<Self> {
        let waker = JsWaker::new(&on_ready).map_err(|problem| internal(&problem))?;
        waker.downgrade().hold_process(env, false).map_err(|problem| internal(&problem))?;
        let [session, transport, rest] = [session, transport, rest].map(Levels::rank);
        Ok(Self { sink: Some(Sink::new(Levels { session, transport, rest }, waker)) })
    }

    /// The `log` of the config of an engine and of requests.
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> f64 {
        number(self.sink.as_ref().map_or(Log::OFF, Sink::log))
    }

    /// Takes all records: `[dropped, [[time, level, part, message, fields], ...]]` as JSON text, or
    /// `null`.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Option<String> {
        self.sink.as_ref()?.take()
    }

    /// Discards further records, and releases `on_ready`.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.sink = None;
    }
}

/// The log with this number.
pub(super) fn log_of(id: f64) -> Log {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number that does not fit belongs to no sink"
    )]
    Log::of(id as u64)
}

#[allow(clippy::cast_precision_loss, reason = "JavaScript counts in doubles, exactly up to 2^53")]
const fn number(log: Log) -> f64 {
    log.id() as f64
}
