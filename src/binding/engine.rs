//! The realtime client, as JavaScript sees it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fastrand::Rng;
use napi::{
    Env, JsString,
    bindgen_prelude::{Array, Float64ArraySlice, Int32ArraySlice, Uint8Array},
};
use napi_derive::napi;

use super::{
    config::{self, EngineConfig, EngineRecord},
    error::internal,
    stats::EngineStats,
    wake_queue::{WakeHandle, WakeQueue},
    write_batch::write_batch,
};
use crate::{
    client::Client,
    error::Error,
    session::{MessageId, Outgoing, Session, TokenReason},
    shape::Batch,
};

type Result<T> = napi::Result<T, &'static str>;

/// One realtime client. The JavaScript side validates the arguments of users.
#[napi]
pub struct Engine {
    client: Client<WakeHandle>,
    /// The number of its wake handle.
    handle: i32,
    /// The batch that JavaScript has read.
    spent: Option<Batch>,
}

#[napi]
impl Engine {
    /// A client that does nothing yet. Throws an error with a `code` if an option is invalid.
    /// `handle` is its number in a wake queue.
    #[napi(constructor, catch_unwind)]
    pub fn new(mut config: EngineConfig, handle: i32) -> Result<Self> {
        let coalesce = config.coalesce_ms.map(|duration| config::milliseconds("coalesceMs", duration)).transpose()?;
        let record = config.record.take();
        let log = config.log();
        let (config, endpoint, inbox) = config.into_parts()?;
        let mut session = Session::new(config, Rng::new(), Instant::now());
        session.set_log(log);
        let client = Client::new(endpoint, session, inbox);
        if let Some(duration) = coalesce {
            client.coalesce(duration);
        }
        if let Some(EngineRecord { max_bytes, payloads }) = record {
            client.record(config::positive("record.maxBytes", max_bytes)?, payloads);
        }
        Ok(Self { client, handle, spent: None })
    }

    /// Starts connecting, and opens the wake handle. The handle is added to the queue when the
    /// inbox is no longer empty, and ends when the connection is closed for good.
    #[napi(catch_unwind)]
    pub fn connect(&self, queue: &WakeQueue) -> Result<()> {
        Ok(self.client.connect(|| self.open(queue))?)
    }

    /// Whether the wake handle is open.
    #[napi(catch_unwind)]
    pub fn is_open(&self) -> bool {
        self.client.is_driven()
    }

    /// Ends the connection. After this call, `drain` returns no event.
    #[napi(catch_unwind)]
    pub fn disconnect(&self) {
        self.client.disconnect();
    }

    /// Ends the connection and forgets all subscriptions.
    #[napi(catch_unwind)]
    pub fn destroy(&self) {
        self.client.destroy();
    }

    /// Subscribes to a topic, with a filter as JSON text. Returns the ID of the subscription.
    #[napi(catch_unwind)]
    pub fn subscribe(&self, topic: String, filter: Option<String>, return_mode: Option<String>) -> String {
        self.client.subscribe(&topic, filter, return_mode)
    }

    /// Ends a subscription. Returns false if the ID is unknown.
    #[napi(catch_unwind)]
    pub fn unsubscribe(&self, subscription_id: String) -> bool {
        self.client.unsubscribe(&subscription_id)
    }

    /// Notes whether a topic has listeners (`null`: every topic). Events without listeners are not
    /// delivered.
    #[napi(catch_unwind)]
    pub fn listen(&self, topic: Option<String>, wanted: bool) {
        self.client.listen(topic.as_deref(), wanted);
    }

    /// Notes how many events wait in loops of JavaScript that accept no more. While there are any,
    /// nothing is read from the connection.
    #[napi(catch_unwind)]
    pub fn hold(&self, events: u32) {
        self.client.hold(usize::try_from(events).unwrap_or(usize::MAX));
    }

    /// Everything that the server sent before this time, in Unix milliseconds, was delivered before
    /// the batch that was drained last, or with it.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_precision_loss, reason = "Unix milliseconds are far below 2^53")]
    pub fn taken_until(&self) -> f64 {
        self.client.taken_until() as f64
    }

    /// Whether a live subscription wants this event, given as JSON text.
    #[napi(catch_unwind)]
    pub fn wants(&self, event: String) -> bool {
        self.client.wants(&event)
    }

    /// Sends a message with one argument, a JSON text. Returns the number under which an item
    /// reports the outcome. `null`: the message is volatile, and was dropped. Opens the wake handle
    /// as `connect` does.
    #[napi(catch_unwind)]
    pub fn emit(&self, queue: &WakeQueue, message: EngineMessage) -> Result<Option<f64>> {
        Ok(self.client.emit(message.into(), || self.open(queue))?.map(number))
    }

    /// As `emit`, for a message without attachments: reading an object takes longer than all else.
    /// `follows`: it is not the first one since `end_burst`, which has to be called at the end of a
    /// turn.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would cost more than the rest of the crossing")]
    pub fn send(
        &self,
        queue: &WakeQueue,
        event: String,
        payload: String,
        timeout: f64,
        retry: bool,
        volatile: bool,
        follows: bool,
    ) -> Result<Option<f64>> {
        let message = EngineMessage { event, payload, attachments: None, timeout, retry, volatile };
        Ok(self.client.emit_in_burst(message.into(), follows, || self.open(queue))?.map(number))
    }

    /// The messages of a turn are complete.
    #[napi(catch_unwind)]
    pub fn end_burst(&self) {
        self.client.end_burst();
    }

