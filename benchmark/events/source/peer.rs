//! One connected client: the WebSocket upgrade, the Engine.IO and Socket.IO handshake, and one stream of events for
//! each `subscribe`. A reading thread turns frames into orders; the thread that runs `serve` alone writes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::Plan;
use crate::events::{Frames, Wire, text_header};

const PING_INTERVAL: Duration = Duration::from_secs(25);
/// A request head or a frame larger than this did not come from a client under measurement.
const MOST_RECEIVED: u64 = 64 * 1024;
/// First byte of a closing frame.
const CLOSE: u8 = 0x88;

enum Order {
    /// Send this text.
    Reply(String),
    /// Send the next stream of events.
    Stream,
}

/// Speaks with one client until it hangs up.
pub(crate) fn serve(socket: TcpStream, plan: &Plan) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut reader = BufReader::new(socket.try_clone()?);
    let mut writer = Writer { socket, pinged: Instant::now(), ping: None };
    let wire = upgrade(&mut reader, &mut writer.socket)?;
    if wire == Wire::SocketIo {
        let interval = PING_INTERVAL.as_millis();
        writer.send_text(&format!(
            r#"0{{"sid":"source","upgrades":[],"pingInterval":{interval},"pingTimeout":20000,"maxPayload":1000000}}"#
        ))?;
        writer.ping = Some("2");
    }
    let mut frames = Frames::encode(wire, plan.size, plan.shapes).map_err(invalid)?;
    let (sender, orders) = channel();
    thread::spawn(move || listen(reader, wire, &sender));

    let mut sent_before = false;
    while let Some(order) = writer.next_order(&orders)? {
        match order {
            Order::Reply(text) => writer.send_text(&text)?,
            Order::Stream => {
                let count = if sent_before { plan.count } else { plan.warmup };
                stream(&mut writer, &orders, &mut frames, plan, count)?;
                sent_before = true;
            }
        }
    }
    writer.socket.write_all(&[CLOSE, 0])
}

/// Sends `count` events as fast as the client takes them, or at the plan's rate, and reports on stdout.
fn stream(
    writer: &mut Writer,
    orders: &Receiver<Order>,
    frames: &mut Frames,
    plan: &Plan,
    count: usize,
) -> io::Result<()> {
    let (began, worked) = (Instant::now(), thread_seconds());
    let mut sent = 0;
    while sent < count && plan.duration.is_none_or(|most| began.elapsed() < most) {
        match orders.try_recv() {
            Ok(Order::Reply(text)) => writer.send_text(&text)?,
            Ok(Order::Stream) | Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
        writer.ping_if_due()?;
        let mut most = count - sent;
        if let Some(rate) = plan.rate {
            most = most.min(plan.burst);
            let due = Duration::from_secs_f64(sent as f64 / rate);
            thread::sleep(due.saturating_sub(began.elapsed()));
        }
        let (taken, bytes) = frames.take(most);
        writer.socket.write_all(bytes)?;
        sent += taken;
    }
    let seconds = began.elapsed().as_secs_f64();
    let busy = worked.zip(thread_seconds()).map(|(before, after)| (after - before) / seconds);
    println!("{}", json!({ "events": sent, "seconds": seconds, "busy": busy }));
    Ok(())
}

/// Processor time of this thread, where the system tells it.
fn thread_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds).as_secs_f64())
}

struct Writer {
    socket: TcpStream,
    pinged: Instant,
    ping: Option<&'static str>,
}

impl Writer {
    fn send_text(&mut self, text: &str) -> io::Result<()> {
        self.socket.write_all(&[text_header(text.len()).as_slice(), text.as_bytes()].concat())
    }

    fn ping_if_due(&mut self) -> io::Result<()> {
        if self.pinged.elapsed() < PING_INTERVAL {
            return Ok(());
        }
        self.pinged = Instant::now();
        self.ping.map_or(Ok(()), |ping| self.send_text(ping))
    }

    /// Waits for an order, pinging meanwhile. `None`: the client is gone.
    fn next_order(&mut self, orders: &Receiver<Order>) -> io::Result<Option<Order>> {
        loop {
            self.ping_if_due()?;
            match orders.recv_timeout(PING_INTERVAL.saturating_sub(self.pinged.elapsed())) {
                Ok(order) => return Ok(Some(order)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

/// Answers the WebSocket upgrade. The path says which of the two protocols is spoken.
fn upgrade(reader: &mut impl BufRead, socket: &mut TcpStream) -> io::Result<Wire> {
    let mut lines = reader.take(MOST_RECEIVED).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut key = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        key = key.or(line
            .split_once(':')
            .filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
            .map(|(_, value)| derive_accept_key(value.trim().as_bytes())));
    }
    let Some(accept) = key else {
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        return Err(invalid(format!("not a WebSocket upgrade: {request}")));
    };
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    socket.write_all(answer.as_bytes())?;
    let path = request.split([' ', '?']).nth(1).unwrap_or_default();
    Ok(if path.ends_with("/ws") { Wire::Plain } else { Wire::SocketIo })
}

/// Reads frames until the client closes; then the sender is dropped, which ends `serve`.
fn listen(mut reader: impl Read, wire: Wire, orders: &Sender<Order>) {
    while let Ok(Some(text)) = receive_text(&mut reader) {
        let given = match wire {
            Wire::SocketIo => socket_io_orders(&text),
            Wire::Plain => plain_orders(&text),
        };
        for order in given {
            if orders.send(order).is_err() {
                return;
            }
        }
    }
}

/// The next text frame; `None` when the client closes. Control frames of other kinds are passed over.
fn receive_text(reader: &mut impl Read) -> io::Result<Option<String>> {
    loop {
        let [first, second] = receive(reader)?;
        let length = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes(receive(reader)?)),
            127 => u64::from_be_bytes(receive(reader)?),
            short => u64::from(short),
        };
        if length > MOST_RECEIVED {
            return Err(invalid(format!("a frame of {length} bytes")));
        }
        let mask: [u8; 4] = receive(reader)?;
        let mut payload = Vec::new();
        reader.take(length).read_to_end(&mut payload)?;
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        match first & 0x0f {
            1 => {
                return String::from_utf8(payload).map(Some).map_err(|error| invalid(error.to_string()));
            }
            8 => return Ok(None),
            _ => {}
        }
    }
}

fn receive<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn socket_io_orders(text: &str) -> Vec<Order> {
    if text.starts_with("40") {
        return vec![Order::Reply(r#"40{"sid":"source"}"#.into())];
    }
    let Some((ack, (name, body))) = text.strip_prefix("42").and_then(|packet| {
        let (ack, array) = packet.split_at(packet.find('[')?);
        Some((ack, serde_json::from_str::<(String, Value)>(array).ok()?))
    }) else {
        return Vec::new();
    };
    let mut orders = Vec::new();
    if !ack.is_empty() {
        let answer = json!([{ "subscriptionId": body.get("subscriptionId"), "topic": body.get("topic") }]);
        orders.push(Order::Reply(format!("43{ack}{answer}")));
    }
    if name == "subscribe" {
        orders.push(Order::Stream);
    }
    orders
}

fn plain_orders(text: &str) -> Vec<Order> {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    match body.get("type").and_then(Value::as_str) {
        Some("subscribe") => {
            let (id, topic) = (body.get("subscriptionId"), body.get("topic"));
            let answer = json!({ "type": "subscribed", "subscriptionId": id, "topic": topic });
            vec![Order::Reply(answer.to_string()), Order::Stream]
        }
        Some("ping") => vec![Order::Reply(r#"{"type":"pong"}"#.into())],
        _ => Vec::new(),
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
