//! The source's own headroom: a client that only counts the bytes of the answers, so that what is
//! left is the cost of serving and of two sockets.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const MERGE: &str = r#"{"data":{"status":"active","progress":0.43}}"#;

/// What to send.
#[derive(Clone, Copy)]
pub(crate) struct Sink {
    pub(crate) merge: bool,
    pub(crate) concurrency: usize,
    pub(crate) duration: Duration,
}

impl Sink {
    /// Sends requests on all connections until the time is over, and says how fast that was.
    pub(crate) fn discard(self, address: SocketAddr, answer_length: usize) -> io::Result<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let request: Arc<[u8]> = self.request().into_bytes().into();
        runtime.block_on(async {
            let began = Instant::now();
            let mut connections = JoinSet::new();
            for _ in 0..self.concurrency {
                connections.spawn(ask(address, request.clone(), answer_length, began + self.duration));
            }
            let mut requests = 0;
            while let Some(asked) = connections.join_next().await {
                requests += asked??;
            }
            Ok(json!({ "requestsPerSecond": f64::from(requests) / began.elapsed().as_secs_f64() }))
        })
    }

    /// With the headers that a client under measurement sends.
    fn request(self) -> String {
        let (method, suffix, body) = if self.merge { ("PATCH", "/merge", MERGE) } else { ("GET", "", "") };
        format!(
            "{method} /api/sync/notes/documents/doc-000{suffix} HTTP/1.1\r\nHost: source\r\nAuthorization: Bearer benchmark\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

async fn ask(address: SocketAddr, request: Arc<[u8]>, answer_length: usize, end: Instant) -> io::Result<u32> {
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let mut answer = vec![0; answer_length];
    let mut requests = 0;
    while Instant::now() < end {
        socket.write_all(&request).await?;
        socket.read_exact(&mut answer).await?;
        if !answer.starts_with(b"HTTP/1.1 200") {
            return Err(io::Error::other("a request of the sink was refused"));
        }
        requests += 1;
    }
    Ok(requests)
}
