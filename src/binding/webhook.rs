//! Webhook signatures, as JavaScript sees them.
//!
//! The signature of a small delivery takes half a microsecond, so the way there counts: a function with an external takes
//! less than a method, values by position less than an object, and the body is not copied.

#![cfg_attr(test, allow(dead_code, reason = "napi registers functions in an addon only"))]

use std::cell::Cell;

use napi::{
    JsString,
    bindgen_prelude::{Either, External},
};
use napi_derive::napi;
use zeroize::Zeroizing;

use super::text::{ROOM, read};
use crate::{
    error::{Error, ErrorKind},
    webhook::{self, Delivery, Headers, Keyring, MAX_ID, MAX_SIGNATURE_HEADER, MAX_TIMESTAMP, Refusal, Scheme},
};

type Result<T> = napi::Result<T, &'static str>;

/// The secrets of one receiver.
pub(super) struct WebhookKeys {
    keyring: Keyring,
    /// Of the delivery accepted last.
    fingerprint: Cell<[u8; 32]>,
}

/// Prepares secrets, newest first. Throws an error with a `code` when one of them is empty.
#[napi(catch_unwind, ts_return_type = "ExternalObject<object>")]
pub(super) fn prepare_webhook_keys(secrets: Vec<String>) -> Result<External<WebhookKeys>> {
    let secrets: Vec<_> = secrets.into_iter().map(Zeroizing::new).collect();
    let keyring = Keyring::new(&secrets).ok_or_else(|| invalid("secret: expected a string that is not empty"))?;
    Ok(External::new(WebhookKeys { keyring, fingerprint: Cell::default() }))
}

/// When an accepted delivery was signed (Unix milliseconds), or the name of the reason why it is not accepted.
#[allow(clippy::too_many_arguments, reason = "see above")]
#[allow(clippy::cast_precision_loss, reason = "an accepted timestamp is near the present")]
#[napi(catch_unwind)]
pub(super) fn verify_webhook(
    #[napi(ts_arg_type = "ExternalObject<object>")] keys: &External<WebhookKeys>,
    body: &[u8],
    scheme: WebhookScheme,
    signature: JsString<'_>,
    timestamp: Option<JsString<'_>>,
    id: Option<JsString<'_>>,
    tolerance: f64,
    now: f64,
) -> Either<f64, &'static str> {
    let mut signature_buffer = [0; MAX_SIGNATURE_HEADER + ROOM];
    let mut timestamp_buffer = [0; MAX_TIMESTAMP + ROOM];
    let mut id_buffer = [0; MAX_ID + ROOM];
    let headers = Headers {
        scheme: scheme.into(),
        signature: read(signature, &mut signature_buffer),
        timestamp: timestamp.map(|text| read(text, &mut timestamp_buffer)),
        id: id.map(|text| read(text, &mut id_buffer)),
    };
    match keys.keyring.verify(headers, body, tolerance, now) {
        Ok(accepted) => {
            keys.fingerprint.set(accepted.fingerprint);
            Either::A(accepted.timestamp as f64)
        }
        Err(refusal) => Either::B(name(refusal)),
    }
}

/// Identifies what was signed of the delivery that was accepted last with these keys, as hex.
#[napi(catch_unwind)]
pub(super) fn webhook_fingerprint(
    #[napi(ts_arg_type = "ExternalObject<object>")] keys: &External<WebhookKeys>,
) -> String {
    webhook::hex(&keys.fingerprint.get())
}

/// The value of the signature header. Throws an error with a `code` when the id or the timestamp is malformed.
#[napi(catch_unwind)]
pub(super) fn sign_webhook(
    #[napi(ts_arg_type = "ExternalObject<object>")] keys: &External<WebhookKeys>,
    body: &[u8],
    scheme: WebhookScheme,
    timestamp: String,
    id: String,
) -> Result<String> {
    let delivery =
        Delivery::parse(scheme.into(), Some(&timestamp), Some(&id), body).map_err(|refusal| invalid(name(refusal)))?;
    Ok(keys.keyring.sign(&delivery))
}

/// A scheme, by its number.
#[napi]
pub enum WebhookScheme {
    Realtime,
    StandardWebhooks,
    TV1,
}

impl From<WebhookScheme> for Scheme {
    fn from(scheme: WebhookScheme) -> Self {
        match scheme {
            WebhookScheme::Realtime => Self::Realtime,
            WebhookScheme::StandardWebhooks => Self::StandardWebhooks,
            WebhookScheme::TV1 => Self::TV1,
        }
    }
}

/// The names that `lib/webhook/refusal.js` has a sentence for.
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
