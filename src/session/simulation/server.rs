//! A model of the server: Socket.IO's handshake and pings, and the platform's events on top. Pure:
//! frames in, frames out.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use fastrand::Rng;
use serde_json::{Value, json};

use super::habits::{Confirms, Habits, Pongs};

/// The name of a topic and a channel that the server denies to every client.
pub(super) const DENIED: &str = "denied";
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(5);
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(4);
/// What the server's clock shows at the start of a simulation, in Unix milliseconds.
const START_UNIX: u128 = 1_700_000_000_000;
/// How long a lost session can be recovered.
const RECOVERY_WINDOW: Duration = Duration::from_secs(20);

/// A published event.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) number: u64,
    pub(super) topic: String,
    pub(super) at: Instant,
    /// The client refuses this event's frame, and closes the connection for it.
    pub(super) refused: bool,
}

/// A client's connection on the server's side.
#[derive(Debug, Default)]
pub(super) struct Socket {
    joined: bool,
    pub(super) pid: Option<String>,
    /// Topics by the client's subscription ID.
    pub(super) subscriptions: BTreeMap<String, String>,
    pub(super) channels: BTreeSet<String>,
    /// The number of the latest message.
    latest_message: Option<u64>,
    /// Pings that the client has not answered yet.
    pub(super) unanswered_pings: u32,
    /// The client is in the namespace of its application pings.
    pub(super) in_ping_namespace: bool,
}

/// What a frame changed on the server, for the ledger.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    /// A session with these topics was recovered, and the server sent the events that it had
    /// missed.
    Recovered {
        topics: Vec<String>,
        missed: usize,
    },
    Subscribed {
        id: String,
        topic: String,
    },
    /// A message arrived for the second time.
    Resent,
    Left,
}

pub(super) struct Server {
    started: Instant,
    pub(super) habits: Habits,
    rng: Rng,
    pub(super) sockets: BTreeMap<usize, Socket>,
    /// Lost sessions by their private ID, each with the time of its loss.
    recoverable: BTreeMap<String, (Socket, Instant)>,
    pub(super) log: Vec<Published>,
    /// Numbers of the messages that arrived.
    messages: BTreeSet<u64>,
    /// Number of private IDs assigned so far.
    pids: u64,
    /// The code with which the server refuses every connection, while it is set.
    pub(super) refuses: Option<&'static str>,
    /// Whether the server may refuse a call, leave it unanswered or answer it twice.
    pub(super) unreliable_acks: bool,
}

impl Server {
    pub(super) fn new(now: Instant, mut rng: Rng) -> Self {
        let habits = Habits::any(&mut rng);
        let (sockets, recoverable) = (BTreeMap::new(), BTreeMap::new());
        Self {
            started: now,
            habits,
            rng,
            sockets,
            recoverable,
            log: vec![],
            messages: BTreeSet::new(),
            pids: 0,
            refuses: None,
            unreliable_acks: true,
        }
    }

    /// A connection was opened. Returns the server's handshake.
    pub(super) fn accept(&mut self, link: usize) -> String {
        self.sockets.insert(link, Socket::default());
        let (interval, timeout) = (PING_INTERVAL.as_millis(), PING_TIMEOUT.as_millis());
        format!(
            r#"0{{"sid":"e{link}","upgrades":[],"pingInterval":{interval},"pingTimeout":{timeout},"maxPayload":1000000}}"#
        )
    }

    /// The server notices that a connection is gone. The session can be recovered.
    pub(super) fn lose(&mut self, now: Instant, link: usize) {
        let Some(mut socket) = self.sockets.remove(&link) else { return };
        let Some(pid) = socket.pid.take() else { return };
        // As in Socket.IO: both sockets share one ID, so the rooms of both are deleted.
        for other in self.sockets.values_mut().filter(|other| other.pid.as_ref() == Some(&pid)) {
            other.subscriptions.clear();
            other.channels.clear();
        }
        self.recoverable.insert(pid, (socket, now));
    }

    /// The server ends a session on purpose.
    ///
    /// Socket.IO would keep what an earlier loss left of the session. A client that misses the
    /// DISCONNECT because the network fails at that moment could resume it, and could not know
    /// better.
    pub(super) fn disconnect(&mut self, link: usize) {
        if let Some(pid) = self.sockets.remove(&link).and_then(|socket| socket.pid) {
            self.recoverable.remove(&pid);
        }
    }

