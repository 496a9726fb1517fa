//! What the user receives for a response. `rest::response` tests the meaning of each status.

use serde_json::json;

use crate::{
    server::Server,
    user::{TOKEN, User, get, post},
};

#[tokio::test]
async fn a_request_has_the_users_headers_and_path() {
    let server = Server::start().await;
    let mut user = User::of(&format!("{}/base/", server.url));
    let id = user.send(get("/api/sync/a%2Fb/documents?limit=2"));
    let (mut peer, request) = server.request().await;
    assert_eq!(request.line(), "GET /base/api/sync/a%2Fb/documents?limit=2 HTTP/1.1");
    for (name, value) in [
        ("host", server.url.trim_start_matches("http://")),
        ("authorization", &format!("Bearer {TOKEN}")),
        ("x-application-id", "app"),
        ("x-environment", "test"),
        ("x-mine", "1"),
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert_eq!(request.header("content-type"), None);
    peer.answer(200, &[], r#"{"documents":[]}"#).await;
    assert_eq!(user.next().await, json!([id, 200, { "documents": [] }]));

    let mut call = post("/api");
    call.idempotency_key = Some("key-1".to_owned());
    user.send(call);
    let request = peer.request().await;
    assert_eq!((request.line(), request.body.as_str()), ("POST /base/api HTTP/1.1", r#"{"data":1}"#));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("idempotency-key"), Some("key-1"));
    peer.answer(204, &[], "").await;
    assert_eq!(user.success().await, (json!(204), json!(null)));
}

#[tokio::test]
async fn a_refusal_names_the_request_and_has_the_servers_explanation() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(post("/api/documents/1?expectedRevision=2"));
    let (mut peer, _) = server.request().await;
    let body = json!({ "error": "ConflictError", "message": "stale", "currentRevision": 3, "document": { "id": "1" } });
    peer.answer(409, &[], body.to_string()).await;
    let expected = json!({
        "code": "REVISION_CONFLICT",
        "message": "POST /api/documents/1: the server answered 409 ConflictError: stale",
        "status": 409,
        "body": body,
    });
    assert_eq!(user.failure().await, expected);
}

#[tokio::test]
async fn a_page_of_a_proxy_is_shown_as_such() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    for (status, code) in [(200, "PROTOCOL_ERROR"), (500, "SERVER_ERROR"), (404, "NOT_FOUND")] {
        user.send(post("/api"));
        let (mut peer, _) = server.request().await;
        peer.answer(status, &["content-type: text/html", "connection: close"], "<html><title>Sorry</title>").await;
        let failure = user.failure().await;
        assert_eq!((&failure["code"], &failure["status"]), (&json!(code), &json!(status)));
        let message = failure["message"].as_str().unwrap();
        assert!(message.ends_with("with an HTML page \"Sorry\""), "{message}");
        assert_eq!(failure.get("uncertain"), (status == 200).then_some(&json!(true)), "{failure}");
    }
    user.send(get("/api"));
    let (mut peer, _) = server.request().await;
    peer.answer(200, &[], b"\"\xff\"").await;
    assert_eq!(user.failure().await["code"], "PROTOCOL_ERROR");
}

#[tokio::test]
async fn a_body_in_many_pieces_is_one_text() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    let (mut peer, _) = server.request().await;
    let text = "\u{e9}".repeat(100_000);
    let body = format!("\"{text}\"");
    peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
    for piece in body.as_bytes().chunks(999) {
        peer.write([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()).await;
    }
    peer.write("0\r\n\r\n").await;
    assert_eq!(user.success().await, (json!(200), json!(text)));
}

#[tokio::test]
async fn a_response_above_the_limit_is_rejected() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/announced"));
    let (mut peer, _) = server.request().await;
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 67108865\r\n\r\n\"").await;
    let failure = user.failure().await;
    assert_eq!((&failure["code"], &failure["status"]), (&json!("MESSAGE_TOO_LARGE"), &json!(200)));
    peer.end().await;

    user.send(get("/unannounced"));
    let (mut peer, _) = server.request().await;
    let flood = async {
        peer.write("HTTP/1.1 200 OK\r\n\r\n").await;
        let piece = vec![b'1'; 1 << 20];
        while tokio::io::AsyncWriteExt::write_all(&mut peer.stream, &piece).await.is_ok() {}
    };
    let (failure, ()) = tokio::join!(user.failure(), flood);
    assert_eq!(failure["code"], "MESSAGE_TOO_LARGE");
}

#[tokio::test]
async fn the_explanation_of_a_failure_has_a_limit() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    let flood = async {
        peer.write("HTTP/1.1 500 Whatever\r\n\r\n").await;
        let piece = vec![b'x'; 1 << 20];
        while tokio::io::AsyncWriteExt::write_all(&mut peer.stream, &piece).await.is_ok() {}
    };
    let (failure, ()) = tokio::join!(user.failure(), flood);
    assert_eq!(failure["code"], "SERVER_ERROR");
    assert!(failure["message"].as_str().unwrap().ends_with("xxx (the body of this answer is incomplete)"));
}

#[tokio::test]
async fn the_status_of_a_failure_counts_more_than_its_broken_body() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    peer.write("HTTP/1.1 403 Whatever\r\ncontent-length: 100\r\n\r\nno").await;
    drop(peer);
    let failure = user.failure().await;
    assert_eq!((&failure["code"], &failure["status"]), (&json!("FORBIDDEN"), &json!(403)));
}

#[tokio::test]
async fn a_response_that_is_not_http_is_a_protocol_error() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    let (mut peer, _) = server.request().await;
    peer.write("SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
    let failure = user.failure().await;
    assert_eq!(failure["code"], "PROTOCOL_ERROR");
    assert!(failure["message"].as_str().unwrap().contains("not valid HTTP"), "{failure}");
}

#[tokio::test]
async fn a_call_that_http_cannot_carry_is_an_outcome_too() {
    let mut user = User::of("http://127.0.0.1:1");
    user.send(get("/with space"));
    let failure = user.failure().await;
    assert_eq!(failure["code"], "INVALID_ARGUMENT");
}
