//! The cookies of one session over long-polling. They tell a load balancer which server the session
//! belongs to.
//!
//! A session uses one path of one server, so the domain and the path of a cookie do not matter.

use std::{borrow::Cow, time::SystemTime};

use http::{HeaderMap, header::SET_COOKIE};

/// The most cookies to keep, and the longest cookie with its name. Browsers allow 4096 bytes.
const MAX_COOKIES: usize = 16;
const MAX_COOKIE_BYTES: usize = 4096;

/// Names and values.
#[derive(Clone, Default)]
pub(in crate::transport) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Stores the cookies that an answer sets.
    pub(in crate::transport) fn store(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            self.set(cookie);
        }
    }

    /// Stores the value of a `Set-Cookie` header. An invalid or surplus cookie is ignored.
    fn set(&mut self, header: &str) {
        let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
        let Some((name, value)) = pair.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else { return };
        self.0.retain(|(known, _)| known != name);
        let fits = !name.is_empty() && pair.len() <= MAX_COOKIE_BYTES && self.0.len() < MAX_COOKIES;
        if fits && !attributes.split(';').any(is_expired) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The value of a `Cookie` header.
    pub(in crate::transport) fn encode(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }
}

/// Whether an attribute says that the cookie has expired.
fn is_expired(attribute: &str) -> bool {
    let Some((name, value)) = attribute.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
        return false;
    };
    match name.to_ascii_lowercase().as_str() {
        "max-age" => value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
        "expires" => httpdate::parse_http_date(value).is_ok_and(|at| at < SystemTime::now()),
        _ => false,
    }
}

/// The headers of a request. These cookies share one line with the cookies of the user.
pub(in crate::transport) fn merge<'a>(
    headers: &'a [(String, String)],
    cookies: &'a str,
) -> Vec<(&'a str, Cow<'a, str>)> {
    let mut merged: Vec<(&str, Cow<'_, str>)> =
        headers.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str()))).collect();
    if !cookies.is_empty() {
        match merged.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            Some((_, own)) => *own = Cow::Owned(format!("{own}; {cookies}")),
            None => merged.push(("cookie", cookies.into())),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_kept_replaced_and_removed() {
        let mut cookies = Cookies::default();
        for header in ["node=a; Path=/; HttpOnly", "b = 2 ;Max-Age=60", "no cookie", "=x", "node=c"] {
            cookies.set(header);
        }
        assert_eq!(cookies.encode(), "b=2; node=c");
        cookies.set("b=; Max-Age=0");
        assert_eq!(cookies.encode(), "node=c");
        cookies.set("node=; expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(cookies.encode(), "");
    }

    #[test]
    fn cookies_are_bounded() {
        let mut cookies = Cookies::default();
        cookies.set(&format!("large={}", "x".repeat(MAX_COOKIE_BYTES)));
        for n in 0..2 * MAX_COOKIES {
            cookies.set(&format!("c{n}=1"));
        }
        assert_eq!(cookies.0.len(), MAX_COOKIES);
        assert_eq!(cookies.0[0].0, "c0");
    }

    #[test]
    fn there_is_one_line_of_cookies() {
        let headers = [("Cookie".to_owned(), "own=1".to_owned()), ("X-A".to_owned(), "b".to_owned())];
        let lines = |headers, cookies| {
            let merged: Vec<_> =
                merge(headers, cookies).iter().map(|(name, value)| format!("{name}: {value}")).collect();
            merged.join(", ")
        };
        assert_eq!(lines(&headers, ""), "Cookie: own=1, X-A: b");
        assert_eq!(lines(&headers, "node=a"), "Cookie: own=1; node=a, X-A: b");
        assert_eq!(lines(&[], "node=a"), "cookie: node=a");
    }
}
