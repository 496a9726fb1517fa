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
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version, response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    rt::{Read, ReadBufCursor, Write},
};
use hyper_util::{
    client::legacy::{
        self, Client,
        connect::{CaptureConnection, Connected, Connection, capture_connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use parking_lot::Mutex;
use tokio::{sync::Semaphore, time::Instant};
use tower_service::Service;

use super::{
    body::{read_refusal, read_success},
    failure::Failure,
};
use crate::transport::{DialError, Origin, Stream, reuse_for};

/// An idle connection is closed after this time, or sooner where the server asks for that. Node's
/// server does it after 5 seconds, and a write that crosses its farewell cannot be repeated safely.
const IDLE: Duration = Duration::from_secs(4);
/// How often an HTTP/2 connection with requests under way is asked whether it still lives, and for how long.
const PING: Duration = Duration::from_secs(5);

/// The connections to one server.
pub(super) struct Http {
    pool: Mutex<Pool>,
    connector: Connector,
    /// Taken by the request whose connection shows what the server speaks.
    scout: Semaphore,
}

/// Connections that may be used again.
struct Pool {
    client: Client<Connector, Full<Bytes>>,
    /// How long they may be idle: the shortest time that an answer has asked for.
    idle: Duration,
}

impl Pool {
    fn new(connector: Connector, idle: Duration) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(idle)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING);
        if idle.is_zero() {
            builder.pool_max_idle_per_host(0);
        }
        Self { client: builder.build(connector), idle }
    }
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
    /// Whether the body came to its end. It always did in a success.
    pub(super) is_whole: bool,
}

/// How far an exchange has come: what is left to tell when its time is up.
#[derive(Default)]
pub(super) struct Progress {
    connection: Option<CaptureConnection>,
    /// The status of a success whose body is being read.
    pub(super) status: Option<u16>,
}

impl Progress {
    /// Whether the request has a connection, so that the server may have received it.
    pub(super) fn is_connected(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.connection_metadata().is_some())
    }
}

impl Http {
    pub(super) fn new(origin: Arc<Origin>) -> Self {
        let agreed = Arc::new(Agreed::default());
        agreed.http_1.store(!origin.is_secure(), Relaxed);
        let connector = Connector { origin, agreed };
        let pool = Mutex::new(Pool::new(connector.clone(), IDLE));
        Self { pool, connector, scout: Semaphore::new(1) }
    }

    /// Sends a request and reads the answer: a success to its end, and of a refusal what comes
    /// soon. Dropping the future closes the socket or resets the stream.
    ///
    /// # Errors
    /// There is no answer, or not all of one that reports a success.
    pub(super) async fn exchange(
        &self,
        mut request: Request<Full<Bytes>>,
        authority: &str,
        deadline: Instant,
        progress: &mut Progress,
    ) -> Result<Received, Failure> {
        let is_known = self.connector.agreed.is_known();
        if !is_known || request.method() != Method::GET {
            progress.connection = Some(capture_connection(&mut request));
        }
        let answer = match &progress.connection {
            Some(connection) if !is_known => self.request_in_turn(request, connection.clone()).await,
            _ => self.request(request).await,
        };
        let (head, body) = answer.map_err(|error| Failure::of_exchange(&error, authority))?.into_parts();
        self.keep_connections(&head);
        let status = head.status.as_u16();
        let (body, is_whole) = if head.status.is_success() {
            progress.status = Some(status);
            (read_success(body, status).await?, true)
        } else {
            read_refusal(body, deadline).await
        };
        Ok(Received { status, headers: head.headers, body, is_whole })
    }

    fn request(&self, request: Request<Full<Bytes>>) -> legacy::ResponseFuture {
        self.pool.lock().client.request(request)
    }

    /// Begins with new connections where an answer says that the idle ones must not be used for so
    /// long, or that they lead to the wrong server. What is under way goes on.
    fn keep_connections(&self, head: &response::Parts) {
        // HTTP/2 has no `Keep-Alive`.
        let asked = if head.version == Version::HTTP_2 { IDLE } else { reuse_for(&head.headers) };
        let mut pool = self.pool.lock();
        if asked < pool.idle || head.status == StatusCode::MISDIRECTED_REQUEST {
            let idle = asked.min(pool.idle);
            *pool = Pool::new(self.connector.clone(), idle);
        }
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
            return self.request(request).await;
        };
        let mut answer = self.request(request);
        tokio::select! {
            answer = &mut answer => return answer,
            _ = connection.wait_for_connection_metadata() => drop(turn),
        }
        answer.await
    }
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
