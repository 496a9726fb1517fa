//! A TCP stream to a host. The addresses of its name are raced in the order that the resolver
//! prefers (Happy Eyeballs, RFC 8305).
//!
//! While an address does not answer, the next one is tried after a short delay, and the first one
//! to connect wins. So a broken IPv6 route costs a quarter of a second instead of a timeout.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use socket2::{SockRef, TcpKeepalive};
use tokio::{net::TcpStream, time::timeout};

use super::resolver;
use crate::transport::error::{DialError, system_code};

/// How long to try an address alone: the connection attempt delay of RFC 8305.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// The most addresses of one name to try. A resolver can return any number.
const MAX_ADDRESSES: usize = 8;
/// When the system probes an idle connection. These values serve connections without a heartbeat:
/// that of a WebSocket is faster.
const KEEP_ALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEP_ALIVE_PROBES: u32 = 3;
/// How long sent data may stay unacknowledged.
#[cfg(any(target_os = "linux", target_os = "android"))]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// Resolves and connects, with Nagle's algorithm off. Dropping the future closes every attempt.
pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, DialError> {
    let mut addresses = resolver::resolve(host, port).await?;
    addresses.truncate(MAX_ADDRESSES);
    race(addresses).await.map_err(|failures| {
        let reasons: Vec<_> = failures.iter().map(|(address, error)| reason(*address, error)).collect();
        let error = DialError::network(reasons.join(", "));
        DialError { source: failures.first().map(|(_, error)| error.to_string()), ..error }
    })
}

fn reason(address: SocketAddr, error: &io::Error) -> String {
    match system_code(error) {
        Some(code) => format!("connect {code} {address}"),
        None => format!("connect {address}: {error}"),
    }
}

async fn race(addresses: Vec<SocketAddr>) -> Result<TcpStream, Vec<(SocketAddr, io::Error)>> {
    let mut waiting = addresses.into_iter();
    let mut attempts = FuturesUnordered::new();
    let mut failures = Vec::new();
    loop {
        attempts.extend(waiting.next().map(attempt));
        let delay = if waiting.len() > 0 { ATTEMPT_DELAY } else { Duration::MAX };
        match timeout(delay, attempts.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(failure))) => failures.push(failure),
            Ok(None) => return Err(failures),
            Err(_elapsed) => {}
        }
    }
}

async fn attempt(address: SocketAddr) -> Result<TcpStream, (SocketAddr, io::Error)> {
    let connected = TcpStream::connect(address).await;
    let connected = connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
    connected.inspect(enable_keep_alive).map_err(|error| (address, error))
}

/// Lets the system detect an unreachable peer. If the system cannot, the connection works without.
fn enable_keep_alive(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE_IDLE).with_interval(KEEP_ALIVE_INTERVAL);
    let _ = socket.set_tcp_keepalive(&keep_alive.with_retries(KEEP_ALIVE_PROBES));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket.set_tcp_user_timeout(Some(USER_TIMEOUT));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_address_is_tried_after_a_failure() {
        let closed = {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();

        let stream = race(vec![closed, open]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
        assert!(stream.nodelay().unwrap());
        assert!(SockRef::from(&stream).keepalive().unwrap());
        #[cfg(target_os = "linux")]
        assert_eq!(SockRef::from(&stream).tcp_user_timeout().unwrap(), Some(USER_TIMEOUT));

        let failures = race(vec![closed]).await.unwrap_err();
        let reasons: Vec<_> = failures.iter().map(|(address, error)| reason(*address, error)).collect();
        assert_eq!(reasons, [format!("connect ECONNREFUSED {closed}")]);
    }
}
