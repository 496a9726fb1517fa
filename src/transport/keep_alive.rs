//! `Keep-Alive`, by which an HTTP/1.1 server says for how long it keeps an idle connection open.
//!
//! The header is not in an RFC, but servers and proxies agree on it: `Keep-Alive: timeout=5, max=100`, in seconds.

use std::time::Duration;

use http::HeaderMap;

/// The longest time an idle connection is kept. Node's server closes it after 5 seconds, and what the client sends while
/// the server closes it is lost.
const MAX_IDLE: Duration = Duration::from_secs(4);
/// How much earlier than the server the client lets go of a connection.
const MARGIN: Duration = Duration::from_secs(1);

/// How long a connection may stay idle and be used again after an answer with these headers. Zero: not at all.
#[must_use]
pub fn reuse_for(headers: &HeaderMap) -> Duration {
    let lines = headers.get_all("keep-alive").iter().filter_map(|value| value.to_str().ok());
    let timeouts = lines.flat_map(|line| line.split([',', ';'])).filter_map(timeout);
    timeouts.map(|timeout| timeout.saturating_sub(MARGIN)).fold(MAX_IDLE, Duration::min)
}

/// The value of the parameter `timeout`, in whole seconds.
fn timeout(parameter: &str) -> Option<Duration> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("timeout") {
        return None;
    }
    let seconds = value.trim().trim_matches('"').split('.').next()?;
    if seconds.starts_with('-') {
        return Some(Duration::ZERO);
    }
    // A number that is too large to read is a long time.
    let is_number = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| seconds.parse().map_or(Duration::MAX, Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_connection_is_used_again_for_a_second_less_than_the_server_says() {
        for (lines, seconds) in [
            (&[][..], 4),
            (&["timeout=5"], 4),
            (&["timeout=5, max=100"], 4),
            (&["timeout=4"], 3),
            (&["max=100, Timeout = 3"], 2),
            (&["timeout=2;max=1"], 1),
            (&["timeout=\"3\""], 2),
            (&["timeout=2.9"], 1),
            (&["timeout=1"], 0),
            (&["timeout=0"], 0),
            (&["timeout=-1"], 0),
            (&["timeout=99999999999999999999"], 4),
            (&["timeout="], 4),
            (&["timeout=soon"], 4),
            (&["timeout"], 4),
            (&["max=1"], 4),
            (&["timeout=60", "timeout=3"], 2),
            (&["timeout=2, timeout=60"], 1),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("keep-alive", HeaderValue::from_static(line));
            }
            assert_eq!(reuse_for(&headers), Duration::from_secs(seconds), "{lines:?}");
        }
    }
}
