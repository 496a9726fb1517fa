//! How an endpoint is reached: by which transport first, and by which one when that is refused.
//!
//! A proxy without WebSocket support answers the upgrade itself, passes it on without what makes it one, cuts the
//! connection, or lets it hang. In each of these cases the other transport is tried at once, within the same dial. What
//! the server has to say (401, 429, 503, an end of TLS) is taken as its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use tokio::time::timeout;

use super::{
    connect::{EndpointOptions, HTTP_1, Origin, Stream, Transports, over_websocket},
    error::{DialError, DialErrorKind, Lost, OptionError},
    http::{cookies::Cookies, status::is_platform_error},
    link::{Link, Transport},
    message::Frame,
    polling::Polling,
    redirect::Course,
    transport_preference::Memory,
    websocket::{
        WebSocket,
        upgrade::{self, Answer},
        upgrade_request as request,
    },
};
use crate::{token::Token, vocabulary::Protocol};

/// How long a WebSocket may take, from the request to the first message, where there is another way.
const PATIENCE: Duration = Duration::from_secs(5);

/// An endpoint's ways.
pub(super) struct Route {
    pub(super) origin: Arc<Origin>,
    transports: Transports,
    websocket_target: String,
    polling_target: String,
    max_message_bytes: usize,
    memory: Memory,
}

impl Route {
    pub(super) fn new(options: EndpointOptions) -> Result<Self, OptionError> {
        let EndpointOptions { protocol, transports, max_message_bytes, .. } = options;
        let path = options.path.clone();
        let origin = Arc::new(Origin::new(options, &[HTTP_1])?);
        let path = path.as_deref();
        let websocket_target = origin.upgrade_target(protocol, path)?;
        let (transports, polling_target) = match protocol {
            Protocol::SocketIo => (transports, origin.polling_target(path)?),
            Protocol::Ws => (Transports::WebSocket, String::new()),
        };
        let memory = Memory::default();
        Ok(Self { origin, transports, websocket_target, polling_target, max_message_bytes, memory })
    }

    pub(super) async fn dial(self: &Arc<Self>, token: &Token) -> Result<Link, DialError> {
        let (stream, _) = self.origin.connect().await?;
        let (first, second) = match self.transports {
            Transports::WebSocket => return self.open_websocket(stream, token).await.map(Link::from),
            Transports::Polling => return self.poll(stream, token).await.map(Link::from),
            Transports::Either if self.memory.prefers_polling() => (Transport::Polling, Transport::WebSocket),
            Transports::Either => (Transport::WebSocket, Transport::Polling),
        };
        let refusal = match self.attempt(first, stream, token).await {
            Err(refusal) if may_be_a_proxy(&refusal) => refusal,
            outcome => return outcome,
        };
        let (stream, _) = self.origin.connect().await?;
        self.attempt(second, stream, token).await.map_err(|error| {
            let (mut told, other) = if is_final(&error) { (refusal, error) } else { (error, refusal) };
            told.source.get_or_insert_with(|| format!("the other transport failed, too: {other}"));
            told
        })
    }

    /// One of two ways.
    async fn attempt(
        self: &Arc<Self>,
        transport: Transport,
        stream: Box<dyn Stream>,
        token: &Token,
    ) -> Result<Link, DialError> {
        let outcome = match transport {
            Transport::Polling => {
                self.memory.doubt_polling();
                self.poll(stream, token).await.map(Link::from)
            }
            Transport::WebSocket => {
                self.memory.doubt_websocket();
                let proven = timeout(PATIENCE, self.upgrade_proven(stream, token)).await;
                let overdue = || DialError::network(format!("no WebSocket within {} ms", PATIENCE.as_millis()));
                proven.unwrap_or_else(|_elapsed| Err(overdue())).map(Link::from)
            }
        };
        match &outcome {
            Ok(Link::WebSocket(_)) => self.memory.websocket_works(),
            Ok(Link::Polling(_)) => self.memory.polling_works(),
            Err(error) if !may_be_a_proxy(error) => self.memory.doubt_polling(),
            Err(_) => {}
        }
        outcome
    }

