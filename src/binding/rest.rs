//! The client of REST, as JavaScript sees it.
//!
//! While calls are pending, the function that is rung is rooted and the process is held; an idle client does neither, so
//! that one nobody refers to any more is collected. The doorbell stays for the next call, since making one costs as much
//! as a small request: it rings a function of ours that knows the user's for as long as that is rooted.

use std::{cell::RefCell, rc::Rc};

use napi::{
    Env, JsString,
    bindgen_prelude::{Function, FunctionRef},
};
use napi_derive::napi;

use super::{
    config::{self, EngineConfig, milliseconds},
    engine::js_string,
    waker::internal,
    waker::{JsWaker, JsWakerRef},
};
use crate::{
    error::Error,
    rest::{self, Call},
};

type Result<T> = napi::Result<T, &'static str>;
type Ring = Rc<RefCell<Option<FunctionRef<(), ()>>>>;

/// REST calls to the platform. The JavaScript side validates what users pass.
#[napi]
pub struct Rest {
    calls: rest::Rest<JsWaker>,
    doorbell: JsWakerRef,
    /// There while calls are pending.
    ring: Ring,
    /// Calls whose outcomes have not been taken.
    pending: usize,
}

#[napi]
impl Rest {
    /// Connects to nothing yet. Throws an error with a `code` when an option is of no use.
    #[napi(constructor, catch_unwind)]
    pub fn new(config: EngineConfig) -> Result<Self> {
        let token = config.token()?;
        let calls = rest::Rest::new(config.into_endpoint()?).map_err(Error::from)?;
        if let Some(token) = token {
            calls.set_token(token);
        }
        Ok(Self { calls, doorbell: JsWakerRef::default(), ring: Ring::default(), pending: 0 })
    }

    /// Sets the token of the calls that start from now on.
    #[napi(catch_unwind)]
    pub fn set_token(&self, token: String) -> Result<()> {
        self.calls.set_token(config::token(&token)?);
        Ok(())
    }

    /// Starts a call and gives its number. `ring` is called when outcomes wait; it is taken by the call that ends
    /// idleness, and let go when all outcomes have been taken. `path` is percent-encoded, `body` JSON text, `timeout` is in
    /// milliseconds and holds for the whole call. A `repeatable` call may be sent again where that can help.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would cost more than the rest of the crossing")]
    pub fn send(
        &mut self,
        env: Env,
        ring: Function<'_, (), ()>,
        method: String,
        path: String,
        body: Option<String>,
        timeout: f64,
        repeatable: bool,
        idempotency_key: Option<String>,
    ) -> Result<f64> {
        let timeout = milliseconds("timeout", timeout)?;
        let call = Call { method, path, body, timeout, repeatable, idempotency_key };
        let Self { calls, doorbell, ring: rooted, pending } = self;
        let id = calls.send(call, || {
            let bell = ring_of(env, rooted.clone()).map_err(|problem| internal(&problem))?;
            *doorbell = bell.downgrade();
            Ok::<_, Error>(bell)
        })?;
        if *pending == 0 {
            *rooted.borrow_mut() = Some(ring.create_ref().map_err(|problem| internal(&problem))?);
            self.doorbell.hold_process(env, true).map_err(|problem| internal(&problem))?;
        }
        self.pending += 1;
        Ok(number(id))
    }

    /// Drops a call that has no outcome yet; false when there is none of this number. No outcome follows.
    #[napi(catch_unwind)]
    pub fn cancel(&mut self, env: Env, id: f64) -> Result<bool> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number that fits none is unknown"
        )]
        let cancelled = self.calls.cancel(id as u64);
        self.settle(env, usize::from(cancelled))?;
        Ok(cancelled)
    }

    /// Takes the next outcomes: the text of one JSON array, or `null` when there are none.
    #[napi(catch_unwind)]
    pub fn drain<'env>(&mut self, env: &'env Env) -> Result<Option<JsString<'env>>> {
        let Some(batch) = self.calls.drain() else { return Ok(None) };
        self.settle(*env, batch.outcomes)?;
        js_string(env, &batch.text).map(Some)
    }

    /// Cancels everything and closes the connections. Nothing follows.
    #[napi(catch_unwind)]
    pub fn close(&mut self, env: Env) -> Result<()> {
        self.calls.close();
        self.settle(env, self.pending)
    }

    /// Notes that calls have come to an end.
    fn settle(&mut self, env: Env, calls: usize) -> Result<()> {
        if calls == 0 {
            return Ok(());
        }
        self.pending = self.pending.saturating_sub(calls);
        if self.pending == 0 {
            self.ring.take();
            self.doorbell.hold_process(env, false).map_err(|problem| internal(&problem))?;
        }
        Ok(())
    }
}

/// A doorbell that rings whatever function is there.
fn ring_of(env: Env, ring: Ring) -> napi::Result<JsWaker> {
    let bell = env.create_function_from_closure("ring", move |context| {
        // The function may drain, which ends the loan of the reference: it must be over by then.
        let function = ring.borrow().as_ref().map(|ring| ring.borrow_back(context.env)).transpose()?;
        function.map_or(Ok(()), |function| function.call(()).map(drop))
    })?;
    JsWaker::new(&bell)
}

#[allow(clippy::cast_precision_loss, reason = "JavaScript counts in doubles, exactly up to 2^53")]
fn number(id: u64) -> f64 {
    id as f64
}
