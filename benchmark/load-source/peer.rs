//! What one client says and what it is answered: the WebSocket upgrade, the Engine.IO and Socket.IO
//! handshake, subscriptions and published messages. Without I/O.

use std::io;
use std::time::Duration;

use flate2::{Decompress, FlushDecompress};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::events::{Wire, text_header};
use crate::fresh::{COMPRESSED, TAIL};

/// How much is read at once.
pub(crate) const READ_BYTES: usize = 16 * 1024;
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(25);
/// A request head or a frame larger than this did not come from a client under measurement.
const MAX_RECEIVED: usize = 64 * 1024;
const EXTENSION: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

const OPCODE: u8 = 0x0f;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
/// First bytes of frames that are sent.
const PONG: u8 = 0x8a;
const CLOSED: u8 = 0x88;

/// One client.
pub(crate) struct Peer {
    /// Not looked at yet.
    received: Vec<u8>,
    /// To be sent before anything else.
    replies: Vec<u8>,
    /// `None` before the upgrade.
    wire: Option<Wire>,
    may_compress: bool,
    /// Inflates the client's messages, if it has offered compression and gets it.
    inflate: Option<Decompress>,
    has_asked: bool,
}

/// What a client wants besides replies.
pub(crate) enum Order {
    /// A subscription to this topic.
    Subscribe(String),
    /// The end, which the replies announce.
    Close,
}

impl Peer {
    pub(crate) const fn new(may_compress: bool) -> Self {
        Self { received: Vec::new(), replies: Vec::new(), wire: None, may_compress, inflate: None, has_asked: false }
    }

    /// The protocol that the client speaks; `None` before the upgrade.
    pub(crate) const fn wire(&self) -> Option<Wire> {
        self.wire
    }

    /// Whether the client's messages and events are compressed.
    pub(crate) const fn compresses(&self) -> bool {
        self.inflate.is_some()
    }

    /// Whether the client has done more than connect.
    pub(crate) const fn has_asked(&self) -> bool {
        self.has_asked
    }

    /// Takes bytes from the client, by a function that appends them.
    pub(crate) fn receive(&mut self, append: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        append(&mut self.received)?;
        if self.received.len() > MAX_RECEIVED {
            return Err(invalid("a frame or a head that is too large".into()));
        }
        Ok(())
    }

