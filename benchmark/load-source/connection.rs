//! One client that has asked for something: one thread reads and replies; a second one, from the
//! first `subscribe` on, sends a stream of events for each of them.

use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::events::Wire;
use crate::link::Link;
use crate::peer::{Order, PING_INTERVAL, Peer, READ_BYTES, invalid};
use crate::{Plan, Service, Supply, clock};

/// Of the thread that reads.
const STACK_BYTES: usize = 256 * 1024;

/// Starts the thread of a client. `order` is what it has ordered.
pub(crate) fn start(socket: TcpStream, peer: Peer, order: Option<Order>, service: &Arc<Service>) -> io::Result<()> {
    let service = Arc::clone(service);
    let serve = move || {
        if let Err(error) = serve(socket, peer, order, &service) {
            eprintln!("load-source: {error}");
        }
    };
    thread::Builder::new().stack_size(STACK_BYTES).spawn(serve).map(drop)
}

/// Speaks with a client until it hangs up.
fn serve(socket: TcpStream, mut peer: Peer, order: Option<Order>, service: &Arc<Service>) -> io::Result<()> {
    socket.set_read_timeout(Some(PING_INTERVAL))?;
    let socket = Arc::new(socket);
    let link = Link::open(Arc::clone(&socket), service.security.as_ref())?;
    let link = Arc::new(Mutex::new(link));
    let topic = service.plan.mix.kind.words().topic;
    let mut streams: Option<Sender<()>> = None;
    let mut pinged = Instant::now();
    let mut buffer = vec![0; READ_BYTES];
    let mut next = Ok(order);
    loop {
        // The stream of a subscription comes after the reply.
        let replies = peer.take_replies();
        let sent = if replies.is_empty() { Ok(()) } else { link.lock().send(&replies) };
        let order = next?;
        if let Some(Order::Close) = order {
            if sent.is_ok() && link.lock().finish().is_ok() {
                drain(&socket);
            }
            return Ok(());
        }
        sent?;
        match order {
            Some(Order::Subscribe(subscribed)) if subscribed == topic => {
                let sender = streams.get_or_insert_with(|| start_streams(&link, &peer, service));
                sender.send(()).map_err(io::Error::other)?;
            }
            Some(_) => {}
            None => {
                if let Some(length) = receive(&socket, &mut buffer)? {
                    let bytes = buffer.get(..length).unwrap_or_default();
                    if bytes.is_empty() {
                        return peer.end();
                    }
                    peer.receive(|received| link.lock().decrypt(bytes, received))?;
                }
            }
        }
        if pinged.elapsed() >= PING_INTERVAL {
            pinged = Instant::now();
            peer.ping();
        }
        next = peer.next();
    }
}

/// Waits for bytes, and returns how many have come; 0: the client is gone. `None`: it was silent
/// for [`PING_INTERVAL`].
fn receive(mut socket: &TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match socket.read(buffer) {
        Ok(read) => Ok(Some(read)),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(Some(0)),
        Err(error) => Err(error),
    }
}

/// Reads until the client has closed too, which may be by a reset.
fn drain(mut socket: &TcpStream) {
    let mut buffer = [0; READ_BYTES];
    while socket.read(&mut buffer).is_ok_and(|read| read > 0) {}
}

/// Starts the thread that sends a stream for each message it gets.
fn start_streams(link: &Arc<Mutex<Link>>, peer: &Peer, service: &Arc<Service>) -> Sender<()> {
    let (sender, orders) = channel();
    let mut supply = service.supply(peer.wire().unwrap_or(Wire::SocketIo), peer.compresses());
    let (link, plan) = (Arc::clone(link), service.plan.clone());
    thread::spawn(move || send_streams(&link, &orders, &mut supply, &plan));
    sender
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
