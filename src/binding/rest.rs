//! The REST client, as JavaScript sees it.
//!
//! While calls are pending, the user's function is rooted and the process is held. An idle client
//! does neither, so the garbage collector can collect it. The waker stays for the next call, since
//! making one costs as much as a small request. It calls a function of ours, which calls the user's
//! function while that is rooted.

use std::{cell::RefCell, rc::Rc};

use napi::{
    Env, JsString,
    bindgen_prelude::{Function, FunctionRef},
};
use napi_derive::napi;

use super::{
    config::{self, EngineConfig, milliseconds},
    engine::js_string,
    error::internal,
    waker::{JsWaker, JsWakerRef},
};
use crate::{
    error::Error,
    rest::{self, Call},
};

type Result<T> = napi::Result<T, &'static str>;
/// The function of the user, while it is rooted.
type OnReady = Rc<RefCell<Option<FunctionRef<(), ()>>>>;

/// REST calls to the platform. The JavaScript side validates the arguments of users.
#[napi]
pub struct Rest {
    calls: rest::Rest<JsWaker>,
    waker: JsWakerRef,
    /// Rooted while calls are pending.
    on_ready: OnReady,
    /// Calls whose outcomes were not taken yet.
    pending: usize,
}

#[napi]
impl Rest {
    /// A client that does nothing yet. Throws an error with a `code` if an option is invalid.
    #[napi(constructor, catch_unwind)]
    pub fn new(config: EngineConfig) -> Result<Self> {
        let (token, log) = (config.token()?, config.log());
        let calls = rest::Rest::logged(config.into_endpoint()?, log).map_err(Error::from)?;
        if let Some(token) = token {
            calls.set_token(token);
        }
        Ok(Self { calls, waker: JsWakerRef::default(), on_ready: OnReady::default(), pending: 0 })
    }

    /// Sets the token of later calls.
    #[napi(catch_unwind)]
    pub fn set_token(&self, token: String) -> Result<()> {
        self.calls.set_token(config::token(&token)?);
        Ok(())
    }

    /// Starts a call and returns its number. `on_ready` is called when outcomes wait. An idle
    /// client roots it, and releases it when all outcomes were taken. `path` is percent-encoded,
    /// `body` is JSON text, `timeout` limits the whole call, in milliseconds. A `repeatable` call
    /// may be sent again after a failure.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would cost more than the rest of the crossing")]
    pub fn send(
        &mut self,
        env: Env,
        on_ready: Function<'_, (), ()>,
        method: String,
        path: String,
        body: Option<String>,
        timeout: f64,
        repeatable: bool,
        idempotency_key: Option<String>,
    ) -> Result<f64> {
        let timeout = milliseconds("timeout", timeout)?;
        let call = Call { method, path, body, timeout, repeatable, idempotency_key };
        let Self { calls, waker, on_ready: rooted, pending } = self;
        let id = calls.send(call, || {
            let made = waker_of(env, rooted.clone()).map_err(|problem| internal(&problem))?;
            *waker = made.downgrade();
            Ok::<_, Error>(made)
        })?;
        if *pending == 0 {
            *rooted.borrow_mut() = Some(on_ready.create_ref().map_err(|problem| internal(&problem))?);
            self.waker.hold_process(env, true).map_err(|problem| internal(&problem))?;
        }
        self.pending += 1;
        Ok(number(id))
    }

    /// Cancels a call that has no outcome yet. Returns false if there is no such call. No outcome
    /// follows.
    #[napi(catch_unwind)]
    pub fn cancel(&mut self, env: Env, id: f64) -> Result<bool> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number that does not fit belongs to no call"
        )]
        let cancelled = self.calls.cancel(id as u64);
        self.handle_ended(env, usize::from(cancelled))?;
        Ok(cancelled)
    }

    /// Takes the next outcomes: the text of one JSON array, or `null` if there are none.
    #[napi(catch_unwind)]
    pub fn drain<'env>(&mut self, env: &'env Env) -> Result<Option<JsString<'env>>> {
        let Some(batch) = self.calls.drain() else { return Ok(None) };
        self.handle_ended(*env, batch.outcomes)?;
        js_string(env, &batch.text).map(Some)
    }

    /// Cancels all calls and closes the connections. No outcome follows.
    #[napi(catch_unwind)]
    pub fn close(&mut self, env: Env) -> Result<()> {
        self.calls.close();
        self.handle_ended(env, self.pending)
    }

    /// Calls have ended. The last one releases the function and the process.
    fn handle_ended(&mut self, env: Env, calls: usize) -> Result<()> {
        if calls == 0 {
            return Ok(());
        }
        self.pending = self.pending.saturating_sub(calls);
        if self.pending == 0 {
            self.on_ready.take();
            self.waker.hold_process(env, false).map_err(|problem| internal(&problem))?;
        }
        Ok(())
    }
}

/// A waker that calls the function that is rooted at that time.
fn waker_of(env: Env, on_ready: OnReady) -> napi::Result<JsWaker> {
    let wake = env.create_function_from_closure("onReady", move |context| {
        // The function may drain, which takes the reference: this borrow must have ended by then.
        let function = on_ready.borrow().as_ref().map(|rooted| rooted.borrow_back(context.env)).transpose()?;
        function.map_or(Ok(()), |function| function.call(()).map(drop))
    })?;
    JsWaker::new(&wake)
}

#[allow(clippy::cast_precision_loss, reason = "JavaScript counts in doubles, exactly up to 2^53")]
fn number(id: u64) -> f64 {
    id as f64
}
