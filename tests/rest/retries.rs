//! Which failures are retried, and whether a failed write may have taken effect.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    server::Server,
    user::{User, get, post},
};

#[tokio::test]
async fn a_transient_failure_is_sent_up_to_four_times() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    let mut peer = server.accept().await;
    for statuses in [[502, 503, 504], [408, 425, 520], [521, 522, 523], [524, 530, 503]] {
        for status in statuses {
            peer.request().await;
            peer.answer(status, &[], "").await;
        }
        peer.request().await;
        peer.answer(200, &[], "1").await;
        assert_eq!(user.success().await, (json!(200), json!(1)));
        user.send(get("/api"));
    }
    peer.request().await;
    peer.answer(200, &[], "1").await;
    user.success().await;

    user.send(get("/api"));
    for _ in 0..4 {
        peer.request().await;
        peer.answer(429, &["retry-after: 0"], "").await;
    }
    let failure = user.failure().await;
    assert_eq!(
        failure,
        json!({
            "code": "RATE_LIMITED", "message": "GET /api: the server answered 429 Too Many Requests", "status": 429,
            "retryAfter": 0,
        })
    );
}

#[tokio::test]
async fn other_failures_are_not_retried() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let mut peer = None;
    for status in [400, 401, 403, 404, 409, 410, 422, 500, 501] {
        user.send(get("/api"));
        let peer = match &mut peer {
            Some(peer) => peer,
            slot => slot.insert(server.accept().await),
        };
        peer.request().await;
        peer.answer(status, &[], "{}").await;
        let failure = user.failure().await;
        // A retry would wait for its answer.
        assert_eq!(failure["status"], status);
    }
}

#[tokio::test]
async fn a_write_that_is_not_repeatable_is_sent_once() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let (mut peer, mut uncertain) = (None, Vec::new());
    for status in [408, 425, 429, 502, 503, 504, 520, 521, 522, 523, 524, 530] {
        user.send(post("/api"));
        let peer = match &mut peer {
            Some(peer) => peer,
            slot => slot.insert(server.accept().await),
        };
        peer.request().await;
        peer.answer(status, &["retry-after: 1"], "").await;
        let failure = user.failure().await;
        assert_eq!(failure["retryAfter"], 1000);
        if failure.get("uncertain").is_some() {
            uncertain.push(status);
        }
    }
    assert_eq!(uncertain, [502, 504, 520, 522, 524]);
}

#[tokio::test]
async fn retry_after_is_waited_for_as_seconds_and_as_a_date() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    let (mut peer, _) = server.request().await;
    peer.answer(503, &["retry-after: 1"], "").await;
    let asked = Instant::now();
    peer.request().await;
    assert!(asked.elapsed() >= Duration::from_millis(990), "{:?}", asked.elapsed());
    peer.answer(503, &["retry-after: Sun, 06 Nov 1994 08:49:37 GMT"], "").await;
    peer.request().await;
    peer.answer(200, &[], "1").await;
    user.success().await;
}

#[tokio::test]
async fn a_wait_beyond_the_timeout_is_not_started() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let mut peer = None;
    for (header, least) in [("retry-after: 3600", 3_600_000), ("retry-after: Fri, 01 Jan 2100 00:00:00 GMT", 1 << 40)] {
        user.send(get("/api"));
        let peer = match &mut peer {
            Some(peer) => peer,
            slot => slot.insert(server.accept().await),
        };
        peer.request().await;
        peer.answer(503, &[header], "").await;
        let failure = user.failure().await;
        assert_eq!(failure["code"], "SERVER_ERROR");
        // A timer of JavaScript takes no longer delay.
        assert!(failure["retryAfter"].as_u64().unwrap() >= least.min(0x7fff_ffff), "{failure}");
        assert!(failure["retryAfter"].as_u64().unwrap() <= 0x7fff_ffff, "{failure}");
    }
}

