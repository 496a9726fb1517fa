//! The source's own headroom: a client that only reads and discards, so that what is left is the
//! cost of sending. Over TLS it discards without decrypting.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::Service;
use crate::events::text_header;
use crate::link::Security;

const UPGRADE: &str = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: source\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2luayByZWFkcyBhbGwuLg==\r\n\r\n";
/// The last bytes of the answer to a Socket.IO CONNECT.
const CONNECTED: &[u8] = br#"40{"sid":"source"}"#;
const BUFFER_BYTES: usize = 1024 * 1024;

/// Takes the warm-up stream and one measured stream, and says how fast the latter came.
pub(crate) fn discard(address: SocketAddr, service: &Service) -> io::Result<Value> {
    let mut sink = Sink::open(address, service.security.as_ref())?;
    let subscribe = format!(r#"42["subscribe",{{"topic":"{}"}}]"#, service.plan.mix.kind.words().topic);
    let frame_length = service.socket_io.frame_length();
    // The answers to the upgrade and the handshake come first and are a few hundred bytes: one
    // frame more or less.
    sink.send(UPGRADE.as_bytes())?;
    sink.send(&masked(&subscribe)?)?;
    sink.skip(service.plan.warmup * frame_length)?;
    let began = Instant::now();
    sink.send(&masked(&subscribe)?)?;
    let bytes = service.plan.count * frame_length;
    sink.skip(bytes)?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(json!({
        "events": service.plan.count,
        "seconds": seconds,
        "eventsPerSecond": service.plan.count as f64 / seconds,
        "megabytesPerSecond": bytes as f64 / seconds / 1e6,
    }))
}

/// Opens so many connections, without TLS, and says how long it took until all were connected to
/// the namespace.
pub(crate) fn connect(address: SocketAddr, count: usize) -> io::Result<Value> {
    let hello = [UPGRADE.as_bytes(), &masked("40")?].concat();
    let mut buffer = vec![0; 4096];
    let began = Instant::now();
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        let mut socket = TcpStream::connect(address)?;
        socket.write_all(&hello)?;
        sockets.push(socket);
    }
    for socket in &mut sockets {
        let mut received = Vec::new();
        while !received.ends_with(CONNECTED) {
            match socket.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => received.extend_from_slice(buffer.get(..read).unwrap_or_default()),
            }
        }
    }
    Ok(json!({ "connections": count, "connectMilliseconds": began.elapsed().as_secs_f64() * 1e3 }))
}

struct Sink {
    socket: TcpStream,
    session: Option<ClientConnection>,
    buffer: Vec<u8>,
}

impl Sink {
    fn open(address: SocketAddr, security: Option<&Security>) -> io::Result<Self> {
        let mut socket = TcpStream::connect(address)?;
        let mut session = security.map(session).transpose()?;
        if let Some(session) = &mut session {
            session.complete_io(&mut socket)?;
        }
        Ok(Self { socket, session, buffer: vec![0; BUFFER_BYTES] })
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(session) = &mut self.session else {
            return self.socket.write_all(bytes);
        };
        session.writer().write_all(bytes)?;
        while session.wants_write() {
            session.write_tls(&mut self.socket)?;
        }
        Ok(())
    }

    fn skip(&mut self, bytes: usize) -> io::Result<()> {
        let mut left = bytes;
        while left > 0 {
            match self.socket.read(&mut self.buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => left = left.saturating_sub(read),
            }
        }
        Ok(())
    }
}

fn session(security: &Security) -> io::Result<ClientConnection> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(security.certificate.as_bytes()).map_err(io::Error::other)?;
    roots.add(certificate).map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)
}

/// A frame under an all-zero mask, which leaves the text as it is.
fn masked(text: &str) -> io::Result<Vec<u8>> {
    let [kind, length] = text_header(text.len())[..] else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    Ok([&[kind, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat())
}
