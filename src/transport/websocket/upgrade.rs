//! The HTTP exchange that turns a stream into a WebSocket, RFC 6455 section 4.
//!
//! hyper reads such heads, too, but it does not fit. It reports a failed write instead of the
//! answer that arrived before it, fails when an answer overtakes the request, accepts any number of
//! interim answers, sends header names in lower case, which some WebSocket servers do not
//! understand, and leaves the body of a refusal to its caller.

use http::{HeaderMap, header};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    time::timeout,
};
use tungstenite::handshake::{client::generate_key, derive_accept_key};

use super::compression::Agreement;
use crate::transport::{
    connect::Compression,
    error::DialError,
    http::{
        head::{Head, SWITCHING_PROTOCOLS},
        refusal::{BODY_TIMEOUT, MAX_BODY_BYTES, refusal},
    },
    redirect::is_redirect,
};

/// A server's answer to the upgrade request.
#[derive(Debug)]
pub(in crate::transport) enum Answer {
    /// The stream is a WebSocket.
    Upgraded {
        /// The bytes that followed the head.
        first_frames: Vec<u8>,
        /// How messages may be compressed; `None`: not at all.
        compression: Option<Agreement>,
    },
    /// The handshake must be repeated elsewhere.
    Redirected { status: u16, headers: HeaderMap },
}

/// Sends the request with a new key, and reads the answer. `offer` is what the head offers.
pub(in crate::transport) async fn perform<S>(
    stream: &mut S,
    head: &str,
    offer: Option<&Compression>,
) -> Result<Answer, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let key = generate_key();
    let request = format!("{head}Sec-WebSocket-Key: {key}\r\n\r\n");
    let (answer, rest) = Head::ask(stream, &request).await?;
    match answer.status {
        SWITCHING_PROTOCOLS => {
            let compression = check(&answer, &key, offer)?;
            Ok(Answer::Upgraded { first_frames: rest, compression })
        }
        status if is_redirect(status) => Ok(Answer::Redirected { status, headers: answer.headers }),
        status => {
            let body = read_body(&answer, stream, rest).await;
            Err(refusal(status, &answer.headers, &body))
        }
    }
}

/// Holds the answer against the request. Returns what it agrees on.
fn check(answer: &Head, key: &str, offer: Option<&Compression>) -> Result<Option<Agreement>, DialError> {
    let lists = |name, wanted: &str| answer.list(name).any(|word| word.eq_ignore_ascii_case(wanted));
    if answer.is_http_1_0 {
        return Err(DialError::protocol("it switched protocols in HTTP/1.0, which has no upgrades"));
    }
    if !lists(header::UPGRADE, "websocket") || !lists(header::CONNECTION, "upgrade") {
        return Err(DialError::protocol("it switched to another protocol"));
    }
    if !answer.list(header::SEC_WEBSOCKET_ACCEPT).eq([derive_accept_key(key.as_bytes()).as_str()]) {
        return Err(DialError::protocol("its Sec-WebSocket-Accept does not match the key"));
    }
    let compression =
        Agreement::parse(answer.list(header::SEC_WEBSOCKET_EXTENSIONS), offer).map_err(DialError::protocol)?;
    if answer.list(header::SEC_WEBSOCKET_PROTOCOL).next().is_some() {
        return Err(DialError::protocol("it chose a subprotocol although none was offered"));
    }
    Ok(compression)
}

/// Reads the start of the body. `body` holds the bytes that were read together with the head.
async fn read_body(answer: &Head, stream: &mut (impl AsyncRead + Unpin), mut body: Vec<u8>) -> Vec<u8> {
    let chunked =
        answer.list(header::TRANSFER_ENCODING).last().is_some_and(|last| last.eq_ignore_ascii_case("chunked"));
    let announced = answer.list(header::CONTENT_LENGTH).next().and_then(|length| length.parse().ok());
    let length = if chunked { MAX_BODY_BYTES } else { announced.unwrap_or(usize::MAX).min(MAX_BODY_BYTES) };
    let rest = async {
        while body.len() < length && !(chunked && body.ends_with(b"0\r\n\r\n")) {
            if !matches!(stream.read_buf(&mut body).await, Ok(1..)) {
                return;
            }
        }
    };
    // A part of the body is better than nothing.
    let _ = timeout(BODY_TIMEOUT, rest).await;
    body.truncate(length);
    if chunked { join_chunks(&body) } else { body }
}

/// The data of a chunked body, RFC 9112 section 7.1, as far as it has arrived.
fn join_chunks(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line_end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let (line, rest) = bytes.split_at(line_end);
        let digits = line.split(|byte| *byte == b';').next().and_then(|digits| str::from_utf8(digits).ok());
        let size = digits.and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok()).unwrap_or(0);
        let data = rest.get(2..).unwrap_or_default();
        let Some((chunk, rest)) = data.split_at_checked(size.min(data.len())).filter(|_| size > 0) else { break };
        body.extend_from_slice(chunk);
        bytes = rest.get(2..).unwrap_or_default();
    }
    body
}

#[cfg(test)]
mod tests {
    use std::{io, time::Duration};

