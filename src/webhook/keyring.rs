//! The secrets of one receiver, which verify and sign deliveries.

use super::{
    Refusal, Scheme,
    delivery::{Delivery, Headers},
    key::{Code, Key},
    signature::{self, Candidates},
};

/// The secrets in use, newest first.
pub struct Keyring(Vec<Key>);

impl Keyring {
    /// Prepares the secrets. `None` if there is no secret, or one of them is empty.
    #[must_use]
    pub fn new<S: AsRef<str>>(secrets: &[S]) -> Option<Self> {
        let keys: Vec<Key> = secrets.iter().map(|secret| Key::new(secret.as_ref())).collect::<Option<_>>()?;
        if keys.is_empty() { None } else { Some(Self(keys)) }
    }

    /// Verifies a delivery. `tolerance` and `now` are in milliseconds, `now` since the Unix epoch.
    ///
    /// # Errors
    /// Why the delivery is rejected. Its form is checked first, then its time, then its signature.
    pub fn verify<'a>(
        &self,
        headers: Headers<'a>,
        body: &'a [u8],
        tolerance: f64,
        now: f64,
    ) -> Result<Delivery<'a>, Refusal> {
        let delivery = Delivery::received(headers, body)?;
        let candidates = Candidates::parse(headers.signature, headers.scheme)?;
        delivery.timestamp.check(now, tolerance)?;

        let mut matches = false;
        // Every candidate is compared with every secret, so that the time does not depend on which
        // one matches.
        for key in &self.0 {
            let code = key.code(&delivery);
            for candidate in candidates.iter() {
                matches |= code == Code::new((*candidate).into());
            }
        }
        if matches { Ok(delivery) } else { Err(Refusal::Mismatch) }
    }

    /// The value of the signature header for a delivery, with one signature per secret.
    #[must_use]
    pub fn sign(&self, delivery: &Delivery<'_>) -> String {
        let Delivery { scheme, timestamp, .. } = delivery;
        let codes = self.0.iter().map(|key| key.code(delivery).into_bytes().into());
        let signatures: Vec<String> = codes.map(|digest| signature::encode(&digest, *scheme)).collect();
        match scheme {
            Scheme::Realtime => signatures.join(","),
            Scheme::StandardWebhooks => signatures.join(" "),
            Scheme::TV1 => format!("t={},{}", timestamp.text, signatures.join(",")),
        }
    }
}
