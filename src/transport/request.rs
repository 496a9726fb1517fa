//! The head of the upgrade request: made once, sent on every dial with the newest token and a fresh key.

use super::origin::Origin;
use crate::token::Token;

/// All lines of the request but the token, the `Sec-WebSocket-Key` and the empty one.
pub(super) fn encode_head(origin: &Origin, target: &str) -> String {
    let mut head = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n", origin.authority());
    head.push_str("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    for (name, value) in origin.headers() {
        for part in [name, ": ", value, "\r\n"] {
            head.push_str(part);
        }
    }
    head
}

/// The head with the line that says who asks.
pub(super) fn with_token(head: &str, token: &Token) -> String {
    format!("{head}authorization: {}\r\n", token.bearer())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::EndpointOptions;

    #[test]
    fn head_has_one_line_per_header() {
        let headers = vec![("X-Trace".to_owned(), "1".to_owned())];
        let options = EndpointOptions { headers, ..EndpointOptions::to("http://localhost:3000") };
        let head = encode_head(&Origin::new(options, &[]).unwrap(), "/ws");
        let token = Token::parse("token", std::time::Duration::ZERO).unwrap();
        let head = with_token(&head, &token);
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
                "authorization: Bearer token",
                ""
            ]
        );
    }
}
