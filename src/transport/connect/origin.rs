//! A server: its address, a byte stream to it, and the headers of every request.

use std::fmt;

use tokio::{net::TcpStream, try_join};

use super::{EndpointOptions, Stream, address::Address, headers, proxy::ProxyOptions, tcp};
use crate::{
    transport::{
        error::{DialError, OptionError},
        tls::Tls,
    },
    vocabulary::Protocol,
};

/// The name of HTTP/2 in a TLS handshake (ALPN).
const HTTP_2: &[u8] = b"h2";
/// The name of HTTP/1.1 there.
pub(in crate::transport) const HTTP_1: &[u8] = b"http/1.1";

/// A server whose options have been checked.
pub struct Origin {
    address: Address,
    headers: Vec<(String, String)>,
    tls: Option<Tls>,
    proxy: Option<ProxyOptions>,
}

impl Origin {
    /// A server for HTTP requests: HTTP/2 if it offers that over TLS, else HTTP/1.1.
    ///
    /// # Errors
    /// Names the first option that cannot be used.
    pub fn http(options: EndpointOptions) -> Result<Self, OptionError> {
        Self::new(options, &[HTTP_2, HTTP_1])
    }

    pub(in crate::transport) fn new(
        mut options: EndpointOptions,
        protocols: &'static [&'static [u8]],
    ) -> Result<Self, OptionError> {
        let address = Address::parse(&options.url)?;
        let tls = Some(Tls::new(&options.tls, &address.host, protocols)?).filter(|_| address.secure);
        let proxy = options.proxy.take();
        let headers = headers::of(options)?;
        Ok(Self { address, headers, tls, proxy })
    }

    /// Resolves and connects. The flag says whether both sides agreed on HTTP/2. Dropping the
    /// future ends the attempt.
    ///
    /// # Errors
    /// Names the layer that failed, and why.
    pub async fn connect(&self) -> Result<(Box<dyn Stream>, bool), DialError> {
        let Some(tls) = &self.tls else { return Ok((Box::new(self.connect_tcp().await?), false)) };
        // The roots of TLS are loaded while TCP connects.
        let ((), tcp) = try_join!(tls.prepare(), self.connect_tcp())?;
        let stream = tls.connect(tcp).await?;
        let http_2 = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
        Ok((Box::new(stream), http_2))
    }

    async fn connect_tcp(&self) -> Result<TcpStream, DialError> {
        let (host, port) = (self.address.host.as_str(), self.address.port);
        match &self.proxy {
            Some(proxy) => proxy.connect(host, port).await,
            None => tcp::connect(host, port).await,
        }
    }

    /// Whether it uses TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// `host` or `host:port`, as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.address.authority
    }

    /// The path of the url, without a slash at its end.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.address.prefix
    }

    /// The headers of every request, without the token.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Whether `url`, which is absolute, is on this server. `None` if it is not an address.
    #[must_use]
    pub fn holds(&self, url: &str) -> Option<bool> {
        let base = url.split(['?', '#']).next().unwrap_or_default();
        let Address { secure, authority, .. } = Address::parse(base).ok()?;
        Some(secure == self.address.secure && authority == self.address.authority)
    }

    /// Whether `authority`, a host with or without a port, names this host.
    pub(in crate::transport) fn has_host(&self, authority: &str) -> bool {
        Address::parse(&format!("http://{authority}")).is_ok_and(|address| address.host == self.address.host)
    }

    /// The URL of a target on this server, without its query.
    pub(in crate::transport) fn url_of(&self, target: &str) -> String {
        let scheme = if self.is_secure() { "https" } else { "http" };
        let path = target.split('?').next().unwrap_or_default();
        format!("{scheme}://{}{path}", self.authority())
    }

    pub(in crate::transport) fn upgrade_target(
        &self,
        protocol: Protocol,
        path: Option<&str>,
    ) -> Result<String, OptionError> {
        self.address.upgrade_target(protocol, path)
    }

    pub(in crate::transport) fn polling_target(&self, path: Option<&str>) -> Result<String, OptionError> {
        self.address.polling_target(path)
    }
}

/// Omits the headers, since those of the user may hold secrets, and the proxy, which may hold a
/// password.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("address", &self.address).finish_non_exhaustive()
    }
}
