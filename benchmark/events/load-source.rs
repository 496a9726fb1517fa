//! A server that sends events faster than any client takes them, so that a benchmark measures the client.
//!
//! It listens on a free port of the loopback interface, prints `{"port":...}`, and answers each `subscribe` (Socket.IO,
//! or plain WebSocket on a path that ends in `/ws`) with one stream of events: the first on a connection has `--warmup`
//! events, the later ones `--count`. Each stream ends with a line on stdout: `{"events":...,"seconds":...,"busy":...}`,
//! where `busy` is the share of the time that the sending thread was at work and not held up by the client.
//!
//! | option | default | |
//! |---|---|---|
//! | `--size BYTES` | 300 | JSON text of one event |
//! | `--warmup N`, `--count N` | 0, 100000 | events of the first and of each later stream |
//! | `--duration SECONDS` | | ends a stream before its count |
//! | `--rate N` | as fast as taken | events per second |
//! | `--burst N` | 1 | with `--rate`: so many at a time |
//! | `--shapes N` | 1 | different sets of payload members, taking turns |
//! | `--sink` | | connects to itself, discards what comes, prints the speed and ends |

#![allow(clippy::cast_precision_loss, reason = "speeds are printed to a few digits")]

#[path = "source/events.rs"]
mod events;
#[path = "source/peer.rs"]
mod peer;
#[path = "source/sink.rs"]
mod sink;

use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::str::FromStr;
use std::thread;
use std::time::Duration;

/// What to send, as told on the command line.
#[derive(Clone)]
struct Plan {
    size: usize,
    warmup: usize,
    count: usize,
    duration: Option<Duration>,
    rate: Option<f64>,
    burst: usize,
    shapes: usize,
    sink: bool,
}

impl Plan {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut plan =
            Self { size: 300, warmup: 0, count: 100_000, duration: None, rate: None, burst: 1, shapes: 1, sink: false };
        while let Some(option) = words.next() {
            match option.as_str() {
                "--size" => plan.size = value(&option, &mut words)?,
                "--warmup" => plan.warmup = value(&option, &mut words)?,
                "--count" => plan.count = value(&option, &mut words)?,
                "--duration" => {
                    plan.duration = Some(Duration::try_from_secs_f64(value(&option, &mut words)?)?);
                }
                "--rate" => plan.rate = Some(value(&option, &mut words)?),
                "--burst" => plan.burst = value(&option, &mut words)?,
                "--shapes" => plan.shapes = value(&option, &mut words)?,
                "--sink" => plan.sink = true,
                _ => return Err(format!("unknown option {option}").into()),
            }
        }
        if plan.burst == 0 || plan.shapes == 0 || plan.rate.is_some_and(|rate| rate <= 0.0) {
            return Err("--burst, --shapes and --rate must be above 0".into());
        }
        Ok(plan)
    }
}

fn value<T: FromStr>(option: &str, words: &mut impl Iterator<Item = String>) -> Result<T, String> {
    words.next().and_then(|word| word.parse().ok()).ok_or_else(|| format!("{option} takes a number"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::parse(std::env::args().skip(1))?;
    events::Frames::encode(events::Wire::SocketIo, plan.size, plan.shapes)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let accepting = {
        let plan = plan.clone();
        thread::spawn(move || accept(&listener, &plan))
    };
    if plan.sink {
        println!("{}", sink::discard(address, &plan)?);
        return Ok(());
    }
    println!(r#"{{"port":{}}}"#, address.port());
    accepting.join().map_err(|_| "the listener panicked".into())
}

fn accept(listener: &TcpListener, plan: &Plan) {
    for socket in listener.incoming() {
        let plan = plan.clone();
        thread::spawn(move || {
            if let Err(error) = socket.and_then(|socket| peer::serve(socket, &plan)) {
                eprintln!("load-source: {error}");
            }
        });
    }
}
