//! Connections to one server, and one exchange over them.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Body, Incoming},
    rt::{Read, ReadBufCursor, Write},
};
use hyper_util::{
    client::legacy::{
        self, Client,
        connect::{CaptureConnection, Connected, Connection, capture_connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::sync::Semaphore;
use tower_service::Service;

use super::failure::Failure;
use crate::{
    error::{Error, ErrorKind},
    transport::{DialError, Origin, Stream},
};

/// How large an answer may be.
pub(super) const MAX_ANSWER_BYTES: usize = 64 << 20;
/// How much of the body of a failure is read: room for the document of a conflict.
const MAX_REFUSAL_BYTES: usize = 4 << 20;
/// An announced length is trusted this far when memory is set aside for it.
const MAX_RESERVED_BYTES: usize = 1 << 20;

/// An idle connection is closed after this time. Node's server does it after 5 seconds, and a write that crosses its
/// farewell cannot be repeated safely.
const IDLE: Duration = Duration::from_secs(4);
/// How often an HTTP/2 connection with requests under way is asked whether it still lives, and for how long.
const PING: Duration = Duration::from_secs(5);

/// The connections to one server.
pub(super) struct Http {
    client: Client<Connector, Full<Bytes>>,
    agreed: Arc<Agreed>,
    /// Taken by the request whose connection shows what the server speaks.
    scout: Semaphore,
}

/// What is known of the protocol. Over TLS a connection shows only when it stands how many requests it can carry.
#[derive(Default)]
struct Agreed {
    /// HTTP/1.1 has been agreed on: each request takes a connection of its own.
    http_1: AtomicBool,
    /// Open connections of HTTP/2: requests share one.
    http_2: AtomicUsize,
}

impl Agreed {
    fn is_known(&self) -> bool {
        self.http_1.load(Relaxed) || self.http_2.load(Relaxed) > 0
    }
}

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// For a failure at most what is kept of it.
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) fn new(origin: Arc<Origin>) -> Self {
        let agreed = Arc::new(Agreed::default());
        agreed.http_1.store(!origin.is_secure(), Relaxed);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .build(Connector { origin, agreed: agreed.clone() });
        Self { client, agreed, scout: Semaphore::new(1) }
    }

    /// Sends a request and reads the answer to its end. Dropping the future closes the socket or resets the stream.
    /// `connection` is for the caller of a write, to see whether it got one.
    ///
    /// # Errors
    /// There is no answer, or not all of one that reports a success.
    pub(super) async fn exchange(
        &self,
        mut request: Request<Full<Bytes>>,
        authority: &str,
        connection: &mut Option<CaptureConnection>,
    ) -> Result<Received, Failure> {
        let is_known = self.agreed.is_known();
        if !is_known || request.method() != Method::GET {
            *connection = Some(capture_connection(&mut request));
        }
        let answer = match connection {
            Some(connection) if !is_known => self.request_in_turn(request, connection.clone()).await,
            _ => self.client.request(request).await,
        };
        let (head, body) = answer.map_err(|error| Failure::of_exchange(&error, authority))?.into_parts();
        let status = head.status.as_u16();
        let body = if head.status.is_success() {
            if announced(&body) > MAX_ANSWER_BYTES {
                return Err(too_large(status));
            }
            read(body, MAX_ANSWER_BYTES).await.map_err(|broken| broken.failure(status))?
        } else {
            // The status has been heard; what is missing of its explanation does not matter.
            read(body, MAX_REFUSAL_BYTES).await.unwrap_or_else(|broken| broken.body)
        };
        Ok(Received { status, headers: head.headers, body })
    }

    /// One request opens the first connection; those that come meanwhile wait until it stands, or has failed. Otherwise a
    /// burst would open one for each, most of them for nothing if it turns out that all fit into one.
    async fn request_in_turn(
        &self,
        request: Request<Full<Bytes>>,
        mut connection: CaptureConnection,
    ) -> Result<Response<Incoming>, legacy::Error> {
        let Ok(turn) = self.scout.try_acquire() else {
            drop(self.scout.acquire().await);
            return self.client.request(request).await;
        };
        let mut answer = self.client.request(request);
        tokio::select! {
            answer = &mut answer => return answer,
            _ = connection.wait_for_connection_metadata() => drop(turn),
        }
        answer.await
    }
}

/// A body that could not be read to its end.
struct Broken {
    body: Vec<u8>,
    /// `None`: it is too large.
    error: Option<hyper::Error>,
}

impl Broken {
    fn failure(self, status: u16) -> Failure {
        self.error.map_or_else(|| too_large(status), |error| Failure::of_body(&error))
    }
}

fn too_large(status: u16) -> Failure {
    let message = format!("the answer is larger than {MAX_ANSWER_BYTES} bytes");
    Failure { uncertain: true, ..Error::new(ErrorKind::MessageTooLarge, message).with_status(status).into() }
}

/// How long a body says it is.
fn announced(body: &Incoming) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

async fn read(mut incoming: Incoming, limit: usize) -> Result<Vec<u8>, Broken> {
    let mut body = Vec::with_capacity(announced(&incoming).min(MAX_RESERVED_BYTES));
    while let Some(frame) = incoming.frame().await {
        match frame {
            Ok(frame) => {
                let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
                let room = limit - body.len();
                body.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
                if data.len() > room {
                    return Err(Broken { body, error: None });
                }
            }
            Err(error) => return Err(Broken { body, error: Some(error) }),
        }
    }
    Ok(body)
}

/// Makes connections. Whatever a request says about its server, they go to the one of the options.
#[derive(Clone)]
struct Connector {
    origin: Arc<Origin>,
    agreed: Arc<Agreed>,
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Wire, DialError>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let Self { origin, agreed } = self.clone();
        Box::pin(async move {
            let (stream, http_2) = origin.connect().await?;
            if http_2 {
                agreed.http_2.fetch_add(1, Relaxed);
            } else {
                agreed.http_1.store(true, Relaxed);
            }
            Ok(Wire { stream: TokioIo::new(stream), http_2: http_2.then_some(agreed) })
        })
    }
}

/// A byte stream as hyper wants it.
struct Wire {
    stream: TokioIo<Box<dyn Stream>>,
    /// Where it is counted, if HTTP/2 is spoken.
    http_2: Option<Arc<Agreed>>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(agreed) = &self.http_2 {
            agreed.http_2.fetch_sub(1, Relaxed);
        }
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        if self.http_2.is_some() { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}
