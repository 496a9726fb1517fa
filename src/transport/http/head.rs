//! The head of an HTTP/1 answer to an upgrade request or to `CONNECT`: its status and headers.
//!
//! | what peers send | how it is read |
//! |---|---|
//! | one header in several lines | as one list, RFC 9110 section 5.3 |
//! | interim answers: 100, 102, 103, ... | [`MAX_INTERIM_ANSWERS`] are skipped, RFC 9110 section 15.2 |
//! | a value folded over lines | joined by spaces, RFC 9112 section 5.2 |
//! | lines that end in LF, leading empty lines, space before a colon | accepted, RFC 9112 section 2.2 |

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::{
    error::Remediation,
    transport::error::{DialError, DialErrorKind},
};

/// The largest head, as in Node's HTTP parser.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The most header lines of a head.
pub(in crate::transport) const MAX_HEADERS: usize = 512;
/// The most interim answers before the final one.
const MAX_INTERIM_ANSWERS: usize = 32;

pub(in crate::transport) const SWITCHING_PROTOCOLS: u16 = 101;
/// The first byte of a TLS alert, with which a TLS server answers plain text.
const TLS_ALERT: u8 = 0x15;

/// The head of a final answer.
#[derive(Debug)]
pub(in crate::transport) struct Head {
    /// Whether the answer is HTTP/1.0.
    pub(in crate::transport) is_http_1_0: bool,
    pub(in crate::transport) status: u16,
    pub(in crate::transport) headers: HeaderMap,
}

impl Head {
    /// Sends the head of a request and reads the head of its answer. Returns the bytes behind that
    /// head, too.
    pub(in crate::transport) async fn ask<S>(stream: &mut S, request: &str) -> Result<(Self, Vec<u8>), DialError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // A peer that refuses may answer and close before it has read the request, so a failed
        // write is reported only if there is no answer to read.
        let written = match stream.write_all(request.as_bytes()).await {
            Ok(()) => stream.flush().await,
            failed => failed,
        };
        match (Self::read(stream).await, written) {
            (Err(error), Err(write)) if error.kind == DialErrorKind::Network => Err(DialError::of_stream(&write)),
            (answer, _) => answer,
        }
    }

    async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<(Self, Vec<u8>), DialError> {
        let mut bytes = Vec::with_capacity(1024);
        let mut interim = 0;
        loop {
            while let Some((head, length)) = Self::parse(&bytes)? {
                let rest = bytes.split_off(length);
                if head.is_final() {
                    return Ok((head, rest));
                }
                interim += 1;
                if interim > MAX_INTERIM_ANSWERS {
                    let problem = format_args!("it sent more than {MAX_INTERIM_ANSWERS} interim answers (HTTP 1xx)");
                    return Err(DialError::protocol(problem));
                }
                bytes = rest;
            }
            if bytes.len() > MAX_HEAD_BYTES {
                return Err(too_large());
            }
            if stream.read_buf(&mut bytes).await.map_err(|error| DialError::of_stream(&error))? == 0 {
                let error = DialError::network("the server closed the connection before it answered");
                return Err(error.with_remediation(Remediation::CheckScheme));
            }
        }
    }

    /// The first head in these bytes and its length, if it is complete.
    fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, DialError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut answer = httparse::Response::new(&mut headers);
        let length = match parser().parse_response(&mut answer, bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) if bytes.first() == Some(&TLS_ALERT) => {
                return Err(DialError::protocol("it expects TLS, so the url must start with https://"));
            }
            Err(httparse::Error::Version) => return Err(DialError::protocol("its answer is not HTTP/1.1")),
            Err(httparse::Error::TooManyHeaders) => return Err(too_large()),
            Err(_) => return Err(malformed()),
        };
        if length > MAX_HEAD_BYTES {
            return Err(too_large());
        }
        let (Some(version), Some(status)) = (answer.version, answer.code) else { return Err(malformed()) };
        let lines = answer.headers.iter().map(|line| {
            let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(&unfolded(line.value)).ok()?))
        });
        let headers = lines.collect::<Option<HeaderMap>>().ok_or_else(malformed)?;
        Ok(Some((Self { is_http_1_0: version == 0, status, headers }, length)))
    }

    const fn is_final(&self) -> bool {
        self.status == SWITCHING_PROTOCOLS || self.status >= 200
    }

    /// The members of a list header, from all of its lines.
    pub(in crate::transport) fn list(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        let lines = self.headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).map(str::trim).filter(|member| !member.is_empty())
    }
}

fn parser() -> httparse::ParserConfig {
    let mut parser = httparse::ParserConfig::default();
    parser.allow_spaces_after_header_name_in_responses(true);
    parser.allow_obsolete_multiline_headers_in_responses(true);
    parser.allow_multiple_spaces_in_response_status_delimiters(true);
    parser
}

/// Joins the lines of a folded value.
fn unfolded(value: &[u8]) -> Vec<u8> {
    value.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect()
}

fn malformed() -> DialError {
    DialError::protocol("its HTTP answer is malformed")
}

fn too_large() -> DialError {
    let limits = format_args!("the head of its answer exceeds {MAX_HEAD_BYTES} bytes or {MAX_HEADERS} lines");
    DialError::protocol(limits)
}

#[cfg(test)]
mod tests {
    use std::io;

    use http::header::{CONNECTION, LINK, UPGRADE};

    use super::*;

    async fn read(bytes: &[u8]) -> Result<(Head, Vec<u8>), DialError> {
        Head::read(&mut io::Cursor::new(bytes)).await
    }

