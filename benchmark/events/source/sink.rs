//! The source's own headroom: a client that only reads and discards, so that what is left is the cost of sending.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use serde_json::{Value, json};

use crate::Plan;
use crate::events::{Frames, Wire, text_header};

const UPGRADE: &str = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: source\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2luayByZWFkcyBhbGwuLg==\r\n\r\n";
const SUBSCRIBE: &str = r#"42["subscribe",{"topic":"session.status"}]"#;

/// Takes the warm-up stream and one measured stream, and says how fast the latter came.
pub(crate) fn discard(address: SocketAddr, plan: &Plan) -> io::Result<Value> {
    let mut socket = TcpStream::connect(address)?;
    socket.write_all(UPGRADE.as_bytes())?;
    let frame_length = Frames::encode(Wire::SocketIo, plan.size, plan.shapes).map_err(io::Error::other)?.frame_length();
    let mut buffer = vec![0; 1024 * 1024];
    // The answers to the upgrade and the handshake come first and are a few hundred bytes: one frame more or less.
    subscribe(&mut socket)?;
    skip(&mut socket, &mut buffer, plan.warmup * frame_length)?;
    let began = Instant::now();
    subscribe(&mut socket)?;
    let bytes = plan.count * frame_length;
    skip(&mut socket, &mut buffer, bytes)?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(json!({
        "events": plan.count,
        "seconds": seconds,
        "eventsPerSecond": plan.count as f64 / seconds,
        "megabytesPerSecond": bytes as f64 / seconds / 1e6,
    }))
}

/// Sends one `subscribe` under an all-zero mask, which leaves the text as it is.
fn subscribe(socket: &mut TcpStream) -> io::Result<()> {
    let [kind, length] = text_header(SUBSCRIBE.len())[..] else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    socket.write_all(&[&[kind, 0x80 | length, 0, 0, 0, 0], SUBSCRIBE.as_bytes()].concat())
}

fn skip(socket: &mut TcpStream, buffer: &mut [u8], bytes: usize) -> io::Result<()> {
    let mut left = bytes;
    while left > 0 {
        match socket.read(buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}
