//! Random frames of the server.

use serde_json::{Value, json};

use super::steps::Generator;

pub(super) const HANDSHAKE: &str =
    r#"0{"sid":"e","upgrades":[],"pingInterval":5000,"pingTimeout":4000,"maxPayload":150}"#;

impl Generator {
    /// A frame of the server: valid, odd, or invalid.
    pub(super) fn frame(&mut self, next_ack: u64) -> Value {
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
