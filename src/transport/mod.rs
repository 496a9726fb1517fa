//! Frames in, frames out: everything between an [`Endpoint`] and the socket, and nothing of what the frames say.
//! Below it an [`Origin`], from which REST has its byte streams too.
//!
//! An `Endpoint` is made of options once and dialled as often as the session wants. What it dials is a [`Link`], which
//! is polled, so that one task reads and writes it at the same time. Time is not measured here, with two exceptions that
//! belong to TCP and HTTP: when to race another address, and when to give up on the body of a refusal. Dropping a `dial`
//! or a `Link` closes its socket.

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

mod address;
mod error;
mod headers;
mod meter;
mod origin;
mod request;
mod retry_after;
mod tcp;
mod tls;
mod trust;
mod upgrade;
mod websocket;

pub use self::error::{DialError, DialErrorKind, Lost, OptionError};
pub use self::origin::Origin;
pub use self::retry_after::retry_after;
pub use self::tls::TlsOptions;
pub use self::websocket::{Frame, Link, MAX_MESSAGE_BYTES};
use crate::token::Token;
pub use crate::vocabulary::Protocol;

/// A byte stream to a server, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Where to connect and in which scope, as the user said it.
pub struct EndpointOptions {
    /// `http(s)://host[:port][/prefix]`.
    pub url: String,
    /// Which of the two socket interfaces.
    pub protocol: Protocol,
    /// The path of that interface, in place of the default below the url's prefix.
    pub path: Option<String>,
    /// More headers for the upgrade request.
    pub headers: Vec<(String, String)>,
    /// Sent as a scoping header.
    pub application_id: Option<String>,
    /// Sent as a scoping header.
    pub environment: Option<String>,
    /// Whom to trust and who to be. Looked at for `http` too, so that a mistake shows before the url changes.
    pub tls: TlsOptions,
}

#[cfg(test)]
impl EndpointOptions {
    /// The least that makes sense.
    fn to(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            protocol: Protocol::Ws,
            path: None,
            headers: Vec::new(),
            application_id: None,
            environment: None,
            tls: TlsOptions::default(),
        }
    }
}

/// A server that can be dialled: options that were understood.
pub struct Endpoint {
    origin: Origin,
    head: String,
}

impl Endpoint {
    /// Understands the options.
    ///
    /// # Errors
    /// The first option that cannot be used, by its name.
    pub fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        let (protocol, path) = (options.protocol, options.path.clone());
        let origin = Origin::new(options, &[origin::HTTP_1])?;
        let head = request::encode_head(&origin, &origin.upgrade_target(protocol, path.as_deref())?);
        Ok(Self { origin, head })
    }

    /// Resolves, connects, and asks for the upgrade with this token. How long that may take is the caller's business: dropping the
    /// future ends it.
    ///
    /// # Errors
    /// The layer that failed, and why.
    pub async fn dial(&self, token: &Token) -> Result<Link, DialError> {
        let (mut stream, _) = self.origin.connect().await?;
        let first_frames = upgrade::perform(&mut stream, &request::with_token(&self.head, token)).await?;
        Ok(Link::new(stream, first_frames).await)
    }

    /// `host` or `host:port`, as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.origin.authority()
    }
}

/// Without the request's head: the user's headers may hold secrets.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What the answer to an upgrade comes to, for those who try what a peer could send: the key is never the right one.
///
/// # Errors
/// As [`Endpoint::dial`].
#[doc(hidden)]
pub async fn read_upgrade(answer: &[u8]) -> Result<(), DialError> {
    let mut stream = tokio::io::join(answer, tokio::io::sink());
    upgrade::perform(&mut stream, "").await.map(drop)
}
