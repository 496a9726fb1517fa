//! HTTPS, with HTTP/2 if the server offers it.

use std::{future::poll_fn, sync::Arc};

use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use realtime::{rest::AnswerBudget, transport::TlsOptions};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
    server::TlsStream,
};

use crate::{
    server::{Peer, Server, soon},
    user::{TOKEN, User, get, options, post},
};

/// A server with a certificate for a name, and users that trust it.
struct Secure {
    server: Server,
    acceptor: TlsAcceptor,
    pem: String,
}

impl Secure {
    async fn start(name: &str, protocols: &[&str]) -> Self {
        let mine = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = PrivateKeyDer::Pkcs8(mine.signing_key.serialize_der().into());
        let mut config = builder.with_single_cert(vec![mine.cert.der().clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self { server: Server::start().await, acceptor, pem: mine.cert.pem() }
    }

    fn user(&self, tls: impl FnOnce(&mut TlsOptions)) -> User {
        let mut options = options(&self.server.url.replace("http://127.0.0.1", "https://localhost"));
        options.tls.ca = Some(vec![self.pem.clone()]);
        tls(&mut options.tls);
        User::with(options)
    }

    async fn accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let tcp = self.server.accept().await.stream;
        soon(self.acceptor.accept(tcp)).await
    }

    async fn accept_http_2(&self) -> Connection<TlsStream<TcpStream>, Bytes> {
        soon(h2::server::handshake(self.accept().await.unwrap())).await.unwrap()
    }
}

type Stream = (http::Request<h2::RecvStream>, SendResponse<Bytes>);

async fn stream(connection: &mut Connection<TlsStream<TcpStream>, Bytes>) -> Stream {
    soon(connection.accept()).await.expect("a request comes").unwrap()
}

fn answer(mut respond: SendResponse<Bytes>, status: u16, body: &'static str) {
    let head = http::Response::builder().status(status).body(()).unwrap();
    respond.send_response(head, false).unwrap().send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
}

#[tokio::test]
async fn http_1_over_tls() {
    for protocols in [&["http/1.1"] as &[_], &[]] {
        let secure = Secure::start("localhost", protocols).await;
        let mut user = secure.user(|_| {});
        user.send(get("/api"));
        let mut peer = Peer { stream: secure.accept().await.unwrap() };
        assert_eq!(peer.request().await.line(), "GET /api HTTP/1.1");
        peer.answer(200, &[], "1").await;
        user.success().await;
    }
}

#[tokio::test]
async fn http_2_shares_one_connection_and_a_cancelled_call_resets_its_stream() {
    let secure = Secure::start("localhost", &["h2", "http/1.1"]).await;
    let mut user = secure.user(|_| {});
    user.send(post("/1"));
    let mut connection = secure.accept_http_2().await;
    let (request, respond) = stream(&mut connection).await;
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/1"));
    assert_eq!(request.headers()["authorization"], format!("Bearer {TOKEN}"));
    answer(respond, 200, "1");
    assert_eq!(driven(&mut connection, user.success()).await, (json!(200), json!(1)));

    let second = user.send(get("/2"));
    user.send(get("/3"));
    let (_, mut second_stream) = stream(&mut connection).await;
    let (_, third_stream) = stream(&mut connection).await;
    assert!(user.rest.cancel(second));
    let reset = poll_fn(|cx| second_stream.poll_reset(cx));
    assert_eq!(driven(&mut connection, reset).await.unwrap(), h2::Reason::CANCEL);
    answer(third_stream, 200, "3");
    assert_eq!(driven(&mut connection, user.success()).await.1, json!(3));
}

/// Waits for an event. Meanwhile the HTTP/2 connection writes its frames, which it does only while
/// it waits for a request.
async fn driven<T>(connection: &mut Connection<TlsStream<TcpStream>, Bytes>, event: impl Future<Output = T>) -> T {
    tokio::select! {
        happened = soon(event) => happened,
        more = connection.accept() => panic!("the connection ended, or brought {more:?}"),
    }
}

#[tokio::test]
async fn answers_of_http_2_that_wait_for_room_do_not_hold_back_those_that_have_it() {
    const SIZE: usize = 2 << 20;
    let secure = Secure::start("localhost", &["h2"]).await;
    let budget = AnswerBudget::new(2 * SIZE);
    let mut options = options(&secure.server.url.replace("http://127.0.0.1", "https://localhost"));
    options.tls.ca = Some(vec![secure.pem.clone()]);
    let mut user = User::bounded(options, budget.clone());
    let text = Bytes::from(format!("\"{}\"", "x".repeat(SIZE - 2)));
    for _ in 0..30 {
        user.send(get("/large"));
    }
    let mut connection = secure.accept_http_2().await;
    for _ in 0..30 {
        let (_, mut respond) = stream(&mut connection).await;
        let head = http::Response::builder().header("content-length", SIZE).body(()).unwrap();
        respond.send_response(head, false).unwrap().send_data(text.clone(), true).unwrap();
    }
    for _ in 0..30 {
        driven(&mut connection, user.success()).await;
    }
    // A standstill would have let more of them pass.
    assert!(budget.peak() > SIZE && budget.peak() <= 2 * SIZE, "{}", budget.peak());
}

#[tokio::test]
async fn a_burst_opens_one_connection_where_http_2_is_spoken() {
    let secure = Secure::start("localhost", &["h2"]).await;
    let mut user = secure.user(|_| {});
    // The connection of the first round is closed before the second round.
    for _ in 0..2 {
        for _ in 0..50 {
            user.send(get("/"));
        }
        let mut connection = secure.accept_http_2().await;
        for _ in 0..50 {
            let (_, respond) = stream(&mut connection).await;
            answer(respond, 200, "1");
        }
        for _ in 0..50 {
            driven(&mut connection, user.success()).await;
        }
        connection.graceful_shutdown();
        assert!(!matches!(soon(connection.accept()).await, Some(Ok(_))), "no more requests come");
    }
    assert!(futures_util::FutureExt::now_or_never(secure.server.listener.accept()).is_none());
}

#[tokio::test]
async fn a_burst_waits_for_the_first_connection_and_not_for_its_answer() {
    let secure = Secure::start("localhost", &["http/1.1"]).await;
    let mut user = secure.user(|_| {});
    user.send(get("/1"));
    user.send(get("/2"));
    let mut first = Peer { stream: secure.accept().await.unwrap() };
    let mut second = Peer { stream: secure.accept().await.unwrap() };
    for peer in [&mut first, &mut second] {
        peer.request().await;
        peer.answer(200, &[], "1").await;
        user.success().await;
    }
}

#[tokio::test]
async fn a_refusal_whose_body_stalls_resets_its_stream_and_no_other() {
    let secure = Secure::start("localhost", &["h2"]).await;
    let mut user = secure.user(|_| {});
    user.send(post("/stalls"));
    let mut connection = secure.accept_http_2().await;
    let (_, mut respond) = stream(&mut connection).await;
    let head = http::Response::builder().status(403).body(()).unwrap();
    let mut body = respond.send_response(head, false).unwrap();
    body.send_data(Bytes::from_static(b"{"), false).unwrap();
    let failure = driven(&mut connection, user.failure()).await;
    assert_eq!((&failure["code"], failure.get("uncertain")), (&json!("FORBIDDEN"), None));
    driven(&mut connection, poll_fn(|cx| body.poll_reset(cx))).await.unwrap();

    user.send(get("/next"));
    let (_, respond) = stream(&mut connection).await;
    answer(respond, 200, "1");
    driven(&mut connection, user.success()).await;
}

#[tokio::test]
async fn a_stream_that_the_server_resets_is_a_broken_connection() {
    let secure = Secure::start("localhost", &["h2"]).await;
    let mut user = secure.user(|_| {});
    user.send(post("/1"));
    let mut connection = secure.accept_http_2().await;
    let (_, mut respond) = stream(&mut connection).await;
    respond.send_reset(h2::Reason::INTERNAL_ERROR);
    let failure = driven(&mut connection, user.failure()).await;
    assert_eq!((&failure["code"], &failure["uncertain"]), (&json!("NETWORK_ERROR"), &json!(true)));
}

#[tokio::test]
async fn a_write_whose_stream_the_server_refused_has_not_taken_effect() {
    let secure = Secure::start("localhost", &["h2"]).await;
    let mut user = secure.user(|_| {});
    user.send(post("/1"));
    let mut connection = secure.accept_http_2().await;
    let (_, mut respond) = stream(&mut connection).await;
    respond.send_reset(h2::Reason::REFUSED_STREAM);
    let failure = driven(&mut connection, user.failure()).await;
    assert_eq!((&failure["code"], failure.get("uncertain")), (&json!("NETWORK_ERROR"), None));
}

#[tokio::test]
async fn a_server_that_is_not_trusted_gets_no_request() {
    let secure = Secure::start("localhost", &["h2"]).await;
    let stranger = Secure::start("localhost", &["h2"]).await;
    let mut user = secure.user(|tls| tls.ca = Some(vec![stranger.pem.clone()]));
    user.send(get("/api"));
    let (failure, accepted) = tokio::join!(user.failure(), secure.accept());
    assert!(accepted.is_err());
    assert_eq!(failure["code"], "TLS_ERROR");
    let message = failure["message"].as_str().unwrap();
    assert!(message.starts_with("GET /api: no TLS connection to localhost:"), "{message}");
    assert!(failure["cause"].is_string());
}

#[tokio::test]
async fn servername_replaces_the_host_in_sni_and_verification() {
    let secure = Secure::start("other.test", &["http/1.1"]).await;
    let mut user = secure.user(|_| {});
    user.send(get("/api"));
    let (failure, accepted) = tokio::join!(user.failure(), secure.accept());
    assert!(accepted.is_err() && failure["message"].as_str().unwrap().contains("not valid for name localhost"));

    let mut user = secure.user(|tls| tls.servername = Some("other.test".to_owned()));
    user.send(get("/api"));
    let stream = secure.accept().await.unwrap();
    assert_eq!(stream.get_ref().1.server_name(), Some("other.test"));
    let mut peer = Peer { stream };
    let authority = secure.server.url.replace("http://127.0.0.1", "localhost");
    assert_eq!(peer.request().await.header("host"), Some(authority.as_str()));
    peer.answer(200, &[], "1").await;
    user.success().await;
}

#[tokio::test]
async fn a_server_without_tls_is_recognized() {
    let secure = Secure::start("localhost", &[]).await;
    let mut user = secure.user(|_| {});
    user.send(get("/api"));
    let mut peer = secure.server.accept().await;
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let failure = user.failure().await;
    assert_eq!(failure["code"], "TLS_ERROR");
    assert!(failure["message"].as_str().unwrap().ends_with("connected to a server that does not speak TLS"));
}
