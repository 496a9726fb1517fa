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
    task::{Context, Poll, Waker},
};

use tokio::io::AsyncReadExt;

mod buffer_pool;
mod connect;
mod dialer;
mod error;
mod http;
mod link;
mod message;
mod polling;
mod redirect;
mod tls;
mod transport_preference;
mod websocket;

use self::{dialer::Dialer, websocket::upgrade};
use crate::token::Token;

pub use self::{
    connect::{EndpointOptions, Origin, ProxyOptions, Stream, Transports},
    error::{DialError, DialErrorKind, Lost, OptionError},
    http::{
        body_text::{content_encoding, html_page, start_of},
        keep_alive::reuse_for,
        retry_after::retry_after,
        status::{is_platform_error, is_transient, leaves_write_uncertain},
    },
    link::{Link, Transport},
    message::{Frame, Message},
    polling::Polling,
    redirect::{MAX_REDIRECTS, follow, path_and_query},
    tls::TlsOptions,
    websocket::WebSocket,
};
pub use crate::{protocol::MAX_MESSAGE_BYTES, vocabulary::Protocol};

/// A server that can be dialled: options that were understood.
pub struct Endpoint {
    dialer: Dialer,
}

impl Endpoint {
    /// Understands the options.
    ///
    /// # Errors
    /// The first option that cannot be used, by its name.
    pub fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        Ok(Self { dialer: Dialer::new(options)? })
    }

    /// Resolves, connects, and asks with this token for a WebSocket, or for a session of long-polling where that is the
    /// way. How long it may take is the caller's business: dropping the future ends it.
    ///
    /// # Errors
    /// The layer that failed, and why.
    pub async fn dial(&self, token: &Token) -> Result<Link, DialError> {
        self.dialer.dial(token).await
    }

    /// `host` or `host:port`, as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.dialer.origin().authority()
    }
}

/// Without the headers, the user's of which may hold secrets.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("origin", self.dialer.origin()).finish_non_exhaustive()
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
