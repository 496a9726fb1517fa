//! Webhook signatures, as JavaScript sees them.
//!
//! Verifying a small delivery takes a third of a microsecond, so the overhead of the call matters.
//! Each receiver has a function of its own: napi finds its data at once, while an external argument
//! would cost a lookup and three locks. The function has at most four arguments, since napi
//! allocates for more. Everything else passes through memory that both sides share. The body is not
//! copied.
//!
//! V8 is slow to collect objects that it believes to be small. So the secrets are an external with
//! a stated size, a receiver adds only a few words, and `lib/engines/native/webhooks.js` keeps both
//! for the next receiver.

#![cfg_attr(test, allow(dead_code, reason = "napi registers functions in an addon only"))]

use std::{cell::RefCell, ptr, rc::Rc};

use napi::{
    Env, JsValue,
    bindgen_prelude::{External, FunctionCallContext},
    sys,
};
use napi_derive::napi;
use zeroize::Zeroizing;

use super::{
    decoder::{Decoded, Reserved, SharedDecoder},
    error::internal,
    text::TextBuffer,
};
use crate::{
    error::{Error, ErrorKind},
    webhook::{Delivery, Headers, Keyring, MAX_ID, MAX_SIGNATURE_HEADER, MAX_TIMESTAMP, Refusal, Scheme},
};

type Result<T> = napi::Result<T, &'static str>;

/// Prepared secrets, shared by the receivers that use them.
type Keys = Rc<Keyring>;

/// The memory of the secrets and a receiver's function that V8 takes into account, with the
/// overhead of napi and the allocator.
const MEMORY: usize = 4096;

const NO_SCHEME: &str = "scheme: expected 0, 1 or 2";
const BUSY: &str = "a delivery is already being verified";

/// Prepares secrets, newest first. Throws an error with a `code` if a secret is empty.
#[napi(catch_unwind, ts_return_type = "ExternalObject<object>")]
pub(super) fn prepare_webhook_keys(secrets: Vec<String>) -> Result<External<Keys>> {
    Ok(External::new_with_size_hint(Rc::new(keyring(secrets)?), MEMORY))
}

/// Makes the function that verifies deliveries and decodes their bodies.
///
/// The function reads four inputs from the first places of the decoder's arrays: the scheme,
/// whether to compute a fingerprint of the signed content, the time, and the tolerance, both in
/// milliseconds. It writes its [`Outcome`] there, and for an accepted delivery the fingerprint, if
/// requested, and the time of the signature.
#[napi(
    catch_unwind,
    ts_return_type = "(body: Uint8Array, signature: string, timestamp: string | undefined, id: string | undefined) => string | undefined"
)]
pub(super) fn create_webhook_receiver(
    env: Env,
    #[napi(ts_arg_type = "ExternalObject<object>")] keys: &External<Keys>,
    #[napi(ts_arg_type = "ExternalObject<object>")] decoder: &External<SharedDecoder>,
) -> Result<sys::napi_value> {
    let receiver = Receiver { keys: Rc::clone(keys), decoder: Rc::clone(decoder) };
    let receive = move |call: FunctionCallContext<'_>| receiver.receive(&call);
    let function = env.create_function_from_closure::<(), _, _>("receiveWebhook", receive);
    Ok(function.map_err(|problem| internal(&problem))?.raw())
}

/// The data of one receiver.
struct Receiver {
    keys: Keys,
    decoder: SharedDecoder,
}

thread_local! {
    /// Buffers for the headers of a delivery. All receivers of a thread share them, since they
    /// verify one delivery after the other.
    static HEADERS: RefCell<Buffers> = RefCell::default();
}

#[derive(Default)]
struct Buffers {
    signature: TextBuffer<MAX_SIGNATURE_HEADER>,
    timestamp: TextBuffer<MAX_TIMESTAMP>,
    id: TextBuffer<MAX_ID>,
}

/// The outcome of a delivery, and the value that the function returns for it.
/// `lib/engines/native/webhooks.js` has the same numbers.
#[derive(Clone, Copy)]
enum Outcome {
    /// Not accepted. Returns the name of the refusal.
    Refused = -1,
    /// Accepted, and left to `JSON.parse`. Returns the definitions of the shapes that were learned,
    /// if there are any.
    Text = -2,
    /// Accepted and decoded. Returns the texts of the event.
    Object = -3,
}

