//! The memory of answers: what finds no room in the budget is not read from its socket.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use realtime::rest::AnswerBudget;
use serde_json::json;

use crate::{
    server::{Server, soon},
    user::{User, get, options, post, settled},
};

const SIZE: usize = 1 << 20;
/// Room for a little more than two answers.
const LIMIT: usize = SIZE * 5 / 2;

fn start(server: &Server) -> (User, Arc<AnswerBudget>) {
    let budget = AnswerBudget::new(LIMIT);
    (User::bounded(options(&server.url), budget.clone()), budget)
}

/// A JSON string of `size` bytes.
fn text(size: usize) -> Bytes {
    format!("\"{}\"", "x".repeat(size - 2)).into()
}

/// Answers the next request with a body of this size, as fast as the client reads.
async fn answer_next(server: &Server, size: usize) {
    let (mut peer, _) = server.request().await;
    tokio::spawn(async move { peer.answer(200, &[], text(size)).await });
}

/// Waits until `count` answers wait for room.
async fn until_waiting(budget: &AnswerBudget, count: usize) {
    let waits = async {
        while budget.waiting() != count {
            settled().await;
        }
    };
    soon(waits).await;
}

#[tokio::test]
async fn answers_wait_until_javascript_has_taken_others() {
    const ANSWERS: usize = 12;
    let server = Server::start().await;
    let (mut user, budget) = start(&server);
    for _ in 0..ANSWERS {
        user.send(get("/large"));
        answer_next(&server, SIZE).await;
    }
    until_waiting(&budget, ANSWERS - 2).await;
    // A usual answer does not wait for the large ones.
    let mut other = User::bounded(options(&server.url), budget.clone());
    other.send(get("/usual"));
    answer_next(&server, 60 << 10).await;
    other.success().await;

    for taken in 0..ANSWERS {
        // As long as JavaScript has not taken this answer, it keeps its room.
        let batch = user.batch().await;
        assert!(batch.outcomes == 1 && batch.text.len() > SIZE);
        assert_eq!(budget.waiting(), (ANSWERS - 2).saturating_sub(taken));
        drop(batch);
    }
    assert!(budget.peak() > SIZE && budget.peak() <= LIMIT, "{}", budget.peak());
}

#[tokio::test]
async fn an_answer_larger_than_the_budget_passes_alone() {
    let server = Server::start().await;
    let (mut user, budget) = start(&server);
    user.send(get("/large"));
    answer_next(&server, SIZE).await;
    soon(user.woken.recv()).await.unwrap();
    for (size, waiting) in [(4 * SIZE, 1), (SIZE, 2)] {
        user.send(get("/large"));
        answer_next(&server, size).await;
        until_waiting(&budget, waiting).await;
    }
    for size in [SIZE, 4 * SIZE, SIZE] {
        let batch = user.batch().await;
        assert!((size..size + 100).contains(&batch.text.len()), "{}", batch.text.len());
    }
    assert!(budget.peak() < 4 * SIZE, "{}", budget.peak());
}

#[tokio::test]
async fn answers_of_unknown_length_take_their_room_step_by_step() {
    const ANSWERS: usize = 4;
    let server = Server::start().await;
    let (mut user, budget) = start(&server);
    for _ in 0..ANSWERS {
        user.send(get("/unannounced"));
        let (mut peer, _) = server.request().await;
        tokio::spawn(async move {
            peer.write("HTTP/1.1 200 OK\r\n\r\n").await;
            peer.write(text(3 * SIZE / 2)).await;
        });
    }
    for _ in 0..ANSWERS {
        assert_eq!(user.success().await.1.as_str().unwrap().len(), 3 * SIZE / 2 - 2);
    }
    // The oldest one may exceed the limit.
    assert!(budget.peak() > SIZE && budget.peak() <= LIMIT + 3 * SIZE / 2, "{}", budget.peak());
}

#[tokio::test]
async fn a_call_that_ends_while_it_waits_or_reads_returns_its_room() {
    let server = Server::start().await;
    let (mut user, budget) = start(&server);
    let mut stalled = Vec::new();
    for _ in 0..2 {
        stalled.push(user.send(get("/stalled")));
        let (mut peer, _) = server.request().await;
        peer.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\n\r\n\"")).await;
        tokio::spawn(async move { peer.end().await });
    }
    let mut hasty = get("/hasty");
    hasty.timeout = Duration::from_millis(300);
    user.send(hasty);
    answer_next(&server, SIZE).await;
    let waiting = user.send(get("/cancelled"));
    answer_next(&server, SIZE).await;
    let patient = user.send(get("/patient"));
    answer_next(&server, SIZE).await;

    let failure = user.failure().await;
    assert_eq!((&failure["code"], &failure["status"]), (&json!("TIMEOUT"), &json!(200)));
    assert!(user.rest.cancel(waiting));
    assert!(user.rest.cancel(stalled[0]));
    assert_eq!(user.next().await[0], patient);
    user.rest.close();
    until_waiting(&budget, 0).await;
}

#[tokio::test]
async fn an_answer_passes_when_those_with_room_do_not_arrive() {
    let server = Server::start().await;
    let (mut user, _budget) = start(&server);
    let mut peers = Vec::new();
    for _ in 0..2 {
        user.send(get("/stalled"));
        let (mut peer, _) = server.request().await;
        peer.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\n\r\n\"")).await;
        peers.push(peer);
    }
    let last = user.send(get("/large"));
    answer_next(&server, SIZE).await;
    assert_eq!(user.next().await[0], last);
}

#[tokio::test]
async fn the_explanation_of_a_failure_is_counted_too() {
    let server = Server::start().await;
    let (mut user, budget) = start(&server);
    user.send(post("/api"));
    let (mut peer, _) = server.request().await;
    let body = json!({ "error": "ConflictError", "message": "stale", "document": "x".repeat(SIZE) }).to_string();
    peer.answer(409, &[], &body).await;
    let failure = user.failure().await;
    assert_eq!(failure["body"]["message"], "stale");
    assert!(budget.peak() >= SIZE, "{}", budget.peak());
}