    /// Joins a channel. An item reports the outcome as for a message.
    #[napi(catch_unwind)]
    pub fn join_channel(&self, queue: &WakeQueue, channel: String) -> Result<f64> {
        Ok(number(self.client.join_channel(&channel, || self.open(queue))?))
    }

    /// Leaves a channel. An item reports the outcome as for a message. After this call, no message
    /// of the channel is delivered.
    #[napi(catch_unwind)]
    pub fn leave_channel(&self, queue: &WakeQueue, channel: String) -> Result<f64> {
        Ok(number(self.client.leave_channel(&channel, || self.open(queue))?))
    }

    /// Notes whether messages and presence have listeners.
    #[napi(catch_unwind)]
    pub fn listen_to_messages(&self, wanted: bool) {
        self.client.listen_to_messages(wanted);
    }

    /// Why a token is needed: `connect`, `refused` or `expiring`. `null`: none is needed.
    #[napi(catch_unwind, ts_return_type = "'connect' | 'refused' | 'expiring' | null")]
    pub fn token_wanted(&self) -> Option<&'static str> {
        self.client.token_wanted().map(TokenReason::name)
    }

    /// The state of the newest token: `fresh`, `due` for renewal, or `missing` (also if it has
    /// expired or was refused).
    #[napi(catch_unwind, ts_return_type = "'fresh' | 'due' | 'missing'")]
    pub fn token_state(&self) -> &'static str {
        self.client.token_state().name()
    }

    /// Accepts a token, requested or not.
    #[napi(catch_unwind)]
    pub fn provide_token(&self, token: String) -> Result<()> {
        self.client.provide_token(config::token(&token)?);
        Ok(())
    }

    /// Notes that there is no token. Returns false if none was requested, or not any more.
    #[napi(catch_unwind)]
    pub fn refuse_token(&self) -> bool {
        self.client.refuse_token()
    }

    /// The server's ID of this connection. `null`: there is no connection.
    #[napi(catch_unwind)]
    pub fn socket_id(&self) -> Option<String> {
        self.client.socket_id()
    }

    /// Writes the next batch into the arrays. Returns how many integers it has; 0: there is no
    /// batch.
    #[napi(catch_unwind)]
    pub fn drain(
        &mut self,
        env: Env,
        mut integers: Int32ArraySlice<'_>,
        mut doubles: Float64ArraySlice<'_>,
        mut strings: Array<'_>,
    ) -> Result<u32> {
        let Some(batch) = self.client.drain(self.spent.take()) else { return Ok(0) };
        let count = write_batch(env, &batch, &mut integers, &mut doubles, &mut strings)?;
        self.spent = Some(batch);
        Ok(count)
    }

    /// A turn has ended in which JavaScript may have changed its listeners. Events without
    /// listeners are not delivered from now on.
    #[napi(catch_unwind)]
    pub fn end_of_turn(&self) {
        self.client.end_of_turn();
    }

    /// The warning that the inbox is more than half full, as the JSON text of an item, or `null`.
    /// The next batch would hold it: this is for a caller that is woken while it reads a batch.
    #[napi(catch_unwind)]
    pub fn take_slow_warning(&self) -> Option<String> {
        self.client.take_slow_warning()
    }

    /// The recording as JSON lines, with its secrets. `null`: nothing is recorded.
    #[napi(catch_unwind)]
    pub fn recording(&self) -> Option<String> {
        self.client.recording()
    }

    /// The client's figures.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> EngineStats {
        self.client.stats().into()
    }
}

impl Engine {
    #[allow(clippy::unnecessary_wraps, reason = "the client expects a function that can fail")]
    fn open(&self, queue: &WakeQueue) -> std::result::Result<WakeHandle, Error> {
        Ok(queue.open(self.handle))
    }
}

/// A message to send.
#[napi(object, object_to_js = false)]
pub struct EngineMessage {
    /// The name of the event on the wire.
    pub event: String,
    /// Its argument as JSON text.
    pub payload: String,
    /// The attachments that the placeholders in the payload refer to.
    pub attachments: Option<Vec<Uint8Array>>,
    /// How long to wait for the server's reply, in milliseconds.
    pub timeout: f64,
    /// Whether to send it again if the connection ends without a reply.
    pub retry: bool,
    /// Whether to drop it if it cannot be sent at once.
    pub volatile: bool,
}

impl From<EngineMessage> for Outgoing {
    fn from(message: EngineMessage) -> Self {
        let EngineMessage { event, payload, attachments, timeout, retry, volatile } = message;
        let copy = |bytes: Uint8Array| Bytes::copy_from_slice(&bytes);
        let attachments = attachments.unwrap_or_default().into_iter().map(copy).collect();
        let ack_timeout = Duration::try_from_secs_f64(timeout / 1000.0).unwrap_or(Duration::MAX / 4);
        Self { event, payload, attachments, ack_timeout, retry, volatile }
    }
}

#[allow(clippy::cast_precision_loss, reason = "JavaScript counts in doubles, exactly up to 2^53")]
const fn number(id: MessageId) -> f64 {
    id.0 as f64
}

/// Makes a JavaScript string. ASCII is copied without decoding.
pub(super) fn js_string<'env>(env: &'env Env, text: &str) -> Result<JsString<'env>> {
    let made = if text.is_ascii() { env.create_string_latin1(text) } else { env.create_string(text) };
    made.map_err(|problem| internal(&problem).into())
}
