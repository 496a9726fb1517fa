//! Where to connect, in which scope and over which transport.

use super::ProxyOptions;
#[cfg(test)]
use crate::protocol::MAX_MESSAGE_BYTES;
use crate::{transport::tls::TlsOptions, vocabulary::Protocol};

/// Where to connect and in which scope, as the user said it.
pub struct EndpointOptions {
    /// `http(s)://host[:port][/prefix]`.
    pub url: String,
    /// Which of the two socket interfaces.
    pub protocol: Protocol,
    /// What may carry Socket.IO. The plain interface is always a WebSocket.
    pub transports: Transports,
    /// The path of that interface, in place of the default below the url's prefix.
    pub path: Option<String>,
    /// More headers for the upgrade request.
    pub headers: Vec<(String, String)>,
    /// Sent as a scoping header.
    pub application_id: Option<String>,
    /// Sent as a scoping header.
    pub environment: Option<String>,
    /// Whom to trust and who to be. Looked at for `http` too, so that a mistake shows before the url changes.
    pub tls: TlsOptions,
    /// The proxy to go through.
    pub proxy: Option<ProxyOptions>,
    /// How large a message of the server may be, whole or in fragments. [`MAX_MESSAGE_BYTES`](crate::protocol::MAX_MESSAGE_BYTES) is
    /// the default.
    pub max_message_bytes: usize,
}

/// What may carry Socket.IO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transports {
    /// A WebSocket, or no connection.
    WebSocket,
    /// HTTP long-polling, never a WebSocket.
    Polling,
    /// A WebSocket where it works, else long-polling.
    #[default]
    Either,
}

#[cfg(test)]
impl EndpointOptions {
    /// The least that makes sense.
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
        }
    }
}
