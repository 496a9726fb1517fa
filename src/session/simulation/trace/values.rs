//! What goes into a session and comes out of it, as JSON: with the names and shapes of the
//! JavaScript session. Times are milliseconds since the start.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::{
    error::{Error, Outlook},
    session::{
        Config, Counters, Distribution, Frame, Heartbeat, Measured, Notice, Outgoing, Output, Ping, Session,
        TokenReason, meter::Totals,
    },
    vocabulary::Protocol,
};

/// The start of a session's clock.
#[derive(Clone, Copy)]
pub(in crate::session) struct Clock(pub(in crate::session) Instant);

impl Clock {
    /// An instant in milliseconds.
    pub(in crate::session) fn at(self, at: Instant) -> Value {
        milliseconds(at - self.0)
    }

    /// What the session asks its driver to do. A notice is the item that the user's thread gets.
    pub(in crate::session) fn output(self, output: &Output, session: &Session) -> Value {
        match output {
            Output::Dial => json!({ "kind": "dial" }),
            Output::HangUp { farewell, orderly } => {
                known(json!({ "kind": "hangUp", "farewell": farewell, "orderly": orderly }))
            }
            Output::Notice(notice) => json!({ "kind": "notice", "item": self.notice(notice, session) }),
        }
    }

    fn notice(self, notice: &Notice, session: &Session) -> Value {
        if let Notice::TokenWanted = notice {
            // The binding adds the reason.
            return json!(["token", { "reason": session.token_wanted().map(TokenReason::name) }]);
        }
        let item = notice.item(|at| u64::try_from((at - self.0).as_millis()).expect("a short time"));
        serde_json::from_str(&item).expect("JSON")
    }
}

/// A duration in milliseconds: a whole number where it is one.
pub(in crate::session) fn milliseconds(duration: Duration) -> Value {
    let nanoseconds = duration.as_nanos();
    match (u64::try_from(nanoseconds / 1_000_000), nanoseconds % 1_000_000) {
        (Ok(whole), 0) => whole.into(),
        (Ok(whole), _) => {
            let whole = u32::try_from(whole).expect("a short time");
            let rest = duration.subsec_nanos() % 1_000_000;
            (f64::from(whole) + f64::from(rest) / 1e6).into()
        }
        (Err(problem), _) => panic!("{duration:?}: {problem}"),
    }
}

pub(in crate::session) fn config(config: &Config) -> Value {
    let Config { token, reconnect, heartbeat, outbox, .. } = config;
    let token = token.as_ref().map(|token| {
        // The lifetime decides only when a token with an expiry is renewed.
        assert!(token.left().is_none(), "a trace cannot hold a token that expires");
        json!({ "text": token.as_str(), "lifetime": 0 })
    });
    let heartbeat = heartbeat.map(|Heartbeat { interval, timeout }| {
        json!({ "interval": milliseconds(interval), "timeout": milliseconds(timeout) })
    });
    known(json!({
        "protocol": match config.protocol {
            Protocol::SocketIo => "socket.io",
            Protocol::Ws => "ws",
        },
        "token": token,
        "applicationId": config.application_id,
        "environment": config.environment,
        // Without a member, the number of attempts is not limited.
        "reconnect": known(json!({
            "enabled": reconnect.enabled,
            "attempts": reconnect.attempts,
            "delay": milliseconds(reconnect.delay),
            "delayMax": milliseconds(reconnect.delay_max),
            "randomization": reconnect.randomization,
            "afterServerDisconnect": reconnect.after_server_disconnect,
        })),
        "connectTimeout": milliseconds(config.connect_timeout),
        "heartbeat": heartbeat,
        "outbox": { "messages": outbox.messages, "bytes": outbox.bytes, "age": milliseconds(outbox.age) },
        "maxPause": config.max_pause.map(milliseconds),
        "maxMessageBytes": config.max_message_bytes,
        "measure": { "latency": config.measure.latency, "topics": config.measure.topics },
    }))
}

