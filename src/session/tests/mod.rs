//! Sessions in virtual time: hours of reconnects in a millisecond.

mod channels;
mod connecting;
mod continuity;
mod liveness;
mod odd_json;
mod peers;
mod pings;
mod receiving;
mod recovery;
mod refusals;
pub(super) mod scenarios;
mod sending;
mod slow_consumer;
mod subscribing;
mod tokens;

use std::time::{Duration, Instant};

use bytes::Bytes;
use fastrand::Rng;

use super::{tables::timers::Timer, *};
use crate::error::{ErrorKind, Outlook};

const HANDSHAKE: &str = r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;
const JOINED: &str = r#"40{"sid":"abc"}"#;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A token that is valid for `lives` seconds.
fn token(text: &str, lives: Option<u64>) -> Token {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let claims = lives.map_or("{}".to_owned(), |lives| format!(r#"{{"iat":1000,"exp":{}}}"#, 1000 + lives));
    let text = lives.map_or(text.to_owned(), |_| format!("{text}.{}.", URL_SAFE_NO_PAD.encode(claims)));
    Token::parse(&text, seconds(1000)).expect("it fits a header")
}

fn message(payload: &str, timeout: u64) -> Outgoing {
    Outgoing {
        event: "m".into(),
        payload: payload.into(),
        attachments: vec![],
        ack_timeout: seconds(timeout),
        retry: false,
        volatile: false,
    }
}

/// A session with its clock, and everything the session has asked for.
struct World {
    session: Session,
    now: Instant,
    frames: Vec<String>,
    attachments: Vec<Bytes>,
    states: Vec<(ConnectionState, Option<String>)>,
    errors: Vec<Error>,
    outcomes: Vec<(MessageId, Result<Option<String>, Error>)>,
    confirmed: Vec<String>,
    joined: Vec<String>,
    gaps: Vec<Gap>,
    dials: usize,
    /// The tokens of all dials.
    dialled: Vec<Token>,
    /// The reason of each token request.
    asked: Vec<TokenReason>,
    hang_ups: Vec<(Option<String>, bool)>,
    pongs: u64,
}

impl World {
    fn new(adapt: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            protocol: Protocol::SocketIo,
            token: Some(token("t0ken", None)),
            application_id: None,
            environment: None,
            // Short delays, so that a test need not count its losses.
            reconnect: ReconnectPolicy { randomization: 0.0, delay_max: seconds(5), ..ReconnectPolicy::default() },
            connect_timeout: seconds(20),
            heartbeat: None,
            outbox: OutboxLimits::default(),
            max_pause: None,
            max_message_bytes: crate::protocol::MAX_MESSAGE_BYTES,
            measure: Measure::default(),
        };
        adapt(&mut config);
        let now = Instant::now();
        let mut session = Session::new(config, Rng::with_seed(1), now);
        session.listen(None, true);
        Self {
            session,
            now,
            frames: vec![],
            attachments: vec![],
            states: vec![],
            errors: vec![],
            outcomes: vec![],
            confirmed: vec![],
            joined: vec![],
            gaps: vec![],
            dials: 0,
            dialled: vec![],
            asked: vec![],
            hang_ups: vec![],
            pongs: 0,
        }
    }

    fn connected() -> Self {
        let mut world = Self::new(|_| {});
        world.connect();
        world
    }

    /// The link is open and the session waits for the answer to CONNECT.
    fn joining(adapt: impl FnOnce(&mut Config)) -> Self {
        let mut world = Self::new(adapt);
        world.session.connect(world.now);
        world.session.handle_open(world.now);
        world.receive(HANDSHAKE);
        world
    }

    /// Connected with the plain codec.
    fn plain() -> Self {
        let mut world = Self::new(|config| config.protocol = Protocol::Ws);
        world.session.connect(world.now);
        world.session.handle_open(world.now);
        world.settle();
        world
    }

    fn connect(&mut self) {
        self.connect_to(JOINED);
    }

    fn connect_to(&mut self, joined: &str) {
        self.session.connect(self.now);
        self.establish_to(joined);
    }

    fn establish(&mut self) {
        self.establish_to(JOINED);
    }

    fn establish_to(&mut self, joined: &str) {
        self.session.handle_open(self.now);
        self.receive(HANDSHAKE);
        self.receive(joined);
    }

    fn settle(&mut self) {
        loop {
            if let Some(output) = self.session.poll_output() {
                match output {
                    Output::Dial => {
                        self.dials += 1;
                        self.dialled.extend(self.session.dial_token());
                    }
                    Output::HangUp { farewell, orderly } => self.hang_ups.push((farewell, orderly)),
                    Output::Notice(Notice::Connection { state, reason }) => self.states.push((state, reason)),
                    Output::Notice(Notice::Error(error)) => self.errors.push(error),
                    Output::Notice(Notice::Subscribed { subscription_id }) => self.confirmed.push(subscription_id),
                    Output::Notice(Notice::Gap(gap)) => self.gaps.push(gap),
                    Output::Notice(Notice::Joined { channel }) => self.joined.push(channel),
                    Output::Notice(Notice::TokenWanted) => self.asked.extend(self.session.token_wanted()),
                    Output::Notice(Notice::Outcome { id, result }) => self.outcomes.push((id, result)),
                }
            } else if let Some(ping) = self.session.poll_ping(self.now) {
                self.frames.push(match ping {
                    Ping::Control => "PING".into(),
                    Ping::Application(text) => text,
                });
            } else if let Some(frame) = self.session.poll_frame(self.now) {
                match frame {
                    Frame::Text(text) => self.frames.push(text),
                    Frame::Binary(bytes) => self.attachments.push(bytes),
                }
            } else if !self.session.has_output() {
                break;
            }
        }
    }

    fn receive(&mut self, frame: &str) -> Option<String> {
        let delivery = self.session.receive(self.now, frame, &mut ()).map(|delivery| delivery.event.to_owned());
        self.settle();
        delivery
    }

    fn event(&mut self, id: &str, topic: &str, payload: &str) -> Option<String> {
        self.receive(&format!(r#"42["event",{{"id":"{id}","topic":"{topic}","payload":{payload}}}]"#))
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.deadline().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.session.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// The inbox is full, so the driver stops reading.
    fn pause(&mut self) {
        self.session.pause(self.now, 5, 77);
    }

    /// Silence of the server does not end this connection.
    fn ignore_silence(&mut self) {
        self.session.phase.link_mut().expect("an open link").timers.clear(Timer::Liveness);
    }

    fn resume(&mut self) {
        self.session.resume(self.now);
        self.settle();
    }

    /// The server refuses an attempt with a status of this outlook.
    fn refuse_upgrade(&mut self, kind: ErrorKind, outlook: Outlook) {
        let error = Error::new(kind, "no").with_outlook(outlook);
        self.session.handle_disconnect(self.now, "HTTP 4xx".into(), Some(error));
        self.settle();
    }

    /// The peer answers a control ping.
    fn pong(&mut self) {
        self.pongs += 1;
        self.session.handle_bytes(self.now);
        self.session.handle_pongs(self.now, self.pongs);
    }

    fn lose(&mut self) {
        self.session.handle_disconnect(self.now, "ECONNRESET".into(), None);
        self.settle();
    }

    fn state_names(&self) -> Vec<&str> {
        self.states.iter().map(|(state, _)| state.name()).collect()
    }

    fn last_reason(&self) -> Option<&str> {
        self.states.last()?.1.as_deref()
    }

    fn error_kinds(&self) -> Vec<ErrorKind> {
        self.errors.iter().map(|error| error.kind).collect()
    }

    /// Sends a message with an ack timeout in seconds.
    fn emit(&mut self, payload: &str, timeout: u64) -> Result<MessageId, ErrorKind> {
        let sent = self.session.emit(self.now, message(payload, timeout)).map_err(|error| error.kind)?;
        Ok(sent.expect("it is not volatile"))
    }

    fn outcome_kinds(&self) -> Vec<Option<ErrorKind>> {
        self.outcomes.iter().map(|(_, result)| result.as_ref().err().map(|error| error.kind)).collect()
    }

    fn take_frames(&mut self) -> Vec<String> {
        self.settle();
        std::mem::take(&mut self.frames)
    }
}
