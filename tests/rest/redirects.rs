//! The client follows redirects within the server. It sends the token to no other server.

use serde_json::json;

use crate::{
    server::Server,
    user::{TOKEN, User, get, post},
};

#[tokio::test]
async fn redirects_within_the_server_are_followed() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    for status in [301, 302, 303, 307, 308] {
        user.send(get("/api"));
        let (mut peer, _) = server.request().await;
        peer.answer(status, &[&format!("location: {}/other?x=1", server.url)], "<html>").await;
        let request = peer.request().await;
        assert_eq!(request.line(), "GET /other?x=1 HTTP/1.1");
        assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        peer.answer(200, &["connection: close"], "1").await;
        user.success().await;
    }
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    peer.answer(308, &["location: /other"], "").await;
    let request = peer.request().await;
    assert_eq!((request.line(), request.body.as_str()), ("POST /other HTTP/1.1", r#"{"data":1}"#));
    peer.answer(201, &[], "1").await;
    user.success().await;
}

#[tokio::test]
async fn another_server_gets_neither_request_nor_token() {
    let server = Server::start().await;
    let other = Server::start().await;
    let mut user = User::of(&server.url);
    for call in [get("/api"), post("/api")] {
        let method = call.method.clone();
        user.send(call);
        let (mut peer, _) = server.request().await;
        peer.answer(307, &[&format!("location: {}/api?key=1", other.url), "connection: close"], "").await;
        let failure = user.failure().await;
        assert_eq!(
            failure,
            json!({
                "code": "PROTOCOL_ERROR", "status": 307,
                "message": format!(
                    "{method} /api: the server answered 307, a redirect to another server, {}/api, which is not followed",
                    other.url
                ),
            })
        );
    }
    // A connection to the other server would be waiting here by now.
    assert!(futures_util::FutureExt::now_or_never(other.listener.accept()).is_none());
}

#[tokio::test]
async fn a_redirect_that_may_confirm_a_write_does_not_repeat_it() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    peer.answer(303, &["location: /other"], "").await;
    let failure = user.failure().await;
    assert_eq!((&failure["code"], &failure["uncertain"]), (&json!("PROTOCOL_ERROR"), &json!(true)));
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/api"));
    let mut peer = server.accept().await;
    for _ in 0..6 {
        peer.request().await;
        peer.answer(302, &["location: /api"], "").await;
    }
    let failure = user.failure().await;
    assert_eq!(failure["message"], "GET /api: the server redirected more than 5 times, at last to /api");
    assert_eq!(failure["status"], 302);
}
