//! A token: text that fits into a header, and its expiry.
//!
//! The claims of a JWT contain its expiry. The client reads them without verifying the signature,
//! which only the server can do. A wrong clock or a wrong claim causes at most one unnecessary call
//! of the user's token function, or one refusal. A token that is not a JWT, or has no `exp`, is
//! used until the server refuses it.

use std::{fmt, sync::Arc, time::Duration};

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

use crate::error::{Error, ErrorKind};

/// Base64 as in a JWT. Padding is not allowed there, but harmless.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A token is renewed this long before its expiry, or when 10 % of its lifetime remains if that is
/// later.
const MAX_RENEWAL_LEAD: Duration = Duration::from_mins(1);
/// The shortest time between two renewals.
const MIN_RENEWAL_INTERVAL: Duration = Duration::from_millis(500);
/// Longer lifetimes are limited to this one, so that adding a lifetime to the time cannot overflow.
const MAX_LIFETIME: Duration = Duration::from_hours(10 * 365 * 24);

/// A credential that the client sends to the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: Arc<str>,
    left: Option<Duration>,
    lifetime: Duration,
}

impl Token {
    /// Parses a token at the Unix time `now`. The remaining lifetime counts from `now`, so the
    /// caller must use the token immediately.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] if a header cannot carry the text. The error does not contain
    /// the text.
    pub fn parse(text: &str, now: Duration) -> Result<Self, Error> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let problem = "options.token: expected printable ASCII without spaces: it is sent as an HTTP header";
            return Err(Error::new(ErrorKind::InvalidArgument, problem));
        }
        let claims = claims(text).unwrap_or_default();
        let time = |claim: &str| claims.get(claim).and_then(Value::as_f64);
        let from = |start: f64| {
            time("exp").map(|end| Duration::try_from_secs_f64((end - start).min(MAX_LIFETIME.as_secs_f64())))
        };
        let left = from(now.as_secs_f64()).map(Result::unwrap_or_default);
        let lifetime = time("iat").and_then(from).and_then(Result::ok).or(left).unwrap_or_default();
        Ok(Self { text: text.into(), left, lifetime })
    }

    /// A token with these properties, whatever its text says.
    #[cfg(test)]
    pub(crate) fn with_lifetime(text: &str, left: Option<Duration>, lifetime: Duration) -> Self {
        Self { text: text.into(), left, lifetime }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value of the `Authorization` header.
    #[must_use]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.text)
    }

    /// The remaining lifetime when the token was parsed: zero for an expired token, `None` for a
    /// token without an expiry.
    #[must_use]
    pub const fn left(&self) -> Option<Duration> {
        self.left
    }

    /// From its issue to its expiry; zero for a token without an expiry.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// When to renew the token, counted from when it was parsed. `None` for a token without an
    /// expiry, and for a token that had expired already: either the local clock is wrong, or the
    /// user has no newer token.
    #[must_use]
    pub fn renew_after(&self) -> Option<Duration> {
        let left = self.left.filter(|left| !left.is_zero())?;
        let early = left.saturating_sub(MAX_RENEWAL_LEAD.min(self.lifetime / 10));
        // A token function may return the same token again. Then the client waits for half of the
        // remaining lifetime.
        Some(early.max(left / 2).max(MIN_RENEWAL_INTERVAL))
    }
}

/// Omits the text, which is a secret.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("left", &self.left).finish_non_exhaustive()
    }
}

/// The claims of a JWT.
fn claims(text: &str) -> Option<Value> {
    let mut parts = text.split('.').skip(1);
    let claims = BASE64.decode(parts.next()?).ok()?;
    parts.next()?;
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A day in 2026.
    const NOW: u64 = 1_790_000_000;

    fn read(claims: &str) -> Token {
        let text = format!("e30.{}.c2ln", BASE64.encode(claims));
        Token::parse(&text, Duration::from_secs(NOW)).unwrap()
    }

    fn millis(duration: Option<Duration>) -> Option<u128> {
        duration.map(|duration| duration.as_millis())
    }

    #[test]
    fn the_lifetime_is_read_from_the_claims() {
        for (claims, left, renew_after) in [
            (format!(r#"{{"exp":{}}}"#, NOW + 3600), Some(3_600_000), Some(3_540_000)),
            (format!(r#"{{"exp":{},"iat":{NOW}}}"#, NOW + 100), Some(100_000), Some(90_000)),
            (format!(r#"{{"exp":{}.5,"iat":{NOW}}}"#, NOW + 1), Some(1500), Some(1350)),
            // The user has kept the token for a while, which does not delay its renewal.
            (format!(r#"{{"exp":{},"iat":{}}}"#, NOW + 50, NOW - 50), Some(50_000), Some(40_000)),
            // The token is due for renewal, and the token function returned it again.
            (format!(r#"{{"exp":{},"iat":{}}}"#, NOW + 30, NOW - 3000), Some(30_000), Some(15_000)),
            (format!(r#"{{"exp":{NOW}.25}}"#), Some(250), Some(500)),
            (format!(r#"{{"exp":{NOW}}}"#), Some(0), None),
            (r#"{"exp":1,"iat":0}"#.to_owned(), Some(0), None),
            (r#"{"exp":-1e300}"#.to_owned(), Some(0), None),
            (
                r#"{"exp":1e300}"#.to_owned(),
                Some(MAX_LIFETIME.as_millis()),
                Some(MAX_LIFETIME.as_millis() - MAX_RENEWAL_LEAD.as_millis()),
            ),
            (r#"{"exp":"soon"}"#.to_owned(), None, None),
            (r#"{"sub":"me"}"#.to_owned(), None, None),
            ("[]".to_owned(), None, None),
            ("{".to_owned(), None, None),
        ] {
            let token = read(&claims);
            assert_eq!((millis(token.left()), millis(token.renew_after())), (left, renew_after), "{claims}");
        }
    }

    #[test]
    fn padding_is_ignored_and_any_text_can_be_a_token() {
        let now = Duration::from_secs(NOW);
        assert!(Token::parse("e30.eyJleHAiOjF9.x", now).unwrap().left().is_some());
        assert!(Token::parse("e30.eyJleHAiOjF9IA==.x", now).unwrap().left().is_some());
        for text in ["opaque", "a.b", "a.b.c", "..", "e30.eyJleHAiOjF9"] {
            assert_eq!(Token::parse(text, now).unwrap().left(), None, "{text}");
        }
    }

    #[test]
    fn a_text_that_a_header_cannot_carry_is_refused_and_not_shown() {
        for text in ["", "a b", "Bearer secret", "secret\r\nX-Evil: 1", "secret\n", "secr\u{e9}t", "secret\0"] {
            let error = Token::parse(text, Duration::ZERO).unwrap_err();
            assert!(error.kind == ErrorKind::InvalidArgument && !error.message.contains("secr"), "{text:?}: {error}");
        }
    }

    #[test]
    fn debug_omits_the_text() {
        let shown = format!("{:?}", Token::parse("secret", Duration::ZERO).unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
