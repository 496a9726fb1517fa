//! A client of this package: the session itself, with its defaults and any number of attempts.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use realtime::{
    error::{Error, ErrorKind},
    protocol::MAX_MESSAGE_BYTES,
    session::{Config, Measure, OutboxLimits, Output, ReconnectPolicy, Session},
    token::Token,
    vocabulary::Protocol,
};

use crate::fleet::Client;

/// How long the clients have been connected when they lose their server.
const CONNECTED_FOR: Duration = Duration::from_hours(1);

pub(crate) struct Realtime {
    session: Session,
    /// The beginning of virtual time.
    epoch: Instant,
}

impl Realtime {
    /// A client that is connected.
    pub(crate) fn new(rng: Rng) -> Self {
        let start = Instant::now();
        let mut session = Session::new(config(), rng, start);
        session.connect(start);
        session.handle_open(start);
        let mut client = Self { session, epoch: start + CONNECTED_FOR };
        client.settle();
        client
    }

    /// When the session dials.
    fn next_dial(&mut self, now: Duration) -> Duration {
        self.settle();
        match self.session.deadline() {
            Some(deadline) => deadline.saturating_duration_since(self.epoch),
            None => now,
        }
    }

    /// Whether the session wants to dial now.
    fn settle(&mut self) -> bool {
        let mut dials = false;
        while let Some(output) = self.session.poll_output() {
            dials |= matches!(output, Output::Dial);
        }
        dials
    }
}

impl Client for Realtime {
    fn handle_loss(&mut self, now: Duration) -> Duration {
        self.session.handle_close(self.epoch + now, "closed".to_owned());
        self.next_dial(now)
    }

    fn begin_attempt(&mut self, now: Duration) {
        self.session.handle_timeout(self.epoch + now);
        assert!(self.settle(), "the session dials when its deadline has passed");
    }

    fn handle_failure(&mut self, now: Duration, retry_after: Option<Duration>) -> Duration {
        let error = Error::new(ErrorKind::ConnectRefused, "503").with_retry_after(retry_after);
        self.session.handle_disconnect(self.epoch + now, "503".to_owned(), Some(error));
        self.next_dial(now)
    }
}

/// The defaults, with as many attempts as it takes.
fn config() -> Config {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Config {
        protocol: Protocol::Ws,
        token: Token::parse("t0ken", now).ok(),
        application_id: None,
        environment: None,
        reconnect: ReconnectPolicy { attempts: None, ..ReconnectPolicy::default() },
        connect_timeout: Duration::from_secs(20),
        heartbeat: None,
        outbox: OutboxLimits::default(),
        max_pause: None,
        max_message_bytes: MAX_MESSAGE_BYTES,
        measure: Measure { latency: false, topics: false },
    }
}
