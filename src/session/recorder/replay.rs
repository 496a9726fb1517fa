//! Replays recordings: makes their calls again, and compares what the session does.
//!
//! A recording in `tests/recordings` is a regression test of this session and of the one in
//! JavaScript. One command replays another file:
//!
//! ```text
//! RECORDING=recording.jsonl cargo test --lib recorder::replay -- --nocapture
//! ```

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use super::{Detail, Recorder, Ring, values::Clock};
use crate::{
    session::{
        Config, Heartbeat, Measure, OutboxLimits, Outgoing, ReconnectPolicy, Session,
        random::Random,
        tests::scenarios::notation::{self, duration, failure, string, token},
    },
    vocabulary::Protocol,
};

/// A recording on its way through a session.
struct Replay {
    recorder: Recorder,
    clock: Clock,
}

/// Replays the lines. Returns how many calls there were.
///
/// # Errors
/// The first difference, with its line.
pub(in crate::session) fn replay(text: &str) -> Result<usize, String> {
    let mut lines = (1..).zip(text.lines());
    let (_, first) = lines.next().ok_or("an empty file")?;
    let header = parse(1, first)?;
    let mut replay: Option<Replay> = None;
    let mut calls = 0;
    for (number, line) in lines {
        let line = parse(number, line)?;
        if let Some(root) = line.get("root") {
            match &mut replay {
                Some(replay) => replay.continue_at(root),
                None => replay = Some(Replay::new(&header, root)),
            }
            continue;
        }
        calls += 1;
        let replay = replay.get_or_insert_with(|| Replay::new(&header, &Value::Null));
        replay.step(&line).map_err(|problem| format!("line {number}: {problem}"))?;
    }
    Ok(calls)
}

fn parse(number: usize, line: &str) -> Result<Value, String> {
    serde_json::from_str(line).map_err(|problem| format!("line {number} is not JSON: {problem}"))
}

impl Replay {
    fn new(header: &Value, root: &Value) -> Self {
        let clock = Clock(Instant::now());
        let now = clock.0 + duration(&root["at"]).unwrap_or_default();
        let settings = &header["config"];
        let mut session = Session::new(config(settings), fastrand::Rng::with_seed(1), now);
        session.reads_late = settings["readsLate"] == true;
        let mut recorder = Recorder::from(session);
        let detail = Detail::Effects { attachments: false };
        recorder.begin(clock, detail, Ring::new(&Value::Null, usize::MAX));
        let mut replay = Self { recorder, clock };
        replay.continue_at(root);
        replay
    }

    /// The numbers of a session that has dropped what was before.
    fn continue_at(&mut self, root: &Value) {
        let session = &mut self.recorder.session;
        let count = |name: &str| root[name].as_u64();
        if let Some(last) = count("lastSubscription") {
            session.subscriptions.continue_after(u32::try_from(last).expect("small"));
        }
        if let Some(calls) = count("calls") {
            session.calls = calls;
        }
        if let Some(id) = count("nextAckId") {
            session.next_ack_id = id;
            if let Some(link) = session.phase.link_mut() {
                link.acks.continue_at(id);
            }
        }
        let Some(counters) = root.get("counters") else { return };
        let count = |name: &str| counters[name].as_u64().expect("a number");
        session.counters = crate::session::Counters {
            events_received: count("eventsReceived"),
            dropped_repeats: count("droppedRepeats"),
            dropped_unwanted: count("droppedUnwanted"),
            gaps: count("gaps"),
            reconnects: count("reconnects"),
            bytes_received: count("bytesReceived"),
            bytes_sent: count("bytesSent"),
        };
    }

