//! How scenarios write settings, frames and expectations.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    error::{Error, ErrorKind, Outlook},
    session::{Config, Heartbeat, Measure, OutboxLimits, Outgoing, ReconnectPolicy, recorder::values},
    token::Token,
    vocabulary::Protocol,
};

/// The settings of a session: those that a scenario states, else the defaults.
pub(super) fn config(stated: &Value) -> Config {
    let member = |name: &str| Some(&stated[name]).filter(|value| !value.is_null());
    let text = |name: &str| member(name).map(|value| string(value).to_owned());
    let reconnect = &stated["reconnect"];
    let policy = ReconnectPolicy::default();
    let outbox = &stated["outbox"];
    let limits = OutboxLimits::default();
    Config {
        protocol: if stated["protocol"] == "ws" { Protocol::Ws } else { Protocol::SocketIo },
        // `false`: the user provides the tokens.
        token: (stated["token"] != false).then(|| member("token").map_or_else(|| token(&json!("t0ken")), token)),
        application_id: text("applicationId"),
        environment: text("environment"),
        reconnect: ReconnectPolicy {
            enabled: reconnect["enabled"] != false,
            attempts: reconnect["attempts"].as_u64().map_or(policy.attempts, |count| u32::try_from(count).ok()),
            delay: duration(&reconnect["delay"]).unwrap_or(policy.delay),
            delay_max: duration(&reconnect["delayMax"]).unwrap_or(policy.delay_max),
            randomization: 0.0,
            after_server_disconnect: reconnect["afterServerDisconnect"] == true,
        },
        connect_timeout: duration(&stated["connectTimeout"]).unwrap_or(Duration::from_secs(20)),
        heartbeat: member("heartbeat").map(|heartbeat| Heartbeat {
            interval: duration(&heartbeat["interval"]).expect("an interval"),
            timeout: duration(&heartbeat["timeout"]).expect("a timeout"),
        }),
        outbox: OutboxLimits {
            messages: outbox["messages"]
                .as_u64()
                .map_or(limits.messages, |count| usize::try_from(count).expect("small")),
            bytes: outbox["bytes"].as_u64().map_or(limits.bytes, |count| usize::try_from(count).expect("small")),
            age: duration(&outbox["age"]).unwrap_or(limits.age),
        },
        max_pause: duration(&stated["maxPause"]),
        max_message_bytes: stated["maxMessageBytes"]
            .as_u64()
            .map_or(crate::protocol::MAX_MESSAGE_BYTES, |count| usize::try_from(count).expect("small")),
        measure: Measure { latency: stated["measure"]["latency"] == true, topics: stated["measure"]["topics"] == true },
    }
}

/// A text, or `{ text, left, lifetime }`.
pub(in crate::session) fn token(value: &Value) -> Token {
    match value.as_str() {
        Some(text) => Token::with_lifetime(text, None, Duration::ZERO),
        None => Token::with_lifetime(
            string(&value["text"]),
            duration(&value["left"]),
            duration(&value["lifetime"]).unwrap_or_default(),
        ),
    }
}

/// A message as the user sends it.
pub(super) fn message(value: &Value) -> Outgoing {
    Outgoing {
        event: string(&value["event"]).to_owned(),
        payload: value["payload"].to_string(),
        attachments: value["attachments"].as_array().into_iter().flatten().map(bytes).collect(),
        ack_timeout: duration(&value["timeout"]).unwrap_or(Duration::from_secs(10)),
        retry: value["retry"] == true,
        volatile: value["volatile"] == true,
    }
}

/// An error of the driver.
pub(in crate::session) fn failure(value: &Value) -> Error {
    const KINDS: &[ErrorKind] = &[
        ErrorKind::Network,
        ErrorKind::Timeout,
        ErrorKind::UpgradeRefused,
        ErrorKind::AuthFailed,
        ErrorKind::Protocol,
        ErrorKind::MessageTooLarge,
        ErrorKind::ConnectRefused,
        ErrorKind::Tls,
        ErrorKind::Proxy,
        ErrorKind::RateLimited,
        ErrorKind::SlowConsumer,
        ErrorKind::Internal,
    ];
    let kind = KINDS.iter().find(|kind| value["code"] == kind.code()).expect("an error of a driver");
    let mut error = Error::new(*kind, string(&value["message"]))
        .with_retry_after(duration(&value["retryAfter"]))
        .with_outlook(match value["outlook"].as_str() {
            Some("permanent") => Outlook::Permanent,
            Some("unproven") => Outlook::Unproven,
            _ => Outlook::Passing,
        });
    error.status = value["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    error
}

/// The text of a frame: as it is, or a prefix before JSON, or JSON alone.
pub(super) fn frame(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => match parts.as_slice() {
            [prefix, json] => format!("{}{json}", string(prefix)),
            _ => panic!("not a frame: {value}"),
        },
        _ => value.to_string(),
    }
}

pub(in crate::session) fn bytes(value: &Value) -> Bytes {
    let bytes = value["bytes"].as_array().expect("bytes");
    bytes.iter().map(|byte| u8::try_from(byte.as_u64().expect("a byte")).expect("a byte")).collect()
}

/// An event with its attachments in their places.
pub(super) fn with_attachments(event: Value, attachments: &[Bytes]) -> Value {
    let number = || usize::try_from(event["num"].as_u64()?).ok();
    if event["_placeholder"] == true
        && let Some(bytes) = number().and_then(|number| attachments.get(number))
    {
        return values::binary(bytes, true);
    }
    match event {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, with_attachments(value, attachments)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.into_iter().map(|value| with_attachments(value, attachments)).collect(),
        other => other,
    }
}

pub(in crate::session) fn duration(value: &Value) -> Option<Duration> {
    value.as_f64().map(|milliseconds| Duration::from_secs_f64(milliseconds / 1000.0))
}

pub(in crate::session) fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// Whether an output is the expected one.
pub(super) fn is_output(output: &Value, expected: &Value) -> bool {
    let sent = |output: &Value| Some(output[1].as_str().filter(|_| output[0] == "send")?.to_owned());
    match (sent(output), expected.as_array().map(Vec::as_slice)) {
        (Some(text), Some([_, prefix, json])) => {
            text.strip_prefix(string(prefix)).and_then(parse).is_some_and(|sent| is_like(&sent, json))
        }
        (Some(text), Some([_, json @ Value::Object(_)])) => parse(&text).is_some_and(|sent| is_like(&sent, json)),
        _ => is_like(output, expected),
    }
}

/// Whether JSON is as expected. A text that ends with `…` stands for every text with that
/// beginning.
pub(super) fn is_like(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Object(members), Value::Object(wanted)) => {
            members.len() == wanted.len()
                && wanted.iter().all(|(name, wanted)| members.get(name).is_some_and(|value| is_like(value, wanted)))
        }
        (Value::Array(items), Value::Array(wanted)) => {
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(item, wanted)| is_like(item, wanted))
        }
        (Value::String(text), Value::String(wanted)) => match wanted.strip_suffix('…') {
            Some(beginning) => text.starts_with(beginning),
            None => text == wanted,
        },
        (Value::Number(number), Value::Number(wanted)) => number.as_f64() == wanted.as_f64(),
        _ => value == expected,
    }
}

fn parse(json: &str) -> Option<Value> {
    serde_json::from_str(json).ok()
}
