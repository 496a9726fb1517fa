//! `Retry-After`: when a server asks the client to retry, RFC 9110 section 10.2.3.

use std::time::{Duration, SystemTime};

use crate::error::MAX_TIMER;

/// The delay that a server asks for: in seconds, or until a date. Some servers send a fraction of
/// seconds, although the standard has none. A date in the past means no delay. The longest delay is
/// [`MAX_TIMER`].
#[must_use]
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if value.starts_with(|c: char| c.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        let seconds = value.parse().ok()?;
        // A number too large for a duration is longer than any timer.
        return Some(Duration::try_from_secs_f64(seconds).map_or(MAX_TIMER, |wait| wait.min(MAX_TIMER)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(MAX_TIMER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3)),
            ("Sunday, 06-Nov-94 08:49:40 GMT", Some(3)),
            ("Sun Nov  6 08:49:40 1994", Some(3)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("-1", None),
            ("1.5.2", None),
            (".5", None),
            ("1e3", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), expected.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after("0.65", now), Some(Duration::from_millis(650)));
        for value in
            ["2147484", "2147483.648", "1000000000000", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]
        {
            assert_eq!(retry_after(value, now), Some(Duration::from_millis(2_147_483_647)), "{value:?}");
        }
    }
}