#[tokio::test]
async fn a_request_whose_connection_broke_is_retried_if_that_is_safe() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    drop(server.request().await);
    let (mut peer, _) = server.request().await;
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n\"cut").await;
    drop(peer);
    let (mut peer, _) = server.request().await;
    peer.answer(200, &["connection: close"], "1").await;
    user.success().await;

    user.send(post("/api"));
    drop(server.request().await);
    assert_eq!(
        user.failure().await,
        json!({
            "code": "NETWORK_ERROR", "message": "POST /api: the server closed the connection before it answered",
            "uncertain": true,
        })
    );
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n\"cut").await;
    drop(peer);
    let failure = user.failure().await;
    assert_eq!((&failure["code"], &failure["uncertain"]), (&json!("NETWORK_ERROR"), &json!(true)));
}

#[tokio::test]
async fn an_error_after_an_uncertain_attempt_is_uncertain() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let mut call = post("/api");
    call.repeatable = true;
    user.send(call);
    drop(server.request().await);
    let (mut peer, _) = server.request().await;
    peer.answer(409, &[], r#"{"currentRevision":2}"#).await;
    let failure = user.failure().await;
    assert_eq!((&failure["code"], &failure["uncertain"]), (&json!("REVISION_CONFLICT"), &json!(true)));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let server = Server::start().await;
    let url = server.url.clone();
    let authority = url.trim_start_matches("http://").to_owned();
    drop(server);
    let mut user = User::of(&url);
    user.send(post("/api"));
    let failure = user.failure().await;
    assert_eq!(failure["code"], "NETWORK_ERROR");
    let message = format!("POST /api: no connection to {authority}: connect ECONNREFUSED {authority}");
    assert_eq!(failure["message"], message);
    assert!(failure["cause"].is_string() && failure.get("uncertain").is_none(), "{failure}");

    let mut user = User::of("http://nowhere.invalid");
    user.send(post("/api"));
    let failure = user.failure().await;
    assert_eq!(
        failure["message"],
        "POST /api: no connection to nowhere.invalid: getaddrinfo ENOTFOUND nowhere.invalid"
    );
}

#[tokio::test]
async fn a_failed_connection_is_tried_four_times() {
    let server = Server::start().await;
    let mut user = User::of(&server.url.replace("http://", "https://"));
    user.send(get("/api"));
    for _ in 0..4 {
        // The TLS handshake does not get an answer.
        drop(server.accept().await);
    }
    let failure = user.failure().await;
    assert_eq!(failure["code"], "NETWORK_ERROR");
    assert!(failure["message"].as_str().unwrap().starts_with("GET /api: no connection to 127.0.0.1:"), "{failure}");
}

#[tokio::test]
async fn the_timeout_holds_for_the_whole_call() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let mut call = post("/api");
    call.timeout = Duration::from_millis(50);
    user.send(call);
    let (mut peer, _) = server.request().await;
    assert_eq!(
        user.failure().await,
        json!({ "code": "TIMEOUT", "message": "POST /api: no answer within 50 ms", "uncertain": true })
    );
    peer.end().await;

    let mut call = get("/api");
    call.timeout = Duration::from_secs(1);
    user.send(call);
    let (mut peer, _) = server.request().await;
    peer.answer(503, &[], "").await;
    peer.request().await;
    assert_eq!(
        user.failure().await,
        json!({
            "code": "TIMEOUT", "message": "GET /api: no answer within 1000 ms",
            "cause": "the server answered 503 Service Unavailable",
        })
    );
}

#[tokio::test]
async fn a_write_without_a_connection_has_not_taken_effect() {
    // No host has this address, RFC 5737. Some systems report at once that there is no route.
    let mut user = User::of("http://192.0.2.1");
    let mut call = post("/api");
    call.timeout = Duration::from_millis(50);
    user.send(call);
    let failure = user.failure().await;
    assert!(["TIMEOUT", "NETWORK_ERROR"].contains(&failure["code"].as_str().unwrap()), "{failure}");
    assert_eq!(failure.get("uncertain"), None);
}
