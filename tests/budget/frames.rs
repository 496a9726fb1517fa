//! Frames as a server sends them: one kind for each path through the engine.

use std::fmt::Write;

use realtime::{session::Measure, vocabulary::Protocol};

/// A kind of events, with the user's subscriptions and listeners.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) protocol: Protocol,
    /// Makes the frame with this number.
    frame: fn(usize) -> String,
    /// The topics with listeners. Empty: every topic.
    pub(crate) listened: &'static [&'static str],
    pub(crate) filter: Option<&'static str>,
    pub(crate) channel: Option<&'static str>,
    /// What the user has turned on.
    pub(crate) measure: Measure,
    /// Of 100 events, the number that is delivered.
    pub(crate) delivered: usize,
}

impl Kind {
    pub(crate) fn frames(&self, numbers: std::ops::Range<usize>) -> Vec<String> {
        numbers.map(self.frame).collect()
    }

    /// The frame of a small event, which the user wants if any event of this kind is wanted.
    pub(crate) fn small(&self, n: usize) -> String {
        let (topic, source) = if self.channel.is_some() { ("room", "socket") } else { ("session.status", "database") };
        let event = format!(r#"{{"id":"an id of some length {n:07}","topic":"{topic}","source":"{source}"}}"#);
        if self.protocol == Protocol::Ws { plain(&event) } else { socket_io(&event) }
    }

    const fn new(name: &'static str, frame: fn(usize) -> String) -> Self {
        let protocol = Protocol::SocketIo;
        let measure = Measure { latency: false, topics: false };
        Self { name, protocol, frame, listened: &[], filter: None, channel: None, measure, delivered: 100 }
    }
}

/// All kinds.
#[rustfmt::skip]
pub(crate) const KINDS: &[Kind] = &[
    Kind::new("300 B", |n| socket_io(&event(n, 300, ""))),
    Kind { measure: Measure { latency: true, topics: true }, ..Kind::new("300 B, measured", |n| socket_io(&event(n, 300, ""))) },
    Kind::new("2 KB", |n| socket_io(&event(n, 2048, ""))),
    Kind::new("20 KB", |n| socket_io(&event(n, 20_480, ""))),
    Kind::new("8 shapes", |n| socket_io(&event(n, 330, &variant(n % 8)))),
    Kind::new("100 shapes", |n| socket_io(&event(n, 330, &variant(n % 100)))),
    Kind::new("wide", |n| socket_io(&wide(n))),
    Kind::new("escapes", |n| socket_io(&event(n, 300, "").replace("The ", r"Th\u0065\n"))),
    Kind::new("never repeating", |n| socket_io(&event(n, 300, &variant(n)))),
    Kind::new("never repeating, 20 KB", |n| socket_io(&event(n, 20_480, &variant(n)))),
    Kind { listened: &["session.elsewhere"], delivered: 0, ..Kind::new("unwanted", |n| socket_io(&event(n, 300, ""))) },
    Kind { listened: &["session.elsewhere"], delivered: 0, ..Kind::new("unwanted, 20 KB", |n| socket_io(&event(n, 20_480, ""))) },
    Kind { filter: Some(r#"{"campusId":{"in":[10,11,12]},"status":"active"}"#), delivered: 5, ..Kind::new("filtered", |n| socket_io(&event(n, 300, ""))) },
    Kind::new("offset", |n| format!(r#"42["event",{},"{n:x}-0"]"#, event(n, 300, ""))),
    Kind { channel: Some("room"), ..Kind::new("messages", |n| socket_io(&message(n))) },
    Kind { protocol: Protocol::Ws, ..Kind::new("plain", |n| plain(&event(n, 300, ""))) },
    Kind { protocol: Protocol::Ws, ..Kind::new("plain, 20 KB", |n| plain(&event(n, 20_480, ""))) },
];

fn socket_io(event: &str) -> String {
    format!(r#"42["event",{event}]"#)
}

fn plain(event: &str) -> String {
    format!(r#"{{"type":"event","topic":"session.status","data":{event}}}"#)
}

fn variant(shape: usize) -> String {
    format!(r#""x{shape}":{shape},"#)
}

/// An event of `size` bytes. Small objects and prose fill what its fixed members leave.
fn event(n: usize, size: usize, more: &str) -> String {
    let status = if n.is_multiple_of(3) { "scheduled" } else { "active" };
    let mut text = format!(
        r#"{{"id":"evt_{n:012}","topic":"session.status","source":"database","type":"database.update","payload":{{{more}"sessionId":"ses_{}","campusId":{},"status":"{status}","score":0.{:02},"seat":{{"row":{}}}"#,
        100_000 + n * 7919 % 900_000,
        10 + n % 40,
        11 + n % 89,
        1 + n % 9,
    );
    let note = r#","note":""#;
    let tail = r#""},"metadata":{"timestamp":1767225600000,"table":"sessions","operation":"update"}}"#;
    if size > 1000 {
        let mut opening = r#","log":["#;
        for entry in 0_u64.. {
            let entry = format!(
                r#"{opening}{{"at":{},"kind":"answer","item":{},"score":0.{:02},"flagged":{},"by":"usr_{}"}}"#,
                1_767_225_600_000 + entry * 977,
                10 + entry % 90,
                11 + entry % 89,
                entry % 7 == 0,
                1000 + entry % 9000,
            );
            if text.len() + entry.len() + 1 + note.len() + tail.len() > size {
                break;
            }
            text += &entry;
            opening = ",";
        }
        text.push(']');
    }
    let prose = "The proctor looked at the recording and found nothing to report. ".chars().cycle();
    let room = size.saturating_sub(text.len() + note.len() + tail.len());
    let _ = write!(text, "{note}{}{tail}", prose.take(room).collect::<String>());
    text
}

/// An event whose texts, except the keys, do not fit Latin-1.
fn wide(n: usize) -> String {
    format!(
        r#"{{"id":"событие_{n:012}","topic":"сеанс.статус","source":"база","type":"база.обновление","payload":{{"sessionId":"сеанс_{}","campusId":{},"status":"идёт","note":"Проктор посмотрел запись и ничего не нашёл."}},"metadata":{{"timestamp":1767225600000,"table":"сеансы","operation":"обновить"}}}}"#,
        n * 7919 % 900_000,
        10 + n % 40,
    )
}

fn message(n: usize) -> String {
    format!(
        r#"{{"id":"msg_{n:012}","topic":"room","source":"socket","type":"chat","payload":{{"text":"Good morning, this is number {n}","mood":"fine"}},"metadata":{{"timestamp":1767225600000,"from":"socket_{}"}}}}"#,
        n % 50,
    )
}
