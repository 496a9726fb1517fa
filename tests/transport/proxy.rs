//! The request to a proxy, and the meaning of its answer. JavaScript tests a proxy that works.

use realtime::transport::{DialErrorKind, Endpoint, EndpointOptions, ProxyOptions};
use tokio::io::AsyncWriteExt;

use crate::peer::{dial, failed, listen, options, read_head, soon};

#[tokio::test]
async fn a_proxy_is_asked_to_connect_and_does_not_see_the_token() {
    for (url, authorization, expected) in [
        ("http://platform.test/prefix", None, "CONNECT platform.test:80 HTTP/1.1\r\nHost: platform.test:80\r\n\r\n"),
        (
            "https://[2001:db8::1]:8443",
            Some("Basic dTpw"),
            "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nProxy-Authorization: Basic dTpw\r\n\r\n",
        ),
    ] {
        let (listener, _) = listen().await;
        let port = listener.local_addr().unwrap().port();
        let authorization = authorization.map(str::to_owned);
        let proxy = Some(ProxyOptions { host: "127.0.0.1".to_owned(), port, authorization });
        let endpoint = Endpoint::new(EndpointOptions { proxy, ..options(url) }).unwrap();
        assert!(!format!("{endpoint:?}").contains("dTpw"));
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let head = read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 407 No\r\n\r\n").await.unwrap();
            head
        };
        let (dialled, head) = soon(async { tokio::join!(dial(&endpoint), serve) }).await;
        assert_eq!(head, expected);
        let error = failed(dialled);
        assert_eq!(error.kind, DialErrorKind::Proxy { status: Some(407) });
        assert_eq!(error.reason, format!("the proxy 127.0.0.1:{port} answered HTTP 407"));
    }
}

#[tokio::test]
async fn interim_answers_and_old_heads_of_a_proxy_are_understood() {
    for answer in [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.0 200 Connection established\r\n\r\n",
        "HTTP/1.1 200 OK\nProxy-Agent: old\n\n",
    ] {
        let (listener, _) = listen().await;
        let port = listener.local_addr().unwrap().port();
        let proxy = Some(ProxyOptions { host: "127.0.0.1".to_owned(), port, authorization: None });
        let endpoint = Endpoint::new(EndpointOptions { proxy, ..options("http://platform.test") }).unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            let head = read_head(&mut stream).await;
            assert!(head.starts_with("GET /ws HTTP/1.1\r\n"), "{head}");
            stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").await
        };
        let (dialled, written) = soon(async { tokio::join!(dial(&endpoint), serve) }).await;
        written.unwrap();
        assert!(matches!(failed(dialled).kind, DialErrorKind::Refused { status: 403, .. }), "{answer:?}");
    }
}
