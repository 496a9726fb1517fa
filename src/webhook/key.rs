//! A prepared secret: the two initial states of HMAC, so that a delivery does not process the key
//! again.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac, digest::CtOutput};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Scheme, delivery::Delivery};

/// An authentication code. Comparing two codes takes constant time.
pub(super) type Code = CtOutput<Hmac<Sha256>>;

const PREFIX: &str = "whsec_";
/// Secrets are copied by hand, which often loses their padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One secret. Its memory is overwritten on drop.
pub(super) struct Key {
    whole: Hmac<Sha256>,
    standard: Hmac<Sha256>,
}

impl Key {
    /// `None` for an empty secret, with which anyone could sign.
    pub(super) fn new(secret: &str) -> Option<Self> {
        let encoded = secret.strip_prefix(PREFIX);
        if encoded.unwrap_or(secret).is_empty() {
            return None;
        }
        let decoded = encoded.and_then(|encoded| BASE64.decode(encoded).ok()).map(Zeroizing::new);
        let standard = decoded.as_ref().map_or(secret.as_bytes(), |bytes| bytes.as_slice());
        // HMAC accepts keys of any length.
        let prepare = |key: &[u8]| Hmac::new_from_slice(key).ok();
        Some(Self { whole: prepare(secret.as_bytes())?, standard: prepare(standard)? })
    }

    /// The authentication code of a delivery.
    pub(super) fn code(&self, delivery: &Delivery<'_>) -> Code {
        let mut hmac = match delivery.scheme {
            Scheme::Realtime | Scheme::TV1 => self.whole.clone(),
            Scheme::StandardWebhooks => self.standard.clone(),
        };
        delivery.each_signed(|bytes| hmac.update(bytes));
        hmac.finalize()
    }
}
