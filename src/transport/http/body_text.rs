//! How an error describes the body of an answer that does not come from the platform: in a few
//! words, without tags or binary data.

use http::{HeaderMap, header::CONTENT_ENCODING};

/// The most characters of a page's title to show.
const MAX_TITLE: usize = 80;
/// The most characters of an encoding's name to show.
const MAX_ENCODING: usize = 40;

/// The first characters of a text. JavaScript redacts and escapes what the engine reports.
#[must_use]
pub fn start_of(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

/// Describes an HTML page by its title, if it has one: `an HTML page "502 Bad Gateway"`. Returns
/// `None` for any other body. `content_type` is empty if it is unknown.
#[must_use]
pub fn html_page(content_type: &str, body: &str) -> Option<String> {
    if !is_html(content_type, body) {
        return None;
    }
    let title = title(body).map(|title| format!(" \"{title}\"")).unwrap_or_default();
    Some(format!("an HTML page{title}"))
}

/// The content encoding of a body, if it has one: `gzip`.
#[must_use]
pub fn content_encoding(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    /// The first bytes of a gzip stream, RFC 1952 section 2.3.1.
    const GZIP: &[u8] = b"\x1f\x8b";

    let names: Vec<_> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"))
        .collect();
    match names.as_slice() {
        [] => body.starts_with(GZIP).then(|| "gzip".to_owned()),
        names => Some(start_of(&names.join(", "), MAX_ENCODING)),
    }
}

fn is_html(content_type: &str, body: &str) -> bool {
    let content_type = content_type.to_ascii_lowercase();
    let body = body.trim_start_matches('\u{feff}').trim_ascii_start();
    let is_tag =
        body.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!'));
    if content_type.contains("html") {
        // Some servers label every body as HTML.
        return body.starts_with('<');
    }
    is_tag && !content_type.contains("xml") || find(body, "<html").is_some()
}

/// The text between `<title>` and `</title>`, with its white space folded.
fn title(page: &str) -> Option<String> {
    let (_, rest) = page.split_at_checked(find(page, "<title")?)?;
    let (_, rest) = rest.split_once('>')?;
    let text = rest.split('<').next()?;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = start_of(&words, MAX_TITLE);
    (!title.is_empty()).then_some(title)
}

/// Where an ASCII word begins, ignoring case.
fn find(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_page_is_described_by_its_title() {
        for (kind, body, shown) in [
            (
                "text/html",
                "<html><head><title>502 Bad Gateway</title></head>",
                Some("an HTML page \"502 Bad Gateway\""),
            ),
            ("", "\u{feff}\r\n<!DOCTYPE HTML>\n<TITLE lang=en>\n  404 \u{1b}[31m\n Not found\n</TITLE>", {
                Some("an HTML page \"404 \u{1b}[31m Not found\"")
            }),
            ("", "<html>\r\nBad gateway", Some("an HTML page")),
            ("", "<h1>Sorry</h1>", Some("an HTML page")),
            ("", "<?xml version=\"1.0\"?><!DOCTYPE html><html><title>é</title>", Some("an HTML page \"é\"")),
            ("text/plain", "<html><title></title>", Some("an HTML page")),
            ("text/html", "<title>cut", Some("an HTML page \"cut\"")),
            ("text/html", "<title", Some("an HTML page")),
            ("Text/HTML; charset=utf-8", "<p>x", Some("an HTML page")),
            ("text/html", "Sorry", None),
            ("", "Sorry, a < b", None),
            ("", "< 5", None),
            ("", "", None),
            ("application/xml", "<Error><Code>AccessDenied</Code></Error>", None),
            ("", "<?xml version=\"1.0\"?><Error/>", None),
        ] {
            assert_eq!(html_page(kind, body).as_deref(), shown, "{kind} {body}");
        }
        let long = format!("<title>{}</title>", "x".repeat(1000));
        assert!(html_page("", &long).unwrap().len() < 110);
    }

    #[test]
    fn an_encoding_is_named() {
        for (lines, body, named) in [
            (&["gzip"][..], &b"?"[..], Some("gzip")),
            (&["gzip, br"], b"?", Some("gzip, br")),
            (&["identity"], b"?", None),
            (&["Identity", "deflate"], b"?", Some("deflate")),
            (&[""], b"?", None),
            (&[], b"?", None),
            (&[], b"\x1f\x8b\x08", Some("gzip")),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(line));
            }
            assert_eq!(content_encoding(&headers, body).as_deref(), named, "{lines:?}");
        }
    }
}
