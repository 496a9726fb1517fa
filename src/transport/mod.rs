//! Messages in, messages out: everything between an [`Endpoint`] and the socket, without the
//! meaning of the messages. REST takes its byte streams from here, too: from an [`Origin`].
//!
//! An `Endpoint` is built from options once and dialled as often as the session needs. A dial makes
//! a [`Link`], which is polled, so that one task reads and writes it at the same time. The session
//! measures time, with exceptions that belong to TCP and HTTP: when to race another address, how
//! long to wait for the body of a refusal, and when a silent WebSocket is replaced by long-polling.
//! Dropping a `dial` or a `Link` closes its sockets.
//!
//! ```text
//! dialer      makes a link: which transport first, and the fallback     transport_preference
//! link        a WebSocket or long-polling under one interface           message   what it carries
//! websocket   a WebSocket: the upgrade, its frames, its buffers
//! polling     a session over HTTP requests, and its way to a WebSocket
//! redirect    redirects within the server
//! http        the meaning of HTTP answers, whatever request they answer
//! connect     byte streams to a server: options, addresses, DNS, TCP, proxy
//! tls         TLS over such a stream                                    buffer_pool   for reading
//! error       why an option, a dial or a connection fails
//! ```
//!
//! Knowledge runs one way: `error, http <- tls <- connect <- redirect <- websocket <- polling <-
//! link <- dialer`.

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
    connect::{Compression, EndpointOptions, Origin, ProxyOptions, Stream, Transports},
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

/// A server that can be dialled.
pub struct Endpoint {
    dialer: Dialer,
}

impl Endpoint {
    /// Checks the options.
    ///
    /// # Errors
    /// Names the first option that cannot be used.
    pub fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        Ok(Self { dialer: Dialer::new(options)? })
    }

    /// Opens a WebSocket or a session over long-polling with this token. The caller limits its
    /// time: dropping the future ends the dial.
    ///
    /// # Errors
    /// Names the layer that failed, and why.
    pub async fn dial(&self, token: &Token) -> Result<Link, DialError> {
        self.dialer.dial(token).await
    }

    /// `host` or `host:port`, as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.dialer.origin().authority()
    }

    /// The URL of the handshake, without its query.
    #[must_use]
    pub fn url(&self) -> &str {
        self.dialer.url()
    }
}

/// Omits the headers, since those of the user may hold secrets.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("origin", self.dialer.origin()).finish_non_exhaustive()
    }
}

/// Reads an answer to an upgrade request. For fuzzers: the answer never has the right key.
///
/// # Errors
/// As [`Endpoint::dial`].
#[doc(hidden)]
pub async fn read_upgrade(answer: &[u8]) -> Result<(), DialError> {
    let mut stream = tokio::io::join(answer, tokio::io::sink());
    match upgrade::perform(&mut stream, "", None).await? {
        upgrade::Answer::Upgraded { .. } => Ok(()),
        upgrade::Answer::Redirected { status, .. } => {
            Err(DialError::new(DialErrorKind::Redirected { status }, "redirected"))
        }
    }
}

/// Reads the messages in these bytes, and how they end. For fuzzers: the bytes arrive in three
/// pieces, cut at the two places.
#[doc(hidden)]
#[must_use]
pub fn read_messages(bytes: &[u8], places: [usize; 2]) -> (Vec<Frame>, Lost) {
    read_all(bytes, places, MAX_MESSAGE_BYTES, |_| {})
}

/// As [`read_messages`], from a server that has answered an offer of compression with these
/// extensions. Messages may have at most `max_bytes`.
///
/// # Errors
/// How the answer violates the offer.
#[doc(hidden)]
pub fn read_compressed_messages(
    extensions: &str,
    bytes: &[u8],
    places: [usize; 2],
    max_bytes: usize,
) -> Result<(Vec<Frame>, Lost), &'static str> {
    let offer = Compression { threshold: 0, max_window_bits: 15 };
    let agreement = websocket::Agreement::parse(extensions.split(',').map(str::trim), Some(&offer))?;
    Ok(read_all(bytes, places, max_bytes, |socket| {
        if let Some(agreement) = agreement {
            socket.compress(agreement, 0);
        }
    }))
}

fn read_all(
    bytes: &[u8],
    places: [usize; 2],
    max_bytes: usize,
    prepare: impl FnOnce(&mut WebSocket),
) -> (Vec<Frame>, Lost) {
    let (bytes, last) = bytes.split_at(places[1].min(bytes.len()));
    let (first, middle) = bytes.split_at(places[0].min(bytes.len()));
    let rest = AsyncReadExt::chain(io::Cursor::new(middle.to_vec()), io::Cursor::new(last.to_vec()));
    let mut socket = WebSocket::new(Box::new(tokio::io::join(rest, tokio::io::sink())), first.to_vec(), max_bytes);
    prepare(&mut socket);
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
