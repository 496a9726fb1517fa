//! Random settings and steps.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::frames::HANDSHAKE;
use crate::session::{Phase, link::Stage, tests::scenarios::player::Player};

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
pub(super) struct Generator {
    pub(super) rng: Rng,
    pub(super) is_plain: bool,
}

impl Generator {
    /// One of these, each as likely as the others.
    pub(super) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        self.rng.choice(choices).expect("choices").clone()
    }

    pub(super) fn is_one_in(&mut self, count: u8) -> bool {
        self.rng.u8(0..count) == 0
    }

    pub(super) fn config(&mut self) -> Value {
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
    pub(super) fn step(&mut self, player: &Player) -> Value {
        if self.is_one_in(8) {
            return json!({ "read": GETTERS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect::<Map<_, _>>() });
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

    pub(super) fn topic(&mut self) -> &'static str {
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
}

fn token(text: &str, life: u64) -> Value {
    json!({ "text": text, "left": life, "lifetime": life })
}
