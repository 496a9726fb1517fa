//! Byte streams to a server: its address, the proxy on the way, TCP and TLS.
//!
//! ```text
//! options     what the user said          address, headers   the same, checked
//! origin      a server and the way to it
//! resolver    addresses of a host         tcp   a stream to one of them       proxy   a tunnel
//! ```

use tokio::io::{AsyncRead, AsyncWrite};

mod address;
mod headers;
mod options;
mod origin;
mod proxy;
mod resolver;
mod tcp;

pub(super) use self::{address::over_websocket, origin::HTTP_1};
pub use self::{
    options::{EndpointOptions, Transports},
    origin::Origin,
    proxy::ProxyOptions,
};

/// A byte stream to a server, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
