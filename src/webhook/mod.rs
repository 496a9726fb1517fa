//! Signatures of webhook deliveries: HMAC-SHA256 over the bytes of the body and a timestamp.
//!
//! ```text
//! scheme             signed bytes             signature header
//! realtime           {timestamp}.{body}       hex or sha256=hex, separated by comma or space
//! Standard Webhooks  {id}.{timestamp}.{body}  v1,base64, separated by space
//! t-v1               {t}.{body}               t=...,v1=hex[,v1=hex]
//! ```
//!
//! The key is the whole secret. With Standard Webhooks, a secret that is base64 after `whsec_` is
//! decoded first.
//!
//! This room is pure: bytes, texts and the time are arguments. A delivery is verified by the rules
//! of one scheme only, and each text has exactly one accepted form, so that an altered copy of a
//! delivery is not accepted.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

mod delivery;
mod key;
mod keyring;
mod signature;
mod timestamp;

#[cfg(test)]
mod tests;

pub use delivery::{Delivery, Headers, MAX_ID};
pub use keyring::Keyring;
pub use signature::{MAX_SIGNATURE_HEADER, hex};
pub use timestamp::MAX_TIMESTAMP;

/// The schemes of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The platform's three headers.
    Realtime,
    /// The three headers of the Standard Webhooks specification.
    StandardWebhooks,
    /// One header with the timestamp and the signatures.
    TV1,
}

/// Why a delivery is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The timestamp is missing.
    MissingTimestamp,
    /// The ID is missing.
    MissingId,
    /// The timestamp is not a plain decimal number.
    MalformedTimestamp,
    /// The ID is empty, too long or not printable ASCII.
    MalformedId,
    /// The signature header is too long, or has no signature in the scheme's form.
    MalformedSignature,
    /// The timestamp is older than the tolerance.
    Expired,
    /// The timestamp is further in the future than the tolerance.
    InFuture,
    /// No signature matches these bytes and one of the secrets.
    Mismatch,
}