    /// The client has closed. An error if it did so before the upgrade.
    pub(crate) fn end(&self) -> io::Result<()> {
        self.wire.map(drop).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Replies to what was received, up to the next order; `None`: it needs more bytes. The replies
    /// are to be sent whatever the outcome is.
    pub(crate) fn next(&mut self) -> io::Result<Option<Order>> {
        if self.wire.is_none() && !self.upgrade()? {
            return Ok(None);
        }
        while let Some((opcode, payload)) = self.next_frame()? {
            match opcode {
                // The payload of a control frame is at most 125 bytes.
                PING => {
                    self.replies.extend_from_slice(&[PONG, u8::try_from(payload.len()).unwrap_or_default()]);
                    self.replies.extend_from_slice(&payload);
                }
                CLOSE => {
                    self.replies.extend_from_slice(&[CLOSED, 0]);
                    return Ok(Some(Order::Close));
                }
                TEXT => {
                    let text = String::from_utf8(payload).map_err(|error| invalid(error.to_string()))?;
                    if let Some(topic) = self.answer(&text) {
                        return Ok(Some(Order::Subscribe(topic)));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// The bytes to send.
    pub(crate) fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// Adds a ping to the replies, if the protocol has the server ping.
    pub(crate) fn ping(&mut self) {
        if self.wire == Some(Wire::SocketIo) {
            self.reply("2");
        }
    }

    /// Answers the WebSocket upgrade. The path says which of the two protocols is spoken. False:
    /// the request is not complete.
    fn upgrade(&mut self) -> io::Result<bool> {
        let end = self.received.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD);
        let Some(end) = end else { return Ok(false) };
        let head: Vec<u8> = self.received.drain(..end + END_OF_HEAD.len()).collect();
        let head = String::from_utf8_lossy(&head);
        let (request, headers) = head.split_once("\r\n").unwrap_or_default();
        let key = headers
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let Some((_, key)) = key else {
            self.replies
                .extend_from_slice(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return Err(invalid(format!("not a WebSocket upgrade: {request}")));
        };
        let accept = derive_accept_key(key.trim().as_bytes());
        self.inflate = (self.may_compress && headers.contains("permessage-deflate")).then(|| Decompress::new(false));
        let extension = if self.inflate.is_some() { EXTENSION } else { "" };
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{extension}\r\n"
        );
        self.replies.extend_from_slice(answer.as_bytes());
        let path = request.split([' ', '?']).nth(1).unwrap_or_default();
        if path.ends_with("/ws") {
            self.wire = Some(Wire::Plain);
        } else {
            self.wire = Some(Wire::SocketIo);
            let interval = PING_INTERVAL.as_millis();
            self.reply(&format!(
                r#"0{{"sid":"source","upgrades":[],"pingInterval":{interval},"pingTimeout":20000,"maxPayload":1000000}}"#
            ));
        }
        Ok(true)
    }

    /// The next frame, unmasked and inflated; `None`: its end is missing.
    fn next_frame(&mut self) -> io::Result<Option<(u8, Vec<u8>)>> {
        let Some(((first, payload), length)) = decode(&self.received) else { return Ok(None) };
        self.received.drain(..length);
        let payload = match &mut self.inflate {
            Some(inflate) if first & COMPRESSED != 0 => inflated(inflate, payload)?,
            _ => payload,
        };
        Ok(Some((first & OPCODE, payload)))
    }

    /// Answers a text, and returns the topic that it subscribes to.
    fn answer(&mut self, text: &str) -> Option<String> {
        if let Some(ack) = published(text) {
            self.has_asked = true;
            self.reply(&format!(r#"43{ack}[{{"id":"msg_{ack}"}}]"#));
            return None;
        }
        let (reply, body, subscribes) = match self.wire {
            Some(Wire::Plain) => plain(text),
            Some(Wire::SocketIo) | None => socket_io(text),
        };
        if let Some(reply) = reply {
            self.reply(&reply);
        }
        self.has_asked |= subscribes;
        body.get("topic").and_then(Value::as_str).filter(|_| subscribes).map(str::to_owned)
    }

    fn reply(&mut self, text: &str) {
        self.replies.extend_from_slice(&text_header(text.len()));
        self.replies.extend_from_slice(text.as_bytes());
    }
}

/// The first frame of `bytes`, as its first byte and payload, and its length; `None` while its end
/// is missing.
fn decode(bytes: &[u8]) -> Option<((u8, Vec<u8>), usize)> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second & 0x7f {
        126 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        127 => (usize::MAX, rest),
        short => (usize::from(short), rest),
    };
    let (mask, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.get(..length)?;
    let unmasked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some(((first, unmasked), bytes.len() - rest.len() + length))
}

/// The number of the acknowledgement that a published message asks for. The message is not read:
/// the source has to be faster than the clients.
fn published(text: &str) -> Option<&str> {
    let (ack, rest) = text.strip_prefix("42")?.split_once('[')?;
    (!ack.is_empty() && rest.starts_with(r#""channel:publish""#)).then_some(ack)
}

/// What to reply to a Socket.IO packet, its body, and whether it is a `subscribe`.
fn socket_io(text: &str) -> (Option<String>, Value, bool) {
    if let Some(connect) = text.strip_prefix("40") {
        // There is one namespace. A client may ask for another one, to see whether it is answered.
        let reply = match connect.strip_prefix('/').and_then(|rest| rest.split_once(',')) {
            Some((namespace, _)) => format!(r#"44/{namespace},{{"message":"Invalid namespace"}}"#),
            None => r#"40{"sid":"source"}"#.into(),
        };
        return (Some(reply), Value::Null, false);
    }
    let Some((ack, (name, body))) = text.strip_prefix("42").and_then(|packet| {
        let (ack, array) = packet.split_at(packet.find('[')?);
        Some((ack, serde_json::from_str::<(String, Value)>(array).ok()?))
    }) else {
        return (None, Value::Null, false);
    };
    let reply = (!ack.is_empty()).then(|| {
        let answer = json!([{ "subscriptionId": body.get("subscriptionId"), "topic": body.get("topic") }]);
        format!("43{ack}{answer}")
    });
    (reply, body, name == "subscribe")
}

/// The same for a plain frame.
fn plain(text: &str) -> (Option<String>, Value, bool) {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    match body.get("type").and_then(Value::as_str) {
        Some("subscribe") => {
            let (id, topic) = (body.get("subscriptionId"), body.get("topic"));
            let answer = json!({ "type": "subscribed", "subscriptionId": id, "topic": topic });
            (Some(answer.to_string()), body, true)
        }
        Some("ping") => (Some(r#"{"type":"pong"}"#.into()), body, false),
        _ => (None, body, false),
    }
}

/// A message of the client, which is small.
fn inflated(inflate: &mut Decompress, mut payload: Vec<u8>) -> io::Result<Vec<u8>> {
    payload.extend(TAIL);
    let mut message = Vec::with_capacity(MAX_RECEIVED);
    inflate.decompress_vec(&payload, &mut message, FlushDecompress::Sync)?;
    Ok(message)
}

pub(crate) fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
