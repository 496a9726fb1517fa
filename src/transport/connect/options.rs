//! The options of an endpoint: where to connect, in which scope and over which transport.

use super::ProxyOptions;
#[cfg(test)]
use crate::protocol::MAX_MESSAGE_BYTES;
use crate::{transport::tls::TlsOptions, vocabulary::Protocol};

/// Where to connect and in which scope, as the user sets it.
pub struct EndpointOptions {
    /// `http(s)://host[:port][/prefix]`.
    pub url: String,
    /// Which of the two socket interfaces to use.
    pub protocol: Protocol,
    /// The transports for Socket.IO. The plain interface always uses a WebSocket.
    pub transports: Transports,
    /// The path of that interface. The default lies below the url's prefix.
    pub path: Option<String>,
    /// Additional headers for every request.
    pub headers: Vec<(String, String)>,
    /// Sent as a scoping header.
    pub application_id: Option<String>,
    /// Sent as a scoping header.
    pub environment: Option<String>,
    /// The options of TLS. They are checked for `http`, too, so that a mistake shows before the url
    /// changes.
    pub tls: TlsOptions,
    /// The proxy to connect through.
    pub proxy: Option<ProxyOptions>,
    /// The largest message of the server, whole or in fragments. The default is
    /// [`MAX_MESSAGE_BYTES`](crate::protocol::MAX_MESSAGE_BYTES).
    pub max_message_bytes: usize,
    /// Whether to offer compression of WebSocket messages, and how to use it.
    pub compression: Option<Compression>,
}

/// How a WebSocket is compressed if the server agrees (permessage-deflate, RFC 7692).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// The smallest message to compress, in bytes. Smaller ones are sent as they are.
    pub threshold: usize,
    /// The largest window of either side, as a power of two, from 9 to 15.
    pub max_window_bits: u8,
}

/// The transports that may carry Socket.IO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transports {
    /// A WebSocket only.
    WebSocket,
    /// HTTP long-polling only.
    Polling,
    /// A WebSocket if it works, else long-polling.
    #[default]
    Either,
}

#[cfg(test)]
impl EndpointOptions {
    /// The fewest options that make sense.
    pub(in crate::transport) fn to(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            protocol: Protocol::Ws,
            transports: Transports::default(),
            path: None,
            headers: Vec::new(),
            application_id: None,
            environment: None,
            tls: TlsOptions::default(),
            proxy: None,
            max_message_bytes: MAX_MESSAGE_BYTES,
            compression: None,
        }
    }
}
