//! The bytes of one connection, in the clear or over TLS.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection};

/// So much is encrypted before it is written: little enough to be in the processor's cache still.
const CHUNK: usize = 64 * 1024;

/// A certificate for this machine, and what TLS needs.
pub(crate) struct Security {
    /// For the clients to trust, as PEM.
    pub(crate) certificate: String,
    config: Arc<ServerConfig>,
}

impl Security {
    pub(crate) fn create() -> Result<Self, Box<dyn Error>> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        let key = PrivateKeyDer::try_from(signing_key.serialize_der())?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)?;
        Ok(Self { certificate: cert.pem(), config: Arc::new(config) })
    }
}

/// What writes to the client, and decrypts what comes from it.
pub(crate) struct Link {
    /// Shared with the thread that reads: a second handle would be one more open file.
    socket: Arc<TcpStream>,
    session: Option<ServerConnection>,
}

impl Link {
    pub(crate) fn open(socket: Arc<TcpStream>, security: Option<&Security>) -> io::Result<Self> {
        let session = security.map(|security| ServerConnection::new(Arc::clone(&security.config)));
        Ok(Self { socket, session: session.transpose().map_err(io::Error::other)? })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(session) = &mut self.session else {
            return self.socket.as_ref().write_all(bytes);
        };
        for chunk in bytes.chunks(CHUNK) {
            session.writer().write_all(chunk)?;
            flush(session, &self.socket)?;
        }
        Ok(())
    }

    /// Sends no more. What the client still sends has to be read, or the system tells it that its
    /// bytes were lost.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some(session) = &mut self.session {
            session.send_close_notify();
            flush(session, &self.socket)?;
        }
        self.socket.shutdown(Shutdown::Write)
    }

    /// Adds to `text` what was received, once it is decrypted.
    pub(crate) fn decrypt(&mut self, mut received: &[u8], text: &mut Vec<u8>) -> io::Result<()> {
        let Some(session) = &mut self.session else {
            text.extend_from_slice(received);
            return Ok(());
        };
        while !received.is_empty() {
            session.read_tls(&mut received)?;
            session.process_new_packets().map_err(io::Error::other)?;
            match session.reader().read_to_end(text) {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        flush(session, &self.socket)
    }
}

fn flush(session: &mut ServerConnection, mut socket: &TcpStream) -> io::Result<()> {
    while session.wants_write() {
        session.write_tls(&mut socket)?;
    }
    Ok(())
}
