//! One request of long-polling and its answer, over a connection that is kept. Redirects within the
//! server are followed.
//!
//! A failed exchange is not repeated: a poll that broke may have carried events, and a body that
//! was sent may have arrived.

use std::{
    error::Error as StdError,
    fmt, io,
    iter::successors,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{
    Method, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Body, Incoming},
    client::conn::http1::{Builder, SendRequest},
};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::{task::AbortHandle, time::timeout};

use crate::{
    error::Remediation,
    protocol::json::skip_byte_order_mark,
    token::Token,
    transport::{
        connect::{Origin, Stream},
        error::{DialError, DialErrorKind, Lost},
        http::{
            body_text::content_encoding,
            cookies::{self, Cookies},
            head::MAX_HEADERS,
            keep_alive::reuse_for,
            refusal::{BODY_TIMEOUT, MAX_BODY_BYTES, refusal},
        },
        redirect::{RedirectChain, is_redirect},
    },
};

/// How many bytes of a body hyper reads ahead.
const READ_AHEAD_BYTES: usize = 128 * 1024;

/// The state that all exchanges of a session share.
pub(super) struct Exchanges {
    pub(super) origin: Arc<Origin>,
    pub(super) cookies: Mutex<Cookies>,
    /// The current token.
    pub(super) token: Mutex<Token>,
}

impl Exchanges {
    /// The cookies and the token for a request.
    pub(super) fn credentials(&self) -> (Cookies, Token) {
        (self.cookies.lock().clone(), self.token.lock().clone())
    }

    /// Builds a request. One with a body is a POST.
    fn request(&self, target: &str, body: Option<Bytes>) -> http::Result<Request<Full<Bytes>>> {
        let (cookies, token) = self.credentials();
        let mut request = Request::builder().uri(target).header(HOST, self.origin.authority());
        request = request.header(AUTHORIZATION, token.bearer());
        let cookies = cookies.encode();
        for (name, value) in cookies::merge(self.origin.headers(), &cookies) {
            request = request.header(name, value.as_ref());
        }
        match body {
            Some(body) => {
                request.method(Method::POST).header(CONTENT_TYPE, "text/plain;charset=UTF-8").body(Full::new(body))
            }
            None => request.body(Full::default()),
        }
    }
}

/// A connection to the server, opened when it is needed.
pub(super) struct Connection {
    exchanges: Arc<Exchanges>,
    idle: Option<(Open, Instant)>,
}

struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// Reads and writes the stream.
    task: AbortHandle,
}

