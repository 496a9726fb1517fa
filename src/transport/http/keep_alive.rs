//! How long an idle connection stays usable: the server's `Keep-Alive` hint, RFC 2068 section
//! 19.7.1.1.

use std::time::Duration;

use http::HeaderMap;

/// The longest idle time. Node's server closes an idle connection after 5 seconds, and a request
/// sent at that moment is lost.
const MAX_IDLE: Duration = Duration::from_secs(4);
/// How much earlier than the server the client stops: a request needs time to arrive.
const MARGIN_SECS: f64 = 1.0;

/// How long the connection of this answer may be idle and still be used again. Zero means to close
/// it.
#[must_use]
pub fn reuse_for(headers: &HeaderMap) -> Duration {
    let lines = headers.get_all("keep-alive").iter().filter_map(|line| line.to_str().ok());
    let timeouts = lines.flat_map(|line| line.split([',', ';'])).filter_map(timeout);
    timeouts.map(|seconds| (seconds - MARGIN_SECS).max(0.0)).fold(MAX_IDLE, |shortest, seconds| {
        // A number too large for a duration is longer than any idle time.
        Duration::try_from_secs_f64(seconds).map_or(shortest, |idle| idle.min(shortest))
    })
}

/// The seconds of a `timeout` parameter.
fn timeout(parameter: &str) -> Option<f64> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("timeout") {
        return None;
    }
    value.trim().trim_matches('"').trim().parse().ok().filter(|seconds: &f64| !seconds.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_idle_for_less_than_the_server_allows() {
        for (lines, millis) in [
            (&[][..], 4000),
            (&["timeout=5, max=100"], 4000),
            (&["timeout=60"], 4000),
            (&["timeout=3"], 2000),
            (&["max=7, Timeout = \"2\""], 1000),
            (&["timeout=1.5"], 500),
            (&["timeout=1"], 0),
            (&["timeout=0"], 0),
            (&["timeout=-7"], 0),
            (&["max=5", "timeout=2"], 1000),
            (&["timeout=9", "timeout=3"], 2000),
            (&["timeout=99999999999999999999999999"], 4000),
            (&["timeout=soon", "5"], 4000),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("keep-alive", line.parse().unwrap());
            }
            assert_eq!(reuse_for(&headers), Duration::from_millis(millis), "{lines:?}");
        }
    }
}
