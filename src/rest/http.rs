//! Exchanges over a pool of connections to one server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Version, response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{
        self, Client,
        connect::{CaptureConnection, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use parking_lot::Mutex;
use tokio::{sync::Semaphore, time::Instant};

use super::{
    body::{read_refusal, read_success},
    budget::{AnswerBudget, Share},
    connector::Connector,
    failure::Failure,
};
use crate::transport::{Origin, reuse_for};

/// How many requests are sent at the same time. Further requests wait in the order of their calls.
pub(super) const MAX_CONCURRENT_REQUESTS: u32 = 128;

/// How much of an answer HTTP/2 sends before the client reads it.
const STREAM_WINDOW: u32 = 512 << 10;
/// Enough for all requests: otherwise answers that wait for room would use up the window, and those
/// that have room could not arrive.
const CONNECTION_WINDOW: u32 = MAX_CONCURRENT_REQUESTS * STREAM_WINDOW;

/// The client closes an idle connection after this time, or sooner if the server asks for it.
/// Node's server closes it after 5 seconds, and a write that crosses that close cannot be retried
/// safely.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// How often the client pings an HTTP/2 connection with open requests.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// How long the client waits for the reply to a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// The connections to one server.
pub(super) struct Http {
    pool: Mutex<Pool>,
    connector: Connector,
    /// Held by the request that opens the first connection.
    first_connection: Semaphore,
    budget: Arc<AnswerBudget>,
}

/// Connections that can be reused.
struct Pool {
    client: Client<Connector, Full<Bytes>>,
    /// How long a connection may be idle: the shortest time that a response has asked for.
    idle_timeout: Duration,
}

impl Pool {
    fn new(connector: Connector, idle_timeout: Duration) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(idle_timeout)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW);
        if idle_timeout.is_zero() {
            builder.pool_max_idle_per_host(0);
        }
        Self { client: builder.build(connector), idle_timeout }
    }
}

/// A response.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The body. For a failure, possibly only its beginning.
    pub(super) body: Vec<u8>,
    /// Whether the body is complete. It always is for a success.
    pub(super) is_whole: bool,
}

/// How far an exchange has come. It decides what the user learns when the call times out.
#[derive(Default)]
pub(super) struct Progress {
    connection: Option<CaptureConnection>,
    /// The status of a success whose body the client is reading.
    pub(super) status: Option<u16>,
    /// The room of the last response.
    pub(super) share: Option<Share>,
}

impl Progress {
    /// Whether the request has a connection, so that the server may have received it.
    pub(super) fn is_connected(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.connection_metadata().is_some())
    }
}

impl Http {
    pub(super) fn new(origin: Arc<Origin>, budget: Arc<AnswerBudget>) -> Self {
        let connector = Connector::new(origin);
        let pool = Mutex::new(Pool::new(connector.clone(), IDLE_TIMEOUT));
        Self { pool, connector, first_connection: Semaphore::new(1), budget }
    }

    /// Sends a request and reads the response: all of a success, and of a refusal what arrives
    /// soon. Dropping the future closes the socket or resets the stream.
    ///
    /// # Errors
    /// The server did not respond, or its success is incomplete.
    pub(super) async fn exchange(
        &self,
        mut request: Request<Full<Bytes>>,
        authority: &str,
        deadline: Instant,
        progress: &mut Progress,
    ) -> Result<Received, Failure> {
        let is_version_known = self.connector.is_version_known();
        if !is_version_known || request.method() != Method::GET {
            progress.connection = Some(capture_connection(&mut request));
        }
        let response = match &progress.connection {
            Some(connection) if !is_version_known => self.request_in_turn(request, connection.clone()).await,
            _ => self.request(request).await,
        };
        let (head, body) = response.map_err(|error| Failure::of_exchange(&error, authority))?.into_parts();
        self.update_pool(&head);
        let status = head.status.as_u16();
        let share = progress.share.insert(Share::new(&self.budget));
        let (body, is_whole) = if head.status.is_success() {
            progress.status = Some(status);
            (read_success(body, status, share).await?, true)
        } else {
            read_refusal(body, deadline, share).await
        };
        share.complete();
        Ok(Received { status, headers: head.headers, body, is_whole })
    }

    fn request(&self, request: Request<Full<Bytes>>) -> legacy::ResponseFuture {
        self.pool.lock().client.request(request)
    }

    /// Replaces the pool if a response shortens the idle timeout, or says that its connection leads
    /// to the wrong server. Open requests are not affected.
    fn update_pool(&self, head: &response::Parts) {
        // HTTP/2 has no `Keep-Alive`.
        let asked = if head.version == Version::HTTP_2 { IDLE_TIMEOUT } else { reuse_for(&head.headers) };
        let mut pool = self.pool.lock();
        if asked < pool.idle_timeout || head.status == StatusCode::MISDIRECTED_REQUEST {
            let idle_timeout = asked.min(pool.idle_timeout);
            *pool = Pool::new(self.connector.clone(), idle_timeout);
        }
    }

    /// Lets one request open the first connection, while other requests wait until it is open or
    /// has failed. Otherwise each request of a burst would open a connection, although one
    /// connection of HTTP/2 can carry them all.
    async fn request_in_turn(
        &self,
        request: Request<Full<Bytes>>,
        mut connection: CaptureConnection,
    ) -> Result<Response<Incoming>, legacy::Error> {
        let Ok(permit) = self.first_connection.try_acquire() else {
            drop(self.first_connection.acquire().await);
            return self.request(request).await;
        };
        let mut response = self.request(request);
        tokio::select! {
            response = &mut response => return response,
            _ = connection.wait_for_connection_metadata() => drop(permit),
        }
        response.await
    }
}
