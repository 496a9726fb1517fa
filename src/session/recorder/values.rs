//! What goes into a session and comes out of it, as JSON: with the names and shapes of the
//! JavaScript session. Times are milliseconds since the start.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

#[cfg(test)]
use crate::session::{Distribution, Measured, meter::Totals};
use crate::{
    error::{Error, Outlook},
    session::{Config, Counters, Frame, Heartbeat, Notice, Outgoing, Output, Ping, Session, TokenReason},
    token::Token,
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
        let item = notice.item(|at| u64::try_from((at - self.0).as_millis()).unwrap_or(u64::MAX));
        // An item is JSON.
        serde_json::from_str(&item).unwrap_or(Value::String(item))
    }
}

/// A duration in milliseconds: a whole number where it is one.
pub(in crate::session) fn milliseconds(duration: Duration) -> Value {
    let nanoseconds = duration.as_nanos();
    match u64::try_from(nanoseconds / 1_000_000) {
        Ok(whole) if nanoseconds.is_multiple_of(1_000_000) => whole.into(),
        #[allow(clippy::cast_precision_loss, reason = "exact for the first 104 days of a session")]
        _ => (nanoseconds as f64 / 1e6).into(),
    }
}

pub(in crate::session) fn config(config: &Config) -> Value {
    let Config { token, reconnect, heartbeat, outbox, .. } = config;
    let token = token.as_ref().map(self::token);
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

/// A token with its remaining lifetime when it was parsed. Without an expiry the lifetime is 0: it
/// decides only when a token with an expiry is renewed.
pub(in crate::session) fn token(token: &Token) -> Value {
    let lifetime = token.left().map_or(Duration::ZERO, |_| token.lifetime());
    known(json!({
        "text": token.as_str(),
        "left": token.left().map(milliseconds),
        "lifetime": milliseconds(lifetime),
    }))
}

/// An error with what it predicts for the next attempts.
pub(in crate::session) fn failure(error: &Error) -> Value {
    let mut failure = json!(error);
    let outlook = match error.outlook {
        Outlook::Passing => return failure,
        Outlook::Unproven => "unproven",
        Outlook::Permanent => "permanent",
    };
    if let Some(members) = failure.as_object_mut() {
        members.insert("outlook".into(), outlook.into());
    }
    failure
}

pub(in crate::session) fn message(outgoing: &Outgoing, binary: impl Fn(&[u8]) -> Value) -> Value {
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
pub(in crate::session) fn frame(frame: &Frame, has_attachments: bool) -> Value {
    match frame {
        Frame::Text(text) => text.as_str().into(),
        Frame::Binary(bytes) => binary(bytes, has_attachments),
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

/// The bytes, or only their number.
pub(in crate::session) fn binary(bytes: &[u8], has_attachments: bool) -> Value {
    if has_attachments { json!({ "bytes": bytes }) } else { json!({ "zeros": bytes.len() }) }
}

/// The list without the nulls at its end: JavaScript calls with fewer arguments.
pub(in crate::session) fn without_end(list: Value) -> Value {
    let Value::Array(mut items) = list else { return list };
    while items.last().is_some_and(Value::is_null) {
        items.pop();
    }
    items.into()
}

/// A number: a whole one without a fraction.
#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "it is a whole number below 2^53")]
pub(in crate::session) fn float(number: f64) -> Value {
    if number.fract() == 0.0 { (number as i64).into() } else { number.into() }
}

/// What a meter has counted so far.
#[cfg(test)]
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
#[cfg(test)]
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
