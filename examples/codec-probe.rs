//! Runs the codecs over texts: reads one JSON-encoded string per line, and prints one JSON verdict
//! per line.
//!
//! `__test__/engines/codec.differential.test.js` compares the verdicts with `socket.io-parser` and
//! `JSON.parse`.

use std::io::{self, Write as _};

use realtime::protocol::MAX_MESSAGE_BYTES;
use realtime::protocol::arguments::Arguments;
use realtime::protocol::attachments::Assembler;
use realtime::protocol::event::Envelope;
use realtime::protocol::json::{self, Scanner};
use realtime::protocol::socket_io::SocketPacket;
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let verdict =
            json!({ "packet": packet(&text), "json": json::validate(&text).is_ok(), "envelope": envelope(&text) });
        writeln!(out, "{verdict}")?;
    }
    out.flush()
}

fn packet(text: &str) -> Value {
    let Ok(packet) = SocketPacket::decode(text) else { return json!({ "ok": false }) };
    let too_many =
        packet.attachments > 0 && Assembler::new(MAX_MESSAGE_BYTES).begin(text.to_owned(), packet.attachments).is_err();
    if too_many || packet.validate().is_err() {
        return json!({ "ok": false });
    }
    json!({
        "ok": true,
        "kind": packet.kind as u8,
        "nsp": packet.namespace,
        "id": packet.id,
        "attachments": packet.attachments,
        "data": packet.payload,
        "name": packet.payload.and_then(|payload| Arguments::of(payload).ok()).map(|(name, _)| name),
    })
}

fn envelope(text: &str) -> Value {
    let mut scanner = Scanner::new(text);
    match Envelope::scan(&mut scanner) {
        Ok(envelope) if scanner.finish().is_ok() => {
            json!({ "id": envelope.id, "topic": envelope.topic, "source": envelope.source, "type": envelope.kind, "payload": envelope.payload })
        }
        _ => Value::Null,
    }
}
