//! HTTP redirects. The client follows them only within the server, so that the token goes nowhere
//! else: it follows a path, never an address. It repeats a write only if the status keeps the
//! method and the body.

use std::borrow::Cow;

use http::{HeaderMap, Method, header::LOCATION, uri::PathAndQuery};

use super::{
    connect::Origin,
    error::{DialError, DialErrorKind},
};

/// The most redirects to follow for one request.
pub const MAX_REDIRECTS: usize = 5;
/// How much of a location an error shows.
const MAX_SHOWN_BYTES: usize = 200;

/// Whether a status redirects the request.
pub(super) const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The target of a handshake request, and how often it was redirected.
pub(super) struct RedirectChain<'a> {
    origin: &'a Origin,
    /// The path and query.
    target: Cow<'a, str>,
    redirects: usize,
}

impl<'a> RedirectChain<'a> {
    pub(super) const fn new(origin: &'a Origin, target: &'a str) -> Self {
        Self { origin, target: Cow::Borrowed(target), redirects: 0 }
    }

    /// The path and query to request.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// The final target.
    pub(super) fn into_target(self) -> String {
        self.target.into_owned()
    }

    /// Follows the redirect of an answer with these headers.
    ///
    /// # Errors
    /// Why the redirect is not followed.
    pub(super) fn follow(&mut self, status: u16, method: &Method, headers: &HeaderMap) -> Result<(), DialError> {
        let refuse =
            |reason: String| DialError::new(DialErrorKind::Redirected { status }, format!("HTTP {status}, {reason}"));
        let from = path_and_query(&self.target).ok_or_else(|| refuse(UNUSABLE.to_owned()))?;
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let target = follow(self.origin, status, method, &from, location).map_err(refuse)?;
        self.redirects += 1;
        if self.redirects > MAX_REDIRECTS {
            return Err(refuse(format!("a redirect to {}, after {MAX_REDIRECTS} others", shown(target.path()))));
        }
        self.target = Cow::Owned(with_query(&target, from.query().unwrap_or_default()));
        Ok(())
    }
}

/// A target with the parameters of the original request. A `Location` often omits them, and without
/// them the handshake would be another one.
fn with_query(target: &PathAndQuery, parameters: &str) -> String {
    let named = target.query().unwrap_or_default();
    let name = |parameter: &str| parameter.split('=').next().unwrap_or_default().to_owned();
    let known: Vec<_> = named.split('&').map(name).collect();
    let missing = parameters.split('&').filter(|parameter| !known.contains(&name(parameter)));
    let all: Vec<_> = named.split('&').chain(missing).filter(|parameter| !parameter.is_empty()).collect();
    if all.is_empty() { target.path().to_owned() } else { format!("{}?{}", target.path(), all.join("&")) }
}

/// The target to request instead of `from`.
///
/// # Errors
/// Why the redirect is not followed.
pub fn follow(
    origin: &Origin,
    status: u16,
    method: &Method,
    from: &PathAndQuery,
    location: &str,
) -> Result<PathAndQuery, String> {
    if !is_redirect(status) {
        return Err("which is not a redirect that can be followed".to_owned());
    }
    let target = resolve(origin, from.path(), location)?;
    if *method != Method::GET && !matches!(status, 307 | 308) {
        return Err(format!("a redirect to {} that does not keep the method {method}", shown(target.path())));
    }
    Ok(target)
}

const UNUSABLE: &str = "a redirect without a usable Location";

fn resolve(origin: &Origin, from: &str, location: &str) -> Result<PathAndQuery, String> {
    let location = location.split('#').next().unwrap_or_default();
    let unusable = || UNUSABLE.to_owned();
    let absolute = match location.strip_prefix("//") {
        Some(rest) => Some(format!("{}://{rest}", if origin.is_secure() { "https" } else { "http" })),
        None => has_scheme(location).then(|| location.to_owned()),
    };
    let path = if let Some(url) = absolute {
        let (scheme, rest) = url.split_once("://").ok_or_else(unusable)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        match origin.holds(&format!("{}://{authority}", http_scheme(scheme))) {
            Some(true) if path.starts_with('/') => path.to_owned(),
            Some(true) => format!("/{path}"),
            Some(false) | None => return Err(elsewhere(origin, scheme, authority, path)),
        }
    } else if location.is_empty() {
        return Err(unusable());
    } else if location.starts_with('/') {
        location.to_owned()
    } else if location.starts_with('?') {
        format!("{from}{location}")
    } else {
        let folder = from.rfind('/').and_then(|slash| from.get(..=slash)).unwrap_or("/");
        format!("{folder}{location}")
    };
    // The dots may take what is unusable with them.
    let given = path_and_query(&path).ok_or_else(unusable)?;
    path_and_query(&without_dots(given.as_str())).ok_or_else(unusable)
}

