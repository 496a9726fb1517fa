//! A delivery: its signed parts, read from the headers by the rules of one scheme.

use sha2::{Digest as _, Sha256};

use super::{Refusal, Scheme, signature::Digest, timestamp::Timestamp};

/// The maximum length of a delivery's ID. Replay stores keep the ID.
pub const MAX_ID: usize = 256;

/// The values of the headers of one scheme, unchanged.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// The scheme of the headers.
    pub scheme: Scheme,
    /// The signatures; with [`Scheme::TV1`] also the timestamp.
    pub signature: &'a str,
    /// Required, except with [`Scheme::TV1`], which ignores it.
    pub timestamp: Option<&'a str>,
    /// Required, except with [`Scheme::TV1`].
    pub id: Option<&'a str>,
}

/// The signed parts of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    pub(super) scheme: Scheme,
    pub(super) id: Option<&'a str>,
    pub(super) timestamp: Timestamp<'a>,
    pub(super) body: &'a [u8],
}

impl<'a> Delivery<'a> {
    /// Parses a delivery. It is not verified yet.
    ///
    /// # Errors
    /// A part is missing or malformed.
    pub fn parse(
        scheme: Scheme,
        timestamp: Option<&'a str>,
        id: Option<&'a str>,
        body: &'a [u8],
    ) -> Result<Self, Refusal> {
        let timestamp = Timestamp::parse(timestamp.ok_or(Refusal::MissingTimestamp)?, scheme)?;
        match id {
            None if scheme != Scheme::TV1 => return Err(Refusal::MissingId),
            Some(id) if !is_id(id) => return Err(Refusal::MalformedId),
            _ => {}
        }
        Ok(Self { scheme, id, timestamp, body })
    }

    pub(super) fn received(headers: Headers<'a>, body: &'a [u8]) -> Result<Self, Refusal> {
        let Headers { scheme, signature, timestamp, id } = headers;
        let timestamp = match scheme {
            Scheme::TV1 => Some(timestamp_within(signature)?),
            Scheme::Realtime | Scheme::StandardWebhooks => timestamp,
        };
        Self::parse(scheme, timestamp, id, body)
    }

    /// When the delivery was signed, in Unix milliseconds.
    #[must_use]
    pub const fn timestamp(&self) -> u64 {
        self.timestamp.milliseconds
    }

    /// Identifies the signed bytes. It does not depend on the signatures or on the receiver's
    /// secrets: receivers that share a replay store do not change their secrets at the same moment.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        let mut hash = Sha256::new();
        self.each_signed(|bytes| hash.update(bytes));
        hash.finalize().into()
    }

    /// Passes the signed bytes to `visit`, piece by piece.
    pub(super) fn each_signed(&self, mut visit: impl FnMut(&[u8])) {
        if self.scheme == Scheme::StandardWebhooks {
            visit(self.id.unwrap_or_default().as_bytes());
            visit(b".");
        }
        visit(self.timestamp.text.as_bytes());
        visit(b".");
        visit(self.body);
    }
}

/// An ID has no spaces: HTTP joins the values of a repeated header with ", ".
fn is_id(id: &str) -> bool {
    matches!(id.len(), 1..=MAX_ID) && id.bytes().fold(true, |graphic, byte| graphic & byte.is_ascii_graphic())
}

/// The timestamp of a `t-v1` header: its first item, and the only one named `t`.
fn timestamp_within(signature: &str) -> Result<&str, Refusal> {
    let mut items = signature.split(',');
    let first = items.next().and_then(|item| item.strip_prefix("t="));
    first.filter(|_| !items.any(|item| item.starts_with("t="))).ok_or(Refusal::MalformedSignature)
}
