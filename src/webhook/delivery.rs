//! A delivery: what is signed of it, read from the headers by the rules of one scheme.

use sha2::{Digest as _, Sha256};

use super::{Refusal, Scheme, signature::Digest, timestamp::Timestamp};

/// The longest id of a delivery. It is kept in replay stores.
pub const MAX_ID: usize = 256;

/// The values of the headers of one scheme, as they were sent.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// Which scheme they are of.
    pub scheme: Scheme,
    /// The signatures; with [`Scheme::TV1`] also the timestamp.
    pub signature: &'a str,
    /// Required but with [`Scheme::TV1`], which does not look at it.
    pub timestamp: Option<&'a str>,
    /// Required but with [`Scheme::TV1`].
    pub id: Option<&'a str>,
}

/// What is signed of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    pub(super) scheme: Scheme,
    pub(super) id: Option<&'a str>,
    pub(super) timestamp: Timestamp<'a>,
    pub(super) body: &'a [u8],
}

impl<'a> Delivery<'a> {
    /// Reads a delivery of these parts. Nothing of it is trusted yet.
    ///
    /// # Errors
    /// When a part is missing or malformed.
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

    /// When it was signed, Unix milliseconds.
    #[must_use]
    pub const fn timestamp(&self) -> u64 {
        self.timestamp.milliseconds
    }

    /// Identifies what was signed, whichever signatures were sent, however spelt, and whichever secrets the receiver has: those
    /// who share a replay store do not change their secrets at the same moment.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        let mut hash = Sha256::new();
        self.each_signed(|bytes| hash.update(bytes));
        hash.finalize().into()
    }

    /// The bytes that are signed, piece by piece.
    pub(super) fn each_signed(&self, mut take: impl FnMut(&[u8])) {
        if self.scheme == Scheme::StandardWebhooks {
            take(self.id.unwrap_or_default().as_bytes());
            take(b".");
        }
        take(self.timestamp.text.as_bytes());
        take(b".");
        take(self.body);
    }
}

/// Without spaces, since ", " stands between the values of a header that came twice.
fn is_id(id: &str) -> bool {
    matches!(id.len(), 1..=MAX_ID) && id.bytes().fold(true, |graphic, byte| graphic & byte.is_ascii_graphic())
}

/// The one timestamp of a `t-v1` header, which is its first item.
fn timestamp_within(signature: &str) -> Result<&str, Refusal> {
    let mut items = signature.split(',');
    let first = items.next().and_then(|item| item.strip_prefix("t="));
    first.filter(|_| !items.any(|item| item.starts_with("t="))).ok_or(Refusal::MalformedSignature)
}
