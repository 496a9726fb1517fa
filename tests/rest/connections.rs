//! Which connection a request uses.

use std::time::Duration;

use serde_json::json;

use crate::{
    server::{Peer, Server},
    user::{User, get, post, settled},
};

#[tokio::test]
async fn a_connection_is_reused_until_the_idle_timeout() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/1"));
    let (mut peer, _) = server.request().await;
    peer.answer(200, &[], "1").await;
    user.success().await;
    user.send(get("/2"));
    assert_eq!(peer.request().await.line(), "GET /2 HTTP/1.1");
    peer.answer(200, &[], "2").await;
    user.success().await;
    peer.end().await;
    user.send(get("/3"));
    let (mut peer, _) = server.request().await;
    peer.answer(200, &[], "3").await;
    user.success().await;
}

#[tokio::test]
async fn a_connection_that_the_server_closes_within_a_second_is_not_reused() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    for body in ["1", ""] {
        for timeout in ["timeout=1", "timeout=0, max=100"] {
            user.send(post("/api"));
            let (mut peer, _) = server.request().await;
            peer.answer(200, &[&format!("keep-alive: {timeout}")], body).await;
            user.success().await;
            user.send(post("/api"));
            let (mut other, _) = server.request().await;
            other.answer(200, &["connection: close"], "1").await;
            user.success().await;
            peer.end().await;
        }
    }
}

#[tokio::test]
async fn a_connection_is_used_for_a_second_less_than_the_server_keeps_it() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    // Each retry comes a second later. The first response with a shorter timeout replaces the pool.
    let answer = async |peer: &mut Peer<_>, timeout| peer.answer(503, &[timeout, "retry-after: 1"], "").await;
    user.send(get("/api"));
    let (mut peer, _) = server.request().await;
    answer(&mut peer, "keep-alive: timeout=3").await;
    let (mut peer, _) = server.request().await;
    answer(&mut peer, "keep-alive: timeout=3").await;
    peer.request().await;
    peer.answer(200, &["keep-alive: timeout=60"], "1").await;
    user.success().await;

    user.send(get("/api"));
    peer.request().await;
    answer(&mut peer, "keep-alive: timeout=2").await;
    let (mut peer, _) = server.request().await;
    answer(&mut peer, "keep-alive: timeout=2").await;
    let (mut peer, _) = server.request().await;
    peer.answer(200, &[], "1").await;
    user.success().await;
}

#[tokio::test]
async fn a_misdirected_request_is_retried_over_another_connection() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    let (mut misdirected, _) = server.request().await;
    misdirected.answer(421, &[], "").await;
    let (mut peer, _) = server.request().await;
    peer.answer(200, &[], "1").await;
    user.success().await;
}

#[tokio::test]
async fn a_connection_that_died_while_idle_fails_no_request() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    for _ in 0..20 {
        user.send(post("/api"));
        let (mut peer, _) = server.request().await;
        peer.answer(200, &[], "1").await;
        user.success().await;
        drop(peer);
        settled().await;
    }
}

#[tokio::test]
async fn at_most_128_requests_are_sent_at_the_same_time() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    for _ in 0..128 {
        user.send(get("/held"));
    }
    let mut peers: Vec<Peer<_>> = Vec::new();
    for _ in 0..128 {
        peers.push(server.request().await.0);
    }
    let mut call = post("/late");
    call.timeout = Duration::from_millis(50);
    user.send(call);
    let failure = user.failure().await;
    assert_eq!((&failure["code"], failure.get("uncertain")), (&json!("TIMEOUT"), None));
    assert!(futures_util::FutureExt::now_or_never(server.listener.accept()).is_none());

    user.send(get("/next"));
    peers[0].answer(200, &[], "0").await;
    assert_eq!(user.success().await.1, json!(0));
    assert_eq!(peers[0].request().await.line(), "GET /next HTTP/1.1");
    for (index, peer) in peers.iter_mut().enumerate() {
        peer.answer(200, &[], index.to_string()).await;
    }
    let mut bodies = Vec::new();
    for _ in 0..128 {
        bodies.push(user.success().await.1.as_u64().unwrap());
    }
    bodies.sort_unstable();
    assert_eq!(bodies, (0..128).collect::<Vec<_>>());
}
