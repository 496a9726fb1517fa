//! The user's side: sends calls, and drains the outcomes when the client woken it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use realtime::{
    error::Error,
    log::Log,
    rest::{AnswerBudget, Batch, Call, Rest},
    token::Token,
    transport::{EndpointOptions, Protocol, TlsOptions, Transports},
    waker::{Gone, Waker},
};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::server::{Server, soon};

pub(crate) const TOKEN: &str = "secret-token";

/// Wakes the user through a channel. It fails after the user has dropped the receiver.
pub(crate) struct TestWaker(UnboundedSender<()>);

impl Waker for TestWaker {
    fn wake(&self) -> Result<(), Gone> {
        self.0.send(()).map_err(|_| Gone)
    }
}

pub(crate) struct User {
    pub(crate) rest: Rest<TestWaker>,
    waker: UnboundedSender<()>,
    pub(crate) woken: UnboundedReceiver<()>,
    waiting: VecDeque<Value>,
}

pub(crate) fn options(url: &str) -> EndpointOptions {
    EndpointOptions {
        url: url.to_owned(),
        protocol: Protocol::SocketIo,
        transports: Transports::default(),
        path: None,
        headers: vec![("X-Mine".to_owned(), "1".to_owned())],
        application_id: Some("app".to_owned()),
        environment: Some("test".to_owned()),
        tls: TlsOptions::default(),
        proxy: None,
        max_message_bytes: realtime::transport::MAX_MESSAGE_BYTES,
        compression: None,
    }
}

pub(crate) fn get(path: &str) -> Call {
    Call {
        method: "GET".to_owned(),
        path: path.to_owned(),
        body: None,
        timeout: Duration::from_secs(10),
        repeatable: true,
        idempotency_key: None,
    }
}

/// A write that must not be retried.
pub(crate) fn post(path: &str) -> Call {
    Call { method: "POST".to_owned(), body: Some(r#"{"data":1}"#.to_owned()), repeatable: false, ..get(path) }
}

/// Waits until the I/O thread has processed all events so far: it has completed a later exchange
/// with another server.
pub(crate) async fn settled() {
    let server = Server::start().await;
    let mut user = User::of(&server.url);
    user.send(get("/"));
    server.request().await.0.answer(200, &[], "1").await;
    user.success().await;
}

impl User {
    pub(crate) fn of(url: &str) -> Self {
        Self::with(options(url))
    }

    pub(crate) fn with(options: EndpointOptions) -> Self {
        Self::bounded(options, AnswerBudget::of_process())
    }

    pub(crate) fn bounded(options: EndpointOptions, budget: Arc<AnswerBudget>) -> Self {
        let (waker, woken) = unbounded_channel();
        let rest = Rest::bounded(options, budget, Log::OFF).unwrap();
        rest.set_token(Token::parse(TOKEN, Duration::ZERO).unwrap());
        Self { rest, waker, woken, waiting: VecDeque::new() }
    }

    pub(crate) fn send(&self, call: Call) -> u64 {
        self.rest.send(call, || Ok::<_, Error>(TestWaker(self.waker.clone()))).unwrap()
    }

    /// The next batch, as it is.
    pub(crate) async fn batch(&mut self) -> Batch {
        loop {
            if let Some(batch) = self.rest.drain() {
                return batch;
            }
            soon(self.woken.recv()).await.unwrap();
        }
    }

    /// The next outcome.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            if let Some(outcome) = self.waiting.pop_front() {
                assert!(!outcome.to_string().contains(TOKEN), "{outcome}");
                return outcome;
            }
            soon(self.woken.recv()).await.unwrap();
            while let Some(batch) = self.rest.drain() {
                let outcomes: Vec<Value> = serde_json::from_str(&batch.text).unwrap();
                assert_eq!(outcomes.len(), batch.outcomes);
                self.waiting.extend(outcomes);
            }
        }
    }

    /// The status and body of the next outcome, which must be a success.
    pub(crate) async fn success(&mut self) -> (Value, Value) {
        let outcome = self.next().await;
        assert!(outcome[1].is_u64(), "{outcome}");
        (outcome[1].clone(), outcome[2].clone())
    }

    /// The error of the next outcome, which must be a failure.
    pub(crate) async fn failure(&mut self) -> Value {
        let outcome = self.next().await;
        assert!(outcome[1].is_null(), "{outcome}");
        outcome[2].clone()
    }
}
