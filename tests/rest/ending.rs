//! Every way to end a call early, as the server sees it.

use realtime::error::{Error, ErrorKind};

use crate::{
    server::Server,
    user::{TestWaker, User, get, post, settled},
};

#[tokio::test]
async fn a_cancelled_call_closes_its_socket_and_has_no_outcome() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let id = user.send(get("/1"));
    let (mut peer, _) = server.request().await;
    assert!(user.rest.cancel(id));
    assert!(!user.rest.cancel(id));
    peer.end().await;

    let next = user.send(get("/2"));
    let (mut peer, _) = server.request().await;
    peer.answer(200, &[], "2").await;
    assert_eq!(user.next().await[0], next);
    assert!(!user.rest.cancel(next), "it has its outcome");
    assert!(!user.rest.cancel(99), "there is no such call");
}

#[tokio::test]
async fn a_call_can_be_cancelled_while_it_waits_for_another_attempt() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    let id = user.send(get("/1"));
    let (mut peer, _) = server.request().await;
    peer.answer(503, &["retry-after: 9"], "").await;
    settled().await;
    assert!(user.rest.cancel(id));
    user.send(get("/2"));
    assert_eq!(peer.request().await.line(), "GET /2 HTTP/1.1");
    peer.answer(200, &[], "2").await;
    user.success().await;
}

#[tokio::test]
async fn close_ends_everything() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/idle"));
    let (mut idle, _) = server.request().await;
    user.send(get("/busy"));
    let (mut busy, _) = server.request().await;
    idle.answer(200, &[], "1").await;
    user.success().await;
    user.rest.close();
    user.rest.close();
    idle.end().await;
    busy.end().await;
    assert!(user.rest.drain().is_none());
    let refused = user.rest.send(get("/"), || -> Result<TestWaker, Error> { panic!("no waker is needed") });
    assert_eq!(refused.unwrap_err().kind, ErrorKind::Internal);
}

#[tokio::test]
async fn close_drops_waiting_outcomes() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/"));
    let (mut peer, _) = server.request().await;
    peer.answer(200, &[], "1").await;
    user.woken.recv().await.unwrap();
    user.rest.close();
    assert!(user.rest.drain().is_none());
}

#[tokio::test]
async fn dropping_the_client_closes_its_connections() {
    let server = Server::start().await;
    let user = User::of(&server.url);
    user.send(post("/"));
    let (mut peer, _) = server.request().await;
    drop(user);
    peer.end().await;
}

#[tokio::test]
async fn a_waker_without_a_listener_ends_everything() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/1"));
    let (mut first, _) = server.request().await;
    user.send(get("/2"));
    let (mut second, _) = server.request().await;
    user.woken.close();
    first.answer(200, &[], "1").await;
    second.end().await;
    first.end().await;
    assert!(user.rest.drain().is_none());
}
