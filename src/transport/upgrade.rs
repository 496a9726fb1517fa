//! The HTTP exchange that turns a stream into a WebSocket, RFC 6455 section 4.
//!
//! The body of a refusal and its `Retry-After` are read as well: they are what tells a user why.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::error::{DialError, DialErrorKind};
use super::random::random;
use super::retry_after::retry_after;

/// How large the head of the answer may be, as in Node's HTTP parser.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 124;
/// How much of a refusal's body is kept.
pub(super) const MAX_BODY_BYTES: usize = 1024;
/// How long to wait for the rest of a refusal's body: it is only there to explain.
pub(super) const BODY_PATIENCE: Duration = Duration::from_millis(500);

const SWITCHING_PROTOCOLS: u16 = 101;
/// The first byte of a TLS alert, which a TLS server answers with when it is spoken to in plain text.
const TLS_ALERT: u8 = 0x15;

/// Asks for the upgrade. Returns the bytes that came after the answer's head: the first frames.
pub(super) async fn perform<S>(stream: &mut S, head: &str) -> Result<Vec<u8>, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let key = STANDARD.encode(random::<16>());
    let request = format!("{head}Sec-WebSocket-Key: {key}\r\n\r\n");
    // A server that refuses may answer and close while it is still being written to, so a failed write is reported
    // only where there is no answer to read.
    let written = match stream.write_all(request.as_bytes()).await {
        Ok(()) => stream.flush().await,
        failed => failed,
    };
    let (answer, rest) = match (read_answer(stream).await, written) {
        (Err(error), Err(write)) if error.kind == DialErrorKind::Network => return Err(DialError::of_stream(&write)),
        (answer, _) => answer?,
    };
    if answer.status != SWITCHING_PROTOCOLS {
        return Err(answer.into_refusal(stream, rest).await);
    }
    answer.check(&key)?;
    Ok(rest)
}

/// The head of the server's answer.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
}

pub(super) async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> Result<(Answer, Vec<u8>), DialError> {
    const END: &[u8] = b"\r\n\r\n";
    let mut bytes = Vec::with_capacity(1024);
    loop {
        let searched = bytes.len().saturating_sub(END.len() - 1);
        if stream.read_buf(&mut bytes).await.map_err(|error| DialError::of_stream(&error))? == 0 {
            return Err(DialError::network("the server closed the connection before it answered the upgrade"));
        }
        if bytes.first() == Some(&TLS_ALERT) {
            return Err(DialError::protocol("it expects TLS, so the url must start with https://"));
        }
        let http = bytes.iter().zip(b"HTTP/1.").all(|(received, expected)| received == expected);
        if !http {
            return Err(DialError::protocol("its answer is not HTTP/1.1"));
        }
        let end = bytes.windows(END.len()).skip(searched).position(|window| window == END);
        if let Some(position) = end {
            let rest = bytes.split_off(searched + position + END.len());
            let answer = Answer::decode(&bytes).ok_or_else(|| DialError::protocol("its HTTP answer is malformed"))?;
            return Ok((answer, rest));
        }
        if bytes.len() > MAX_HEAD_BYTES {
            return Err(DialError::protocol(format_args!("the head of its answer exceeds {MAX_HEAD_BYTES} bytes")));
        }
    }
}

impl Answer {
    fn decode(head: &[u8]) -> Option<Self> {
        let line_end = head.windows(2).position(|window| window == b"\r\n")?;
        let (status_line, headers) = head.split_at_checked(line_end + 2)?;
        let mut words = str::from_utf8(status_line.get(..line_end)?).ok()?.splitn(3, ' ');
        let status = words.nth(1)?.parse().ok()?;
        let mut parsed = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let httparse::Status::Complete((_, parsed)) = httparse::parse_headers(headers, &mut parsed).ok()? else {
            return None;
        };
        let headers = parsed.iter().map(|header| {
            let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(header.value).ok()?))
        });
        Some(Self { status, headers: headers.collect::<Option<HeaderMap>>()? })
    }

    fn text(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn number<T: std::str::FromStr>(&self, name: header::HeaderName) -> Option<T> {
        self.text(name).trim().parse().ok()
    }

    fn check(&self, key: &str) -> Result<(), DialError> {
        let lists =
            |name, wanted: &str| self.text(name).split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted));
        if !lists(header::UPGRADE, "websocket") || !lists(header::CONNECTION, "upgrade") {
            return Err(DialError::protocol("it switched to another protocol"));
        }
        if self.text(header::SEC_WEBSOCKET_ACCEPT) != accept_of(key) {
            return Err(DialError::protocol("its Sec-WebSocket-Accept does not match the key"));
        }
        if self.headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS) {
            return Err(DialError::protocol("it uses an extension that was not offered"));
        }
        Ok(())
    }

    async fn into_refusal(self, stream: &mut (impl AsyncRead + Unpin), mut body: Vec<u8>) -> DialError {
        let chunked = self.text(header::TRANSFER_ENCODING).eq_ignore_ascii_case("chunked");
        let length = self.number(header::CONTENT_LENGTH).unwrap_or(usize::MAX).min(MAX_BODY_BYTES);
        let rest = async {
            while body.len() < length && !(chunked && body.ends_with(b"0\r\n\r\n")) {
                if !matches!(stream.read_buf(&mut body).await, Ok(1..)) {
                    return;
                }
            }
        };
        // Whatever of the body has come by then is better than nothing.
        let _ = timeout(BODY_PATIENCE, rest).await;
        body.truncate(length);
        let body = if chunked { join_chunks(&body) } else { body };
        let mut body = String::from_utf8_lossy(&body).into_owned();
        body.truncate(body.floor_char_boundary(MAX_BODY_BYTES));
        let retry_after = retry_after(self.text(header::RETRY_AFTER), SystemTime::now());
        let status = self.status;
        DialError::new(DialErrorKind::Refused { status, body, retry_after }, format!("HTTP {status}"))
    }
}

