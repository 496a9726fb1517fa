//! Random scenarios: calls and frames in an order that no driver, user or server would choose. The
//! Rust session states the results, and the JavaScript session must come to the same.
//!
//! They reach what the simulation does not: the plain protocol, attachments, tokens, filters, and
//! answers of every kind. One command writes them to the standard output, one JSON object a line:
//!
//! ```text
//! SIMULATION_RUNS=500 cargo test --lib scenarios::random -- --ignored
//! ```

use std::{
    env,
    io::{BufWriter, Write, stdout},
};

use fastrand::Rng;
use serde_json::{Value, json};

use super::player::Player;
use crate::session::{Phase, link::Stage};

/// How many steps a scenario has.
const STEPS: usize = 150;

/// What a scenario reads from time to time.
const GETTERS: &[&str] = &[
    "counters",
    "deadline",
    "isIdle",
    "isPingDue",
    "newestToken",
    "outboxDepth",
    "pendingAcks",
    "sentBefore",
    "socketId",
    "subscriptionCount",
    "tokenState",
    "tokenWanted",
];

/// Random settings, steps, and their values.
struct Generator {
    rng: Rng,
    is_plain: bool,
}

impl Generator {
    /// One of these, each as likely as the others.
    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        self.rng.choice(choices).expect("choices").clone()
    }

    fn is_one_in(&mut self, count: u8) -> bool {
        self.rng.u8(0..count) == 0
    }

    fn config(&mut self) -> Value {
        let mut config = json!({
            "protocol": if self.is_plain { "ws" } else { "socket.io" },
            "token": self.one_of(&[json!("t0ken"), json!("t0ken"), json!(false), token("t0ken", 40_000)]),
            "connectTimeout": 8000,
            "outbox": { "messages": 6, "bytes": 200, "age": 9000 },
            "reconnect": {
                "attempts": 4,
                "delay": 400,
                "delayMax": 3000,
                "afterServerDisconnect": self.rng.bool(),
            },
            "maxMessageBytes": 6,
        });
        if self.rng.bool() {
            config["heartbeat"] = json!({ "interval": 1000, "timeout": 2500 });
        }
        if self.is_one_in(3) {
            config["maxPause"] = self.one_of(&[0, 3000]).into();
        }
        config
    }

    /// A step that fits the session's phase more often than not.
    fn step(&mut self, player: &Player) -> Value {
        if self.is_one_in(8) {
            return json!({ "read": GETTERS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect::<serde_json::Map<_, _>>() });
        }
        if self.is_one_in(6) {
            return self.wait();
        }
        let next_ack = player.session.phase.link().map_or(0, |link| link.acks.next_id());
        let fitting = match &player.session.phase {
            _ if self.is_one_in(3) => None,
            Phase::Idle => Some(json!({ "user": ["connect"] })),
            Phase::Asking => Some(self.token_step()),
            Phase::Dialing => Some(json!({ "link": ["handleOpen"] })),
            Phase::Open(link) if matches!(link.stage, Stage::Opening) => Some(json!({ "server": HANDSHAKE })),
            Phase::Open(link) if matches!(link.stage, Stage::Joining(_)) => Some(
                json!({ "server": self.one_of(&[r#"40{"sid":"s","pid":"p"}"#, r#"40{"sid":"s","pid":"p"}"#, r#"40{"sid":"x"}"#]) }),
            ),
            Phase::Open(_) | Phase::Waiting => None,
        };
        fitting.unwrap_or_else(|| match self.rng.u8(0..10) {
            0..5 => json!({ "server": self.frame(next_ack) }),
            5..9 => self.user(),
            _ => self.link(),
        })
    }

    fn wait(&mut self) -> Value {
        json!({ "wait": self.one_of(&[0, 1, 399, 400, 800, 999, 1000, 1250, 2500, 4000, 9999, 10_000, 30_000]) })
    }

    fn token_step(&mut self) -> Value {
        match self.rng.u8(0..4) {
            0 => json!({ "user": ["refuseToken"] }),
            1 => json!({ "user": ["provideToken", "another"] }),
            _ => {
                let (text, life) = (self.one_of(&["first", "second"]), self.one_of(&[0, 2000, 20_000, 100_000]));
                json!({ "user": ["provideToken", token(text, life)] })
            }
        }
    }

    fn user(&mut self) -> Value {
        let (topic, channel) = (self.topic(), self.one_of(&["c0", "c1"]));
        let call = match self.rng.u8(0..24) {
            0..4 => {
                let mode = self.one_of(&[Value::Null, json!("diff")]);
                json!(["subscribe", topic, self.filter(), mode])
            }
            4..6 => json!(["unsubscribe", format!("sub_{}", self.rng.u8(0..9))]),
            6..10 => self.message(),
            10..12 => json!(["joinChannel", channel]),
            12 => json!(["leaveChannel", channel]),
            13 => json!(["pause", 3, 40]),
            14..17 => json!(["resume"]),
            17 => return self.token_step(),
            18 => json!(["listen", self.one_of(&[Value::Null, json!("t0"), json!("t1")]), self.rng.bool()]),
            19 => json!(["listenToMessages", self.rng.bool()]),
            20 => json!([self.one_of(&["endOfTurn", "assumeInterest"])]),
            21 => json!(["reportDropped", 1, 2, 3, [topic, channel]]),
            22 if self.rng.bool() => json!(["discardSince", 0]),
            22 => json!(["wants", { "id": "e", "topic": topic, "payload": { "n": 1 } }]),
            _ if self.is_one_in(4) => json!(["destroy"]),
            _ if self.is_one_in(3) => json!(["abandon", "no more"]),
            _ => json!([self.one_of(&["connect", "disconnect"])]),
        };
        json!({ "user": call })
    }

    fn link(&mut self) -> Value {
        let written = self.rng.u32(0..200_000);
        let call = match self.rng.u8(0..12) {
            0 => json!(["handleOpen"]),
            1 => json!(["handleClose", "closed"]),
            2..4 => {
                let code = self.one_of(&["NETWORK_ERROR", "UPGRADE_REFUSED", "AUTH_FAILED", "PROTOCOL_ERROR"]);
                let mut error = json!({ "code": code, "message": "no" });
                match self.rng.u8(0..4) {
                    0 => error["outlook"] = self.one_of(&["unproven", "permanent"]).into(),
                    1 => error["status"] = self.one_of(&[401, 403, 404, 503]).into(),
                    2 => error["retryAfter"] = self.one_of(&[100, 7000]).into(),
                    _ => {}
                }
                json!(["handleDisconnect", "lost", error])
            }
            4 => json!(["handleDisconnect", "lost"]),
            5 => json!(["discardResumableSession"]),
            6 => json!(["handleBytes"]),
            7 => json!(["handlePongs", self.rng.u8(0..5)]),
            8 => json!(["handleProgress", written, self.rng.u32(0..=written)]),
            9 => json!(["handleReadToEnd"]),
            _ => json!(["setCanPing", self.rng.bool()]),
        };
        json!({ "link": call })
    }

    fn message(&mut self) -> Value {
        let attachments: &[Value] =
            if self.is_one_in(4) && !self.is_plain { &[json!({ "bytes": [1, 2, 3] })] } else { &[] };
        let payload = json!({ "n": self.rng.u8(0..9), "text": "x".repeat(self.rng.usize(0..60)) });
        json!(["emit", {
            "event": "m",
            "payload": payload,
            "attachments": attachments,
            "timeout": self.one_of(&[1000, 5000]),
            "retry": self.rng.bool(),
            "volatile": self.is_one_in(6),
        }])
    }

    fn topic(&mut self) -> &'static str {
        self.one_of(&["t0", "t1", "t2", "t.*", "direct"])
    }

    fn filter(&mut self) -> Value {
        self.one_of(&[
            Value::Null,
            Value::Null,
            json!({ "n": 1 }),
            json!({ "n": "1", "m": null }),
            json!({ "n": true }),
        ])
    }

    /// A frame of the server: valid, odd, or invalid.
    fn frame(&mut self, next_ack: u64) -> Value {
        let ack = next_ack.saturating_sub(self.rng.u64(0..5));
        if self.is_one_in(12) {
            return json!({ "bytes": self.one_of(&[vec![1, 2], vec![], vec![1, 2, 3, 4, 5]]) });
        }
        let frame = if self.is_plain { self.plain_frame(ack) } else { self.socket_io_frame(ack) };
        frame.into()
    }

    fn event(&mut self) -> String {
        let (id, topic) = (self.rng.u8(0..40), self.one_of(&["t0", "t1", "t2", "c0", "direct"]));
        let payload =
            self.one_of(&["{}", r#"{"n":1}"#, r#"{"n":1.0,"m":null}"#, r#"{"n":"1"}"#, "[1]", "null", r#""é""#]);
        let source = self.one_of(&["", "", r#","source":"socket""#, r#","source":7"#]);
        let topic_member = self.one_of(&["topic", "topic", "topic", "topic", "no topic"]);
        format!(r#"{{"id":"e{id}","{topic_member}":"{topic}"{source},"payload":{payload}}}"#)
    }

    fn answer(&mut self) -> &'static str {
        self.one_of(&[
            "{}",
            "null",
            "7",
            r#"{"subscriptionId":"x1"}"#,
            r#"{"subscriptionId":"x2","topic":"t0"}"#,
            r#"{"subscriptionId":12345678901234567890}"#,
            r#"{"subscriptionId":"sub_2"}"#,
            r#"{"error":"ForbiddenError","message":"no"}"#,
            r#"{"error":403}"#,
            r#"{"error":{"code":1}}"#,
            r#"{"error":null,"id":"m"}"#,
            r#"{"message":"only"}"#,
        ])
    }

    fn socket_io_frame(&mut self, ack: u64) -> String {
        let offset = self.one_of(&["", r#","o1""#, ",7", r#",{"a":[1]}"#]);
        let event = self.event();
        match self.rng.u8(0..20) {
            0..6 => format!(r#"42["event",{event}{offset}]"#),
            6 => format!(r#"42{}["event",{event}]"#, self.rng.u8(0..99)),
            7 => {
                let count = self.rng.u8(1..3);
                let payload = r#"{"_placeholder":true,"num":0}"#;
                let id = self.rng.u8(0..40);
                format!(r#"45{count}-{ack}["event",{{"id":"e{id}","topic":"t0","payload":{payload}}}{offset}]"#)
            }
            8..13 => format!("43{ack}[{}]", self.answer()),
            13 => format!(r#"42["subscribed",{}]"#, self.answer()),
            14 => format!(r#"42["error",{}]"#, self.answer()),
            15 => "2".into(),
            16 => self
                .one_of(&["40{\"sid\":\"s\",\"pid\":\"q\"}", "40{}", "40/-,{\"sid\":\"n\"}", "40/other,{}", "41", "1"])
                .into(),
            17 => self
                .one_of(&[
                    r#"44{"message":"Invalid namespace"}"#,
                    r#"44/-,{"message":"Invalid namespace"}"#,
                    r#"44{"message":"token expired"}"#,
                    r#"44{"message":"no","data":{"code":"BUSY","retryAfter":500}}"#,
                    r#"44"unauthorized""#,
                ])
                .into(),
            _ => self
                .one_of(&[
                    "",
                    "4",
                    "9",
                    "42",
                    "42[",
                    "42[1]",
                    "42[\"event\"]",
                    "42[\"event\",7]",
                    "43",
                    "4399[]",
                    "432[]",
                    "432[1,2]",
                    "451-[\"event\"]",
                    "450-[]",
                    "4599-[\"event\",{}]",
                    "3",
                    "3probe",
                    "2probe",
                    "5",
                    "6",
                    "42/other,[\"event\"]",
                    "hello",
                    "42{\"a\":1}",
                    "41/-,",
                    "42[\"other\",{}]",
                    "427[\"other\"]",
                    HANDSHAKE,
                ])
                .into(),
        }
    }

    fn plain_frame(&mut self, ack: u64) -> String {
        let answer = self.answer().strip_prefix('{').unwrap_or("}");
        let members = if answer == "}" { "}".to_owned() } else { format!(",{answer}") };
        match self.rng.u8(0..16) {
            0..5 => format!(r#"{{"type":"event","topic":"t","data":{}}}"#, self.event()),
            5..8 => format!(r#"{{"type":"ack","ackId":{ack}{members}"#),
            8 => format!(r#"{{"type":"error","ackId":{ack}{members}"#),
            9 => format!(r#"{{"type":"error"{members}"#),
            10..12 => format!(
                r#"{{"type":"subscribed","topic":"{}"{}"#,
                self.topic(),
                members.replace(r#","topic":"t0""#, "")
            ),
            12 => r#"{"type":"pong"}"#.into(),
            13 => r#"{"type":"connected","socketId":"me"}"#.into(),
            _ => self
                .one_of(&[
                    "",
                    "[]",
                    "{}",
                    "7",
                    "{\"type\":7}",
                    "{\"type\":\"event\"}",
                    "{\"type\":\"event\",\"data\":{}}",
                    "{\"type\":\"other\"}",
                    "{\"type\":\"subscribed\"}",
                    "{\"type\":\"connected\"}",
                    "{\"type\":\"ack\"}",
                    "2",
                ])
                .into(),
        }
    }
}

const HANDSHAKE: &str = r#"0{"sid":"e","upgrades":[],"pingInterval":5000,"pingTimeout":4000,"maxPayload":150}"#;

fn token(text: &str, life: u64) -> Value {
    json!({ "text": text, "left": life, "lifetime": life })
}

/// A scenario with all of its results.
fn scenario(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let is_plain = rng.u8(0..3) == 0;
    let mut generator = Generator { rng, is_plain };
    let config = generator.config();
    let mut player = Player::new(&config);
    let mut steps = vec![];
    for _ in 0..STEPS {
        let step = generator.step(&player);
        steps.push(player.complete(step));
    }
    json!({ "name": format!("random {seed}"), "config": config, "steps": steps })
}

#[test]
#[ignore = "writes scenarios for another implementation"]
fn random_scenarios_are_written() {
    let number = |variable: &str| env::var(variable).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let from = number("SIMULATION_FROM").unwrap_or(0);
    let mut target = BufWriter::new(stdout());
    // The test runner may have begun a line of its own.
    writeln!(target).expect("a reader");
    for seed in from..from + number("SIMULATION_RUNS").unwrap_or(500) {
        writeln!(target, "{}", scenario(seed)).expect("a reader");
    }
    target.flush().expect("a reader");
}

#[test]
fn a_random_scenario_plays_again() {
    for seed in 0..50 {
        let scenario = scenario(seed);
        let mut player = Player::new(&scenario["config"]);
        let problems = scenario["steps"].as_array().expect("steps").iter().find_map(|step| player.play(step));
        assert_eq!(problems, None, "seed {seed}");
    }
}
