//! A token: text that fits into a header, and what it says about its own life.
//!
//! A JWT tells in its claims until when it is valid. They are read without being verified, which is the server's business:
//! a clock that is wrong, or claims that are, cost a question to the user too many or a refusal, and nothing else. A token
//! that is not a JWT, or has no `exp`, is used until it is refused.

use std::{fmt, sync::Arc, time::Duration};

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

use crate::error::{Error, ErrorKind};

/// Base64 as in a JWT; padding, which should not be there, does no harm.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A token is replaced when so much of its life is left, or a tenth of it where that is less.
const LEAD: Duration = Duration::from_mins(1);
/// The shortest time from one token to the question for the next.
const LEAST_USE: Duration = Duration::from_millis(500);
/// Lives are taken to be no longer than this, which is far from where adding them to the time overflows.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// What a client shows to the server to say who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: Arc<str>,
    left: Option<Duration>,
    life: Duration,
}

impl Token {
    /// Reads a token at the Unix time `now`. What is left of its life is reckoned from then on: it is to be passed on at
    /// once.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for what a header cannot carry. The text is not repeated.
    pub fn parse(text: &str, now: Duration) -> Result<Self, Error> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let problem = "options.token: expected printable ASCII without spaces: it is sent as an HTTP header";
            return Err(Error::new(ErrorKind::InvalidArgument, problem));
        }
        let claims = claims(text).unwrap_or_default();
        let time = |claim: &str| claims.get(claim).and_then(Value::as_f64);
        let from =
            |start: f64| time("exp").map(|end| Duration::try_from_secs_f64((end - start).min(LONGEST.as_secs_f64())));
        let left = from(now.as_secs_f64()).map(Result::unwrap_or_default);
        let life = time("iat").and_then(from).and_then(Result::ok).or(left).unwrap_or_default();
        Ok(Self { text: text.into(), left, life })
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

    /// How much of its life was left when it was read: nothing for one that had expired, `None` where it does not say.
    #[must_use]
    pub const fn left(&self) -> Option<Duration> {
        self.left
    }

    /// After which time to ask for the next one. `None` for a token that does not say how long it lives, and for one that
    /// had expired when it was read: either our clock is wrong, or the user has no better one.
    #[must_use]
    pub fn renew_after(&self) -> Option<Duration> {
        let left = self.left.filter(|left| !left.is_zero())?;
        let early = left.saturating_sub(LEAD.min(self.life / 10));
        // Who has nothing newer gives the same one again: then half of what is left is waited for.
        Some(early.max(left / 2).max(LEAST_USE))
    }
}

/// Without the text.
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
    fn its_life_is_read_from_the_claims() {
        for (claims, left, renew_after) in [
            (format!(r#"{{"exp":{}}}"#, NOW + 3600), Some(3_600_000), Some(3_540_000)),
            (format!(r#"{{"exp":{},"iat":{NOW}}}"#, NOW + 100), Some(100_000), Some(90_000)),
            (format!(r#"{{"exp":{}.5,"iat":{NOW}}}"#, NOW + 1), Some(1500), Some(1350)),
            // The user has kept it for a while: it is renewed where it would have been.
            (format!(r#"{{"exp":{},"iat":{}}}"#, NOW + 50, NOW - 50), Some(50_000), Some(40_000)),
            // It is to be renewed already, and comes again because there is no other.
            (format!(r#"{{"exp":{},"iat":{}}}"#, NOW + 30, NOW - 3000), Some(30_000), Some(15_000)),
            (format!(r#"{{"exp":{NOW}.25}}"#), Some(250), Some(500)),
            (format!(r#"{{"exp":{NOW}}}"#), Some(0), None),
            (r#"{"exp":1,"iat":0}"#.to_owned(), Some(0), None),
            (r#"{"exp":-1e300}"#.to_owned(), Some(0), None),
            (r#"{"exp":1e300}"#.to_owned(), Some(LONGEST.as_millis()), Some(LONGEST.as_millis() - LEAD.as_millis())),
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
    fn padding_does_no_harm_and_what_is_no_jwt_is_a_token_too() {
        let now = Duration::from_secs(NOW);
        assert!(Token::parse("e30.eyJleHAiOjF9.x", now).unwrap().left().is_some());
        assert!(Token::parse("e30.eyJleHAiOjF9IA==.x", now).unwrap().left().is_some());
        for text in ["opaque", "a.b", "a.b.c", "..", "e30.eyJleHAiOjF9"] {
            assert_eq!(Token::parse(text, now).unwrap().left(), None, "{text}");
        }
    }

    #[test]
    fn what_a_header_cannot_carry_is_refused_without_repeating_it() {
        for text in ["", "a b", "Bearer secret", "secret\r\nX-Evil: 1", "secret\n", "secr\u{e9}t", "secret\0"] {
            let error = Token::parse(text, Duration::ZERO).unwrap_err();
            assert!(error.kind == ErrorKind::InvalidArgument && !error.message.contains("secr"), "{text:?}: {error}");
        }
    }

    #[test]
    fn is_not_shown() {
        let shown = format!("{:?}", Token::parse("secret", Duration::ZERO).unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