    fn only(head: &Head, name: HeaderName) -> &str {
        head.list(name).last().unwrap_or_default()
    }

    #[tokio::test]
    async fn bytes_after_the_head_are_kept() {
        let (head, rest) = read(b"HTTP/1.1 101\r\nUpgrade: websocket\r\n\r\n\x81\x01x").await.unwrap();
        assert_eq!(
            (head.status, only(&head, UPGRADE), rest.as_slice(), head.is_http_1_0),
            (101, "websocket", &b"\x81\x01x"[..], false)
        );
        assert!(read(b"HTTP/1.0 200 OK\r\n\r\n").await.unwrap().0.is_http_1_0);
    }

    #[tokio::test]
    async fn all_lines_of_a_header_are_one_list() {
        let lines = "CONNECTION: keep-alive , foo\r\nX: y\r\nconnection:\r\nConnection:\tUpgrade\r\n";
        let (head, _) = read(format!("HTTP/1.1 101 x\r\n{lines}\r\n").as_bytes()).await.unwrap();
        assert_eq!(head.list(CONNECTION).collect::<Vec<_>>(), ["keep-alive", "foo", "Upgrade"]);
        assert_eq!(head.list(UPGRADE).count(), 0);
    }

    #[tokio::test]
    async fn odd_but_legal_lines_are_read() {
        for text in [
            "HTTP/1.1 101 Switching\nUpgrade: a\n\n",
            "\r\n\r\nHTTP/1.1 101 Switching\r\nUpgrade: a\r\n\r\n",
            "HTTP/1.1  101  Switching\r\nUpgrade :a\r\n\r\n",
            "HTTP/1.1 101 \u{e9}\r\nX-Latin: \u{e9}\r\nupgrade:\r\n a\r\n\r\n",
        ] {
            let (head, _) = read(text.as_bytes()).await.unwrap();
            assert_eq!((head.status, only(&head, UPGRADE)), (101, "a"), "{text:?}");
        }
        let folded = read(b"HTTP/1.1 101 x\r\nConnection: keep-alive,\r\n\tUpgrade\r\n\r\n").await.unwrap().0;
        assert_eq!(folded.list(CONNECTION).last(), Some("Upgrade"));
        let many = format!("HTTP/1.1 101 x\r\n{}Upgrade: a\r\n\r\n", "x: y\r\n".repeat(MAX_HEADERS - 1));
        assert_eq!(only(&read(many.as_bytes()).await.unwrap().0, UPGRADE), "a");
    }

    #[tokio::test]
    async fn interim_answers_are_skipped_up_to_a_bound() {
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
        let mixed =
            format!("HTTP/1.1 100 Continue\r\n\r\n{hints}HTTP/1.1 102\r\nX: y\r\n\r\nHTTP/1.0 199 ?\n\n{hints}");
        for last in ["HTTP/1.1 101 x\r\n\r\n", "HTTP/1.1 503 Busy\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            let (head, rest) = read(format!("{mixed}{last}rest").as_bytes()).await.unwrap();
            assert_eq!((head.status.to_string().as_str(), rest.as_slice()), (&last[9..12], &b"rest"[..]));
            assert_eq!(only(&head, LINK), "", "a hint is not the answer's");
        }
        let bounded = hints.repeat(MAX_INTERIM_ANSWERS) + "HTTP/1.1 101 x\r\n\r\n";
        assert_eq!(read(bounded.as_bytes()).await.unwrap().0.status, 101);
        let endless = hints.repeat(MAX_INTERIM_ANSWERS + 1);
        assert!(read(endless.as_bytes()).await.unwrap_err().reason.contains("more than 32 interim answers"));
    }

    #[tokio::test]
    async fn what_is_not_http_is_told_at_once() {
        for (bytes, words) in [
            (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "not HTTP"),
            (b"HTTP/2.0 101 x\r\n\r\n", "not HTTP/1.1"),
            (b"ICY 200 OK\r\n\r\n", "not HTTP"),
            (b"\x15\x03\x01\x00\x02\x02\x46", "https://"),
            (b"HTTP/1.1 abc\r\n\r\n", "malformed"),
            (b"HTTP/1.1 101 Switching\r\nno colon\r\n\r\n", "malformed"),
            (b"", "closed the connection"),
            (b"HTTP/1.1 101", "closed the connection"),
            (b"HTTP/1.1 103 Early Hints\r\n\r\n", "closed the connection"),
        ] {
            let error = read(bytes).await.unwrap_err();
            assert!(error.reason.contains(words), "{error}");
        }
    }

    #[tokio::test]
    async fn a_head_is_bounded() {
        let line = format!("x: {}\r\n", "y".repeat(2000));
        for (lines, whole) in [(9, false), (9, true), (7, true)] {
            let end = if whole { "\r\n" } else { "" };
            let head = format!("HTTP/1.1 101 x\r\n{}{end}", line.repeat(lines));
            let read = read(head.as_bytes()).await.map(|(head, _)| head.status).map_err(|error| error.reason);
            match read {
                Ok(status) => assert_eq!((lines, status), (7, 101)),
                Err(reason) => assert!(lines == 9 && reason.contains("exceeds 16384 bytes"), "{reason}"),
            }
        }
        let many = format!("HTTP/1.1 101 x\r\n{}\r\n", "x: y\r\n".repeat(MAX_HEADERS + 1));
        assert!(read(many.as_bytes()).await.unwrap_err().reason.contains("512 lines"));
    }
}
