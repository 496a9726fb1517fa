//! Frames in, frames out: everything between an [`Endpoint`] and the socket, and nothing of what the frames say.
//! Below it an [`Origin`], from which REST has its byte streams too.
//!
//! An `Endpoint` is made of options once and dialled as often as the session wants. What it dials is a [`Link`], which
//! is polled, so that one task reads and writes it at the same time. Time is not measured here, with exceptions that
//! belong to TCP and HTTP: when to race another address, when to give up on the body of a refusal, and when a WebSocket
//! that does not answer is given up for long-polling. Dropping a `dial` or a `Link` closes its sockets.
//!
//! ```text
//! link        a WebSocket or long-polling, under one interface
//! route       how a link is made: which transport first, what to do when it is refused
//! memory      which transport worked last
//! websocket   an open WebSocket         upgrade  how it is asked for    frames  its bytes     inflow, outgoing  its buffers
//! polling     a session over HTTP       payload  packets in a body    lane, exchange  its requests    pace    cookies
//! head, refusal, redirect, keep_alive   what an answer of HTTP means, whatever it is the answer to
//! origin      byte streams to the server, of    proxy, tcp, tls         resolver  the addresses of a host
//! ```

use std::{
    fmt, io,
    ops::ControlFlow,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

mod address;
mod body_text;
mod cookies;
mod error;
mod exchange;
mod frames;
mod gulps;
mod head;
mod headers;
mod inflow;
mod keep_alive;
mod lane;
mod link;
mod memory;
mod message;
mod opening;
mod origin;
mod outgoing;
mod pace;
mod payload;
mod polling;
mod proxy;
mod random;
mod redirect;
mod refusal;
mod request;
mod resolver;
mod retry_after;
mod room;
mod route;
mod status;
mod tcp;
mod tls;
mod upgrade;
mod websocket;

use self::route::Route;

pub use self::body_text::{content_encoding, html_page, start_of};
pub use self::error::{DialError, DialErrorKind, Lost, OptionError};
pub use self::keep_alive::reuse_for;
pub use self::link::{Link, Transport};
pub use self::message::{Frame, Message};
pub use self::origin::Origin;
pub use self::polling::Polling;
pub use self::proxy::ProxyOptions;
pub use self::redirect::{MAX_REDIRECTS, follow, path_and_query};
pub use self::retry_after::retry_after;
pub use self::status::{is_platform_error, is_transient, leaves_write_uncertain};
pub use self::tls::TlsOptions;
pub use self::websocket::WebSocket;
pub use crate::protocol::MAX_MESSAGE_BYTES;
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
    /// What may carry Socket.IO. The plain interface is always a WebSocket.
    pub transports: Transports,
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
    /// The proxy to go through.
    pub proxy: Option<ProxyOptions>,
    /// How large a message of the server may be, whole or in fragments. [`MAX_MESSAGE_BYTES`] is
    /// the default.
    pub max_message_bytes: usize,
}

/// What may carry Socket.IO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transports {
    /// A WebSocket, or no connection.
    WebSocket,
    /// HTTP long-polling, never a WebSocket.
    Polling,
    /// A WebSocket where it works, else long-polling.
    #[default]
    Either,
}

#[cfg(test)]
impl EndpointOptions {
    /// The least that makes sense.
    fn to(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            protocol: Protocol::Ws,
            transports: Transports::default(),
            path: None,
            headers: Vec::new(),
            application_id: None,
            environment: None,
            tls: TlsOptions::default(),
            proxy: None,
            max_message_bytes: MAX_MESSAGE_BYTES,
        }
    }
}

/// A server that can be dialled: options that were understood.
pub struct Endpoint {
    route: Arc<Route>,
}

impl Endpoint {
    /// Understands the options.
    ///
    /// # Errors
    /// The first option that cannot be used, by its name.
    pub fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        Ok(Self { route: Arc::new(Route::new(options)?) })
    }

    /// Resolves, connects, and asks with this token for a WebSocket, or for a session of long-polling where that is the
    /// way. How long it may take is the caller's business: dropping the future ends it.
    ///
    /// # Errors
    /// The layer that failed, and why.
    pub async fn dial(&self, token: &Token) -> Result<Link, DialError> {
        self.route.dial(token).await
    }

    /// `host` or `host:port`, as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.route.origin.authority()
    }
}

/// Without the headers, the user's of which may hold secrets.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("origin", &self.route.origin).finish_non_exhaustive()
    }
}

/// What the answer to an upgrade comes to, for those who try what a peer could send: the key is never the right one.
///
/// # Errors
/// As [`Endpoint::dial`].
#[doc(hidden)]
pub async fn read_upgrade(answer: &[u8]) -> Result<(), DialError> {
    let mut stream = tokio::io::join(answer, tokio::io::sink());
    match upgrade::perform(&mut stream, "").await? {
        upgrade::Answer::Upgraded(_) => Ok(()),
        upgrade::Answer::Redirected { status, .. } => {
            Err(DialError::new(DialErrorKind::Redirected { status }, "redirected"))
        }
    }
}

/// The messages in these bytes and how they end, for those who try what a peer could send. The bytes come in pieces: up to
/// each of the two places, and the rest.
#[doc(hidden)]
#[must_use]
pub fn read_messages(bytes: &[u8], places: [usize; 2]) -> (Vec<Frame>, Lost) {
    let (bytes, last) = bytes.split_at(places[1].min(bytes.len()));
    let (first, middle) = bytes.split_at(places[0].min(bytes.len()));
    let rest = AsyncReadExt::chain(io::Cursor::new(middle.to_vec()), io::Cursor::new(last.to_vec()));
    let mut socket =
        WebSocket::new(Box::new(tokio::io::join(rest, tokio::io::sink())), first.to_vec(), MAX_MESSAGE_BYTES);
    let mut messages = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        let polled = socket.poll_messages(&mut cx, |message| {
            messages.push(message.into());
            ControlFlow::Continue(())
        });
        if let Poll::Ready(Err(lost)) = polled {
            return (messages, lost);
        }
    }
}