    use super::*;
    use crate::transport::DialErrorKind;

    /// A peer that has sent these bytes.
    async fn answered(bytes: &[u8]) -> Result<Answer, DialError> {
        perform(&mut tokio::io::join(bytes, tokio::io::sink()), "", None).await
    }

    async fn refused(head: &str, body: &str) -> (String, Option<Duration>) {
        let error = answered(format!("HTTP/1.0 503 Busy\r\n{head}\r\n{body}").as_bytes()).await.unwrap_err();
        assert_eq!(error.reason, "HTTP 503");
        let DialErrorKind::Refused { status: 503, body, retry_after } = error.kind else { panic!("{error:?}") };
        (body, retry_after)
    }

    #[tokio::test]
    async fn an_answer_counts_more_than_a_failed_write() {
        let attempt = async |answer: &'static str| {
            let (closed, _) = tokio::io::duplex(1);
            let mut stream = tokio::io::join(io::Cursor::new(answer.as_bytes()), closed);
            perform(&mut stream, "", None).await.unwrap_err().reason
        };
        assert_eq!(attempt("HTTP/1.1 431 Too large\r\n\r\n").await, "HTTP 431");
        assert_eq!(attempt("").await, "EPIPE: broken pipe");
    }

    #[test]
    fn the_key_is_accepted_as_in_the_example_of_the_specification() {
        assert_eq!(derive_accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[tokio::test]
    async fn an_upgrade_must_be_the_one_asked_for() {
        let accept = derive_accept_key(b"key");
        let check = async |version: &str, lines: &str| {
            let head = format!("HTTP/{version} 101 ok\r\n{lines}\r\n\r\n");
            let mut stream = tokio::io::join(head.as_bytes(), tokio::io::sink());
            let (head, _) = Head::ask(&mut stream, "").await.unwrap();
            check(&head, "key", None).err().map(|error| error.reason)
        };
        let good = format!("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept:{accept} ");
        for lines in [
            good.clone(),
            good.replace(", Upgrade", "\r\nX: y\r\nCONNECTION: upgrade"),
            good.replace("Upgrade: WebSocket", "upgrade: h2c\r\nUPGRADE: WEBSOCKET"),
            format!("{good}\r\nSec-WebSocket-Protocol:\r\nSec-WebSocket-Extensions: "),
        ] {
            assert_eq!(check("1.1", &lines).await, None, "{lines}");
        }
        for (lines, words) in [
            (good.replace("WebSocket\r", "h2c\r"), "another protocol"),
            (good.replace(", Upgrade", ""), "another protocol"),
            (good.replace(&accept, "x"), "does not match"),
            (format!("{good}\r\nSec-WebSocket-Accept: x"), "does not match"),
            (
                format!("{good}\r\nSec-WebSocket-Extensions:\r\nSec-WebSocket-Extensions: permessage-deflate"),
                "extension",
            ),
            (format!("{good}\r\nsec-websocket-protocol: chat"), "subprotocol"),
        ] {
            assert!(check("1.1", &lines).await.unwrap().contains(words), "{lines}");
        }
        assert!(check("1.0", &good).await.unwrap().contains("HTTP/1.0"));
    }

    #[tokio::test]
    async fn a_refusal_carries_its_body_within_bounds() {
        assert_eq!(refused("Retry-After: 7\r\nContent-Length: 6\r\n", "no way!").await.0, "no way");
        assert_eq!(refused("Retry-After: 7\r\n", "").await.1, Some(Duration::from_secs(7)));
        assert_eq!(refused("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "").await.1, Some(Duration::ZERO));
        assert_eq!(refused("", &"x".repeat(5000)).await.0.len(), MAX_BODY_BYTES);
        let chunked = "Transfer-Encoding:\r\nTRANSFER-ENCODING: Chunked\r\n";
        assert_eq!(refused(chunked, "3;a=b\r\nno \r\n3\r\nway\r\n0\r\n\r\n").await.0, "no way");
        assert_eq!(refused(chunked, "ffffffffffffffff\r\ncut").await.0, "cut");
        assert_eq!(refused(chunked, "what\r\n").await.0, "");
        let interim = answered(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 429 Slow\r\n\r\n").await;
        assert!(matches!(interim.unwrap_err().kind, DialErrorKind::Refused { status: 429, .. }));
    }

    #[tokio::test]
    async fn a_redirect_is_for_the_caller_to_follow() {
        for status in [301, 302, 303, 307, 308] {
            let answer = answered(format!("HTTP/1.1 {status} Moved\r\nLocation: /there\r\n\r\n").as_bytes()).await;
            let Ok(Answer::Redirected { status: reported, headers }) = answer else { panic!("{answer:?}") };
            assert_eq!((reported, headers.get(header::LOCATION).unwrap().as_bytes()), (status, &b"/there"[..]));
        }
        let error = answered(b"HTTP/1.1 304 Not Modified\r\nLocation: /there\r\n\r\n").await.unwrap_err();
        assert!(matches!(error.kind, DialErrorKind::Refused { status: 304, .. }));
    }
}
