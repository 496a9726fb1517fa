//! Byte streams to a server: its address, the proxy on the way, TCP and TLS.
//!
//! ```text
//! options     as the user sets them       address, headers   parsed options
//! origin      a server, and the way to it
//! resolver    the addresses of a host     tcp   a stream to one of them     proxy   a tunnel
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
    options::{Compression, EndpointOptions, Transports},
    origin::Origin,
    proxy::ProxyOptions,
};

/// A byte stream to a server, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
