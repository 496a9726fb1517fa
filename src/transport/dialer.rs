//! Makes a [`Link`]: chooses which transport to try first, and falls back to the other one.
//!
//! A proxy without WebSocket support answers the upgrade itself, forwards it as an ordinary
//! request, cuts the connection, or lets it hang. In each of these cases the dialer tries the other
//! transport within the same dial. What the server itself answers (401, 429, 503, a TLS alert) is
//! final.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{
    connect::{EndpointOptions, HTTP_1, Origin, Stream, Transports},
    error::{DialError, DialErrorKind, Lost, OptionError},
    http::{cookies::Cookies, status::is_platform_error},
    link::{Link, Transport},
    polling::{Polling, Prober},
    transport_preference::TransportPreference,
    websocket::{WebSocket, WebSocketDialer},
};
use crate::{token::Token, vocabulary::Protocol};

/// How long a WebSocket may take, from the request to the first message, when there is a fallback.
const WEBSOCKET_TIMEOUT: Duration = Duration::from_secs(5);

/// Dials one endpoint.
pub(super) struct Dialer {
    websockets: Arc<WebSocketDialer>,
    transports: Transports,
    websocket_target: String,
    polling_target: String,
    /// The URL of the handshake without its query, for errors.
    url: String,
    max_message_bytes: usize,
    preference: Arc<TransportPreference>,
}

impl Dialer {
    pub(super) fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        let EndpointOptions { protocol, transports, max_message_bytes, compression, .. } = options;
        let path = options.path.clone();
        let origin = Arc::new(Origin::new(options, &[HTTP_1])?);
        let path = path.as_deref();
        let websocket_target = origin.upgrade_target(protocol, path)?;
        let url = origin.url_of(&websocket_target);
        let (transports, polling_target) = match protocol {
            Protocol::SocketIo => (transports, origin.polling_target(path)?),
            Protocol::Ws => (Transports::WebSocket, String::new()),
        };
        let websockets = Arc::new(WebSocketDialer::new(origin, max_message_bytes, compression));
        let preference = Arc::default();
        Ok(Self { websockets, transports, websocket_target, polling_target, url, max_message_bytes, preference })
    }

    pub(super) fn origin(&self) -> &Arc<Origin> {
        self.websockets.origin()
    }

    /// The URL of the handshake, without its query.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn dial(&self, token: &Token) -> Result<Link, DialError> {
        let (stream, _) = self.origin().connect().await?;
        let (first, second) = match self.transports {
            Transports::WebSocket => return self.open_websocket(stream, token).await.map(Link::from),
            Transports::Polling => return self.open_polling(stream, token).await.map(Link::from),
            Transports::Either if self.preference.prefers_polling() => (Transport::Polling, Transport::WebSocket),
            Transports::Either => (Transport::WebSocket, Transport::Polling),
        };
        let refusal = match self.attempt(first, stream, token).await {
            Err(refusal) if may_come_from_proxy(&refusal) => refusal,
            outcome => return outcome,
        };
        let (stream, _) = self.origin().connect().await?;
        self.attempt(second, stream, token).await.map_err(|error| {
            let (mut reported, other) = if rules_out_transport(&error) { (refusal, error) } else { (error, refusal) };
            reported.source.get_or_insert_with(|| format!("the other transport failed, too: {other}"));
            reported
        })
    }

    /// Tries one of two transports. The next dial starts with the other one unless this one works:
    /// the preference changes before the attempt, since a caller may drop an attempt that hangs.
    async fn attempt(&self, transport: Transport, stream: Box<dyn Stream>, token: &Token) -> Result<Link, DialError> {
        let outcome = match transport {
            Transport::Polling => {
                self.preference.prefer_websocket();
                self.open_polling(stream, token).await.map(Link::from)
            }
            Transport::WebSocket => {
                self.preference.prefer_polling();
                let proven = timeout(WEBSOCKET_TIMEOUT, self.open_proven_websocket(stream, token)).await;
                let overdue =
                    || DialError::network(format!("no WebSocket within {} ms", WEBSOCKET_TIMEOUT.as_millis()));
                proven.unwrap_or_else(|_elapsed| Err(overdue())).map(Link::from)
            }
        };
        match &outcome {
            Ok(Link::WebSocket(_)) => self.preference.record_websocket_success(),
            Ok(Link::Polling(_)) => self.preference.prefer_polling(),
            // Neither transport is at fault.
            Err(error) if !may_come_from_proxy(error) => self.preference.prefer_websocket(),
            Err(_) => {}
        }
        outcome
    }

    async fn open_polling(&self, stream: Box<dyn Stream>, token: &Token) -> Result<Polling, DialError> {
        let prober = (self.transports == Transports::Either)
            .then(|| Prober::new(self.websockets.clone(), self.preference.clone(), WEBSOCKET_TIMEOUT));
        let origin = self.origin().clone();
        Polling::open(origin, prober, &self.polling_target, stream, token.clone(), self.max_message_bytes).await
    }

    async fn open_websocket(&self, stream: Box<dyn Stream>, token: &Token) -> Result<WebSocket, DialError> {
        self.websockets.upgrade(stream, &self.websocket_target, Cookies::default(), token).await
    }

    /// Opens a WebSocket and waits for the server's first message: some proxies let the upgrade
    /// through and nothing after it.
    async fn open_proven_websocket(&self, stream: Box<dyn Stream>, token: &Token) -> Result<WebSocket, DialError> {
        let mut socket = self.open_websocket(stream, token).await?;
        socket.await_first_message().await.map_err(|lost| match lost {
            Lost::Closed { .. } | Lost::Network(_) | Lost::CutOff(_) => DialError::network(lost.to_string()),
            Lost::TooLarge { .. } | Lost::Protocol(_) => DialError::protocol(lost),
        })?;
        Ok(socket)
    }
}

/// Whether a proxy may have caused a failure, so that the other transport may get through.
fn may_come_from_proxy(error: &DialError) -> bool {
    match &error.kind {
        DialErrorKind::Network => true,
        DialErrorKind::Refused { status, body, .. } => match status {
            200..300 | 400 | 404 | 405 | 426 | 500 | 501 | 502 => true,
            // The platform gives its reason as JSON.
            403 => !is_platform_error(body),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a failure says that this transport does not exist there, and nothing about the server's
/// health.
fn rules_out_transport(error: &DialError) -> bool {
    matches!(&error.kind, DialErrorKind::Refused { status: 400 | 404 | 405 | 426 | 501 | 200..300, .. })
}