impl Open {
    async fn new(stream: Box<dyn Stream>) -> Result<Self, DialError> {
        let mut builder = Builder::new();
        builder
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .max_headers(MAX_HEADERS)
            .max_buf_size(READ_AHEAD_BYTES);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|error| failure(&error))?;
        let task = tokio::spawn(async move {
            // The exchange reports its errors.
            let _ = connection.await;
        });
        Ok(Self { sender, task: task.abort_handle() })
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<http::Response<Incoming>, DialError> {
        self.sender.ready().await.map_err(|error| failure(&error))?;
        self.sender.send_request(request).await.map_err(|error| failure(&error))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    pub(super) const fn new(exchanges: Arc<Exchanges>) -> Self {
        Self { exchanges, idle: None }
    }

    /// A connection over a stream that is already open.
    pub(super) async fn over(stream: Box<dyn Stream>, exchanges: Arc<Exchanges>) -> Result<Self, DialError> {
        // The first exchange uses it at once.
        Ok(Self { exchanges, idle: Some((Open::new(stream).await?, Instant::now() + Duration::from_secs(1))) })
    }

    /// Sends a request. Returns an answer with status 200, whose body is still to be read. Dropping
    /// the future closes the connection.
    pub(super) async fn exchange(&mut self, target: &str, body: Option<String>) -> Result<Answer, DialError> {
        let exchanges = self.exchanges.clone();
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let body = body.map(Bytes::from);
        let mut redirects = RedirectChain::new(&exchanges.origin, target);
        loop {
            let mut open = self.open().await?;
            let request = exchanges.request(redirects.target(), body.clone());
            let request = request.map_err(|error| DialError::network(error.to_string()))?;
            let (head, body) = open.send(request).await?.into_parts();
            exchanges.cookies.lock().store(&head.headers);
            let status = head.status.as_u16();
            if is_redirect(status) {
                redirects.follow(status, &method, &head.headers)?;
                continue;
            }
            if head.status != StatusCode::OK {
                return Err(refusal(status, &head.headers, &start(body).await));
            }
            if let Some(encoding) = content_encoding(&head.headers, &[]) {
                let problem = format_args!("its content encoding is {encoding}, and only identity is understood");
                return Err(unreadable(problem));
            }
            let reuse = reuse_for(&head.headers);
            return Ok(Answer { target: redirects.into_target(), incoming: body, open, reuse });
        }
    }

    /// The kept connection if it is still usable, else a new one.
    async fn open(&mut self) -> Result<Open, DialError> {
        let idle = self.idle.take().filter(|(open, until)| Instant::now() < *until && !open.sender.is_closed());
        if let Some((open, _)) = idle {
            return Ok(open);
        }
        let (stream, _) = self.exchanges.origin.connect().await?;
        Open::new(stream).await
    }

    /// Keeps the connection of an answer whose body has been read completely.
    pub(super) fn keep(&mut self, answer: Answer) {
        let Answer { open, reuse, .. } = answer;
        self.idle = Some((open, Instant::now() + reuse)).filter(|_| !reuse.is_zero());
    }
}

/// An answer whose body is still arriving.
pub(super) struct Answer {
    /// The path and query of the answered request, after all redirects.
    pub(super) target: String,
    incoming: Incoming,
    open: Open,
    reuse: Duration,
}

impl Answer {
    /// The next piece of the body, and `None` at its end. Hyper reads at most [`READ_AHEAD_BYTES`]
    /// ahead.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, DialError>> {
        loop {
            match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                None => return Poll::Ready(Ok(None)),
                Some(Err(error)) => return Poll::Ready(Err(failure(&error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(piece) if !piece.is_empty() => return Poll::Ready(Ok(Some(piece))),
                    _ => {}
                },
            }
        }
    }
}

/// The start of a body. It only explains a refusal, so the wait for it is short.
async fn start(mut incoming: Incoming) -> Vec<u8> {
    let mut bytes = Vec::new();
    let rest = async {
        while bytes.len() < MAX_BODY_BYTES
            && let Some(Ok(frame)) = incoming.frame().await
        {
            let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
            bytes.extend_from_slice(data.get(..MAX_BODY_BYTES).unwrap_or(data));
        }
    };
    let _ = timeout(BODY_TIMEOUT, rest).await;
    bytes
}

/// The error for an answer that cannot be read.
fn unreadable(problem: impl fmt::Display) -> DialError {
    let reason = format!("the answer to a long-polling request cannot be read: {problem}");
    DialError::new(DialErrorKind::Protocol, reason)
}

fn failure(error: &hyper::Error) -> DialError {
    let mut causes = successors(Some(error as &(dyn StdError + 'static)), |&error| error.source());
    if let Some(stream) = causes.find_map(|cause| cause.downcast_ref::<io::Error>()) {
        return DialError::of_stream(stream);
    }
    if error.is_parse() {
        return unreadable("it is not valid HTTP/1.1").with_source(error);
    }
    let closed = DialError::network("the server closed the connection before it answered");
    closed.with_source(error).with_remediation(Remediation::CheckScheme)
}

/// The meaning of a failed exchange for an open session.
pub(super) fn lost(error: DialError) -> Lost {
    let DialError { kind, reason, .. } = error;
    match kind {
        DialErrorKind::Refused { status, body, .. } => {
            let said = serde_json::from_str::<Value>(skip_byte_order_mark(&body)).ok();
            let said = said.as_ref().and_then(|body| body.get("message")?.as_str());
            let said = said.map(|text| format!(": {text}")).unwrap_or_default();
            let reason = format!("long-polling was answered with HTTP {status}{said}");
            // Other statuses may come from a gateway that cannot reach the server.
            if (400..500).contains(&status) { Lost::Network(reason) } else { Lost::CutOff(reason) }
        }
        DialErrorKind::Redirected { .. } => Lost::CutOff(format!("long-polling was answered with {reason}")),
        DialErrorKind::Tls => Lost::Network(format!("TLS: {reason}")),
        DialErrorKind::Protocol => Lost::Protocol(reason),
        DialErrorKind::Network | DialErrorKind::Proxy { .. } => Lost::CutOff(reason),
    }
}

/// Whether a refusal says that this server does not know the session: the session has ended, or a
/// load balancer has chosen another server. Servers say `Session ID unknown`, `Invalid session ...`
/// or `invalid sid`.
pub(super) fn is_unknown_session(error: &DialError) -> bool {
    let DialErrorKind::Refused { status: 400..500, body, .. } = &error.kind else { return false };
    let words = body.to_ascii_lowercase();
    words.contains("session") || words.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "sid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_a_server_does_not_know_is_recognized() {
        for (status, body, unknown) in [
            (400, r#"{"code":1,"message":"Session ID unknown"}"#, true),
            (400, "\"Invalid session abc\"", true),
            (400, "invalid sid", true),
            (404, "no such session", true),
            (400, r#"{"code":3,"message":"Bad request"}"#, false),
            (400, "the other side", false),
            (400, "", false),
            (502, "session backend down", false),
        ] {
            let kind = DialErrorKind::Refused { status, body: body.to_owned(), retry_after: None };
            assert_eq!(is_unknown_session(&DialError::new(kind, "")), unknown, "{status} {body}");
        }
    }
}
