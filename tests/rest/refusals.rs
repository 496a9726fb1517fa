//! Refusals whose bodies stall, break off or never end: the status decides the outcome.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{net::TcpStream, time::interval};

use crate::{
    server::{Peer, Server},
    user::{User, get, post},
};

/// Sends the beginning of a response whose body stays incomplete.
async fn begin(peer: &mut Peer<TcpStream>, status: u16, more: &str) {
    peer.write(format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 1000\r\n{more}\r\n{{\"message\":\"no")).await;
}

fn facts(failure: &Value) -> (&Value, &Value, Option<&Value>) {
    (&failure["code"], &failure["status"], failure.get("uncertain"))
}

#[tokio::test]
async fn a_refusal_whose_body_stalls_keeps_its_status() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    for (status, code, uncertain) in [
        (401, "AUTH_FAILED", false),
        (403, "FORBIDDEN", false),
        (409, "REVISION_CONFLICT", false),
        (500, "SERVER_ERROR", false),
        (502, "SERVER_ERROR", true),
    ] {
        user.send(post("/api"));
        let (mut peer, _) = server.request().await;
        begin(&mut peer, status, "").await;
        let failure = user.failure().await;
        assert_eq!(facts(&failure), (&json!(code), &json!(status), uncertain.then_some(&json!(true))));
        let message = failure["message"].as_str().unwrap();
        assert!(message.ends_with("{\"message\":\"no (the body of this answer is incomplete)"), "{message}");
        peer.end().await;
    }
}

#[tokio::test]
async fn a_refusal_without_any_of_its_body_keeps_its_status() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    peer.write("HTTP/1.1 403 Whatever\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let failure = user.failure().await;
    assert_eq!(facts(&failure), (&json!("FORBIDDEN"), &json!(403), None));
    peer.end().await;
}

#[tokio::test]
async fn a_transient_refusal_whose_body_stalls_is_retried_over_another_connection() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    let (mut first, _) = server.request().await;
    begin(&mut first, 503, "retry-after: 0\r\n").await;
    let (mut second, _) = server.request().await;
    second.answer(200, &[], "1").await;
    user.success().await;
    first.end().await;

    user.send(post("/api"));
    second.request().await;
    begin(&mut second, 429, "retry-after: 7\r\n").await;
    let failure = user.failure().await;
    assert_eq!((&failure["code"], &failure["retryAfter"]), (&json!("RATE_LIMITED"), &json!(7000)));
}

#[tokio::test]
async fn a_redirect_whose_body_stalls_is_followed() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(post("/api"));
    let (mut first, _) = server.request().await;
    begin(&mut first, 307, "location: /other\r\n").await;
    let (mut second, request) = server.request().await;
    assert_eq!(request.line(), "POST /other HTTP/1.1");
    second.answer(200, &[], "1").await;
    user.success().await;
}

#[tokio::test]
async fn a_status_that_is_known_when_the_time_is_up_is_the_outcome() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let mut call = post("/api");
    call.timeout = Duration::from_millis(200);
    user.send(call);
    let (mut peer, _) = server.request().await;
    begin(&mut peer, 403, "").await;
    assert_eq!(facts(&user.failure().await), (&json!("FORBIDDEN"), &json!(403), None));
}

#[tokio::test]
async fn a_body_that_arrives_in_drops_has_a_time_limit() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    begin(&mut peer, 403, "").await;
    let drops = async {
        let mut ticks = interval(Duration::from_millis(100));
        while tokio::io::AsyncWriteExt::write_all(&mut peer.stream, b".").await.is_ok() {
            ticks.tick().await;
        }
    };
    let (failure, ()) = tokio::join!(user.failure(), drops);
    assert_eq!(facts(&failure), (&json!("FORBIDDEN"), &json!(403), None));
}

#[tokio::test]
async fn a_success_whose_body_stalls_or_breaks_off_keeps_its_status() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    for (mut call, uncertain) in [(get("/api"), false), (post("/api"), true)] {
        call.timeout = Duration::from_millis(200);
        user.send(call);
        let (mut peer, _) = server.request().await;
        begin(&mut peer, 200, "").await;
        let failure = user.failure().await;
        assert_eq!(facts(&failure), (&json!("TIMEOUT"), &json!(200), uncertain.then_some(&json!(true))));
        let message = failure["message"].as_str().unwrap();
        assert!(message.ends_with(": no complete answer within 200 ms"), "{message}");
        peer.end().await;
    }
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    begin(&mut peer, 201, "").await;
    drop(peer);
    assert_eq!(facts(&user.failure().await), (&json!("NETWORK_ERROR"), &json!(201), Some(&json!(true))));
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 67108865\r\n\r\n\"").await;
    assert_eq!(facts(&user.failure().await), (&json!("MESSAGE_TOO_LARGE"), &json!(200), Some(&json!(true))));
}
