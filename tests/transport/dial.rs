//! Dialling: the upgrade request, and every way in which a dial fails.

use std::time::Duration;

use realtime::transport::{DialError, DialErrorKind, Endpoint, Frame, Link, Protocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::peer::{dial, dial_answered, endpoint, failed, listen, options, read_head, receive, soon};

#[tokio::test]
async fn the_upgrade_request_names_the_target_and_the_scope() {
    for (protocol, path, target) in [
        (Protocol::SocketIo, None, "/prefix/socket.io/?EIO=4&transport=websocket"),
        (Protocol::Ws, None, "/prefix/ws"),
        (Protocol::Ws, Some("/elsewhere"), "/elsewhere"),
    ] {
        let (listener, url) = listen().await;
        let mut options = options(&format!("{url}/prefix"));
        options.protocol = protocol;
        options.path = path.map(str::to_owned);
        options.application_id = Some("app_1".to_owned());
        options.environment = Some("staging".to_owned());
        options.headers = vec![("X-Trace".to_owned(), "abc".to_owned())];
        let endpoint = Endpoint::new(options).unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await
        };
        let (_, head) = tokio::join!(dial(&endpoint), serve);

        let mut lines = head.lines();
        assert_eq!(lines.next(), Some(format!("GET {target} HTTP/1.1").as_str()));
        let mut lines: Vec<_> = lines.map(str::to_ascii_lowercase).collect();
        lines.retain(|line| !line.is_empty() && !line.starts_with("sec-websocket-key: "));
        lines.sort_unstable();
        let host = format!("host: {}", endpoint.authority());
        assert_eq!(
            lines,
            [
                "accept-encoding: identity",
                "authorization: bearer secret-token",
                "connection: upgrade",
                &host,
                "sec-websocket-version: 13",
                "upgrade: websocket",
                "x-application-id: app_1",
                "x-environment: staging",
                "x-trace: abc",
            ]
        );
    }
}

#[tokio::test]
async fn frames_together_with_the_answer_are_received() {
    let (listener, url) = listen().await;
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = derive_accept_key(key.as_bytes());
        let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
        let answer = format!("{answer}Sec-WebSocket-Accept: {accept}\r\n\r\n");
        stream.write_all(&[answer.as_bytes(), b"\x81\x05first\x82\x02\x00\xff"].concat()).await.unwrap();
        stream
    };
    let endpoint = endpoint(&url);
    let (link, _open) = tokio::join!(dial(&endpoint), serve);
    let mut link = link.unwrap();
    assert_eq!(receive(&mut link).await, Ok(Frame::Text("first".into())));
    assert_eq!(receive(&mut link).await, Ok(Frame::Binary(vec![0x00, 0xff].into())));
}

/// Dials a server that answers the upgrade with this head. `ACCEPT` in it stands for the right key.
async fn dial_answered_with_key(head: &str) -> Result<Link, DialError> {
    let (listener, url) = listen().await;
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_head(&mut stream).await;
        let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let head = head.replace("ACCEPT", &derive_accept_key(key.as_bytes()));
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    };
    let endpoint = endpoint(&url);
    soon(async { tokio::join!(dial(&endpoint), serve).0 }).await
}

#[tokio::test]
async fn heads_of_all_kinds_of_servers_are_understood() {
    let accept = "Sec-WebSocket-Accept: ACCEPT\r\n\r\n";
    let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    for head in [
        format!("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\n{accept}"),
        format!("HTTP/1.1 101 x\r\nUPGRADE: WebSocket\r\nCONNECTION: UPGRADE\r\nconnection: Keep-Alive\r\n{accept}"),
        format!("HTTP/1.1 101 x\nupgrade:websocket\nconnection:upgrade\n{}", accept.replace('\r', "")),
        format!("HTTP/1.1 100 Continue\r\n\r\n{hint}{hint}HTTP/1.1 102 Processing\r\n\r\n{}", {
            format!("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{accept}")
        }),
    ] {
        assert!(dial_answered_with_key(&head).await.is_ok(), "{head}");
    }
    for (head, words) in [
        (format!("HTTP/1.0 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{accept}"), "HTTP/1.0"),
        (
            format!(
                "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: a\r\n{accept}"
            ),
            "subprotocol",
        ),
        (hint.repeat(100), "interim answers"),
    ] {
        let error = failed(dial_answered_with_key(&head).await);
        assert_eq!(error.kind, DialErrorKind::Protocol);
        assert!(error.reason.contains(words), "{error}");
    }
    let error =
        failed(dial_answered_with_key(&format!("{hint}HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")).await);
    assert_eq!(error.kind, DialErrorKind::Refused { status: 503, body: "busy".to_owned(), retry_after: None });
}

