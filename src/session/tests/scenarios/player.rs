//! A session that plays the steps of a scenario.

use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};

use super::notation::{
    bytes, config, duration, failure, frame, is_like, is_output, message, string, token, with_attachments,
};
use crate::{
    protocol::{event::Envelope, json::Scanner},
    session::{
        Output, Ping, Session, TokenReason,
        recorder::values::{self, Clock, known},
    },
    token::Token,
};

pub(super) struct Player {
    pub(super) session: Session,
    clock: Clock,
    now: Instant,
    /// What has come out in the present step.
    out: Vec<Value>,
}

/// What a step has led to.
struct Performed {
    /// The result, and the member of a step that states it.
    returned: Option<(&'static str, Value)>,
    out: Vec<Value>,
}

impl Player {
    pub(super) fn new(settings: &Value) -> Self {
        let now = Instant::now();
        let mut session = Session::new(config(settings), Rng::with_seed(1), now);
        session.listen(None, true);
        Self { session, clock: Clock(now), now, out: vec![] }
    }

    /// Plays a step. Returns how the session differs from it.
    pub(super) fn play(&mut self, step: &Value) -> Option<String> {
        let expected = ["returns", "throws", "delivers", "read"].iter().find_map(|name| step.get(name));
        let Performed { returned, out } = self.perform(step);
        let is_returned = match (&returned, expected) {
            (Some((_, returned)), Some(expected)) => is_like(returned, expected),
            (returned, expected) => returned.is_none() && expected.is_none(),
        };
        if !is_returned {
            return Some(format!("\n  expected {}\n  returned {}", json!(expected), json!(returned)));
        }
        let wanted = step.get("out").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_same = out.len() == wanted.len() && out.iter().zip(wanted).all(|(out, wanted)| is_output(out, wanted));
        (!is_same).then(|| format!("\n  expected {}\n  came out {}", json!(wanted), json!(out)))
    }

    /// Plays a step that states no results, and adds those that it has.
    pub(super) fn complete(&mut self, mut step: Value) -> Value {
        let Performed { returned, out } = self.perform(&step);
        if let Some((member, returned)) = returned {
            step[member] = returned;
        }
        if !out.is_empty() {
            step["out"] = out.into();
        }
        step
    }

