//! Where an answer sends the request.
//!
//! Only within the server, so that the token goes nowhere else: what is followed is a path, never an address. A write is
//! sent again only where the status says that its method and body stay as they are.

use http::{Method, uri::PathAndQuery};

use super::origin::Origin;

/// How many redirects of one request are followed.
pub const MAX_REDIRECTS: usize = 5;

/// The target to ask in place of `from`.
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
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Err("which is no redirect to follow".to_owned());
    }
    let target = resolve(origin, from.path(), location)?;
    if *method != Method::GET && !matches!(status, 307 | 308) {
        return Err(format!("a redirect to {} that does not keep the method {method}", target.path()));
    }
    Ok(target)
}

fn resolve(origin: &Origin, from: &str, location: &str) -> Result<PathAndQuery, String> {
    let location = location.split('#').next().unwrap_or_default();
    let unusable = || "a redirect without a Location that can be used".to_owned();
    let absolute = match location.strip_prefix("//") {
        Some(rest) => Some(format!("{}://{rest}", if origin.is_secure() { "https" } else { "http" })),
        None => has_scheme(location).then(|| location.to_owned()),
    };
    let path = if let Some(url) = absolute {
        let (scheme, rest) = url.split_once("://").ok_or_else(unusable)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        match origin.holds(&format!("{scheme}://{authority}")) {
            Some(true) if path.starts_with('/') => path.to_owned(),
            Some(true) => format!("/{path}"),
            Some(false) => {
                return Err(format!("a redirect to another server, {scheme}://{authority}, which is not followed"));
            }
            None => return Err(unusable()),
        }
    } else if location.is_empty() {
        return Err(unusable());
    } else if location.starts_with('/') {
        location.to_owned()
    } else if location.starts_with('?') {
        format!("{from}{location}")
    } else {
        let folder = from.rfind('/').and_then(|slash| from.get(..=slash)).unwrap_or("/");
        without_dots(&format!("{folder}{location}"))
    };
    path_and_query(&path).ok_or_else(unusable)
}

/// The text as it is, or `None`: nothing is encoded, cut or mended here.
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

/// A path whose `.` and `..` are resolved, RFC 3986 section 5.2.4.
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
    use crate::transport::{EndpointOptions, Protocol, TlsOptions, Transports};

    fn follow_from_api(status: u16, method: &Method, location: &str) -> Result<String, String> {
        let options = EndpointOptions {
            url: "http://Example.com:80/base".to_owned(),
            protocol: Protocol::Ws,
            transports: Transports::default(),
            path: None,
            headers: Vec::new(),
            application_id: None,
            environment: None,
            tls: TlsOptions::default(),
            proxy: None,
        };
        let origin = Origin::http(options).unwrap();
        follow(&origin, status, method, &"/base/api/a?x=1".parse().unwrap(), location).map(|target| target.to_string())
    }

    #[test]
    fn every_form_of_a_place_on_the_same_server_is_followed() {
        for (location, target) in [
            ("/other", "/other"),
            ("/other?y=2#top", "/other?y=2"),
            ("http://example.com/other", "/other"),
            ("HTTP://EXAMPLE.COM:80/other", "/other"),
            ("http://example.com", "/"),
            ("http://example.com?y=2", "/?y=2"),
            ("//example.com/other", "/other"),
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
            ("http://other.example/a?token=1", "http://other.example"),
            ("https://example.com/a", "https://example.com"),
            ("http://example.com:8080/a", "http://example.com:8080"),
            ("//other.example/a", "http://other.example"),
            ("http://example.com.evil.example/", "http://example.com.evil.example"),
        ] {
            let reason = follow_from_api(307, &Method::GET, location).unwrap_err();
            assert_eq!(reason, format!("a redirect to another server, {named}, which is not followed"), "{location}");
        }
        for location in ["", "#top", "http://", "http://user:pass@example.com/", "ftp://example.com/", "javascript:x"] {
            let reason = follow_from_api(307, &Method::GET, location).unwrap_err();
            assert_eq!(reason, "a redirect without a Location that can be used", "{location}");
        }
        assert!(follow_from_api(302, &Method::GET, "/a b").is_err());
    }

    #[test]
    fn a_write_is_repeated_only_where_its_method_is_kept() {
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