/// An error with what it predicts for the next attempts.
pub(in crate::session) fn failure(error: &Error) -> Value {
    let mut failure = json!(error);
    match error.outlook {
        Outlook::Passing => {}
        Outlook::Unproven => failure["outlook"] = "unproven".into(),
        Outlook::Permanent => failure["outlook"] = "permanent".into(),
    }
    failure
}

pub(in crate::session) fn message(outgoing: &Outgoing) -> Value {
    let Outgoing { event, payload, attachments, ack_timeout, retry, volatile } = outgoing;
    let attachments: Vec<_> = attachments.iter().map(|bytes| binary(bytes)).collect();
    json!({
        "event": event,
        "payload": payload,
        "attachments": attachments,
        "timeout": milliseconds(*ack_timeout),
        "retry": retry,
        "volatile": volatile,
    })
}

/// A text is a string; bytes are an object.
pub(in crate::session) fn frame(frame: &Frame) -> Value {
    match frame {
        Frame::Text(text) => text.as_str().into(),
        Frame::Binary(bytes) => binary(bytes),
    }
}

/// A control ping has no text.
pub(in crate::session) fn ping(ping: &Ping) -> Value {
    match ping {
        Ping::Control => json!({}),
        Ping::Application(text) => json!({ "text": text }),
    }
}

pub(in crate::session) fn counters(counters: Counters) -> Value {
    let Counters { events_received, dropped_repeats, dropped_unwanted, gaps, reconnects, bytes_received, bytes_sent } =
        counters;
    json!({
        "eventsReceived": events_received,
        "droppedRepeats": dropped_repeats,
        "droppedUnwanted": dropped_unwanted,
        "gaps": gaps,
        "reconnects": reconnects,
        "bytesReceived": bytes_received,
        "bytesSent": bytes_sent,
    })
}

pub(in crate::session) fn outbox_depth((messages, bytes): (usize, usize)) -> Value {
    json!({ "messages": messages, "bytes": bytes })
}

pub(in crate::session) fn binary(bytes: &[u8]) -> Value {
    json!({ "bytes": bytes })
}

/// A number: a whole one without a fraction.
#[allow(clippy::cast_possible_truncation, reason = "it is a whole number below 2^53")]
pub(in crate::session) fn float(number: f64) -> Value {
    if number.fract() == 0.0 { (number as i64).into() } else { number.into() }
}

/// What a meter has counted so far.
pub(in crate::session) fn totals(totals: &Totals) -> Value {
    let Totals { round_trip, server_clock, event_age, topics } = totals;
    let of = |(count, sum, max): (u64, f64, f64)| json!([count, float(sum), float(max)]);
    json!({
        "roundTrip": of(*round_trip),
        "serverClock": server_clock.map(|(base, error)| [float(base), float(error)]),
        "eventAge": of(*event_age),
        "topics": [topics.0, topics.1, topics.2],
    })
}

/// What a meter has measured.
pub(in crate::session) fn measured(measured: &Measured) -> Value {
    let distribution = |distribution: &Distribution| {
        let Distribution { count, sum, p50, p99, max, buckets } = distribution;
        let buckets: Vec<_> = buckets.iter().map(|(le, count)| json!({ "le": float(*le), "count": count })).collect();
        let [sum, p50, p99, max] = [sum, p50, p99, max].map(|number| float(*number));
        json!({ "count": count, "sum": sum, "p50": p50, "p99": p99, "max": max, "buckets": buckets })
    };
    let topic = |(topic, events): &(String, u64)| json!({ "topic": topic, "events": events });
    let topics = measured.topics.as_ref();
    known(json!({
        "roundTrip": measured.round_trip.as_ref().map(distribution),
        "serverTime": measured.server_time.map(|time| json!({ "unix": float(time.unix), "error": float(time.error) })),
        "eventAge": measured.event_age.as_ref().map(distribution),
        "topics": topics.map(|(counts, _)| counts.iter().map(topic).collect::<Vec<_>>()),
        "otherTopics": topics.map(|(_, other)| other),
    }))
}

/// The object without its members that are null: JavaScript has undefined there.
pub(in crate::session) fn known(object: Value) -> Value {
    let Value::Object(members) = object else { return object };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
}
