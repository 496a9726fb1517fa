//! The timestamp of a delivery: a plain decimal number of seconds or milliseconds.

use super::{Refusal, Scheme};

/// The maximum number of digits, which is more than any clock needs.
pub const MAX_TIMESTAMP: usize = 15;
/// Numbers from here on are milliseconds: in seconds this is the year 5138, in milliseconds 1973.
const FIRST_MILLISECOND: u64 = 100_000_000_000;

/// A timestamp: the text, which is signed, and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timestamp<'a> {
    pub(super) text: &'a str,
    /// Unix milliseconds.
    pub(super) milliseconds: u64,
}

impl<'a> Timestamp<'a> {
    /// Accepts digits only, without a sign, space, exponent or leading zero. Standard Webhooks
    /// always counts seconds.
    pub(super) fn parse(text: &'a str, scheme: Scheme) -> Result<Self, Refusal> {
        let plain = matches!(text.len(), 1..=MAX_TIMESTAMP) && (text == "0" || !text.starts_with('0'));
        let mut digits = text.bytes().take(MAX_TIMESTAMP).map(|byte| u64::from(byte.wrapping_sub(b'0')));
        let number = digits.try_fold(0, |number, digit| (digit < 10).then_some(number * 10 + digit));
        let number = number.filter(|_| plain).ok_or(Refusal::MalformedTimestamp)?;
        let seconds = scheme == Scheme::StandardWebhooks || number < FIRST_MILLISECOND;
        Ok(Self { text, milliseconds: if seconds { number * 1000 } else { number } })
    }

    /// Compares the timestamp with the clock, in both directions. Both arguments are in
    /// milliseconds.
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 ms; later times are far out of any tolerance")]
    pub(super) fn check(self, now: f64, tolerance: f64) -> Result<(), Refusal> {
        let age = now - self.milliseconds as f64;
        // A comparison with NaN is false, so a clock that is not a number accepts no delivery.
        if age.abs() <= tolerance {
            Ok(())
        } else if age > 0.0 {
            Err(Refusal::Expired)
        } else {
            Err(Refusal::InFuture)
        }
    }
}