    async fn poll(self: &Arc<Self>, stream: Box<dyn Stream>, token: &Token) -> Result<Polling, DialError> {
        Polling::open(self.clone(), &self.polling_target, stream, token.clone(), self.max_message_bytes).await
    }

    async fn open_websocket(&self, stream: Box<dyn Stream>, token: &Token) -> Result<WebSocket, DialError> {
        self.upgrade(stream, &self.websocket_target, Cookies::default(), token).await
    }

    /// Asks for a WebSocket with the cookies that the server has set. Follows redirects within the
    /// server.
    async fn upgrade(
        &self,
        mut stream: Box<dyn Stream>,
        target: &str,
        mut cookies: Cookies,
        token: &Token,
    ) -> Result<WebSocket, DialError> {
        let mut course = Course::new(&self.origin, target);
        loop {
            let head = request::encode_head(&self.origin, course.target(), &cookies.encode(), token);
            match upgrade::perform(&mut stream, &head).await? {
                Answer::Upgraded(first_frames) => {
                    return Ok(WebSocket::new(stream, first_frames, self.max_message_bytes));
                }
                Answer::Redirected { status, headers } => {
                    course.follow(status, &Method::GET, &headers)?;
                    cookies.store(&headers);
                }
            }
            (stream, _) = self.origin.connect().await?;
        }
    }

    /// The same, and the server's first message: there are proxies that let the upgrade through and nothing after it.
    async fn upgrade_proven(&self, stream: Box<dyn Stream>, token: &Token) -> Result<WebSocket, DialError> {
        let mut socket = self.open_websocket(stream, token).await?;
        socket.prove().await.map_err(|lost| match lost {
            Lost::Closed { .. } | Lost::Network(_) | Lost::CutOff(_) => DialError::network(lost.to_string()),
            Lost::TooLarge { .. } | Lost::Protocol(_) => DialError::protocol(lost),
        })?;
        Ok(socket)
    }

    /// When a session of long-polling may try a WebSocket; `None`: never.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        (self.transports == Transports::Either).then(|| self.memory.next_probe(Instant::now()))
    }

    /// Tries a WebSocket for the session of long-polling at a target, up to where the server has
    /// answered over it.
    pub(super) async fn probe(&self, session: &str, cookies: Cookies, token: &Token) -> Option<Box<WebSocket>> {
        self.memory.probe(Instant::now());
        let attempt = async {
            let (stream, _) = self.origin.connect().await.ok()?;
            let target = over_websocket(session);
            let mut socket = self.upgrade(stream, &target, cookies, token).await.ok()?;
            let answer = socket.ask(Frame::Text("2probe".into())).await.ok()?;
            (answer == Frame::Text("3probe".into())).then_some(socket)
        };
        timeout(PATIENCE, attempt).await.ok().flatten().map(Box::new)
    }

    /// A session of long-polling goes on over the WebSocket.
    pub(super) fn took_over(&self) {
        self.memory.websocket_works();
    }
}

/// Whether a failure looks like the work of a proxy, so that the other transport may get through.
fn may_be_a_proxy(error: &DialError) -> bool {
    match &error.kind {
        DialErrorKind::Network => true,
        DialErrorKind::Refused { status, body, .. } => match status {
            200..300 | 400 | 404 | 405 | 426 | 500 | 501 | 502 => true,
            // The platform says in JSON why.
            403 => !is_platform_error(body),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a failure says that the transport is not to be had, and nothing of whether the server is well.
fn is_final(error: &DialError) -> bool {
    matches!(&error.kind, DialErrorKind::Refused { status: 400 | 404 | 405 | 426 | 501 | 200..300, .. })
}