    fn step(&mut self, line: &Value) -> Result<(), String> {
        let tape = self.recorder.tape.as_mut().expect("a tape");
        tape.ring = Ring::new(&Value::Null, usize::MAX);
        tape.latest = super::Latest::default();
        let draws = line["draws"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        self.recorder.session.rng = Random::Recorded(draws);
        self.call(line)?;
        if self.recorder.session.rng != Random::Recorded([].into()) {
            return Err(format!("{}: the session draws fewer random numbers", line["call"]));
        }
        let lines = self.recorder.recording().expect("a tape");
        let done: Value = lines.lines().nth(1).map_or(json!({}), |line| serde_json::from_str(line).expect("JSON"));
        for member in ["returns", "delivers", "then"] {
            let (recorded, replayed) = (plain(line.get(member)), plain(done.get(member)));
            if !is_same(&recorded, &replayed) {
                let call = format!("{}({})", string(&line["call"]), line["args"]);
                return Err(format!("{call}: {member}\n  recorded: {recorded}\n  replayed: {replayed}"));
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_lines, reason = "one arm a call")]
    fn call(&mut self, line: &Value) -> Result<(), String> {
        let Self { recorder, clock } = self;
        let args = &line["args"];
        let instant = |index: usize| clock.0 + duration(&args[index]).expect("a time");
        let now = || instant(0);
        let text = |index: usize| string(&args[index]);
        let optional = |index: usize| args[index].as_str().map(str::to_owned);
        let count = |index: usize| args[index].as_u64().expect("a number");
        let size = |index: usize| usize::try_from(count(index)).expect("a small number");
        let is_set = |index: usize| args[index].as_bool().expect("true or false");
        match string(&line["call"]) {
            "connect" => recorder.connect(now()),
            "disconnect" => recorder.disconnect(),
            "abandon" => recorder.abandon(text(0)),
            "destroy" => recorder.destroy(),
            "pause" => recorder.pause(now(), size(1), size(2)),
            "resume" => recorder.resume(now()),
            "subscribe" => drop(recorder.subscribe(now(), text(1), optional(2), optional(3))),
            "unsubscribe" => drop(recorder.unsubscribe(text(0))),
            "listen" => recorder.listen(args[0].as_str(), is_set(1)),
            "listenToMessages" => recorder.listen_to_messages(is_set(0)),
            "assumeInterest" => recorder.assume_interest(),
            "endOfTurn" => recorder.end_of_turn(),
            "emit" => drop(recorder.emit(now(), message(&args[1]))),
            "joinChannel" => drop(recorder.join_channel(now(), text(1))),
            "leaveChannel" => drop(recorder.leave_channel(now(), text(1))),
            "provideToken" => recorder.provide_token(now(), token(&args[1])),
            "refuseToken" => drop(recorder.refuse_token(now())),
            "dialToken" => drop(recorder.dial_token()),
            "handleOpen" => recorder.handle_open(now()),
            "handleDisconnect" => {
                let error = Some(&args[2]).filter(|error| !error.is_null()).map(failure);
                recorder.handle_disconnect(now(), text(1).to_owned(), error);
            }
            "handleClose" => recorder.handle_close(now(), text(1).to_owned()),
            "discardResumableSession" => recorder.discard_resumable_session(),
            "handleBytes" => recorder.handle_bytes(now()),
            "handleProgress" => recorder.handle_progress(now(), count(1), count(2)),
            "handlePongs" => recorder.handle_pongs(now(), count(1)),
            "handleReadToEnd" => recorder.handle_read_to_end(),
            "handleTimeout" => recorder.handle_timeout(now()),
            "setCanPing" => recorder.set_can_ping(now(), is_set(1)),
            "reportDropped" => {
                let topics = args[3]["topics"].as_array().expect("topics");
                let concerns = |topic: &str| topics.iter().any(|concerned| concerned == topic);
                recorder.report_dropped(instant(0), instant(1), count(2), concerns);
            }
            "discardSince" => recorder.discard_since(now()),
            "receive" => drop(recorder.receive(now(), text(1), &mut ())),
            "receiveBinary" => drop(recorder.receive_binary(now(), bytes(&args[1]))),
            "pollOutput" => drop(recorder.poll_output()),
            "pollFrame" => drop(recorder.poll_frame(now())),
            "pollPing" => drop(recorder.poll_ping(now())),
            name => return Err(format!("this session has no call '{name}'")),
        }
        Ok(())
    }
}

fn config(settings: &Value) -> Config {
    let text = |name: &str| settings[name].as_str().map(str::to_owned);
    let size = |value: &Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
    let time = |value: &Value| duration(value).expect("a time");
    let Value::Object(reconnect) = &settings["reconnect"] else { panic!("no settings: {settings}") };
    let outbox = &settings["outbox"];
    Config {
        protocol: if settings["protocol"] == "ws" { Protocol::Ws } else { Protocol::SocketIo },
        token: settings.get("token").filter(|given| !given.is_null()).map(token),
        application_id: text("applicationId"),
        environment: text("environment"),
        reconnect: ReconnectPolicy {
            enabled: reconnect["enabled"] == true,
            attempts: reconnect.get("attempts").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()),
            delay: time(&reconnect["delay"]),
            delay_max: time(&reconnect["delayMax"]),
            randomization: reconnect["randomization"].as_f64().expect("a number"),
            after_server_disconnect: reconnect["afterServerDisconnect"] == true,
        },
        connect_timeout: time(&settings["connectTimeout"]),
        heartbeat: settings.get("heartbeat").filter(|given| !given.is_null()).map(|heartbeat| Heartbeat {
            interval: time(&heartbeat["interval"]),
            timeout: time(&heartbeat["timeout"]),
        }),
        outbox: OutboxLimits {
            messages: size(&outbox["messages"]),
            bytes: size(&outbox["bytes"]),
            age: time(&outbox["age"]),
        },
        max_pause: duration(&settings["maxPause"]),
        max_message_bytes: size(&settings["maxMessageBytes"]),
        measure: Measure::default(),
    }
}

fn message(value: &Value) -> Outgoing {
    Outgoing {
        event: string(&value["event"]).to_owned(),
        payload: string(&value["payload"]).to_owned(),
        attachments: value["attachments"].as_array().into_iter().flatten().map(bytes).collect(),
        ack_timeout: duration(&value["timeout"]).unwrap_or(Duration::MAX / 4),
        retry: value["retry"] == true,
        volatile: value["volatile"] == true,
    }
}

fn bytes(value: &Value) -> bytes::Bytes {
    match value["zeros"].as_u64() {
        Some(length) => vec![0; usize::try_from(length).expect("small")].into(),
        None => notation::bytes(value),
    }
}

/// Where JSON is invalid may be said in other words. Bytes are their number.
fn plain(value: Option<&Value>) -> Value {
    match value {
        None => Value::Null,
        Some(Value::String(text)) => match text.split_once("invalid JSON") {
            Some((before, _)) => format!("{before}invalid JSON").into(),
            None => text.as_str().into(),
        },
        Some(Value::Array(items)) => items.iter().map(|item| plain(Some(item))).collect(),
        Some(Value::Object(members)) => match members.get("bytes").and_then(Value::as_array) {
            Some(bytes) => json!({ "zeros": bytes.len() }),
            None => {
                members.iter().map(|(name, value)| (name.clone(), plain(Some(value)))).collect::<Map<_, _>>().into()
            }
        },
        Some(other) => other.clone(),
    }
}

/// Equal, but for the last digits of a time.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
            (a - b).abs() <= 1e-3
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| is_same(a, b)))
        }
        _ => a == b,
    }
}

