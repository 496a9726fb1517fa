//! Connections that their server closes sooner than the pool would.
//!
//! The pool has one idle time for all of its connections. A server can ask for a shorter one in every answer, see
//! [`reuse_for`](crate::transport::reuse_for).

use hashbrown::HashMap;
use hyper_util::client::legacy::connect::CaptureConnection;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Which connection of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ConnectionId(pub(super) u64);

/// The connections, and until when each may be used again.
#[derive(Default)]
pub(super) struct ShortLived {
    connections: Mutex<HashMap<ConnectionId, (Instant, CaptureConnection)>>,
}

impl ShortLived {
    /// The connection is not used again from `until` on. Its next answer says so again, or [`release`](Self::release)s it.
    pub(super) fn insert(&self, id: ConnectionId, until: Instant, connection: CaptureConnection) {
        self.connections.lock().insert(id, (until, connection));
    }

    /// The server no longer asks for a shorter time.
    pub(super) fn release(&self, id: ConnectionId) {
        self.connections.lock().remove(&id);
    }

    /// Keeps the pool from using the connections whose time is up.
    pub(super) fn retire(&self, now: Instant) {
        self.connections.lock().retain(|_, (until, connection)| {
            let is_usable = now < *until;
            if !is_usable {
                poison(connection);
            }
            is_usable
        });
    }
}

/// Keeps the pool from using a connection again.
pub(super) fn poison(connection: &CaptureConnection) {
    if let Some(connected) = connection.connection_metadata().as_ref() {
        connected.poison();
    }
}
