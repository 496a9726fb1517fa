//! The head of the upgrade request.

use crate::{
    token::Token,
    transport::{
        connect::{Compression, Origin},
        http::cookies,
        websocket::compression::encode_offer,
    },
};

/// All lines of the request except `Sec-WebSocket-Key` and the empty line. The cookies are those
/// that the server has set.
pub(super) fn encode_head(
    origin: &Origin,
    target: &str,
    cookies: &str,
    token: &Token,
    offer: Option<&Compression>,
) -> String {
    let mut head = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n", origin.authority());
    head.push_str("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    if let Some(offer) = offer {
        head.push_str("Sec-WebSocket-Extensions: ");
        head.push_str(&encode_offer(offer));
        head.push_str("\r\n");
    }
    for (name, value) in cookies::merge(origin.headers(), cookies) {
        for part in [name, ": ", &value, "\r\n"] {
            head.push_str(part);
        }
    }
    head.push_str("authorization: ");
    head.push_str(&token.bearer());
    head.push_str("\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::EndpointOptions;

    #[test]
    fn the_head_has_one_line_per_header() {
        let headers = vec![("X-Trace".to_owned(), "1".to_owned())];
        let options = EndpointOptions { headers, ..EndpointOptions::to("http://localhost:3000") };
        let token = Token::parse("token", std::time::Duration::ZERO).unwrap();
        let origin = Origin::new(options, &[]).unwrap();
        let head = encode_head(&origin, "/ws", "", &token, None);
        let lines: Vec<_> = head.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "GET /ws HTTP/1.1",
                "Host: localhost:3000",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "X-Trace: 1",
                "accept-encoding: identity",
                "authorization: Bearer token",
                ""
            ]
        );
        let offer = Compression { threshold: 1, max_window_bits: 15 };
        let head = encode_head(&origin, "/ws", "", &token, Some(&offer));
        assert!(
            head.contains("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"),
            "{head}"
        );
    }
}
