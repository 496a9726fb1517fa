//! The plain protocol: JSON objects with a `type`, over a WebSocket.

use std::fmt::Write;

use super::{Incoming, reported_gap::ReportedGap};
use crate::{
    protocol::{
        DecodeError,
        event::{Recognizer, member},
        frame::{ServerFrame, encode},
        json::{skip_byte_order_mark, unescape},
    },
    vocabulary::{incoming, member as names, outgoing},
};

pub(super) fn decode<'a>(text: &'a str, recognizer: &mut impl Recognizer) -> Result<Incoming<'a>, DecodeError> {
    let text = skip_byte_order_mark(text);
    Ok(match ServerFrame::read(text, recognizer)? {
        ServerFrame::Event { envelope } => Incoming::Event { envelope, offset: None },
        ServerFrame::Subscribed { subscription_id, topic } => {
            Incoming::Subscribed { subscription_id, topic: Some(topic) }
        }
        ServerFrame::Error { error, message, subscription_id } => match ack_id(text) {
            Some(id) => Incoming::Acked { id, payload: Some(text) },
            None => Incoming::Failed { error, message, subscription_id },
        },
        ServerFrame::Unknown(kind) => match &*kind {
            incoming::ACK => ack_id(text).map_or(Incoming::Ignored, |id| Incoming::Acked { id, payload: Some(text) }),
            incoming::GAP => Incoming::Gap { gap: ReportedGap::read(text), offset: None },
            incoming::CONNECTED => match member(text, names::SOCKET_ID).and_then(unescape) {
                Some(socket_id) => Incoming::Named { socket_id: socket_id.into_owned() },
                None => Incoming::Ignored,
            },
            _ => Incoming::Ignored,
        },
        ServerFrame::Pong => Incoming::Pong { timestamp: member(text, names::TIMESTAMP) },
    })
}

fn ack_id(text: &str) -> Option<u64> {
    member(text, names::ACK_ID)?.parse().ok()
}

pub(super) fn event(name: &str, payload: &str, ack: Option<u64>) -> String {
    let mut frame = String::with_capacity(payload.len() + name.len() + 32);
    encode(name, payload, &mut frame);
    if let Some(ack) = ack {
        frame.pop();
        let _ = write!(frame, ",\"{}\":{ack}}}", names::ACK_ID);
    }
    frame
}

pub(super) fn ping() -> String {
    event(outgoing::PING, "{}", None)
}