/// The recordings, and what replaying each comes to.
fn recordings() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut paths: Vec<_> = match env::var("RECORDING") {
        Ok(path) => vec![PathBuf::from(path)],
        Err(_) => fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect(),
    };
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("a file"))).collect()
}

#[test]
fn every_recording_replays() {
    let recordings = recordings();
    assert!(!recordings.is_empty(), "no recordings");
    for (path, text) in recordings {
        match replay(&text) {
            Ok(calls) => println!("{}: {calls} calls, the session did what was recorded", path.display()),
            Err(problem) => panic!("{}, {problem}", path.display()),
        }
    }
}

#[test]
fn a_line_that_was_changed_is_found() {
    let (path, text) = recordings().swap_remove(0);
    let calls: Vec<_> = (1..).zip(text.lines()).filter(|(_, line)| line.contains(r#""returns":{"kind""#)).collect();
    assert!(calls.len() > 3, "{} has few outputs", path.display());
    for (number, line) in calls {
        let mut changed: Value = serde_json::from_str(line).expect("JSON");
        changed["returns"]["kind"] = "other".into();
        let tampered = text.replacen(line, &changed.to_string(), 1);
        let problem = replay(&tampered).expect_err("a difference");
        // The same line may have come before.
        let found: usize = problem["line ".len()..].split(':').next().and_then(|n| n.parse().ok()).expect("a line");
        assert!(found <= number && problem.contains("returns"), "line {number}: {problem}");
    }
}
