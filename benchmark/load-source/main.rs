//! A server that sends events faster than any client takes them, so that a benchmark measures the
//! client.
//!
//! It listens on a free port of the loopback interface, prints
//! `{"port":...,"topic":...,"otherTopic":...,"ca":...}`, and answers each `subscribe` to the topic
//! (Socket.IO, or plain WebSocket on a path that ends in `/ws`) with one stream of events: the
//! first on a connection has `--warmup` events, the later ones `--count`. Each stream ends with a
//! line on stdout: `{"events":...,"seconds":...,"busy":...}`, where `busy` is the share of the time
//! that the sending thread was at work and not held up by the client. With `--fresh`, it also has
//! the `bytes` on the wire, and the `plainBytes` that there would be without compression.
//!
//! | option | default | |
//! |---|---|---|
//! | `--size BYTES` | 300 | JSON text of one event |
//! | `--warmup N`, `--count N` | 0, 100000 | events of the first and of each later stream |
//! | `--duration SECONDS` | | ends a stream before its count |
//! | `--rate N` | as fast as taken | events per second |
//! | `--burst N` | 1 | with `--rate`: so many at a time |
//! | `--shapes N` | 1 | different sets of payload members, taking turns |
//! | `--kind NAME` | plain | `wide`: strings outside Latin-1; `unique`: a payload member that no other event has |
//! | `--listened PERCENT` | 100 | the other events have the other topic |
//! | `--fresh` | | each event has values of its own; clients that offer compression get it. The size is approximate |
//! | `--stamped` | | each payload says when it was sent (Linux) |
//! | `--tls` | | with a certificate for 127.0.0.1, made now |
//! | `--sink` | | connects to itself, discards what comes, prints the speed and ends |
//! | `--connections N` | | with `--sink`: times so many connections instead |

#![allow(clippy::cast_precision_loss, reason = "speeds are printed to a few digits")]

mod clock;
mod connection;
mod events;
mod fresh;
mod link;
mod lobby;
mod peer;
mod sink;
mod words;

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::str::FromStr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::json;
use socket2::{Domain, Socket, Type};

use events::{Frames, Mix, Wire};
use fresh::Fresh;
use link::Security;
use words::Kind;

/// Connections that wait to be accepted: a thousand clients may dial at once, and one that is
/// turned away tries again only after a second.
const BACKLOG: i32 = 4096;

/// What to send, as told on the command line.
#[derive(Clone)]
struct Plan {
    mix: Mix,
    fresh: bool,
    warmup: usize,
    count: usize,
    duration: Option<Duration>,
    rate: Option<f64>,
    burst: usize,
    tls: bool,
    sink: bool,
    connections: Option<usize>,
}

impl Plan {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mix = Mix { size: 300, shapes: 1, kind: Kind::Plain, listened: 100, stamped: false };
        let mut plan = Self {
            mix,
            fresh: false,
            warmup: 0,
            count: 100_000,
            duration: None,
            rate: None,
            burst: 1,
            tls: false,
            sink: false,
            connections: None,
        };
        while let Some(option) = words.next() {
            match option.as_str() {
                "--size" => plan.mix.size = value(&option, &mut words)?,
                "--shapes" => plan.mix.shapes = value(&option, &mut words)?,
                "--kind" => {
                    plan.mix.kind = match words.next().as_deref() {
                        Some("plain") => Kind::Plain,
                        Some("wide") => Kind::Wide,
                        Some("unique") => Kind::Unique,
                        _ => return Err("--kind takes plain, wide or unique".into()),
                    }
                }
                "--listened" => plan.mix.listened = value(&option, &mut words)?,
                "--fresh" => plan.fresh = true,
                "--stamped" => plan.mix.stamped = true,
                "--warmup" => plan.warmup = value(&option, &mut words)?,
                "--count" => plan.count = value(&option, &mut words)?,
                "--duration" => {
                    plan.duration = Some(Duration::try_from_secs_f64(value(&option, &mut words)?)?);
                }
                "--rate" => plan.rate = Some(value(&option, &mut words)?),
                "--burst" => plan.burst = value(&option, &mut words)?,
                "--tls" => plan.tls = true,
                "--sink" => plan.sink = true,
                "--connections" => plan.connections = Some(value(&option, &mut words)?),
                _ => return Err(format!("unknown option {option}").into()),
            }
        }
        if plan.burst == 0 || plan.mix.shapes == 0 || plan.rate.is_some_and(|rate| rate <= 0.0) {
            return Err("--burst, --shapes and --rate must be above 0".into());
        }
        if plan.mix.listened == 0 || plan.mix.listened > 100 {
            return Err("--listened takes a number from 1 to 100".into());
        }
        if plan.fresh && (plan.sink || plan.mix.listened < 100 || plan.mix.stamped) {
            return Err("--fresh cannot be combined with --sink, --listened or --stamped".into());
        }
        if plan.mix.stamped && clock::nanoseconds().is_none() {
            return Err("--stamped: this system has no clock that Node reads too".into());
        }
        Ok(plan)
    }
}