/// What a server makes of the key, RFC 6455 section 4.2.2.
fn accept_of(key: &str) -> String {
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

/// The data of a chunked body, RFC 9112 section 7.1, as far as it is there.
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
    use std::io;

    use super::*;

    async fn answer(bytes: &[u8]) -> Result<(Answer, Vec<u8>), DialError> {
        read_answer(&mut io::Cursor::new(bytes)).await
    }

    async fn refusal(head: &str, body: &str) -> (String, Option<Duration>) {
        let bytes = format!("HTTP/1.0 503 Busy\r\n{head}\r\n{body}");
        let mut stream = io::Cursor::new(bytes.as_bytes());
        let (answer, rest) = read_answer(&mut stream).await.unwrap();
        let error = answer.into_refusal(&mut stream, rest).await;
        assert_eq!(error.reason, "HTTP 503");
        let DialErrorKind::Refused { status: 503, body, retry_after } = error.kind else { panic!("{error:?}") };
        (body, retry_after)
    }

    #[tokio::test]
    async fn bytes_after_the_head_are_kept() {
        let (answer, rest) = answer(b"HTTP/1.1 101\r\nUpgrade: websocket\r\n\r\n\x81\x01x").await.unwrap();
        assert_eq!(
            (answer.status, answer.text(header::UPGRADE), rest.as_slice()),
            (101, "websocket", &b"\x81\x01x"[..])
        );
    }

    #[tokio::test]
    async fn what_is_not_http_is_told_at_once() {
        for (bytes, words) in [
            (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "not HTTP"),
            (b"\x15\x03\x01\x00\x02\x02\x46", "https://"),
            (b"HTTP/1.1 abc\r\n\r\n", "malformed"),
            (b"HTTP/1.1 101 Switching\r\nno colon\r\n\r\n", "malformed"),
            (b"", "closed the connection"),
            (b"HTTP/1.1 101", "closed the connection"),
        ] {
            let error = answer(bytes).await.err().unwrap();
            assert!(error.reason.contains(words), "{error}");
        }
        let endless = [&b"HTTP/1.1 101\r\n"[..], &b"x: y\r\n".repeat(MAX_HEAD_BYTES)].concat();
        assert!(answer(&endless).await.err().unwrap().reason.contains("exceeds 16384 bytes"));
    }

    #[tokio::test]
    async fn an_answer_counts_more_than_a_failed_write() {
        let attempt = async |answer: &'static str| {
            let (closed, _) = tokio::io::duplex(1);
            let mut stream = tokio::io::join(io::Cursor::new(answer.as_bytes()), closed);
            perform(&mut stream, "").await.unwrap_err().reason
        };
        assert_eq!(attempt("HTTP/1.1 431 Too large\r\n\r\n").await, "HTTP 431");
        assert_eq!(attempt("").await, "EPIPE: broken pipe");
    }

    #[test]
    fn the_key_is_accepted_as_in_the_example_of_the_specification() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn an_upgrade_must_be_the_one_asked_for() {
        let accept = accept_of("key");
        let check = |lines: &str| {
            let head = format!("HTTP/1.1 101 ok\r\n{lines}\r\n\r\n");
            Answer::decode(head.as_bytes()).unwrap().check("key").err().map(|error| error.reason)
        };
        let good = format!("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: {accept}");
        assert_eq!(check(&good), None);
        for (lines, words) in [
            (good.replace("WebSocket", "h2c"), "another protocol"),
            (good.replace(", Upgrade", ""), "another protocol"),
            (good.replace(&accept, "x"), "does not match"),
            (format!("{good}\r\nSec-WebSocket-Extensions: permessage-deflate"), "extension"),
        ] {
            assert!(check(&lines).unwrap().contains(words), "{lines}");
        }
    }

    #[tokio::test]
    async fn a_refusal_carries_its_body_within_bounds() {
        assert_eq!(refusal("Retry-After: 7\r\nContent-Length: 6\r\n", "no way!").await.0, "no way");
        assert_eq!(refusal("Retry-After: 7\r\n", "").await.1, Some(Duration::from_secs(7)));
        assert_eq!(refusal("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "").await.1, Some(Duration::ZERO));
        assert_eq!(refusal("", &"x".repeat(5000)).await.0.len(), MAX_BODY_BYTES);
        let chunked = "Transfer-Encoding: chunked\r\n";
        assert_eq!(refusal(chunked, "3;a=b\r\nno \r\n3\r\nway\r\n0\r\n\r\n").await.0, "no way");
        assert_eq!(refusal(chunked, "ffffffffffffffff\r\ncut").await.0, "cut");
        assert_eq!(refusal(chunked, "what\r\n").await.0, "");
    }
}