#[tokio::test]
async fn a_refused_port_is_named() {
    let (listener, url) = listen().await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = failed(dial(&endpoint(&url)).await);
    assert_eq!((error.kind, error.reason), (DialErrorKind::Network, format!("connect ECONNREFUSED {address}")));
    assert!(error.source.unwrap().contains("os error"));
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let error = failed(dial(&endpoint("http://nowhere.invalid")).await);
    assert_eq!((error.kind, error.reason.as_str()), (DialErrorKind::Network, "getaddrinfo ENOTFOUND nowhere.invalid"));
    assert!(error.source.is_some());
}

#[tokio::test]
async fn a_refusal_keeps_status_body_and_retry_after() {
    let error = dial_answered("HTTP/1.1 401 Unauthorized\r\nContent-Length: 11\r\n\r\nbad token\r\n").await;
    let refused = DialErrorKind::Refused { status: 401, body: "bad token\r\n".to_owned(), retry_after: None };
    assert_eq!((error.kind, error.reason.as_str()), (refused, "HTTP 401"));

    let chunked = "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nRetry-After: 12\r\n\r\n5\r\nlater\r\n0\r\n\r\n";
    let retry_after = Some(Duration::from_secs(12));
    let refused = DialErrorKind::Refused { status: 503, body: "later".to_owned(), retry_after };
    assert_eq!(dial_answered(chunked).await.kind, refused);

    // Without a length, on a connection that stays open, the received part of the body is enough.
    let refused = DialErrorKind::Refused { status: 200, body: "hello".to_owned(), retry_after: None };
    assert_eq!(dial_answered("HTTP/1.1 200 OK\r\n\r\nhello").await.kind, refused);
}

#[tokio::test]
async fn a_server_of_another_kind_is_recognized() {
    let error = dial_answered("SSH-2.0-OpenSSH_9.6\r\n").await;
    assert_eq!(error.kind, DialErrorKind::Protocol);
    assert!(error.reason.starts_with("connected to a server that does not speak WebSocket: "), "{error}");

    let wrong_key = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";
    assert_eq!(dial_answered(wrong_key).await.kind, DialErrorKind::Protocol);
}

#[tokio::test]
async fn a_server_that_hangs_up_is_a_network_error() {
    let (listener, url) = listen().await;
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
    };
    let endpoint = endpoint(&url);
    let (dialled, ()) = tokio::join!(dial(&endpoint), serve);
    let error = failed(dialled);
    assert_eq!(error.kind, DialErrorKind::Network);
    assert_eq!(error.reason, "the server closed the connection before it answered");
}

#[tokio::test]
async fn a_dropped_dial_closes_its_socket() {
    let (listener, url) = listen().await;
    let endpoint = endpoint(&url);
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream
    };
    let mut stream = tokio::select! {
        _ = dial(&endpoint) => panic!("the server does not answer"),
        stream = serve => stream,
    };
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let mut options = options("https://example.com/prefix");
    options.headers = vec![("X-Api-Key".to_owned(), "secret-header".to_owned())];
    let shown = format!("{:?}", Endpoint::new(options).unwrap());
    assert!(shown.contains("example.com") && !shown.contains("secret"), "{shown}");
}