    fn perform(&mut self, step: &Value) -> Performed {
        let action = |name: &str| step.get(name);
        let returned = if let Some(time) = action("wait") {
            self.wait(duration(time).expect("a time"));
            None
        } else if let Some(frame) = action("server") {
            self.receive(frame).map(|event| ("delivers", event))
        } else if let Some(call) = action("user").or_else(|| action("link")) {
            self.call(call).map(|result| (if result.get("code").is_some() { "throws" } else { "returns" }, result))
        } else if let Some(getters) = action("read").and_then(Value::as_object) {
            Some(("read", getters.keys().map(|name| (name.clone(), self.read(name))).collect()))
        } else {
            panic!("not a step: {step}")
        };
        self.settle();
        Performed { returned, out: std::mem::take(&mut self.out) }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.session.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// Collects everything that the session says and sends.
    fn settle(&mut self) {
        loop {
            if let Some(output) = self.session.poll_output() {
                self.out.push(match &output {
                    Output::Dial => json!(["dial", self.session.dial_token().map(|token| token.as_str().to_owned())]),
                    Output::HangUp { farewell, orderly } => {
                        json!(["hangUp", known(json!({ "farewell": farewell, "orderly": orderly }))])
                    }
                    Output::Notice(_) => self.clock.output(&output, &self.session)["item"].take(),
                });
            } else if let Some(ping) = self.session.poll_ping(self.now) {
                self.out.push(match ping {
                    Ping::Control => json!(["ping"]),
                    Ping::Application(text) => json!(["ping", text]),
                });
            } else if let Some(frame) = self.session.poll_frame(self.now) {
                self.out.push(json!(["send", values::frame(&frame, true)]));
            } else if !self.session.has_output() {
                break;
            }
        }
    }

    /// Returns the event that the user gets.
    fn receive(&mut self, value: &Value) -> Option<Value> {
        let parse = |event: &str| -> Value { serde_json::from_str(event).expect("JSON") };
        if value.get("bytes").is_some() {
            let event = self.session.receive_binary(self.now, bytes(value))?.event;
            return Some(with_attachments(parse(&event.text), &event.attachments));
        }
        let text = frame(value);
        let mut recognizer = ();
        let delivery = self.session.receive(self.now, &text, &mut recognizer)?;
        Some(parse(delivery.event))
    }

    fn read(&self, getter: &str) -> Value {
        let session = &self.session;
        match getter {
            "deadline" => json!(session.deadline().map(|at| self.clock.at(at))),
            "sentBefore" => self.clock.at(session.sent_before()),
            "socketId" => json!(session.socket_id()),
            "isIdle" => json!(session.is_idle()),
            "counters" => values::counters(session.counters()),
            "measured" => values::measured(&session.measured(self.now)),
            "outboxDepth" => values::outbox_depth(session.outbox_depth()),
            "pendingAcks" => json!(session.pending_acks()),
            "subscriptionCount" => json!(session.subscription_count()),
            "newestToken" => json!(session.newest_token().map(Token::as_str)),
            "isPingDue" => json!(session.is_ping_due()),
            "tokenWanted" => json!(session.token_wanted().map(TokenReason::name)),
            "tokenState" => json!(session.token_state(self.now).name()),
            _ => panic!("not a getter: {getter}"),
        }
    }

    /// Makes a call: its name in JavaScript and its arguments, without the time.
    fn call(&mut self, call: &Value) -> Option<Value> {
        let Self { session, clock, now, .. } = self;
        let now = *now;
        let argument = |index: usize| &call[index];
        let text = |index: usize| string(argument(index));
        let optional = |index: usize| argument(index).as_str();
        let count = |index: usize| argument(index).as_u64().expect("a number");
        let size = |index: usize| usize::try_from(count(index)).expect("a small number");
        let is_set = |index: usize| argument(index).as_bool().expect("true or false");
        let instant = |index: usize| clock.0 + duration(argument(index)).expect("a time");
        match text(0) {
            "connect" => session.connect(now),
            "disconnect" => session.disconnect(),
            "abandon" => session.abandon(text(1)),
            "destroy" => session.destroy(),
            "pause" => session.pause(now, size(1), size(2)),
            "resume" => session.resume(now),
            "subscribe" => {
                // The filter is JSON text, as the user wrote it.
                let filter = Some(argument(2)).filter(|filter| !filter.is_null()).map(Value::to_string);
                return Some(session.subscribe(now, text(1), filter, optional(3).map(str::to_owned)).into());
            }
            "unsubscribe" => return Some(session.unsubscribe(text(1)).into()),
            "listen" => session.listen(optional(1), is_set(2)),
            "listenToMessages" => session.listen_to_messages(is_set(1)),
            "assumeInterest" => session.assume_interest(),
            "endOfTurn" => session.end_of_turn(),
            "wants" => {
                let event = argument(1).to_string();
                let envelope = Envelope::scan(&mut Scanner::new(&event)).expect("an event");
                return Some(session.wants(&envelope).into());
            }
            "emit" => {
                return match session.emit(now, message(argument(1))) {
                    Ok(id) => id.map(|id| id.0.into()),
                    Err(error) => Some(json!(error)),
                };
            }
            "joinChannel" => return Some(session.join_channel(now, text(1)).0.into()),
            "leaveChannel" => return Some(session.leave_channel(now, text(1)).0.into()),
            "provideToken" => session.provide_token(now, token(argument(1))),
            "refuseToken" => return Some(session.refuse_token(now).into()),
            "handleOpen" => session.handle_open(now),
            "handleDisconnect" => {
                let error = Some(argument(2)).filter(|error| !error.is_null()).map(failure);
                session.handle_disconnect(now, text(1).to_owned(), error);
            }
            "handleClose" => session.handle_close(now, text(1).to_owned()),
            "discardResumableSession" => session.discard_resumable_session(),
            "handleBytes" => session.handle_bytes(now),
            "handleProgress" => session.handle_progress(now, count(1), count(2)),
            "handlePongs" => session.handle_pongs(now, count(1)),
            "handleReadToEnd" => session.handle_read_to_end(),
            "setCanPing" => session.set_can_ping(now, is_set(1)),
            "reportDropped" => {
                let topics = argument(4).as_array().expect("topics");
                let concerns = |topic: &str| topics.iter().any(|concerned| concerned == topic);
                session.report_dropped(instant(1), instant(2), count(3), concerns);
            }
            "discardSince" => session.discard_since(instant(1)),
            name => panic!("not a call: {name}"),
        }
        None
    }
}