/// Explains why a redirect away from the server is not followed. The text omits the query and the
/// user info.
fn elsewhere(origin: &Origin, scheme: &str, authority: &str, path: &str) -> String {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (written, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let scheme = http_scheme(&written);
    if !matches!(scheme.as_str(), "http" | "https") || host.is_empty() {
        return UNUSABLE.to_owned();
    }
    let path = path.split('?').next().unwrap_or_default();
    let location = format!("{written}://{host}{path}");
    let location = shown(&location);
    match (origin.is_secure(), scheme.as_str()) {
        (false, "https") if origin.has_host(&host) => {
            return format!("a redirect to {location}: write https:// in options.url");
        }
        (true, "http") if origin.has_host(&host) => {
            return format!("a redirect to {location}, which has no TLS and is not followed");
        }
        _ => {}
    }
    if authority.contains('@') && origin.holds(&format!("{scheme}://{host}")) == Some(true) {
        return format!("a redirect to {location} with a user name, which is not followed");
    }
    format!("a redirect to another server, {location}, which is not followed")
}

/// The HTTP scheme that `ws` and `wss` stand for, in lower case.
fn http_scheme(scheme: &str) -> String {
    match scheme.to_ascii_lowercase().as_str() {
        "ws" => "http".to_owned(),
        "wss" => "https".to_owned(),
        other => other.to_owned(),
    }
}

/// The start of a location.
fn shown(location: &str) -> &str {
    location.get(..location.floor_char_boundary(MAX_SHOWN_BYTES)).unwrap_or_default()
}

/// Parses a text without changing it: nothing is encoded, cut or repaired.
#[must_use]
pub fn path_and_query(text: &str) -> Option<PathAndQuery> {
    let fits = text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if fits { text.parse().ok() } else { None }
}

/// Whether a reference begins with a scheme, RFC 3986 section 3.1.
fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Resolves `.` and `..` in a path, RFC 3986 section 5.2.4.
fn without_dots(target: &str) -> String {
    let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") {
        kept.push("");
    }
    format!("/{}{query}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::EndpointOptions;

    fn follow_from_api(status: u16, method: &Method, location: &str) -> Result<String, String> {
        let options = EndpointOptions::to("http://Example.com:80/base");
        let origin = Origin::http(options).unwrap();
        follow(&origin, status, method, &"/base/api/a?x=1".parse().unwrap(), location).map(|target| target.to_string())
    }

    #[test]
    fn every_form_of_location_on_the_same_server_is_followed() {
        for (location, target) in [
            ("/other", "/other"),
            ("/.", "/"),
            ("/a/../other/.?y=/../2", "/other/?y=/../2"),
            ("http://example.com/a/./b", "/a/b"),
            ("/other?y=2#top", "/other?y=2"),
            ("http://example.com/other", "/other"),
            ("HTTP://EXAMPLE.COM:80/other", "/other"),
            ("http://example.com", "/"),
            ("http://example.com?y=2", "/?y=2"),
            ("//example.com/other", "/other"),
            ("ws://example.com/other", "/other"),
            ("b", "/base/api/b"),
            ("b?y=a/../b", "/base/api/b?y=a/../b"),
            ("../b/./c", "/base/b/c"),
            ("../../../..", "/"),
            ("?y=2", "/base/api/a?y=2"),
            ("a/b:c", "/base/api/a/b:c"),
        ] {
            assert_eq!(follow_from_api(302, &Method::GET, location).as_deref(), Ok(target), "{location}");
        }
    }

    #[test]
    fn another_server_is_named_and_not_followed() {
        for (location, named) in [
            ("http://other.example/a?token=1", "http://other.example/a"),
            ("http://user:pass@other.example/a/b#c", "http://other.example/a/b"),
            ("http://example.com:8080/a", "http://example.com:8080/a"),
            ("//Other.example", "http://other.example"),
            ("https://other.example/", "https://other.example/"),
            ("http://example.com.evil.example/", "http://example.com.evil.example/"),
            ("wss://other.example/a", "wss://other.example/a"),
        ] {
            let reason = follow_from_api(307, &Method::GET, location).unwrap_err();
            let expected = format!("a redirect to another server, {named}, which is not followed");
            assert_eq!(reason, expected, "{location}");
        }
        let long = format!("http://other.example/{}", "x".repeat(4000));
        assert!(follow_from_api(307, &Method::GET, &long).unwrap_err().len() < 400);
        let reason = follow_from_api(307, &Method::GET, "http://user:pass@example.com/a").unwrap_err();
        assert_eq!(reason, "a redirect to http://example.com/a with a user name, which is not followed");
        for location in ["", "#top", "http://", "http://user:pass@", "ftp://example.com/", "javascript:x", "mailto://x"]
        {
            let reason = follow_from_api(307, &Method::GET, location).unwrap_err();
            assert_eq!(reason, "a redirect without a usable Location", "{location}");
        }
        for location in ["/a b", ".. /..", "/a b/../c"] {
            assert_eq!(follow_from_api(302, &Method::GET, location), Err(UNUSABLE.to_owned()), "{location}");
        }
    }

    #[test]
    fn a_redirect_to_https_on_the_same_host_says_what_to_write() {
        for (location, named) in [
            ("https://example.com/a?token=1", "https://example.com/a"),
            ("HTTPS://EXAMPLE.COM:443/a", "https://example.com:443/a"),
            ("https://example.com:8443", "https://example.com:8443"),
            ("wss://example.com/a", "wss://example.com/a"),
        ] {
            let reason = follow_from_api(301, &Method::GET, location).unwrap_err();
            assert_eq!(reason, format!("a redirect to {named}: write https:// in options.url"), "{location}");
        }
    }

    #[test]
    fn a_handshake_keeps_its_query_and_ends_a_redirect_loop() {
        let origin = Origin::http(EndpointOptions::to("http://h")).unwrap();
        let go = |target: &str, location: &'static str| {
            let mut chain = RedirectChain::new(&origin, target);
            let headers = HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]);
            chain.follow(308, &Method::GET, &headers).map(|()| chain.into_target()).map_err(|error| error.reason)
        };
        let target = "/socket.io/?EIO=4&transport=polling&sid=a%20b";
        for (location, expected) in [
            ("/socket.io?EIO=4&transport=polling&sid=a%20b", "/socket.io?EIO=4&transport=polling&sid=a%20b"),
            ("/socket.io", "/socket.io?EIO=4&transport=polling&sid=a%20b"),
            ("/v2/?node=7&sid=a+b", "/v2/?node=7&sid=a+b&EIO=4&transport=polling"),
            ("?", "/socket.io/?EIO=4&transport=polling&sid=a%20b"),
        ] {
            assert_eq!(go(target, location).as_deref(), Ok(expected), "{location}");
        }
        assert_eq!(go("/ws", "/ws/").as_deref(), Ok("/ws/"));
        let reason = go(target, "https://h/socket.io/?token=1").unwrap_err();
        assert_eq!(reason, "HTTP 308, a redirect to https://h/socket.io/: write https:// in options.url");

        let mut chain = RedirectChain::new(&origin, "/ws");
        let headers = HeaderMap::from_iter([(LOCATION, "/ws?secret=1".parse().unwrap())]);
        for _ in 0..MAX_REDIRECTS {
            chain.follow(302, &Method::GET, &headers).unwrap();
        }
        let error = chain.follow(302, &Method::GET, &headers).unwrap_err();
        assert_eq!(error.kind, DialErrorKind::Redirected { status: 302 });
        assert_eq!(error.reason, "HTTP 302, a redirect to /ws, after 5 others");
        let error = chain.follow(302, &Method::GET, &HeaderMap::new()).unwrap_err();
        assert_eq!(error.reason, "HTTP 302, a redirect without a usable Location");
    }

    #[test]
    fn a_write_is_repeated_only_if_its_method_is_kept() {
        for (status, get, post) in [
            (301, true, false),
            (302, true, false),
            (303, true, false),
            (307, true, true),
            (308, true, true),
            (304, false, false),
        ] {
            assert_eq!(follow_from_api(status, &Method::GET, "/b").is_ok(), get, "{status}");
            assert_eq!(follow_from_api(status, &Method::POST, "/b").is_ok(), post, "{status}");
        }
    }
}
