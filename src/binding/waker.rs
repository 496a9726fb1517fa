//! The waker: one threadsafe function that calls JavaScript without arguments.
//!
//! While it exists, it roots the JavaScript function and holds the process, unless the process was
//! released. Dropping the last handle ends both. Calls that are under way still arrive.

use std::sync::{Arc, Weak};

use napi::{
    Env, Status,
    bindgen_prelude::Function,
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use parking_lot::Mutex;

use crate::waker::{Gone, Waker};

type OnReady = ThreadsafeFunction<(), (), (), Status, false>;

/// A handle of the threads that wake JavaScript.
pub(super) struct JsWaker(Arc<Mutex<OnReady>>);

/// A handle of the JavaScript thread, which does not keep the waker alive.
#[derive(Default)]
pub(super) struct JsWakerRef(Weak<Mutex<OnReady>>);

impl JsWaker {
    pub(super) fn new(on_ready: &Function<'_, (), ()>) -> napi::Result<Self> {
        let on_ready = on_ready.build_threadsafe_function::<()>().callee_handled::<false>().build()?;
        Ok(Self(Arc::new(Mutex::new(on_ready))))
    }

    pub(super) fn downgrade(&self) -> JsWakerRef {
        JsWakerRef(Arc::downgrade(&self.0))
    }
}

impl Waker for JsWaker {
    fn wake(&self) -> Result<(), Gone> {
        match self.0.lock().call((), ThreadsafeFunctionCallMode::NonBlocking) {
            Status::Ok => Ok(()),
            _ => Err(Gone),
        }
    }
}

impl JsWakerRef {
    /// Makes the process wait for the waker, or not. No effect if the waker is gone.
    #[allow(deprecated, reason = "the recommended replacement, cloning a handle, does not hold the process")]
    pub(super) fn hold_process(&self, env: Env, hold: bool) -> napi::Result<()> {
        let Some(on_ready) = self.0.upgrade() else { return Ok(()) };
        let mut on_ready = on_ready.lock();
        if hold { on_ready.refer(&env) } else { on_ready.unref(&env) }
    }
}