impl Receiver {
    fn receive(&self, call: &FunctionCallContext<'_>) -> napi::Result<sys::napi_value> {
        HEADERS.with(|headers| {
            let mut headers = headers.try_borrow_mut().map_err(|_| napi::Error::from_reason(BUSY))?;
            self.judge(call, &mut headers)
        })
    }

    #[allow(clippy::cast_precision_loss, reason = "an accepted timestamp is near the present")]
    fn judge(&self, call: &FunctionCallContext<'_>, buffers: &mut Buffers) -> napi::Result<sys::napi_value> {
        let body: &[u8] = call.get(0)?;
        let Buffers { signature, timestamp, id } = buffers;
        let signature = signature.read(call.get(1)?).unwrap_or_default();
        let (timestamp, id) = (timestamp.read(call.get(2)?), id.read(call.get(3)?));

        let mut decoder = self.decoder.try_borrow_mut().map_err(|_| napi::Error::from_reason(BUSY))?;
        let Reserved { integers: [mark, fingerprint @ ..], doubles: [time, tolerance] } = decoder.reserved()?;
        let scheme = scheme_of(*mark).ok_or_else(|| napi::Error::from_reason(NO_SCHEME))?;
        let headers = Headers { scheme, signature, timestamp, id };
        let (outcome, answer) = match self.keys.verify(headers, body, *tolerance, *time) {
            Err(refusal) => (Outcome::Refused, call.env.create_string_latin1(name(refusal))?.raw()),
            Ok(accepted) => {
                *time = accepted.timestamp() as f64;
                // The fingerprint takes another pass over the whole body.
                if fingerprint.first() == Some(&1) {
                    for (integer, bytes) in fingerprint.iter_mut().zip(accepted.fingerprint().as_chunks().0) {
                        *integer = i32::from_ne_bytes(*bytes);
                    }
                }
                match decoder.decode(body) {
                    Decoded::Object => (Outcome::Object, decoder.take_string(call.env)?.raw()),
                    Decoded::Learned(definitions) => (Outcome::Text, call.env.create_string(definitions)?.raw()),
                    Decoded::Unknown => (Outcome::Text, ptr::null_mut()),
                }
            }
        };
        decoder.reserved()?.integers[0] = outcome as i32;
        Ok(answer)
    }
}

/// The value of the signature header. Throws an error with a `code` if the ID or the timestamp is
/// malformed.
#[napi(catch_unwind)]
pub(super) fn sign_webhook(
    #[napi(ts_arg_type = "ExternalObject<object>")] keys: &External<Keys>,
    body: &[u8],
    scheme: i32,
    timestamp: String,
    id: String,
) -> Result<String> {
    let scheme = scheme_of(scheme).ok_or_else(|| invalid(NO_SCHEME))?;
    let delivery =
        Delivery::parse(scheme, Some(&timestamp), Some(&id), body).map_err(|refusal| invalid(name(refusal)))?;
    Ok(keys.sign(&delivery))
}

fn keyring(secrets: Vec<String>) -> Result<Keyring> {
    let secrets: Vec<_> = secrets.into_iter().map(Zeroizing::new).collect();
    Ok(Keyring::new(&secrets).ok_or_else(|| invalid("secret: expected a string that is not empty"))?)
}

/// The scheme of a number in `lib/engines/native/webhooks.js`.
fn scheme_of(number: i32) -> Option<Scheme> {
    match number {
        0 => Some(Scheme::Realtime),
        1 => Some(Scheme::StandardWebhooks),
        2 => Some(Scheme::TV1),
        _ => None,
    }
}

/// The name of a refusal, which `lib/webhook/refusal.js` turns into a sentence.
fn name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::MissingTimestamp => "MissingTimestamp",
        Refusal::MissingId => "MissingId",
        Refusal::MalformedTimestamp => "MalformedTimestamp",
        Refusal::MalformedId => "MalformedId",
        Refusal::MalformedSignature => "MalformedSignature",
        Refusal::Expired => "Expired",
        Refusal::InFuture => "InFuture",
        Refusal::Mismatch => "Mismatch",
    }
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
