//! What the codec makes of the fuzz seeds, in a file: `tests/codec/meanings.jsonl`. The JavaScript
//! engine has to make the same of them (`__test__/engines/javascript/meanings.test.js`).
//!
//! Each line is one link: the frames that come, and what each means. A seed gives a link, and so
//! does each damaged copy of it. After a change of seeds or meanings write the file again:
//!
//! ```text
//! MEANINGS=write cargo test --lib meanings
//! ```
//!
//! To compare more copies, write another file and let the JavaScript test read that one:
//!
//! ```text
//! MEANINGS=/path/of/file MEANINGS_COPIES=2000 cargo test --lib meanings
//! CODEC_MEANINGS=/path/of/file node --test __test__/engines/javascript/meanings.test.js
//! ```

use std::{env, fs, path::Path};

use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Codec, Incoming};
use crate::{
    protocol::{DecodeError, MAX_MESSAGE_BYTES, event::member},
    session::tables::server_ids::ServerId,
    vocabulary::{Protocol, member as names},
};

/// The number of damaged copies of each seed in the file of the repository.
const COPIES: u64 = 6;
/// The size of an attachment in the seeds of attachments, per unit of its byte.
const UNIT: usize = MAX_MESSAGE_BYTES / 512;

/// A frame: a text, or the size of a binary message.
type Frame = Result<String, usize>;

#[test]
fn the_seeds_have_the_meanings_in_the_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("tests/codec/meanings.jsonl");
    let copies = env::var("MEANINGS_COPIES").map_or(COPIES, |copies| copies.parse().unwrap());
    let lines: Vec<_> = seeds(&root.join("fuzz/seeds"), copies).iter().map(|seed| seed.to_string() + "\n").collect();
    match env::var("MEANINGS") {
        Ok(write) if write == "write" => fs::write(file, lines.concat()).unwrap(),
        Ok(other) => fs::write(other, lines.concat()).unwrap(),
        Err(_) => {
            let known = fs::read_to_string(file).unwrap();
            for (line, known) in lines.iter().zip(known.split_inclusive('\n')) {
                assert_eq!(
                    line, known,
                    "write the file again if this is right: MEANINGS=write cargo test --lib meanings"
                );
            }
            assert_eq!(lines.len(), known.lines().count(), "a seed was added or removed: write the file again");
        }
    }
}

