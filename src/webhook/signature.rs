//! Signatures as headers spell them: lists of hex or base64 texts, each of one SHA-256 digest.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Refusal, Scheme};

/// The bytes of one signature.
pub(super) type Digest = [u8; 32];

/// The most signatures in one header: each costs a comparison per secret.
const MAX_SIGNATURES: usize = 16;
/// The longest signature header: so many signatures, each with a prefix and a separator.
pub const MAX_SIGNATURE_HEADER: usize = MAX_SIGNATURES * 80;

/// The signatures in a header that are of the scheme's form. Others belong to versions of the scheme that we do not know,
/// and are skipped; there must be one that we do know.
pub(super) fn candidates(header: &str, scheme: Scheme) -> Result<Vec<Digest>, Refusal> {
    if header.len() > MAX_SIGNATURE_HEADER {
        return Err(Refusal::MalformedSignature);
    }
    let separators: &[u8] = match scheme {
        Scheme::Realtime => b", ",
        Scheme::StandardWebhooks => b" ",
        Scheme::TV1 => b",",
    };
    let items = header.as_bytes().split(|byte| separators.contains(byte)).filter(|item| !item.is_empty());
    let mut candidates = Vec::with_capacity(1);
    for (count, item) in items.enumerate() {
        if count == MAX_SIGNATURES {
            return Err(Refusal::MalformedSignature);
        }
        if scheme == Scheme::TV1 && !is_pair(item) {
            return Err(Refusal::MalformedSignature);
        }
        candidates.extend(decode(item, scheme));
    }
    if candidates.is_empty() { Err(Refusal::MalformedSignature) } else { Ok(candidates) }
}

/// The text of a signature in a header, without what stands around several.
pub(super) fn encode(digest: &Digest, scheme: Scheme) -> String {
    match scheme {
        Scheme::Realtime => hex(digest),
        Scheme::StandardWebhooks => format!("v1,{}", STANDARD.encode(digest)),
        Scheme::TV1 => format!("v1={}", hex(digest)),
    }
}

/// `name=value`: of whatever version, but a `v1` that is none is damage and no version.
fn is_pair(item: &[u8]) -> bool {
    let Some(equals) = item.iter().position(|byte| *byte == b'=') else { return false };
    let (name, value) = item.split_at(equals);
    value.len() > 1 && (name != b"v1" || decode(item, Scheme::TV1).is_some())
}

fn decode(item: &[u8], scheme: Scheme) -> Option<Digest> {
    match scheme {
        Scheme::Realtime => decode_hex(item.strip_prefix(b"sha256=").unwrap_or(item)),
        // This alphabet refuses a wrong padding and left-over bits: there is one text for each digest.
        Scheme::StandardWebhooks => STANDARD.decode(item.strip_prefix(b"v1,")?).ok()?.try_into().ok(),
        Scheme::TV1 => decode_hex(item.strip_prefix(b"v1=")?),
    }
}

/// The digest in hexadecimal digits.
#[must_use]
pub fn hex(digest: &Digest) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().map_or('0', char::from);
    digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Small letters only, as senders write them: with capitals too, one signature would have many spellings.
fn decode_hex(text: &[u8]) -> Option<Digest> {
    let digits: &[u8; 64] = text.try_into().ok()?;
    let mut valid = true;
    let mut half = |digit: u8| {
        let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        valid &= number < 10 || letter < 6;
        if number < 10 { number } else { letter.wrapping_add(10) & 15 }
    };
    let mut digest = Digest::default();
    for (byte, [high, low]) in digest.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = half(*high) << 4 | half(*low);
    }
    Some(digest).filter(|_| valid)
}
