//! Exchanges of long-polling: one after the other over a connection that is kept, each read to its end.
//!
//! No exchange is repeated: a poll that broke may have taken events along, and a body that was sent may have arrived.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::iter::successors;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER, SET_COOKIE};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::Stream;
use super::cookies::{self, Cookies};
use super::error::{DialError, DialErrorKind, Lost};
use super::frames::MAX_MESSAGE_BYTES;
use super::origin::Origin;
use super::retry_after::retry_after;
use super::upgrade::{BODY_PATIENCE, MAX_BODY_BYTES};
use crate::protocol::json::skip_byte_order_mark;
use crate::token::Token;

/// The largest body that is taken from a server.
const MAX_PAYLOAD_BYTES: usize = MAX_MESSAGE_BYTES;
/// An announced length is trusted this far when memory is set aside for it.
const MAX_RESERVED_BYTES: usize = 1 << 20;
/// A connection that was idle for longer is not used again: Node's server closes it after 5 seconds, and what is sent
/// while it does is lost.
const IDLE: Duration = Duration::from_secs(4);

/// Why there is no body.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no answer, or one that is not 200.
    Exchange(DialError),
    /// The body is larger than may be, by what is known of it.
    TooLarge(usize),
}

impl Failure {
    /// What it means while a session is opened.
    pub(super) fn of_dial(self) -> DialError {
        match self {
            Self::Exchange(error) => error,
            Self::TooLarge(_) => DialError::protocol("the body of its answer is too large"),
        }
    }

    /// What it means to a session that was open.
    pub(super) fn of_session(self) -> Lost {
        match self {
            Self::TooLarge(size) => Lost::TooLarge { size, limit: MAX_PAYLOAD_BYTES },
            Self::Exchange(DialError { kind: DialErrorKind::Refused { status, body, .. }, .. }) => {
                let said = serde_json::from_str::<Value>(skip_byte_order_mark(&body)).ok();
                let said = said.as_ref().and_then(|body| body.get("message")?.as_str());
                let said = said.map(|text| format!(": {text}")).unwrap_or_default();
                let reason = format!("long-polling was answered with HTTP {status}{said}");
                // Others may speak for a server that cannot be reached.
                if (400..500).contains(&status) { Lost::Network(reason) } else { Lost::CutOff(reason) }
            }
            Self::Exchange(DialError { kind: DialErrorKind::Tls, reason, .. }) => {
                Lost::Network(format!("TLS: {reason}"))
            }
            Self::Exchange(DialError { reason, .. }) => Lost::CutOff(reason),
        }
    }
}

/// What all exchanges of a session share.
pub(super) struct Exchanges {
    pub(super) origin: Arc<Origin>,
    pub(super) cookies: Mutex<Cookies>,
    /// The newest one.
    pub(super) token: Mutex<Token>,
}

impl Exchanges {
    /// The cookies, as the value of a header, and the token.
    pub(super) fn credentials(&self) -> (String, Token) {
        (self.cookies.lock().encode(), self.token.lock().clone())
    }

    /// A request; one with a body is a POST.
    fn request(&self, target: &str, body: Option<String>) -> http::Result<Request<Full<Bytes>>> {
        let (cookies, token) = self.credentials();
        let mut request = Request::builder().uri(target).header(HOST, self.origin.authority());
        request = request.header(AUTHORIZATION, token.bearer());
        for (name, value) in cookies::merge(self.origin.headers(), &cookies) {
            request = request.header(name, value.as_ref());
        }
        match body {
            Some(body) => request
                .method(Method::POST)
                .header(CONTENT_TYPE, "text/plain;charset=UTF-8")
                .body(Full::new(body.into())),
            None => request.body(Full::default()),
        }
    }
}

/// A connection to the server, made when it is needed.
pub(super) struct Connection {
    exchanges: Arc<Exchanges>,
    open: Option<Open>,
}

struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// Moves the bytes.
    task: AbortHandle,
    used: Instant,
}

impl Open {
    async fn new(stream: Box<dyn Stream>) -> Result<Self, DialError> {
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| failure(&error))?;
        let task = tokio::spawn(async move {
            // What goes wrong is told to the exchange that it happens to.
            let _ = connection.await;
        });
        Ok(Self { sender, task: task.abort_handle(), used: Instant::now() })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    pub(super) const fn new(exchanges: Arc<Exchanges>) -> Self {
        Self { exchanges, open: None }
    }

