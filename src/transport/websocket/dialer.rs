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
        connect::{Origin, Stream},
        error::DialError,
        http::cookies::Cookies,
        redirect::RedirectChain,
    },
};

/// A server and the largest message that it may send.
pub(in crate::transport) struct WebSocketDialer {
    origin: Arc<Origin>,
    max_message_bytes: usize,
}

impl WebSocketDialer {
    pub(in crate::transport) const fn new(origin: Arc<Origin>, max_message_bytes: usize) -> Self {
        Self { origin, max_message_bytes }
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
        let mut redirects = RedirectChain::new(&self.origin, target);
        loop {
            let head = encode_head(&self.origin, redirects.target(), &cookies.encode(), token);
            match upgrade::perform(&mut stream, &head).await? {
                Answer::Upgraded(first_frames) => {
                    return Ok(WebSocket::new(stream, first_frames, self.max_message_bytes));
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
