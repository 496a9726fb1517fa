//! One connected client: the WebSocket upgrade, the Engine.IO and Socket.IO handshake, and one
//! stream of events for each `subscribe`. One thread reads and answers; a second one, from the
//! first `subscribe` on, sends the streams.

use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use flate2::{Decompress, FlushDecompress};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::events::{Wire, text_header};
use crate::fresh::{COMPRESSED, TAIL};
use crate::link::Link;
use crate::{Plan, Service, Supply, clock};

const PING_INTERVAL: Duration = Duration::from_secs(25);
/// A request head or a frame larger than this did not come from a client under measurement.
const MAX_RECEIVED: usize = 64 * 1024;
const READ_BYTES: usize = 16 * 1024;
const EXTENSION: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

const OPCODE: u8 = 0x0f;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
/// First bytes of frames that are sent.
const PONG: u8 = 0x8a;
const CLOSED: u8 = 0x88;

/// Speaks with one client until it hangs up.
pub(crate) fn serve(socket: TcpStream, service: &Arc<Service>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PING_INTERVAL))?;
    let socket = Arc::new(socket);
    let link = Link::open(Arc::clone(&socket), service.security.as_ref())?;
    let mut peer = Peer {
        socket,
        link: Arc::new(Mutex::new(link)),
        received: Vec::new(),
        replies: Vec::new(),
        pinged: Instant::now(),
        wire: Wire::Plain,
        inflate: None,
    };
    peer.upgrade(service.fresh.is_some())?;
    if peer.wire == Wire::SocketIo {
        let interval = PING_INTERVAL.as_millis();
        peer.send_text(&format!(
            r#"0{{"sid":"source","upgrades":[],"pingInterval":{interval},"pingTimeout":20000,"maxPayload":1000000}}"#
        ))?;
    }
    let topic = service.plan.mix.kind.words().topic;
    let mut streams: Option<Sender<()>> = None;
    while let Some((opcode, payload)) = peer.next_frame()? {
        match opcode {
            // The payload of a control frame is at most 125 bytes.
            PING => {
                let header = [PONG, u8::try_from(payload.len()).unwrap_or_default()];
                peer.send(&[&header, payload.as_slice()].concat())?;
            }
            CLOSE => {
                if peer.link.lock().finish(&[CLOSED, 0]).is_ok() {
                    peer.drain();
                }
                return Ok(());
            }
            TEXT => {
                let text = String::from_utf8(payload).map_err(|error| invalid(error.to_string()))?;
                if peer.answer(&text)?.is_some_and(|subscribed| subscribed == topic) {
                    let sender = streams.get_or_insert_with(|| peer.start_streams(service));
                    sender.send(()).map_err(io::Error::other)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Peer {
    socket: Arc<TcpStream>,
    /// Shared with the thread that sends the streams.
    link: Arc<Mutex<Link>>,
    /// Decrypted, and not looked at yet.
    received: Vec<u8>,
    /// Frames that are sent when all that was received is answered.
    replies: Vec<u8>,
    pinged: Instant,
    wire: Wire,
    /// Inflates the client's messages, if it has offered compression and gets it.
    inflate: Option<Decompress>,
}

impl Peer {
    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.link.lock().send(bytes)
    }

    fn send_text(&self, text: &str) -> io::Result<()> {
        self.send(&[text_header(text.len()).as_slice(), text.as_bytes()].concat())
    }

    /// Waits for more bytes, pinging meanwhile. False: the client is gone.
    fn receive(&mut self) -> io::Result<bool> {
        let mut buffer = [0; READ_BYTES];
        loop {
            let read = match self.socket.as_ref().read(&mut buffer) {
                Ok(read) => Some(read),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => None,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(false),
                Err(error) => return Err(error),
            };
            if self.wire == Wire::SocketIo && self.pinged.elapsed() >= PING_INTERVAL {
                self.pinged = Instant::now();
                self.send_text("2")?;
            }
            let Some(read) = read else { continue };
            if self.received.len() + read > MAX_RECEIVED {
                return Err(invalid("a frame or a head that is too large".into()));
            }
            self.link.lock().decrypt(buffer.get(..read).unwrap_or_default(), &mut self.received)?;
            return Ok(read > 0);
        }
    }

    /// Reads until the client has closed too, which may be by a reset.
    fn drain(&mut self) {
        let mut buffer = [0; READ_BYTES];
        while self.socket.as_ref().read(&mut buffer).is_ok_and(|read| read > 0) {}
    }

    /// Answers the WebSocket upgrade. The path says which of the two protocols is spoken.
    fn upgrade(&mut self, may_compress: bool) -> io::Result<()> {
        let length = loop {
            match self.received.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) {
                Some(position) => break position + END_OF_HEAD.len(),
                None if self.receive()? => {}
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        let head: Vec<u8> = self.received.drain(..length).collect();
        let head = String::from_utf8_lossy(&head);
        let (request, headers) = head.split_once("\r\n").unwrap_or_default();
        let key = headers
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let Some((_, key)) = key else {
            self.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
            return Err(invalid(format!("not a WebSocket upgrade: {request}")));
        };
        let accept = derive_accept_key(key.trim().as_bytes());
        self.inflate = (may_compress && headers.contains("permessage-deflate")).then(|| Decompress::new(false));
        let extension = if self.inflate.is_some() { EXTENSION } else { "" };
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{extension}\r\n"
        );
        self.send(answer.as_bytes())?;
        let path = request.split([' ', '?']).nth(1).unwrap_or_default();
        self.wire = if path.ends_with("/ws") { Wire::Plain } else { Wire::SocketIo };
        Ok(())
    }

    /// The next frame, unmasked and inflated; `None`: the client is gone.
    fn next_frame(&mut self) -> io::Result<Option<(u8, Vec<u8>)>> {
        loop {
            if let Some(((first, payload), length)) = decode(&self.received) {
                self.received.drain(..length);
                let payload = match &mut self.inflate {
                    Some(inflate) if first & COMPRESSED != 0 => inflated(inflate, payload)?,
                    _ => payload,
                };
                return Ok(Some((first & OPCODE, payload)));
            }
            self.flush()?;
            if !self.receive()? {
                return Ok(None);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.replies.is_empty() {
            self.link.lock().send(&self.replies)?;
            self.replies.clear();
        }
        Ok(())
    }

    /// Answers a text, and returns the topic that it subscribes to.
    fn answer(&mut self, text: &str) -> io::Result<Option<String>> {
        if let Some(ack) = published(text) {
            let reply = format!(r#"43{ack}[{{"id":"msg_{ack}"}}]"#);
            self.reply(&reply);
            return Ok(None);
        }
        let (reply, body, subscribes) = match self.wire {
            Wire::SocketIo => socket_io(text),
            Wire::Plain => plain(text),
        };
        if let Some(reply) = reply {
            self.reply(&reply);
        }
        // The stream of a subscription comes after the reply.
        self.flush()?;
        Ok(body.get("topic").and_then(Value::as_str).filter(|_| subscribes).map(str::to_owned))
    }

    fn reply(&mut self, text: &str) {
        self.replies.extend_from_slice(&text_header(text.len()));
        self.replies.extend_from_slice(text.as_bytes());
    }

    /// Starts the thread that sends a stream for each message it gets.
    fn start_streams(&self, service: &Arc<Service>) -> Sender<()> {
        let (sender, orders) = channel();
        let mut supply = service.supply(self.wire, self.inflate.is_some());
        let (link, plan) = (Arc::clone(&self.link), service.plan.clone());
        thread::spawn(move || send_streams(&link, &orders, &mut supply, &plan));
        sender
    }
}

fn send_streams(link: &Mutex<Link>, orders: &Receiver<()>, supply: &mut Supply, plan: &Plan) {
    clock::be_punctual();
    let mut count = plan.warmup;
    while orders.recv().is_ok() {
        // An error is a client that has gone: the thread that reads from it notices too.
        let Ok(report) = stream(link, supply, plan, count) else { return };
        println!("{report}");
        count = plan.count;
    }
}

/// Sends `count` events as fast as the client takes them, or at the plan's rate.
fn stream(link: &Mutex<Link>, supply: &mut Supply, plan: &Plan, count: usize) -> io::Result<Value> {
    let (began, worked) = (Instant::now(), thread_seconds());
    let mut sent = 0;
    while sent < count && plan.duration.is_none_or(|most| began.elapsed() < most) {
        // With a rate, a whole burst is written before the time is looked at.
        let (least, most) = match plan.rate {
            None => (1, count - sent),
            Some(rate) => {
                thread::sleep(Duration::from_secs_f64(sent as f64 / rate).saturating_sub(began.elapsed()));
                let burst = plan.burst.min(count - sent);
                (burst, burst)
            }
        };
        let mut written = 0;
        while written < least {
            let (taken, bytes) = supply.take(most - written);
            if taken == 0 {
                return Err(invalid("more streams than the plan has events for".into()));
            }
            link.lock().send(bytes)?;
            written += taken;
        }
        sent += written;
    }
    let seconds = began.elapsed().as_secs_f64();
    let busy = worked.zip(thread_seconds()).map(|(before, after)| (after - before) / seconds);
    let mut report = json!({ "events": sent, "seconds": seconds, "busy": busy });
    if let (Supply::Fresh(frames), Some(report)) = (supply, report.as_object_mut()) {
        let (bytes, plain_bytes) = frames.bytes(sent);
        report.extend([("bytes".to_owned(), bytes.into()), ("plainBytes".to_owned(), plain_bytes.into())]);
    }
    Ok(report)
}

/// Processor time of this thread, where the system tells it.
fn thread_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds).as_secs_f64())
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

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