    /// A connection that stands already.
    pub(super) async fn over(stream: Box<dyn Stream>, exchanges: Arc<Exchanges>) -> Result<Self, DialError> {
        Ok(Self { exchanges, open: Some(Open::new(stream).await?) })
    }

    /// Sends a request and reads the body of its answer. Dropping the future closes the connection.
    pub(super) async fn exchange(&mut self, target: &str, body: Option<String>) -> Result<Bytes, Failure> {
        let open = self.open.take().filter(|open| open.used.elapsed() < IDLE && !open.sender.is_closed());
        let mut open = if let Some(open) = open {
            open
        } else {
            let (stream, _) = self.exchanges.origin.connect().await.map_err(Failure::Exchange)?;
            Open::new(stream).await.map_err(Failure::Exchange)?
        };
        let request = self.exchanges.request(target, body);
        let request = request.map_err(|error| Failure::Exchange(DialError::network(error.to_string())))?;
        let failed = |error: &hyper::Error| Failure::Exchange(failure(error));
        open.sender.ready().await.map_err(|error| failed(&error))?;
        let (head, body) = open.sender.send_request(request).await.map_err(|error| failed(&error))?.into_parts();
        for cookie in head.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            self.exchanges.cookies.lock().set(cookie);
        }
        if head.status != StatusCode::OK {
            let asked = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let asked = asked.and_then(|value| retry_after(value, SystemTime::now()));
            return Err(Failure::Exchange(refusal(head.status, asked, body).await));
        }
        let body = read(body).await?;
        open.used = Instant::now();
        self.open = Some(open);
        Ok(body)
    }
}

async fn read(mut incoming: Incoming) -> Result<Bytes, Failure> {
    let announced = usize::try_from(incoming.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MAX_PAYLOAD_BYTES {
        return Err(Failure::TooLarge(announced));
    }
    let mut body = Vec::with_capacity(announced.min(MAX_RESERVED_BYTES));
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::Exchange(failure(&error)))?;
        body.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
        if body.len() > MAX_PAYLOAD_BYTES {
            return Err(Failure::TooLarge(body.len()));
        }
    }
    Ok(body.into())
}

/// The start of the body is there to explain, so it is not waited for for long.
async fn refusal(status: StatusCode, retry_after: Option<Duration>, mut incoming: Incoming) -> DialError {
    let mut bytes = Vec::new();
    let rest = async {
        while bytes.len() < MAX_BODY_BYTES
            && let Some(Ok(frame)) = incoming.frame().await
        {
            let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
            bytes.extend_from_slice(data.get(..MAX_BODY_BYTES).unwrap_or(data));
        }
    };
    let _ = timeout(BODY_PATIENCE, rest).await;
    let mut body = String::from_utf8_lossy(&bytes).into_owned();
    body.truncate(body.floor_char_boundary(MAX_BODY_BYTES));
    let status = status.as_u16();
    DialError::new(DialErrorKind::Refused { status, body, retry_after }, format!("HTTP {status}"))
}

fn failure(error: &hyper::Error) -> DialError {
    let mut causes = successors(Some(error as &(dyn StdError + 'static)), |&error| error.source());
    if let Some(stream) = causes.find_map(|cause| cause.downcast_ref::<io::Error>()) {
        return DialError::of_stream(stream);
    }
    if error.is_parse() {
        return DialError::protocol("its answer is not HTTP/1.1").with_source(error);
    }
    DialError::network("the server closed the connection before it answered").with_source(error)
}

type Exchanging = Pin<Box<dyn Future<Output = (Connection, Result<Bytes, Failure>)> + Send>>;

/// A connection, polled: at most one exchange is under way.
pub(super) struct Lane {
    idle: Option<Connection>,
    busy: Option<Exchanging>,
}

impl Lane {
    pub(super) const fn new(connection: Connection) -> Self {
        Self { idle: Some(connection), busy: None }
    }

    pub(super) const fn is_idle(&self) -> bool {
        self.busy.is_none()
    }

    /// Starts an exchange, which [`poll`](Self::poll) carries on; without effect while one is under way.
    pub(super) fn start(&mut self, target: Arc<str>, body: Option<String>) {
        let Some(mut connection) = self.idle.take() else { return };
        self.busy = Some(Box::pin(async move {
            let result = connection.exchange(&target, body).await;
            (connection, result)
        }));
    }

    /// The outcome of the exchange that is under way.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Failure>> {
        let Some(busy) = &mut self.busy else { return Poll::Pending };
        let (connection, result) = ready!(busy.as_mut().poll(cx));
        self.busy = None;
        self.idle = Some(connection);
        Poll::Ready(result)
    }
}
