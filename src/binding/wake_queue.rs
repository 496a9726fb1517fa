//! One doorbell for all clients of an environment: a threadsafe function costs memory and a look by every wake-up, so that
//! a thousand of them would make each event of one client dearer.
//!
//! A client has a line. It rings by adding its number to those that wait; JavaScript is woken once, and takes all of them.
//! A line that ends adds the negated number. What this keeps alive is JavaScript's affair: see `lib/switchboard.js`.

use std::{collections::VecDeque, sync::Arc};

use napi::{
    Env,
    bindgen_prelude::{Function, Int32ArraySlice},
};
use napi_derive::napi;
use parking_lot::Mutex;

use super::waker::{JsWaker, JsWakerRef, internal};
use crate::waker::Waker;

type Result<T> = napi::Result<T, &'static str>;

/// Where the clients of an environment ring.
#[napi]
pub struct WakeQueue {
    shared: Arc<Shared>,
    doorbell: JsWakerRef,
}

struct Shared {
    /// `None` once it is closed.
    doorbell: Mutex<Option<JsWaker>>,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    /// Numbers of lines that rang, negated of those that ended. A client rings once until its mailbox was looked at, so
    /// there are at most as many as clients, and as ends of theirs.
    waiting: VecDeque<i32>,
    /// JavaScript was woken, and has not taken all of them yet.
    woken: bool,
}

/// The line of one client, while that has something to do.
pub(super) struct Line {
    number: i32,
    shared: Arc<Shared>,
}

#[napi]
impl WakeQueue {
    /// `answer` is called when lines wait to be taken. It does not hold the process.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, answer: Function<'_, (), ()>) -> Result<Self> {
        let made = JsWaker::new(&answer).and_then(|bell| {
            let reference = bell.downgrade();
            reference.hold_process(env, false).map(|()| (bell, reference))
        });
        let (bell, doorbell) = made.map_err(|problem| internal(&problem))?;
        Ok(Self { shared: Arc::new(Shared { doorbell: Mutex::new(Some(bell)), calls: Mutex::default() }), doorbell })
    }

    /// Takes the numbers of lines that rang, negated of those that ended, and gives how many. If the array is full then
    /// there may be more.
    #[napi(catch_unwind)]
    pub fn take(&self, mut lines: Int32ArraySlice<'_>) -> u32 {
        // No JavaScript runs while the slice lives, and nobody else has the array.
        #[allow(unsafe_code, reason = "a copy into memory of JavaScript's is so by nature")]
        let lines = unsafe { lines.as_mut() };
        self.shared.calls.lock().take(lines)
    }

    /// Lets the process wait for the clients.
    #[napi(catch_unwind, js_name = "ref")]
    pub fn reference(&self, env: Env) -> Result<()> {
        self.doorbell.hold_process(env, true).map_err(|problem| internal(&problem).into())
    }

    /// Lets the process end.
    #[napi(catch_unwind)]
    pub fn unref(&self, env: Env) -> Result<()> {
        self.doorbell.hold_process(env, false).map_err(|problem| internal(&problem).into())
    }

    /// Lets go of `answer`. No line is open any more.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.shared.doorbell.lock().take();
    }
}

impl WakeQueue {
    pub(super) fn line(&self, number: i32) -> Line {
        Line { number, shared: self.shared.clone() }
    }
}

impl Shared {
    /// False when the environment is going down.
    fn call(&self, number: i32) -> bool {
        if !self.calls.lock().add(number) {
            return true;
        }
        // Nobody waits for anything where JavaScript has closed it.
        let heard = self.doorbell.lock().as_ref().is_none_or(JsWaker::wake);
        if !heard {
            self.calls.lock().woken = false;
        }
        heard
    }
}

impl Calls {
    /// Is JavaScript to be woken?
    fn add(&mut self, number: i32) -> bool {
        self.waiting.push_back(number);
        !std::mem::replace(&mut self.woken, true)
    }

    /// Fills the array as far as there are numbers; gives how many.
    fn take(&mut self, lines: &mut [i32]) -> u32 {
        let mut count = 0;
        for place in lines {
            let Some(line) = self.waiting.pop_front() else { break };
            *place = line;
            count += 1;
        }
        self.woken = !self.waiting.is_empty();
        count
    }
}

impl Waker for Line {
    fn wake(&self) -> bool {
        self.shared.call(self.number)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.call(-self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_is_woken_once_for_all_that_ring_until_it_has_taken_them() {
        let mut calls = Calls::default();
        assert!(calls.add(1));
        for number in 2..=1000 {
            assert!(!calls.add(number));
        }
        let mut lines = [0; 600];
        assert_eq!((calls.take(&mut lines), lines[599]), (600, 600));
        assert!(!calls.add(-1), "it comes for the rest");
        assert_eq!((calls.take(&mut lines), lines[399], lines[400]), (401, 1000, -1));
        assert!(calls.add(1));
    }
}