    /// Publishes an event. Returns its frames, one per receiving link or subscription.
    pub(super) fn publish(&mut self, now: Instant, topic: &str, refused: bool) -> Vec<(usize, String)> {
        let number = self.log.len() as u64;
        let event = Published { number, topic: topic.to_owned(), at: now, refused };
        let mut frames = vec![];
        for (&link, socket) in self.sockets.iter().filter(|(_, socket)| socket.joined) {
            let matching = socket.subscriptions.values().filter(|wanted| *wanted == topic).count();
            let copies = if self.habits.sends_per_subscription { matching } else { matching.min(1) };
            frames.extend((0..copies).map(|_| (link, self.frame(&event))));
        }
        self.log.push(event);
        frames
    }

    /// Sends one of the latest events again to a connection that is subscribed to it.
    pub(super) fn repeat(&mut self) -> Option<(usize, String)> {
        let back = self.rng.usize(0..20);
        let event = self.log.iter().rev().nth(back).filter(|event| !event.refused)?;
        let (&link, _) =
            self.sockets.iter().find(|(_, socket)| socket.subscriptions.values().any(|topic| *topic == event.topic))?;
        Some((link, self.frame(event)))
    }

    /// Handles a frame of the client. Returns the answers, and what the frame changed.
    pub(super) fn receive(&mut self, now: Instant, link: usize, frame: &str) -> (Vec<String>, Option<Effect>) {
        let Some(socket) = self.sockets.get_mut(&link) else { return (vec![], None) };
        if frame.starts_with('3') {
            socket.unanswered_pings = 0;
            return (vec![], None);
        }
        let packet = frame.strip_prefix('4').expect("a message");
        match packet.split_at(1) {
            ("0", "/-,") => match self.habits.pongs {
                Pongs::Never => (vec![], None),
                Pongs::Both | Pongs::FirstAndApplicationPings | Pongs::ToApplicationPings => {
                    (vec![r#"44/-,{"message":"Invalid namespace"}"#.into()], None)
                }
                Pongs::OpensNamespace => {
                    socket.in_ping_namespace = true;
                    (vec![r#"40/-,{"sid":"elsewhere"}"#.into()], None)
                }
            },
            ("1", "/-,") => {
                socket.in_ping_namespace = false;
                (vec![], None)
            }
            ("0", credentials) => self.join(now, link, &serde_json::from_str(credentials).expect("credentials")),
            ("1", _) => {
                self.sockets.remove(&link);
                (vec![], Some(Effect::Left))
            }
            ("2", event) => {
                let start = event.find('[').expect("arguments");
                let (ack, arguments) = event.split_at(start);
                let arguments: Value = serde_json::from_str(arguments).expect("JSON");
                let name = arguments[0].as_str().expect("a name");
                assert!(socket.joined, "'{name}' was sent before the namespace was joined");
                self.handle_event(now, link, ack, name, &arguments[1])
            }
            _ => panic!("the client sent {frame}"),
        }
    }

    fn join(&mut self, now: Instant, link: usize, credentials: &Value) -> (Vec<String>, Option<Effect>) {
        if let Some(code) = self.refuses {
            return (vec![format!(r#"44{{"message":"no","data":{{"code":"{code}"}}}}"#)], None);
        }
        assert_eq!(credentials["token"], "t0ken");
        let recovered = self.recover(now, credentials);
        let restored = recovered.as_ref().map(|socket| socket.subscriptions.values().cloned().collect());
        let mut socket = recovered.unwrap_or_default();
        socket.joined = true;
        if self.habits.recovers && socket.pid.is_none() {
            self.pids += 1;
            socket.pid = Some(format!("pid{}", self.pids));
        }
        let pid = socket.pid.as_ref().map(|pid| format!(r#","pid":"{pid}""#)).unwrap_or_default();
        let mut answers = vec![];
        if restored.is_some() {
            let offset = credentials["offset"].as_u64().expect("an offset");
            let missed = self.log.iter().filter(|event| event.number > offset);
            let missed = missed.filter(|event| socket.subscriptions.values().any(|topic| *topic == event.topic));
            answers.extend(missed.map(|event| self.frame(event)));
        }
        self.sockets.insert(link, socket);
        let missed = answers.len();
        // As in Socket.IO: the missed events come before the answer to CONNECT.
        answers.push(format!(r#"40{{"sid":"s{link}"{pid}}}"#));
        (answers, restored.map(|topics| Effect::Recovered { topics, missed }))
    }

    /// As in Socket.IO: recovery needs a known session and its last offset.
    fn recover(&mut self, now: Instant, credentials: &Value) -> Option<Socket> {
        credentials["offset"].as_u64()?;
        let pid = credentials["pid"].as_str()?;
        // The session stays recoverable: Socket.IO can recover it again while it is alive.
        let (socket, since) = self.recoverable.get(pid)?;
        (now < *since + RECOVERY_WINDOW).then(|| Socket {
            joined: false,
            pid: Some(pid.to_owned()),
            subscriptions: socket.subscriptions.clone(),
            channels: socket.channels.clone(),
            ..Socket::default()
        })
    }

    fn handle_event(
        &mut self,
        now: Instant,
        link: usize,
        ack: &str,
        name: &str,
        body: &Value,
    ) -> (Vec<String>, Option<Effect>) {
        let timestamp = self.unix(now);
        let socket = self.sockets.get_mut(&link).expect("checked by the caller");
        let text = |member: &str| body[member].as_str().unwrap_or_else(|| panic!("'{name}' lacks {member}")).to_owned();
        let mut answers = vec![];
        let mut answer = |body: Value| {
            if !ack.is_empty() {
                answers.push(format!("43{ack}[{body}]"));
            }
        };
        let mut effect = None;
        match name {
            "subscribe" => {
                let (id, topic) = (text("subscriptionId"), text("topic"));
                let theirs = if self.habits.names_subscriptions { format!("theirs_{id}") } else { id.clone() };
                let confirmation = json!({ "subscriptionId": theirs, "topic": topic, "timestamp": timestamp });
                if topic == DENIED {
                    answer(json!({ "error": "ForbiddenError", "message": "not this one" }));
                    return (answers, None);
                }
                socket.subscriptions.insert(id.clone(), topic.clone());
                effect = Some(Effect::Subscribed { id, topic });
                let confirms = self.habits.confirms;
                if matches!(confirms, Confirms::ByAck | Confirms::ByBoth) {
                    answer(confirmation.clone());
                }
                if matches!(confirms, Confirms::ByEvent | Confirms::ByBoth) {
                    answers.push(format!(r#"42["subscribed",{confirmation}]"#));
                }
            }
            "unsubscribe" => {
                let id = text("subscriptionId");
                let known = socket.subscriptions.remove(id.strip_prefix("theirs_").unwrap_or(&id)).is_some();
                answer(if known { json!({}) } else { json!({ "error": "NotFoundError" }) });
            }
            "channel:join" | "channel:leave" => {
                let channel = text("channel");
                if channel == DENIED {
                    answer(json!({ "error": "ForbiddenError", "message": "not this one" }));
                } else {
                    if name == "channel:join" {
                        socket.channels.insert(channel.clone());
                    } else {
                        socket.channels.remove(&channel);
                    }
                    answer(json!({ "channel": channel, "memberCount": 1 }));
                }
            }
            "channel:publish" => {
                let number = body["number"].as_u64().expect("a number");
                assert!(socket.latest_message.replace(number) < Some(number), "message {number} is out of order");
                if !self.messages.insert(number) {
                    assert_eq!(body["retry"], true, "message {number} was sent twice");
                    effect = Some(Effect::Resent);
                }
                match if self.unreliable_acks { self.rng.u8(0..20) } else { 9 } {
                    0 | 1 => {}
                    2 => answer(json!({ "error": "ForbiddenError", "message": "not now" })),
                    3 => {
                        answer(json!({ "id": "m" }));
                        answer(json!({ "id": "m" }));
                    }
                    _ => answer(json!({ "id": "m", "timestamp": timestamp })),
                }
            }
            other => panic!("the client sent '{other}'"),
        }
        (answers, effect)
    }

    fn frame(&self, event: &Published) -> String {
        let Published { number, topic, at, .. } = event;
        let timestamp = self.unix(*at);
        let offset = if self.habits.recovers { format!(",{number}") } else { String::new() };
        let metadata = format!(r#"{{"timestamp":{timestamp}}}"#);
        format!(r#"42["event",{{"id":"e{number}","topic":"{topic}","payload":{{}},"metadata":{metadata}}}{offset}]"#)
    }

    /// What the server's clock shows.
    fn unix(&self, at: Instant) -> u64 {
        u64::try_from(START_UNIX + (at - self.started).as_millis()).expect("a short time")
    }
}

/// The number of the event in a frame.
pub(super) fn event_number(frame: &str) -> Option<usize> {
    let rest = frame.strip_prefix(r#"42["event",{"id":"e"#)?;
    rest.split('"').next()?.parse().ok()
}
