//! An HTTP proxy: a `CONNECT` request opens a tunnel to the server, RFC 9110 section 9.3.6. Plain
//! `http` uses the tunnel, too, because a WebSocket needs it anyway.

use tokio::net::TcpStream;

use super::tcp;
use crate::transport::{
    error::{DialError, DialErrorKind},
    http::head::Head,
};

/// A proxy that is reached over HTTP without TLS. It has no `Debug`, since it may hold a password.
pub struct ProxyOptions {
    /// Its name or IP address. An IPv6 address has no brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<String>,
}

impl ProxyOptions {
    /// Opens a stream to a server through the proxy. Dropping the future ends the attempt.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let mut stream =
            tcp::connect(&self.host, self.port).await.map_err(|DialError { reason, source, .. }| {
                let error = self.failed(None, format_args!("cannot be reached: {reason}"));
                DialError { source, ..error }
            })?;
        let target = authority(host, port);
        let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(authorization) = &self.authorization {
            head.push_str("Proxy-Authorization: ");
            head.push_str(authorization);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        let (answer, rest) = Head::ask(&mut stream, &head).await.map_err(|error| match error.kind {
            DialErrorKind::Network => {
                DialError { source: error.source, ..self.failed(None, "closed the connection before it answered") }
            }
            _ => self.failed(None, "does not answer in HTTP. Check its port, and that it is an HTTP proxy"),
        })?;
        match answer.status {
            200..300 if rest.is_empty() => Ok(stream),
            200..300 => Err(self.failed(None, "sent more than its answer")),
            status => Err(self.failed(Some(status), format_args!("answered HTTP {status}"))),
        }
    }

    fn failed(&self, status: Option<u16>, problem: impl std::fmt::Display) -> DialError {
        let proxy = authority(&self.host, self.port);
        DialError::new(DialErrorKind::Proxy { status }, format!("the proxy {proxy} {problem}"))
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