/// The meanings of all seeds and of their copies.
fn seeds(folder: &Path, copies: u64) -> Vec<Value> {
    let mut all = Vec::new();
    for target in TARGETS {
        let mut paths: Vec<_> = fs::read_dir(folder.join(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let seeds: Vec<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        for ((at, seed), path) in (0u64..).zip(&seeds).zip(&paths) {
            let name = format!("{target}/{}", path.file_name().unwrap().display());
            let whole = std::iter::once((name.clone(), seed.clone()));
            let damaged = (1..=copies).map(|copy| {
                let mut rng = Rng::with_seed(copy << 8 | at);
                (format!("{name}, copy {copy}"), damage(seed, &seeds, &mut rng))
            });
            for (name, bytes) in whole.chain(damaged) {
                all.extend(links(target, &bytes).into_iter().map(|(protocol, frames)| link(&name, protocol, frames)));
            }
        }
    }
    all
}

const TARGETS: [&str; 9] =
    ["engine_io", "socket_io", "arguments", "event", "json", "frame", "attachments", "session", "shape"];

/// The frames that a seed stands for, each list on a link of its own.
fn links(target: &str, bytes: &[u8]) -> Vec<(Protocol, Vec<Frame>)> {
    let seed = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let of = |protocol: Protocol, texts: &[String]| vec![(protocol, texts.iter().cloned().map(Ok).collect())];
    match target {
        "engine_io" => of(Protocol::SocketIo, &[seed.to_owned(), format!("0{seed}")]),
        "socket_io" => {
            let frames = vec![Ok(format!("4{seed}")), Err(1), Err(2), Ok("42[\"other\"]".into())];
            vec![(Protocol::SocketIo, frames)]
        }
        "arguments" => of(Protocol::SocketIo, &["42", "427", "430", "42/-,", "44"].map(|head| format!("{head}{seed}"))),
        "event" | "shape" => {
            let lines = || seed.lines().map(str::to_owned);
            let heads =
                lines().flat_map(|line| [format!("42[\"event\",{line}]"), format!("42[\"event\", {line} ,\"o1\" ]")]);
            let frames = lines().map(|line| format!("{{\"data\":{line},\"type\":\"event\"}}"));
            [of(Protocol::SocketIo, &heads.collect::<Vec<_>>()), of(Protocol::Ws, &frames.collect::<Vec<_>>())].concat()
        }
        "json" => {
            of(Protocol::SocketIo, &[format!("42[\"other\",{seed}]"), format!("431[{seed}]"), format!("44{seed}")])
        }
        "frame" => of(Protocol::Ws, &[seed.to_owned(), format!("\u{feff}{seed}")]),
        "attachments" => {
            let frame = |pair: &[u8]| match *pair {
                [0, count] => Ok(format!("45{count}-7[\"event\",{{\"id\":\"1\",\"topic\":\"t\"}},\"o1\"]")),
                [size, ..] => Err(usize::from(size) * UNIT),
                [] => Err(0),
            };
            vec![(Protocol::SocketIo, bytes.chunks(2).map(frame).collect())]
        }
        _ => {
            let (protocol, seed) = match seed.strip_prefix('w') {
                Some(rest) => (Protocol::Ws, rest),
                None => (Protocol::SocketIo, seed),
            };
            let frame =
                |line: &str| line.strip_prefix('#').map_or_else(|| Ok(line.to_owned()), |bytes| Err(bytes.len()));
            vec![(protocol, seed.split('\n').map(frame).collect())]
        }
    }
}

/// What the frames of one link mean.
fn link(name: &str, protocol: Protocol, frames: Vec<Frame>) -> Value {
    let mut codec = Codec::new(protocol, MAX_MESSAGE_BYTES);
    let mut meanings = Vec::new();
    for frame in &frames {
        meanings.push(match frame {
            Ok(text) => {
                let mut meaning = meaning(&codec.decode(text, &mut ()));
                put(&mut meaning, "ack", codec.awaited_ack(text));
                put(&mut meaning, "skippedOffset", codec.offset(text));
                put(&mut meaning, "answersJoin", Some(true).filter(|_| Codec::answers_join(text)));
                meaning
            }
            Err(size) => match codec.attach(Bytes::from(vec![0; *size])) {
                Ok(None) => Value::Null,
                Ok(Some(packet)) => {
                    let mut meaning = meaning(&Codec::decode_assembled(&packet.text));
                    put(&mut meaning, "ack", Codec::awaited_ack_of_binary(&packet.text));
                    put(&mut meaning, "sizes", Some(packet.attachments.iter().map(Bytes::len).collect::<Vec<_>>()));
                    meaning
                }
                Err(problem) => {
                    let mut meaning = meaning(&Err(problem));
                    put(&mut meaning, "skipped", codec.skip_attachments());
                    meaning
                }
            },
        });
    }
    let frames: Vec<Value> = frames.into_iter().map(|frame| frame.map_or_else(Value::from, Value::from)).collect();
    let protocol = if matches!(protocol, Protocol::Ws) { "ws" } else { "socket.io" };
    json!({ "seed": name, "protocol": protocol, "frames": frames, "meanings": meanings })
}

fn put(meaning: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        meaning[name] = value.into();
    }
}

/// A meaning as the JavaScript engine names it. What it parses is JSON text here.
fn meaning(incoming: &Result<Incoming<'_>, DecodeError>) -> Value {
    match incoming {
        Ok(Incoming::Opened(handshake)) => json!({
            "kind": "opened", "sid": handshake.sid, "pingInterval": millis(handshake.ping_interval),
            "pingTimeout": millis(handshake.ping_timeout), "maxPayload": handshake.max_payload,
            "offersWebsocket": handshake.offers_websocket,
        }),
        Ok(Incoming::Joined { socket_id, pid }) => json!({ "kind": "joined", "socketId": socket_id, "pid": pid }),
        Ok(Incoming::Named { socket_id }) => json!({ "kind": "named", "socketId": socket_id }),
        Ok(Incoming::Refused(refusal)) => json!({
            "kind": "refused", "text": refusal.text, "isAboutToken": refusal.is_about_token,
            "retryAfter": refusal.retry_after.map(millis),
        }),
        Ok(Incoming::Disconnected) => json!({ "kind": "disconnected" }),
        Ok(Incoming::Closed) => json!({ "kind": "closed" }),
        Ok(Incoming::Ping(text)) => json!({ "kind": "ping", "text": text }),
        Ok(Incoming::Pong { timestamp }) => {
            let mut meaning = json!({ "kind": "pong" });
            put(&mut meaning, "timestamp", *timestamp);
            meaning
        }
        Ok(Incoming::PingAdmitted) => json!({ "kind": "pingAdmitted" }),
        Ok(Incoming::Event { envelope, offset }) => json!({
            "kind": "event", "id": envelope.id, "topic": envelope.topic, "event": envelope.text, "offset": offset,
        }),
        Ok(Incoming::Subscribed { subscription_id, topic }) => {
            json!({ "kind": "subscribed", "serverId": server_id(*subscription_id), "topic": topic })
        }
        Ok(Incoming::Gap { gap, offset }) => json!({
            "kind": "gap", "topics": gap.topics, "reason": gap.reason,
            "durationMs": u64::try_from(gap.duration.as_millis()).unwrap(), "offset": offset,
        }),
        Ok(Incoming::Failed { error, message, subscription_id }) => {
            json!({ "kind": "failed", "error": error, "message": message, "subscriptionId": subscription_id })
        }
        Ok(Incoming::Acked { id, payload }) => {
            let id_of_subscription = payload.and_then(|payload| member(payload, names::SUBSCRIPTION_ID));
            json!({ "kind": "acked", "id": id, "payload": payload, "serverId": server_id(id_of_subscription) })
        }
        Ok(Incoming::BinaryStarted) => json!({ "kind": "binaryStarted" }),
        Ok(Incoming::Ignored) => json!({ "kind": "ignored" }),
        Err(problem) => {
            let code = match problem {
                DecodeError::Event { .. } => "INVALID_EVENT",
                DecodeError::AttachmentsTooLarge { .. } => "MESSAGE_TOO_LARGE",
                _ => "PROTOCOL_ERROR",
            };
            json!({ "kind": "unreadable", "code": code, "message": problem.to_string() })
        }
    }
}

fn server_id(json: Option<&str>) -> Option<String> {
    Some(ServerId::read(json?)?.json().to_owned())
}

fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Removes, repeats and splices parts, and inserts bytes with a meaning for decoders.
fn damage(seed: &[u8], seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.usize(1..4) {
        let start = rng.usize(0..=bytes.len());
        let end = rng.usize(start..=bytes.len().min(start + 16));
        let insert = match rng.u8(0..5) {
            0 => vec![],
            1 => vec![*rng.choice(b"\"\\{}[],:0123456789-/eE.u \n\x1e").unwrap()],
            2 => rng.choice(PARTS).unwrap().as_bytes().to_vec(),
            3 => bytes[start..end].repeat(2),
            _ => {
                let other = rng.choice(seeds).unwrap();
                let from = rng.usize(0..=other.len());
                other[from..rng.usize(from..=other.len())].to_vec()
            }
        };
        bytes.splice(start..end, insert);
    }
    bytes
}

const PARTS: &[&str] = &[
    "\\ud800",
    "\\u0000",
    "null",
    "true",
    "1e999",
    "-0",
    "0.1",
    "18446744073709551616",
    "\"__proto__\":{\"id\":1},",
    "\"id\":\"x\",",
    "\"topic\":7,",
    "\"ackId\":2,",
    "\"subscriptionId\":12345678901234567890,",
    "\"type\":\"error\",",
    "/-,",
    "/a,",
    "12",
    "65-",
    "[[",
    "}}",
    "\u{e9}",
    "\u{1f600}",
    "\u{2028}",
    "\u{feff}",
];
