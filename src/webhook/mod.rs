//! Signatures of webhook deliveries: HMAC-SHA256 over the bytes of the body and a timestamp.
//!
//! ```text
//! scheme              signed bytes              key                                       signature header
//! realtime            {timestamp}.{body}        the secret, whole                         hex, or sha256=hex; several by , or space
//! Standard Webhooks   {id}.{timestamp}.{body}   base64 after whsec_, or the secret whole  v1,base64; several by space
//! t-v1                {t}.{body}                the secret, whole                         t=...,v1=hex[,v1=hex]
//! ```
//!
//! Pure: bytes, texts and the time come in as arguments. A delivery is judged by the rules of one scheme only, and the one
//! reading of each text is the strict one, so that no second spelling of a delivery passes.
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

/// How a delivery is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The platform's own three headers.
    Realtime,
    /// The three headers of the Standard Webhooks specification.
    StandardWebhooks,
    /// One header with the timestamp and the signatures.
    TV1,
}

/// Why a delivery is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no timestamp.
    MissingTimestamp,
    /// There is no id.
    MissingId,
    /// The timestamp is not a plain decimal number.
    MalformedTimestamp,
    /// The id is empty, too long or not printable ASCII.
    MalformedId,
    /// The signature header is too long, or there is no signature of the scheme's form in it.
    MalformedSignature,
    /// The timestamp is older than the tolerance.
    Expired,
    /// The timestamp is further in the future than the tolerance.
    InFuture,
    /// No signature was made with one of the secrets over these bytes.
    Mismatch,
}
