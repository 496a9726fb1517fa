//! The parts of an HTTP request. A client prepares once what all of its requests share.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
    uri::{Authority, Parts, PathAndQuery, Scheme},
};
use http_body_util::Full;

use super::Call;
use crate::{
    error::{Error, ErrorKind},
    token::Token,
    transport::{Origin, path_and_query},
    vocabulary::IDEMPOTENCY_HEADER,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PRODUCT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// What all requests to one server share.
pub(super) struct Template {
    scheme: Scheme,
    authority: Authority,
    prefix: String,
    headers: HeaderMap,
}

/// One request, which can be sent several times.
pub(super) struct Prepared {
    pub(super) method: Method,
    /// Path and query, with the URL's prefix.
    pub(super) target: PathAndQuery,
    headers: HeaderMap,
    body: Bytes,
}

impl Template {
    /// `None` if the server's name is not valid in HTTP.
    pub(super) fn new(origin: &Origin) -> Option<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, HeaderValue::from_static(PRODUCT));
        for (name, value) in origin.headers() {
            // The options' parser has checked both.
            let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) else {
                continue;
            };
            // The user's headers replace ours. Two headers of the user with one name are both sent.
            if name == ACCEPT || name == USER_AGENT {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
        headers.remove(CONTENT_TYPE);
        let authority = origin.authority().parse().ok()?;
        let scheme = if origin.is_secure() { Scheme::HTTPS } else { Scheme::HTTP };
        Some(Self { scheme, authority, prefix: origin.prefix().to_owned(), headers })
    }

    /// Prepares a call. The body moves out of the call.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] if the call is not a valid HTTP request.
    pub(super) fn prepare(&self, call: &mut Call, token: Option<&Token>) -> Result<Prepared, Error> {
        let invalid = |message: &str| Error::new(ErrorKind::InvalidArgument, message);
        let method =
            Method::from_bytes(call.method.as_bytes()).map_err(|_| invalid("the method is not a valid HTTP method"))?;
        let target = path_and_query(&format!("{}{}", self.prefix, call.path))
            .filter(|_| call.path.starts_with('/'))
            .ok_or_else(|| invalid("the path must start with \"/\" and be percent-encoded"))?;
        let mut headers = self.headers.clone();
        // A token has only characters that a header can carry.
        if let Some(bearer) = token.and_then(|token| HeaderValue::try_from(token.bearer()).ok()) {
            headers.insert(AUTHORIZATION, bearer);
        }
        let body = call.body.take().map(Bytes::from);
        if body.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        if let Some(key) = &call.idempotency_key {
            let key = HeaderValue::from_str(key).ok().filter(|_| key.is_ascii() && !key.is_empty());
            let key =
                key.ok_or_else(|| invalid("idempotencyKey must be printable ASCII: it is sent as an HTTP header"));
            headers.insert(HeaderName::from_static(IDEMPOTENCY_HEADER), key?);
        }
        Ok(Prepared { method, target, headers, body: body.unwrap_or_default() })
    }

    /// Builds the request for a target. After a redirect, the target is not the prepared one.
    pub(super) fn request(&self, prepared: &Prepared, target: &PathAndQuery) -> Request<Full<Bytes>> {
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(target.clone());
        let mut request = Request::new(Full::new(prepared.body.clone()));
        *request.method_mut() = prepared.method.clone();
        *request.headers_mut() = prepared.headers.clone();
        // A URI with all three parts is valid.
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{EndpointOptions, Protocol, TlsOptions, Transports};

    fn template(url: &str, headers: &[(&str, &str)]) -> Template {
        let options = EndpointOptions {
            url: url.to_owned(),
            protocol: Protocol::Ws,
            transports: Transports::default(),
            path: None,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            application_id: Some("app".to_owned()),
            environment: Some("test".to_owned()),
            tls: TlsOptions::default(),
            proxy: None,
            max_message_bytes: crate::transport::MAX_MESSAGE_BYTES,
            compression: None,
        };
        Template::new(&Origin::http(options).unwrap()).unwrap()
    }

    fn call(path: &str) -> Call {
        Call {
            method: "GET".to_owned(),
            path: path.to_owned(),
            body: None,
            timeout: std::time::Duration::from_secs(1),
            repeatable: true,
            idempotency_key: None,
        }
    }

    fn build(template: &Template, mut call: Call) -> Request<Full<Bytes>> {
        let token = Token::parse("jwt", std::time::Duration::ZERO).unwrap();
        let prepared = template.prepare(&mut call, Some(&token)).unwrap();
        template.request(&prepared, &prepared.target)
    }

    fn value<'a>(request: &'a Request<Full<Bytes>>, name: &str) -> Option<&'a str> {
        request.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[test]
    fn a_request_has_the_prefix_the_scope_and_the_type_of_its_body() {
        let template = template("https://example.com:8443/base/", &[("X-Trace", "1"), ("Content-Type", "text/plain")]);
        let request = build(&template, call("/api/a%2Fb?limit=1"));
        assert_eq!(request.uri(), "https://example.com:8443/base/api/a%2Fb?limit=1");
        for (name, expected) in [
            ("authorization", Some("Bearer jwt")),
            ("x-application-id", Some("app")),
            ("x-environment", Some("test")),
            ("x-trace", Some("1")),
            ("accept", Some("application/json")),
            ("accept-encoding", Some("identity")),
            ("content-type", None),
            ("idempotency-key", None),
        ] {
            assert_eq!(value(&request, name), expected, "{name}");
        }
        let body = Some("{}".to_owned());
        let write = Call { method: "PUT".to_owned(), body, idempotency_key: Some("k".to_owned()), ..call("/api") };
        let request = build(&template, write);
        assert_eq!((request.method(), value(&request, "content-type")), (&Method::PUT, Some("application/json")));
        assert_eq!(value(&request, "idempotency-key"), Some("k"));
    }

    #[test]
    fn the_users_own_headers_replace_ours() {
        let replaced = ["User-Agent", "Accept", "Accept-Encoding"].map(|name| (name, "mine"));
        let template = template("http://h", &[&replaced[..], &[("X-Many", "1"), ("x-many", "2")]].concat());
        let request = build(&template, call("/"));
        for (name, _) in replaced {
            assert_eq!(request.headers().get_all(name).iter().collect::<Vec<_>>(), ["mine"], "{name}");
        }
        assert_eq!(request.headers().get_all("x-many").iter().count(), 2);
    }

    #[test]
    fn an_invalid_http_request_is_refused() {
        let template = template("http://h", &[]);
        for path in ["", "api", "/a b", "/a#b", "/\u{e9}", "/a\r\nX-Evil: 1"] {
            assert_eq!(template.prepare(&mut call(path), None).err().expect(path).kind, ErrorKind::InvalidArgument);
        }
        for key in ["", "a\nb", "\u{e9}"] {
            let mut call = Call { idempotency_key: Some(key.to_owned()), ..call("/") };
            assert!(template.prepare(&mut call, None).err().expect(key).message.contains("idempotencyKey"));
        }
        assert!(template.prepare(&mut Call { method: "GE T".to_owned(), ..call("/") }, None).is_err());
    }
}
