//! The user's side of the tests: a client, its waker, and the items of the inbox.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use realtime::{
    client::{self, Client, Gone, InboxLimits},
    error::Error,
    session::{Config, Measure, OutboxLimits, ReconnectPolicy, Session},
    token::Token,
    transport::{Endpoint, EndpointOptions, MAX_MESSAGE_BYTES, Protocol, TlsOptions, Transports},
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    batch::Reader,
    peer::{Peer, Server, soon},
};

/// Wakes through a channel, which closes when the driver releases the waker.
pub(crate) struct Waker {
    wakes: UnboundedSender<()>,
    is_heard: Arc<AtomicBool>,
    breaks: Arc<AtomicBool>,
}

impl client::Waker for Waker {
    fn wake(&self) -> Result<(), Gone> {
        assert!(!self.breaks.swap(false, Ordering::SeqCst), "the waker breaks");
        let woken = self.is_heard.load(Ordering::SeqCst) && self.wakes.send(()).is_ok();
        woken.then_some(()).ok_or(Gone)
    }
}

/// A client and its user.
pub(crate) struct User {
    pub(crate) client: Client<Waker>,
    /// Whether the waker finds somebody to wake.
    pub(crate) hears: Arc<AtomicBool>,
    /// Whether the driver panics when it calls the waker next.
    pub(crate) breaks: Arc<AtomicBool>,
    wakes: Option<UnboundedReceiver<()>>,
    reader: Reader,
    items: VecDeque<Value>,
}

impl User {
    /// A client of the server at `url`, which listens to all topics and reconnects at once, three
    /// times.
    pub(crate) fn new(url: &str) -> Self {
        Self::with(url, |_| {})
    }

    /// The same, with other settings.
    pub(crate) fn with(url: &str, adapt: impl FnOnce(&mut Config)) -> Self {
        Self::with_inbox(url, InboxLimits::default(), adapt)
    }

    /// The same, with these limits.
    pub(crate) fn with_inbox(url: &str, inbox: InboxLimits, adapt: impl FnOnce(&mut Config)) -> Self {
        let endpoint = Endpoint::new(EndpointOptions {
            url: url.to_owned(),
            protocol: Protocol::SocketIo,
            transports: Transports::WebSocket,
            path: None,
            headers: Vec::new(),
            application_id: None,
            environment: None,
            tls: TlsOptions::default(),
            proxy: None,
            max_message_bytes: MAX_MESSAGE_BYTES,
            compression: None,
        });
        let mut config = Config {
            protocol: Protocol::SocketIo,
            token: Some(Token::parse("secret-token", Duration::ZERO).unwrap()),
            application_id: None,
            environment: None,
            reconnect: ReconnectPolicy {
                attempts: Some(3),
                delay: Duration::from_millis(1),
                ..ReconnectPolicy::default()
            },
            connect_timeout: Duration::from_secs(20),
            heartbeat: None,
            outbox: OutboxLimits::default(),
            max_pause: None,
            max_message_bytes: MAX_MESSAGE_BYTES,
            measure: Measure::default(),
        };
        adapt(&mut config);
        let session = Session::new(config, fastrand::Rng::with_seed(1), Instant::now());
        let client = Client::new(endpoint.unwrap(), session, inbox);
        client.listen(None, true);
        Self {
            client,
            hears: Arc::new(AtomicBool::new(true)),
            breaks: Arc::default(),
            wakes: None,
            reader: Reader::default(),
            items: VecDeque::new(),
        }
    }

    /// A new client that connects.
    pub(crate) fn connecting(url: &str) -> Self {
        let mut user = Self::new(url);
        user.connect();
        user
    }

    /// A user with a confirmed subscription to `order`, whom the next item wakes, with the ID and
    /// the peer.
    pub(crate) async fn subscribed(server: &Server) -> (Self, String, Peer) {
        let mut user = Self::connecting(&server.url);
        let subscription = user.subscribe("order");
        let mut peer = server.accept().await;
        peer.receive_subscribe(&subscription, "order").await;
        user.expect_connected().await;
        assert!(user.client.drain(None).is_none(), "the next item wakes the user");
        (user, subscription, peer)
    }

    pub(crate) fn connect(&mut self) {
        let (is_heard, breaks) = (self.hears.clone(), self.breaks.clone());
        let mut new_wakes = None;
        let make_waker = || {
            let (wakes, receiver) = unbounded_channel();
            new_wakes = Some(receiver);
            Ok::<_, Error>(Waker { wakes, is_heard, breaks })
        };
        self.client.connect(make_waker).unwrap();
        // Without a new waker the former one is still in use.
        self.wakes = new_wakes.or(self.wakes.take());
    }

    /// Whether the user was woken since the last call.
    pub(crate) fn was_woken(&mut self) -> bool {
        let wakes = self.wakes.as_mut().unwrap();
        std::iter::from_fn(|| wakes.try_recv().ok()).count() > 0
    }

    /// Waits for a wake-up.
    pub(crate) async fn woken(&mut self) {
        soon(self.wakes.as_mut().unwrap().recv()).await.unwrap();
    }

    pub(crate) fn subscribe(&self, topic: &str) -> String {
        self.client.subscribe(topic, None, None)
    }

    /// The next item, or `None` when the driver has ended and nothing is left.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Some(item);
            }
            if let Some(batch) = self.client.drain(None) {
                let mut items = self.reader.read(&batch);
                if batch.is_to_be_filtered() {
                    items.retain(|item| !item.is_object() || self.client.wants(&item.to_string()));
                }
                self.items = items.into();
                continue;
            }
            let woken = soon(self.wakes.as_mut().unwrap().recv()).await;
            if woken.is_none() && self.client.stats().inbox.bytes == 0 {
                return None;
            }
        }
    }

    pub(crate) async fn expect(&mut self, item: Value) {
        assert_eq!(self.next().await, Some(item));
    }

    /// Expects a change of state, and returns the reason.
    pub(crate) async fn expect_state(&mut self, state: &str) -> String {
        let item = self.next().await.expect("an item");
        assert_eq!((&item[0], &item[1]["state"]), (&json!("connection"), &json!(state)), "{item}");
        item[1]["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// Expects an error.
    pub(crate) async fn expect_error(&mut self, code: &str) {
        let item = self.next().await.expect("an item");
        assert_eq!((&item[0], &item[1]["code"]), (&json!("error"), &json!(code)), "{item}");
    }

    /// Expects to become connected for the first time.
    pub(crate) async fn expect_connected(&mut self) {
        self.expect_state("connecting").await;
        self.expect_state("connected").await;
    }
}
