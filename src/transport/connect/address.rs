//! The address of a server: the `url` and `path` options, parsed once.
//!
//! `https` means TLS, for sockets and REST alike. The prefix of the url precedes the platform's own
//! paths. Anything that an address cannot hold is rejected. No error repeats the url, since people
//! put passwords into it.

use std::{net::Ipv6Addr, num::NonZeroU16};

use http::Uri;

use crate::{
    transport::error::OptionError,
    vocabulary::{Protocol, SOCKET_IO_PATH, WS_PATH},
};

/// These select the transport of Engine.IO 4, <https://socket.io/docs/v4/engine-io-protocol/>.
const WEBSOCKET_QUERY: &str = "?EIO=4&transport=websocket";
const POLLING_QUERY: &str = "?EIO=4&transport=polling";

/// A parsed address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Whether to use TLS.
    pub(super) secure: bool,
    /// The host name or IP address. An IPv6 address has no brackets.
    pub(super) host: String,
    /// The port. The default depends on the scheme.
    pub(super) port: u16,
    /// The value of the `Host` header: an IPv6 address in brackets, and the port unless it is the
    /// default.
    pub(super) authority: String,
    /// The path of the url, without a slash at its end.
    pub(super) prefix: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, OptionError> {
        let (secure, authority, prefix) = split(url)?;
        let (host, port) = authority_parts(&authority)?;
        let default_port = if secure { 443 } else { 80 };
        let port = port.unwrap_or(default_port);
        let mut authority = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        if port != default_port {
            authority = format!("{authority}:{port}");
        }
        Ok(Self { secure, host, port, authority, prefix })
    }

    /// The path and query of the upgrade request.
    pub(super) fn upgrade_target(&self, protocol: Protocol, path: Option<&str>) -> Result<String, OptionError> {
        match protocol {
            Protocol::SocketIo => Ok(self.socket_io_path(path)? + WEBSOCKET_QUERY),
            Protocol::Ws => path.map_or_else(|| Ok(format!("{}{WS_PATH}", self.prefix)), checked_path),
        }
    }

    /// The path and query of the requests of long-polling.
    pub(super) fn polling_target(&self, path: Option<&str>) -> Result<String, OptionError> {
        Ok(self.socket_io_path(path)? + POLLING_QUERY)
    }

    fn socket_io_path(&self, path: Option<&str>) -> Result<String, OptionError> {
        path.map_or_else(|| Ok(format!("{}{SOCKET_IO_PATH}", self.prefix)), checked_path)
    }
}

/// Turns the target of long-polling into the target of a WebSocket for the same session.
pub(in crate::transport) fn over_websocket(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameters: Vec<_> = query
        .split('&')
        .map(|parameter| if parameter.starts_with("transport=") { "transport=websocket" } else { parameter })
        .collect();
    format!("{path}?{}", parameters.join("&"))
}

fn invalid(problem: &str) -> OptionError {
    let expected = "an address such as \"https://realtime.example.com\" or \"http://localhost:3000/prefix\"";
    OptionError::new("url", format!("url must be {expected}: {problem}"))
}

/// Whether it uses TLS, the authority, and the prefix without a slash at its end.
fn split(url: &str) -> Result<(bool, String, String), OptionError> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let secure = match scheme.as_deref() {
        Some("http") => false,
        Some("https") => true,
        Some("ws") => return Err(invalid("write http:// instead of ws://")),
        Some("wss") => return Err(invalid("write https:// instead of wss://")),
        _ => return Err(invalid("it must start with http:// or https://")),
    };
    if url.contains(['?', '#']) {
        return Err(invalid("it must not have a query or fragment"));
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("spaces and letters outside ASCII must be percent-encoded, host names in their xn-- form"));
    }
    let uri: Uri = url.parse().map_err(|error| invalid(&format!("{error}")))?;
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    Ok((secure, authority, uri.path().trim_end_matches('/').to_owned()))
}

/// The host without brackets, and the port if there is one.
fn authority_parts(authority: &str) -> Result<(String, Option<u16>), OptionError> {
    if authority.contains('@') {
        return Err(invalid("it must not have a user name or password; use the token option to authenticate"));
    }
    let (host, port) = if let Some((host, port)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let host: Ipv6Addr = host.parse().map_err(|_| invalid("its IPv6 address is malformed"))?;
        (host.to_string(), port)
    } else {
        let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        (host.to_ascii_lowercase(), port)
    };
    if host.is_empty() {
        return Err(invalid("it has no host"));
    }
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let port: Option<NonZeroU16> = digits.and_then(|digits| digits.parse().ok());
    match port {
        Some(port) => Ok((host, Some(port.get()))),
        None => Err(invalid("its port must be a number from 1 to 65535")),
    }
}

