//! What a proxy is asked, and what its answer means. A proxy that works is tested from JavaScript.

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
