//! Signatures in headers: lists of SHA-256 digests in hex or base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Refusal, Scheme};

/// The bytes of one signature.
pub(super) type Digest = [u8; 32];

/// The maximum number of signatures in one header. Each costs one comparison per secret.
const MAX_SIGNATURES: usize = 16;
/// The maximum length of a signature header: each signature with a prefix and a separator.
pub const MAX_SIGNATURE_HEADER: usize = MAX_SIGNATURES * 80;

/// The signatures of one header, rarely more than one.
#[derive(Debug)]
pub(super) struct Candidates {
    first: Digest,
    others: Vec<Digest>,
}

impl Candidates {
    /// Parses a header, which must have at least one signature in the scheme's form. Signatures in
    /// other forms belong to other versions of the scheme, and are skipped.
    pub(super) fn parse(header: &str, scheme: Scheme) -> Result<Self, Refusal> {
        // A text in the form of one signature has no separator.
        match decode(header.as_bytes(), scheme) {
            Some(first) if scheme != Scheme::TV1 => Ok(Self { first, others: Vec::new() }),
            _ => Self::parse_list(header, scheme),
        }
    }

    fn parse_list(header: &str, scheme: Scheme) -> Result<Self, Refusal> {
        if header.len() > MAX_SIGNATURE_HEADER {
            return Err(Refusal::MalformedSignature);
        }
        let separators: &[u8] = match scheme {
            Scheme::Realtime => b", ",
            Scheme::StandardWebhooks => b" ",
            Scheme::TV1 => b",",
        };
        let items = header.as_bytes().split(|byte| separators.contains(byte)).filter(|item| !item.is_empty());
        let mut found = None;
        for (count, item) in items.enumerate() {
            if count == MAX_SIGNATURES {
                return Err(Refusal::MalformedSignature);
            }
            if scheme == Scheme::TV1 && !is_pair(item) {
                return Err(Refusal::MalformedSignature);
            }
            match (&mut found, decode(item, scheme)) {
                (_, None) => {}
                (None, Some(first)) => found = Some(Self { first, others: Vec::new() }),
                (Some(candidates), Some(other)) => candidates.others.push(other),
            }
        }
        found.ok_or(Refusal::MalformedSignature)
    }

    /// All signatures.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// The text of one signature in a header, without the header's prefix and separators.
pub(super) fn encode(digest: &Digest, scheme: Scheme) -> String {
    match scheme {
        Scheme::Realtime => hex(digest),
        Scheme::StandardWebhooks => format!("v1,{}", STANDARD.encode(digest)),
        Scheme::TV1 => format!("v1={}", hex(digest)),
    }
}

/// Whether the item is a `name=value` of any version. A malformed `v1` is an error, not another
/// version.
fn is_pair(item: &[u8]) -> bool {
    let Some(equals) = item.iter().position(|byte| *byte == b'=') else { return false };
    let (name, value) = item.split_at(equals);
    value.len() > 1 && (name != b"v1" || decode(item, Scheme::TV1).is_some())
}

fn decode(item: &[u8], scheme: Scheme) -> Option<Digest> {
    match scheme {
        Scheme::Realtime => decode_hex(item.strip_prefix(b"sha256=").unwrap_or(item)),
        // This decoder rejects wrong padding and non-zero trailing bits, so a digest has one text.
        Scheme::StandardWebhooks => STANDARD.decode(item.strip_prefix(b"v1,")?).ok()?.try_into().ok(),
        Scheme::TV1 => decode_hex(item.strip_prefix(b"v1=")?),
    }
}

/// The digest in hexadecimal.
#[must_use]
pub fn hex(digest: &Digest) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().map_or('0', char::from);
    digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Accepts lower case only, as senders write it, so that a signature has one form.
//
// All digits take the same steps, which lets the compiler vectorize the loop.
fn decode_hex(text: &[u8]) -> Option<Digest> {
    let mut halves: [u8; 64] = text.try_into().ok()?;
    let mut wrong = 0;
    for half in &mut halves {
        let (number, letter) = (half.wrapping_sub(b'0'), half.wrapping_sub(b'a'));
        *half = if number < 10 { number } else { letter.wrapping_add(10) };
        wrong |= u8::from(number >= 10) & u8::from(letter >= 6);
    }
    let mut digest = Digest::default();
    for (byte, [high, low]) in digest.iter_mut().zip(halves.as_chunks::<2>().0) {
        *byte = high << 4 | low & 15;
    }
    (wrong == 0).then_some(digest)
}