fn checked_path(path: &str) -> Result<String, OptionError> {
    let fits = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte));
    if fits {
        Ok(path.to_owned())
    } else {
        let expected = "start with \"/\" and must not have a query, fragment, space or letter outside ASCII";
        Err(OptionError::new("path", format!("path must {expected}, like \"/realtime/socket.io/\"")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url).unwrap()
    }

    #[test]
    fn scheme_host_and_port_are_parsed() {
        for (url, secure, host, port, authority) in [
            ("http://localhost:3000", false, "localhost", 3000, "localhost:3000"),
            ("http://Example.COM", false, "example.com", 80, "example.com"),
            ("HTTPS://example.com/", true, "example.com", 443, "example.com"),
            ("https://example.com:443", true, "example.com", 443, "example.com"),
            ("https://example.com:80", true, "example.com", 80, "example.com:80"),
            ("http://127.0.0.1:1", false, "127.0.0.1", 1, "127.0.0.1:1"),
            ("http://[::1]:3000", false, "::1", 3000, "[::1]:3000"),
            ("https://[2001:DB8::1]", true, "2001:db8::1", 443, "[2001:db8::1]"),
        ] {
            let address = parse(url);
            assert_eq!((address.secure, address.host.as_str(), address.port), (secure, host, port), "{url}");
            assert_eq!(address.authority, authority, "{url}");
        }
    }

    #[test]
    fn prefix_and_path_make_the_target() {
        for (url, protocol, path, target) in [
            ("http://h", Protocol::Ws, None, "/ws"),
            ("http://h/", Protocol::Ws, None, "/ws"),
            ("http://h/a/b/", Protocol::Ws, None, "/a/b/ws"),
            ("http://h", Protocol::SocketIo, None, "/socket.io/?EIO=4&transport=websocket"),
            ("http://h/a", Protocol::SocketIo, None, "/a/socket.io/?EIO=4&transport=websocket"),
            ("http://h/a", Protocol::Ws, Some("/other"), "/other"),
            ("http://h/a", Protocol::SocketIo, Some("/other"), "/other?EIO=4&transport=websocket"),
            ("http://h/a", Protocol::SocketIo, Some("/other/"), "/other/?EIO=4&transport=websocket"),
        ] {
            assert_eq!(parse(url).upgrade_target(protocol, path).unwrap(), target, "{url} {path:?}");
        }
    }

    #[test]
    fn a_session_has_the_same_target_over_either_transport() {
        let polling = parse("http://h").polling_target(None).unwrap();
        let websocket = parse("http://h").upgrade_target(Protocol::SocketIo, None).unwrap();
        assert_eq!(over_websocket(&polling), websocket);
        let session = "/transport=polling/?a=1&transport=polling&sid=transport=polling";
        assert_eq!(over_websocket(session), "/transport=polling/?a=1&transport=websocket&sid=transport=polling");
    }

    #[test]
    fn an_invalid_address_is_rejected_without_repeating_it() {
        for (url, problem) in [
            ("", "start with http"),
            ("localhost:3000", "start with http"),
            ("ftp://hostname", "start with http"),
            ("ws://hostname", "instead of ws://"),
            ("wss://hostname", "instead of wss://"),
            ("http://", "empty"),
            ("http://:80", "no host"),
            ("http://user:secret@hostname", "not have a user name or password"),
            ("http://hostname?token=secret", "not have a query"),
            ("http://hostname/#top", "not have a query"),
            ("http://hostname:", "port"),
            ("http://hostname:0", "port"),
            ("http://hostname:65536", "port"),
            ("http://hostname:+80", "port"),
            ("http://[::1", "invalid"),
            ("http://[fe80::1%25eth0]", "IPv6"),
            ("http://[::1]x", "port"),
            ("http://b\u{fc}cher", "ASCII"),
            ("http://hostname/a b", "ASCII"),
            ("http://hostname/\r\nX-Evil: 1", "ASCII"),
        ] {
            let error = Address::parse(url).expect_err(url);
            assert_eq!(error.option, "url");
            assert!(error.message.contains(problem), "{url}: {error}");
            assert!(!error.message.contains("secret") && !error.message.contains("hostname"), "{error}");
        }
        for path in ["", "ws", "/a?b", "/a#b", "/a b", "/a\r\nX-Evil: 1"] {
            assert_eq!(parse("http://h").upgrade_target(Protocol::Ws, Some(path)).expect_err(path).option, "path");
        }
    }
}
