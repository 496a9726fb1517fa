//! One request, found in the bytes that a connection has sent so far.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// A head or a body larger than this did not come from a client under measurement.
const MAX_HEAD: usize = 16 * 1024;
const MAX_BODY: usize = 1024 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A read or a merge of one document: both are answered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Number of the document.
    pub(crate) document: usize,
}

/// The body of a merge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    #[serde(rename = "data")]
    _data: IgnoredAny,
}

impl Request {
    /// The first request in `bytes` and its length, or `None` while its end is missing. What
    /// follows it is the next one's.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, &'static str> {
        let Some(head_length) = bytes.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) else {
            return if bytes.len() > MAX_HEAD { Err("the head of a request is too large") } else { Ok(None) };
        };
        let (head, rest) = bytes.split_at_checked(head_length).unwrap_or_default();
        let rest = rest.get(END_OF_HEAD.len()..).unwrap_or_default();
        let head = str::from_utf8(head).map_err(|_| "the head of a request is not text")?;
        let (line, headers) = head.split_once("\r\n").unwrap_or((head, ""));

        let body_length = body_length(headers)?;
        if body_length > MAX_BODY {
            return Err("the body of a request is too large");
        }
        let Some(body) = rest.get(..body_length) else { return Ok(None) };
        let length = head_length + END_OF_HEAD.len() + body_length;
        Ok(Some((Self { document: route(line, body)? }, length)))
    }
}

fn body_length(headers: &str) -> Result<usize, &'static str> {
    let mut length = 0;
    for (name, value) in headers.split("\r\n").filter_map(|header| header.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| "Content-Length is not a number")?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err("a body without Content-Length");
        }
    }
    Ok(length)
}

/// The number of the document that a request line names.
fn route(line: &str, body: &[u8]) -> Result<usize, &'static str> {
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = match (method, path.strip_suffix("/merge")) {
        ("GET", None) => path,
        ("PATCH", Some(path)) => {
            serde_json::from_slice::<Merge>(body).map_err(|_| "the body of a merge is not { data }")?;
            path
        }
        _ => return Err("neither a read nor a merge"),
    };
    let id = path.rsplit_once("/documents/doc-").ok_or("not the path of a document")?.1;
    id.parse().ok().filter(|_| id.len() == 3).ok_or("not the id of a document")
}

#[cfg(test)]
mod tests {
    use super::Request;

    const GET: &str = "GET /api/sync/notes/documents/doc-007 HTTP/1.1\r\nHost: source\r\n\r\n";
    const MERGE: &str =
        "PATCH /api/sync/notes/documents/doc-042/merge HTTP/1.1\r\ncontent-length: 16\r\n\r\n{\"data\":{\"a\":1}}";

    #[test]
    fn finds_requests_that_follow_each_other() {
        let bytes = [MERGE, GET].concat();
        let (first, length) = Request::decode(bytes.as_bytes()).unwrap().unwrap();
        assert_eq!((first.document, length), (42, MERGE.len()));
        let (second, length) = Request::decode(&bytes.as_bytes()[length..]).unwrap().unwrap();
        assert_eq!((second.document, length), (7, GET.len()));
    }

    #[test]
    fn waits_for_the_last_byte() {
        for request in [GET, MERGE] {
            for end in 0..request.len() {
                assert_eq!(Request::decode(&request.as_bytes()[..end]), Ok(None), "{end} of {}", request.len());
            }
        }
    }

    #[test]
    fn refuses_what_it_would_answer_wrongly() {
        for (part, replacement) in [
            ("content-length: 16", "transfer-encoding: chunked"),
            ("content-length: 16", "content-length: x"),
            ("content-length: 16", "content-length: 2000000"),
            ("content-length: 16", "content-length: 15"),
            ("PATCH", "PUT"),
            ("/merge", ""),
            ("doc-042", "doc-1042"),
            ("doc-042", "42"),
            ("data", "date"),
        ] {
            assert!(Request::decode(MERGE.replace(part, replacement).as_bytes()).is_err(), "{replacement}");
        }
        assert!(Request::decode("a".repeat(20_000).as_bytes()).is_err());
    }
}
