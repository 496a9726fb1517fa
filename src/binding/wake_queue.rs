//! One waker for all clients of an environment. A threadsafe function takes memory and a look at
//! every wake-up: with a thousand of them, each event of one client would cost more.
//!
//! Each client has a handle with a number. To wake JavaScript, the handle adds its number to the
//! queue. JavaScript is woken once and takes all numbers. A handle that ends adds its number
//! negated. `lib/engines/native/wake-queue.js` decides what an open handle keeps alive.

use std::{collections::VecDeque, sync::Arc};

use napi::{
    Env,
    bindgen_prelude::{Function, Int32ArraySlice},
};
use napi_derive::napi;
use parking_lot::Mutex;

use super::{
    error::internal,
    waker::{JsWaker, JsWakerRef},
};
use crate::waker::{Gone, Waker};

type Result<T> = napi::Result<T, &'static str>;

/// The queue of an environment's clients that have something to drain.
#[napi]
pub struct WakeQueue {
    shared: Arc<Shared>,
    waker: JsWakerRef,
}

struct Shared {
    /// `None`: JavaScript has closed the queue.
    waker: Mutex<Option<JsWaker>>,
    ready: Mutex<Ready>,
}

#[derive(Default)]
struct Ready {
    /// The handles that are ready, negated where the handle has ended. A client adds its handle
    /// once until its inbox was found empty. So there are at most as many as clients, and as many
    /// ends.
    handles: VecDeque<i32>,
    /// Whether JavaScript was woken and has not taken all handles yet.
    is_woken: bool,
}

/// The handle of one client, while that client has something to do.
pub(super) struct WakeHandle {
    number: i32,
    shared: Arc<Shared>,
}

#[napi]
impl WakeQueue {
    /// The queue calls `on_ready` when handles wait to be taken. It does not hold the process.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, on_ready: Function<'_, (), ()>) -> Result<Self> {
        let made = JsWaker::new(&on_ready).and_then(|waker| {
            let reference = waker.downgrade();
            reference.hold_process(env, false).map(|()| (waker, reference))
        });
        let (waker, reference) = made.map_err(|problem| internal(&problem))?;
        let shared = Shared { waker: Mutex::new(Some(waker)), ready: Mutex::default() };
        Ok(Self { shared: Arc::new(shared), waker: reference })
    }

    /// Takes the handles that are ready, negated where the handle has ended, and returns how many.
    /// If they fill the array, there may be more.
    #[napi(catch_unwind)]
    pub fn take(&self, mut handles: Int32ArraySlice<'_>) -> u32 {
        // SAFETY: no JavaScript runs while the slice lives, and nothing else has the array.
        #[allow(unsafe_code, reason = "JavaScript owns the memory that this writes to")]
        let handles = unsafe { handles.as_mut() };
        self.shared.ready.lock().take(handles)
    }

    /// Makes the process wait for the clients.
    #[napi(catch_unwind, js_name = "ref")]
    pub fn reference(&self, env: Env) -> Result<()> {
        self.waker.hold_process(env, true).map_err(|problem| internal(&problem).into())
    }

    /// Lets the process exit.
    #[napi(catch_unwind)]
    pub fn unref(&self, env: Env) -> Result<()> {
        self.waker.hold_process(env, false).map_err(|problem| internal(&problem).into())
    }

    /// Releases `on_ready`. No handle is open any more.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.shared.waker.lock().take();
    }
}

impl WakeQueue {
    pub(super) fn open(&self, number: i32) -> WakeHandle {
        WakeHandle { number, shared: self.shared.clone() }
    }
}

impl Shared {
    fn add(&self, number: i32) -> std::result::Result<(), Gone> {
        match self.ready.lock().add(number) {
            Added::First => {}
            Added::Further => return Ok(()),
        }
        // A queue that JavaScript has closed needs no wake-up.
        let woken = self.waker.lock().as_ref().map_or(Ok(()), JsWaker::wake);
        if woken.is_err() {
            self.ready.lock().is_woken = false;
        }
        woken
    }
}

/// Whether a handle needs a wake-up.
#[derive(Debug, PartialEq, Eq)]
enum Added {
    /// It is the first one since JavaScript has taken all of them: JavaScript must be woken.
    First,
    /// JavaScript was woken for an earlier one.
    Further,
}

impl Ready {
    fn add(&mut self, number: i32) -> Added {
        self.handles.push_back(number);
        if std::mem::replace(&mut self.is_woken, true) { Added::Further } else { Added::First }
    }

    /// Fills the array as far as there are handles, and returns how many.
    fn take(&mut self, handles: &mut [i32]) -> u32 {
        let mut count = 0;
        for place in handles {
            let Some(handle) = self.handles.pop_front() else { break };
            *place = handle;
            count += 1;
        }
        self.is_woken = !self.handles.is_empty();
        count
    }
}

impl Waker for WakeHandle {
    fn wake(&self) -> std::result::Result<(), Gone> {
        self.shared.add(self.number)
    }
}

impl Drop for WakeHandle {
    fn drop(&mut self) {
        // The end concerns nothing but JavaScript.
        let _ = self.shared.add(-self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_is_woken_once_until_it_has_taken_all_handles() {
        let mut ready = Ready::default();
        assert_eq!(ready.add(1), Added::First);
        for number in 2..=1000 {
            assert_eq!(ready.add(number), Added::Further);
        }
        let mut handles = [0; 600];
        assert_eq!((ready.take(&mut handles), handles[599]), (600, 600));
        assert_eq!(ready.add(-1), Added::Further, "JavaScript returns for the rest");
        assert_eq!((ready.take(&mut handles), handles[399], handles[400]), (401, 1000, -1));
        assert_eq!(ready.add(1), Added::First);
    }
}
