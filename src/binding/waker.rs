//! The doorbell: one threadsafe function that calls JavaScript without arguments.
//!
//! While it exists it roots the function, and holds the process unless it was unreferenced.
//! Dropping the last handle gives all of that up; calls that are under way still arrive.

use std::sync::{Arc, Weak};

use napi::{
    Env, Status,
    bindgen_prelude::Function,
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use parking_lot::Mutex;

use crate::{
    error::{Error, ErrorKind},
    waker::Waker,
};

type Ring = ThreadsafeFunction<(), (), (), Status, false>;

/// A doorbell, owned by those who ring.
pub(super) struct JsWaker(Arc<Mutex<Ring>>);

/// A doorbell as JavaScript's thread knows it.
#[derive(Default)]
pub(super) struct JsWakerRef(Weak<Mutex<Ring>>);

impl JsWaker {
    pub(super) fn new(ring: &Function<'_, (), ()>) -> napi::Result<Self> {
        let ring = ring.build_threadsafe_function::<()>().callee_handled::<false>().build()?;
        Ok(Self(Arc::new(Mutex::new(ring))))
    }

    pub(super) fn downgrade(&self) -> JsWakerRef {
        JsWakerRef(Arc::downgrade(&self.0))
    }
}

impl Waker for JsWaker {
    fn wake(&self) -> bool {
        self.0.lock().call((), ThreadsafeFunctionCallMode::NonBlocking) == Status::Ok
    }
}

impl JsWakerRef {
    /// Lets the process wait for this doorbell, or not. Without effect when the doorbell is gone.
    #[allow(deprecated, reason = "cloning a handle, the advice given instead, does not replace this")]
    pub(super) fn hold_process(&self, env: Env, hold: bool) -> napi::Result<()> {
        let Some(ring) = self.0.upgrade() else { return Ok(()) };
        let mut ring = ring.lock();
        if hold { ring.refer(&env) } else { ring.unref(&env) }
    }
}

/// A failure of Node's interface.
pub(super) fn internal(problem: &napi::Error) -> Error {
    Error::new(ErrorKind::Internal, problem.reason.clone())
}
