//! Opens a WebSocket to a server: the upgrade, with its redirects.

use std::sync::Arc;

use http::Method;

use super::{
    WebSocket,
    upgrade::{self, Answer},
    upgrade_request::encode_head,
};
use crate::{
    token::Token,
    transport::{
        connect::{Compression, Origin, Stream},
        error::DialError,
        http::cookies::Cookies,
        redirect::RedirectChain,
    },
};

/// A server, the largest message that it may send, and the compression that it is offered.
pub(in crate::transport) struct WebSocketDialer {
    origin: Arc<Origin>,
    max_message_bytes: usize,
    compression: Option<Compression>,
}

impl WebSocketDialer {
    pub(in crate::transport) const fn new(
        origin: Arc<Origin>,
        max_message_bytes: usize,
        compression: Option<Compression>,
    ) -> Self {
        Self { origin, max_message_bytes, compression }
    }

    pub(in crate::transport) const fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// Upgrades a stream to a WebSocket. Sends the cookies that the server has set, and follows
    /// redirects within the server.
    pub(in crate::transport) async fn upgrade(
        &self,
        mut stream: Box<dyn Stream>,
        target: &str,
        mut cookies: Cookies,
        token: &Token,
    ) -> Result<WebSocket, DialError> {
        let offer = self.compression.as_ref();
        let mut redirects = RedirectChain::new(&self.origin, target);
        loop {
            let head = encode_head(&self.origin, redirects.target(), &cookies.encode(), token, offer);
            match upgrade::perform(&mut stream, &head, offer).await? {
                Answer::Upgraded { first_frames, compression } => {
                    let mut socket = WebSocket::new(stream, first_frames, self.max_message_bytes);
                    if let (Some(agreement), Some(offer)) = (compression, offer) {
                        socket.compress(agreement, offer.threshold);
                    }
                    return Ok(socket);
                }
                Answer::Redirected { status, headers } => {
                    redirects.follow(status, &Method::GET, &headers)?;
                    cookies.store(&headers);
                }
            }
            (stream, _) = self.origin.connect().await?;
        }
    }
}
