//! New connections for hyper's pool, and the HTTP version that the server negotiated.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tower_service::Service;

use crate::transport::{DialError, Origin, Stream};

/// Connects to the server of the options, whatever URI a request has.
#[derive(Clone)]
pub(super) struct Connector {
    origin: Arc<Origin>,
    negotiated: Arc<Negotiated>,
}

/// What is known about the server's HTTP version. Over TLS only an open connection shows whether it
/// can carry more than one request.
#[derive(Default)]
struct Negotiated {
    /// The server chose HTTP/1.1: each request takes its own connection.
    http_1: AtomicBool,
    /// How many connections of HTTP/2 are open: requests share one.
    http_2: AtomicUsize,
}

impl Connector {
    pub(super) fn new(origin: Arc<Origin>) -> Self {
        let negotiated = Negotiated { http_1: AtomicBool::new(!origin.is_secure()), ..Negotiated::default() };
        Self { origin, negotiated: Arc::new(negotiated) }
    }

    /// Whether the HTTP version of the next connection is known.
    pub(super) fn is_version_known(&self) -> bool {
        self.negotiated.http_1.load(Relaxed) || self.negotiated.http_2.load(Relaxed) > 0
    }
}

impl Service<Uri> for Connector {
    type Response = PooledStream;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<PooledStream, DialError>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let Self { origin, negotiated } = self.clone();
        Box::pin(async move {
            let (stream, http_2) = origin.connect().await?;
            if http_2 {
                negotiated.http_2.fetch_add(1, Relaxed);
            } else {
                negotiated.http_1.store(true, Relaxed);
            }
            Ok(PooledStream { stream: TokioIo::new(stream), http_2: http_2.then_some(negotiated) })
        })
    }
}

/// A byte stream with hyper's traits.
pub(super) struct PooledStream {
    stream: TokioIo<Box<dyn Stream>>,
    /// The count that includes this connection, if it speaks HTTP/2.
    http_2: Option<Arc<Negotiated>>,
}

impl Drop for PooledStream {
    fn drop(&mut self) {
        if let Some(negotiated) = &self.http_2 {
            negotiated.http_2.fetch_sub(1, Relaxed);
        }
    }
}

impl Connection for PooledStream {
    fn connected(&self) -> Connected {
        if self.http_2.is_some() { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

impl Read for PooledStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for PooledStream {
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