fn value<T: FromStr>(option: &str, words: &mut impl Iterator<Item = String>) -> Result<T, String> {
    words.next().and_then(|word| word.parse().ok()).ok_or_else(|| format!("{option} takes a number"))
}

/// What all connections share: the plan, the events of each protocol, encoded once, and the
/// certificate.
struct Service {
    plan: Plan,
    socket_io: Frames,
    plain: Frames,
    /// The events with values of their own, without and with compression.
    fresh: Option<[Fresh; 2]>,
    security: Option<Security>,
}

/// Where the frames of a connection come from.
enum Supply {
    Repeating(Frames),
    Fresh(Fresh),
}

impl Supply {
    fn take(&mut self, most: usize) -> (usize, &[u8]) {
        match self {
            Self::Repeating(frames) => frames.take(most),
            Self::Fresh(frames) => frames.take(most),
        }
    }
}

impl Service {
    fn supply(&self, wire: Wire, compresses: bool) -> Supply {
        match &self.fresh {
            Some([_, deflated]) if compresses => Supply::Fresh(deflated.clone()),
            Some([plain, _]) => Supply::Fresh(plain.clone()),
            None if wire == Wire::Plain => Supply::Repeating(self.plain.clone()),
            None => Supply::Repeating(self.socket_io.clone()),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::parse(std::env::args().skip(1))?;
    let service = Arc::new(Service {
        socket_io: Frames::encode(Wire::SocketIo, &plan.mix)?,
        plain: Frames::encode(Wire::Plain, &plan.mix)?,
        fresh: plan.fresh.then(|| fresh(&plan)).transpose()?,
        security: plan.tls.then(Security::create).transpose()?,
        plan,
    });
    let listener = listen()?;
    let address = listener.local_addr()?;
    let accepting = {
        let service = Arc::clone(&service);
        thread::spawn(move || lobby::accept(listener, &service))
    };
    let plan = &service.plan;
    if plan.sink {
        let outcome = match plan.connections {
            Some(count) => sink::connect(address, count)?,
            None => sink::discard(address, &service)?,
        };
        println!("{outcome}");
        return Ok(());
    }
    let words = plan.mix.kind.words();
    println!(
        "{}",
        json!({
            "port": address.port(),
            "topic": words.topic,
            "otherTopic": words.other_topic,
            "ca": service.security.as_ref().map(|security| &security.certificate),
        })
    );
    accepting.join().map_err(|_| "the listener panicked")??;
    Ok(())
}

fn fresh(plan: &Plan) -> Result<[Fresh; 2], String> {
    let encode = |is_compressed| Fresh::encode(Wire::SocketIo, &plan.mix, plan.warmup + plan.count, is_compressed);
    Ok([encode(false)?, encode(true)?])
}

fn listen() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
