//! The plain WebSocket: JSON objects keyed by `type`.

use serde_json::Value;

use super::Incoming;
use crate::{
    protocol::{
        DecodeError,
        frame::{ServerFrame, encode},
    },
    vocabulary::outgoing,
};

pub(super) fn decode(text: &str) -> Result<Incoming<'_>, DecodeError> {
    Ok(match ServerFrame::decode(text)? {
        ServerFrame::Event { envelope } => Incoming::Event { envelope, offset: None },
        ServerFrame::Subscribed { subscription_id, topic } => Incoming::Subscribed {
            subscription_id: subscription_id.map(|id| Value::String(id.into_owned())),
            topic: Some(topic),
        },
        ServerFrame::Error { error, message, subscription_id } => Incoming::Failed { error, message, subscription_id },
        ServerFrame::Pong | ServerFrame::Unknown(_) => Incoming::Ignored,
    })
}

pub(super) fn event(name: &str, payload: &str) -> String {
    let mut frame = String::with_capacity(payload.len() + name.len() + 12);
    encode(name, payload, &mut frame);
    frame
}

pub(super) fn ping() -> String {
    event(outgoing::PING, "{}")
}
