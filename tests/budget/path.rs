//! The path of an event from a frame to a batch, as in `client` but without a socket.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use fastrand::Rng;
use realtime::{
    session::{Config, OutboxLimits, ReconnectPolicy, Recorder, Session},
    shape::{Batch, Shapes},
    token::Token,
    vocabulary::Protocol,
};

use crate::frames::Kind;

/// At least the number of ids that a session remembers.
const REMEMBERED: usize = 5000;
/// The events of a batch while the user's thread keeps up, and how long they take.
const BATCH_EVENTS: usize = 256;
const BATCH_TIME: Duration = Duration::from_millis(1);

pub(crate) struct EventPath {
    now: Instant,
    session: Recorder,
    shapes: Shapes,
    batch: Batch,
    delivered: usize,
}

impl EventPath {
    /// A connected client with the subscriptions and listeners of the kind.
    pub(crate) fn open(kind: &Kind) -> Self {
        let now = Instant::now();
        let config = Config {
            protocol: kind.protocol,
            token: Token::parse("t0ken", Duration::ZERO).ok(),
            application_id: None,
            environment: None,
            reconnect: ReconnectPolicy::default(),
            connect_timeout: Duration::from_secs(20),
            heartbeat: None,
            outbox: OutboxLimits::default(),
            max_pause: None,
            max_message_bytes: realtime::protocol::MAX_MESSAGE_BYTES,
            measure: kind.measure,
        };
        // As the driver calls it: through the recorder, which is off.
        let mut session = Recorder::from(Session::new(config, Rng::with_seed(1), now));
        for topic in ["session.status", "сеанс.статус"] {
            let _ = session.subscribe(now, topic, kind.filter.map(str::to_owned), None);
        }
        if kind.listened.is_empty() {
            session.listen(None, true);
        }
        for topic in kind.listened {
            session.listen(Some(topic), true);
        }
        if let Some(channel) = kind.channel {
            let _ = session.join_channel(now, channel);
            session.listen_to_messages(true);
        }
        session.connect(now);
        session.handle_open(now);
        let mut path = Self { now, session, shapes: Shapes::default(), batch: Batch::default(), delivered: 0 };
        if kind.protocol == Protocol::SocketIo {
            path.pass(r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#);
            path.pass(r#"40{"sid":"s","pid":"p"}"#);
        }
        while path.session.poll_output().is_some() || path.session.poll_frame(now).is_some() {}
        // Fills the memory of ids with ids longer than the later ones, so that their memory is
        // reused.
        for n in 0..REMEMBERED {
            path.pass(&kind.small(n));
        }
        path.delivered = 0;
        path
    }

    pub(crate) fn pass(&mut self, frame: &str) {
        let Some(delivery) = self.session.receive(self.now, frame, &mut self.shapes) else { return };
        self.delivered += 1;
        self.batch.push_event(delivery.event);
        if self.batch.is_full() || self.batch.count().0 >= BATCH_EVENTS {
            black_box(self.batch.strings().count() + self.batch.integers().len() + self.batch.doubles().len());
            self.batch.clear();
            self.now += BATCH_TIME;
        }
    }

    /// The number of delivered events.
    pub(crate) const fn delivered(&self) -> usize {
        self.delivered
    }
}
