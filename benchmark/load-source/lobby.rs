//! Clients that have asked for nothing yet: one thread serves all of them. With a thread for each,
//! ten thousand that connect would measure the source.

use std::io;
use std::net;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::time::{Instant, timeout_at};

use crate::peer::{Order, PING_INTERVAL, Peer, READ_BYTES};
use crate::{Service, connection};

/// Takes clients, and passes on those that ask for something.
pub(crate) fn accept(listener: net::TcpListener, service: &Arc<Service>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    Builder::new_current_thread().enable_io().enable_time().build()?.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let accepted = listener.accept().await;
            let service = Arc::clone(service);
            tokio::spawn(async move {
                let served = match accepted {
                    Ok((socket, _)) => serve(socket, &service).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = served {
                    eprintln!("load-source: {error}");
                }
            });
        }
    })
}

/// Speaks with a client until it hangs up, or asks for something. TLS is left to a thread.
async fn serve(mut socket: TcpStream, service: &Arc<Service>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut peer = Peer::new(service.fresh.is_some());
    let mut order = None;
    let mut ping_at = Instant::now() + PING_INTERVAL;
    while service.security.is_none() {
        if let Ok(received) = timeout_at(ping_at, receive(&socket, &mut peer)).await {
            if received? == 0 {
                return peer.end();
            }
        } else {
            ping_at += PING_INTERVAL;
            peer.ping();
        }
        let next = peer.next();
        if peer.has_asked() {
            order = next?;
            break;
        }
        let sent = socket.write_all(&peer.take_replies()).await;
        if let Some(Order::Close) = next? {
            // What the client still sends has to be read, or the system tells it that its bytes
            // were lost.
            let mut is_open = sent.is_ok() && socket.shutdown().await.is_ok();
            while is_open {
                is_open = receive(&socket, &mut peer).await.is_ok_and(|read| read > 0);
            }
            return Ok(());
        }
        sent?;
    }
    let socket = socket.into_std()?;
    socket.set_nonblocking(false)?;
    connection::start(socket, peer, order, service)
}

/// Waits for bytes, and returns how many have come; 0: the client is gone.
async fn receive(socket: &TcpStream, peer: &mut Peer) -> io::Result<usize> {
    loop {
        socket.readable().await?;
        let mut buffer = [0; READ_BYTES];
        match socket.try_read(&mut buffer) {
            Ok(read) => {
                peer.receive(|received| {
                    received.extend_from_slice(buffer.get(..read).unwrap_or_default());
                    Ok(())
                })?;
                return Ok(read);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(0),
            Err(error) => return Err(error),
        }
    }
}
