//! Traces: what goes into a session and what comes out of it, so that another implementation can
//! be compared with this one, call for call.
//!
//! One command writes them to the standard output, or to the file that `SIMULATION_TRACE` names.
//! The variables for seeds are those of the simulation:
//!
//! ```text
//! SIMULATION_RUNS=500 cargo test --lib simulation::trace -- --ignored
//! ```
//!
//! The lines are those of [`crate::session::recorder`], with every call and every event. A seed
//! begins with the session's settings, in a line `{ "seed", "config" }`.

use std::{
    collections::BTreeSet,
    env,
    fs::File,
    io::{BufWriter, Write, stdout},
};

use serde_json::Value;

use super::{RUNS, number, world::World};

/// The calls that every run of many seeds must have.
const CALLS: &[&str] = &[
    "connect",
    "destroy",
    "discardResumableSession",
    "disconnect",
    "emit",
    "handleBytes",
    "handleClose",
    "handleDisconnect",
    "handleOpen",
    "handlePongs",
    "handleProgress",
    "handleReadToEnd",
    "handleTimeout",
    "joinChannel",
    "leaveChannel",
    "listen",
    "pause",
    "pollFrame",
    "pollOutput",
    "pollPing",
    "receive",
    "reportDropped",
    "resume",
    "setCanPing",
    "subscribe",
    "unsubscribe",
];

#[test]
#[ignore = "writes traces for another implementation"]
fn traces_are_written() {
    let from = number("SIMULATION_FROM").unwrap_or(0);
    let runs = number("SIMULATION_RUNS").unwrap_or(RUNS);
    let target: Box<dyn Write> = match env::var("SIMULATION_TRACE") {
        Ok(path) => Box::new(File::create(path).expect("a file to write")),
        Err(_) => Box::new(stdout()),
    };
    let mut target = BufWriter::new(target);
    // The test runner may have begun a line of its own.
    target.write_all(b"\n").expect("a reader");
    for seed in from..from + runs {
        target.write_all(World::new(seed, None).run_traced().as_bytes()).expect("a reader");
    }
    target.flush().expect("a reader");
}

#[test]
fn a_trace_replays_and_has_every_call() {
    let mut calls = BTreeSet::new();
    for seed in 0..60 {
        let trace = World::new(seed, None).run_traced();
        assert_eq!(trace, World::new(seed, None).run_traced());
        let lines = trace.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        calls.extend(lines.filter_map(|line| Some(line["call"].as_str()?.to_owned())));
    }
    assert_eq!(calls.iter().map(String::as_str).collect::<Vec<_>>(), CALLS);
}
