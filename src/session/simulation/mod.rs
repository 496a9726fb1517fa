//! A session against a modelled server over a faulty network, in virtual time, with thousands of
//! seeds per run.
//!
//! A seed decides everything: what the user does and when, how the server behaves, and which faults
//! the network injects. After [`world`]'s phase of chaos, a phase of quiescence follows, at whose
//! end every promise must hold.
//!
//! # Replay a failing seed
//!
//! A run that fails prints its seed. Replay that seed alone, with a trace of everything that
//! happens:
//!
//! ```text
//! SIMULATION_SEED=17 cargo test --lib simulation::promises -- --nocapture
//! ```
//!
//! Each line of the trace starts with the virtual time in seconds. `SIMULATION_RUNS` sets the
//! number of seeds and `SIMULATION_FROM` the first one:
//!
//! ```text
//! SIMULATION_RUNS=20000 SIMULATION_FROM=2000 cargo test --lib simulation::promises -- --nocapture
//! ```
//!
//! A seed replays on the code it failed on: a change that draws one random number more makes
//! another run of it.
//!
//! # Traces
//!
//! [`trace`] writes what goes into the session and what comes out of it, for the comparison with
//! the session in JavaScript.
//!
//! # Promises
//!
//! | promise | where it is checked |
//! |---|---|
//! | every event that arrives is delivered once, in order | [`ledger::Ledger::arrived`], at every frame |
//! | events are lost only between a connection loss and the next subscription; a recovered session loses none | [`ledger::Ledger::verify`] |
//! | events of a slow user are dropped only within a reported gap; the client closes the connection before the server does, with the reason | `verify`, [`world::World`] |
//! | messages keep their order, and none is sent twice unless the user allowed retries | [`server::Server`], at every message |
//! | every call has exactly one outcome | [`ledger::Ledger::outcome`] and `verify` |
//! | one link at a time, attempts and delays within the policy, no timer in the past | [`world::World`], at every step |
//! | an event that the client refused does not come back by recovery | `World`, at every frame |
//! | the client closes a silent connection only if the server is dead, and closes it in time | `World`, at every frame and step |
//! | every queue is bounded | `World`, at every step |
//! | the server ends with the subscriptions and channels that the user wants, and with one connection | `World::quiesce` |

#![allow(clippy::cast_possible_truncation, reason = "a heartbeat in milliseconds")]

mod coverage;
mod habits;
mod ledger;
mod sabotage;
mod server;
pub(super) mod trace;
mod world;

use std::{
    collections::BTreeSet,
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use self::{coverage::Coverage, sabotage::Sabotage, world::World};

/// Number of seeds per run. `SIMULATION_RUNS` overrides it.
const RUNS: u64 = 2000;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a whole number"))
}

/// What the session of a world did until the world failed: its flight recorder's lines.
fn recording_of_failure(mut world: World) -> String {
    // The failure is known; what matters is what came before it.
    let _ = catch_unwind(AssertUnwindSafe(|| world.run_recorded()));
    world.recording()
}

#[test]
fn promises_are_kept_whatever_the_network_does() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let mut world = World::new(seed, None);
        world.verbose = true;
        return println!("{:#?}", world.run());
    }
    let from = number("SIMULATION_FROM").unwrap_or(0);
    let runs = number("SIMULATION_RUNS").unwrap_or(RUNS);
    let mut total = Coverage::default();
    for seed in from..from + runs {
        match catch_unwind(AssertUnwindSafe(|| World::new(seed, None).run())) {
            Ok(coverage) => total += &coverage,
            Err(panic) => {
                eprintln!("The simulation failed. Replay it with SIMULATION_SEED={seed}");
                let path = env::temp_dir().join(format!("simulation-{seed}.jsonl"));
                match fs::write(&path, recording_of_failure(World::new(seed, None))) {
                    Ok(()) => eprintln!("Its recording: node scripts/replay.js {} --step", path.display()),
                    Err(problem) => eprintln!("Its recording could not be written: {problem}"),
                }
                resume_unwind(panic);
            }
        }
    }
    println!("{runs} seeds: {total:?}");
    if runs >= RUNS {
        let missed = total.missed();
        assert!(missed.is_empty(), "these situations never occurred, so the run proves nothing about them: {missed:?}");
    }
}

#[test]
fn every_sabotage_is_noticed() {
    for sabotage in Sabotage::ALL {
        let noticed = (0..200).any(|seed| {
            let quiet = World::new(seed, Some(sabotage));
            catch_unwind(AssertUnwindSafe(|| quiet.run())).is_err_and(|panic| {
                let text = panic
                    .downcast_ref::<String>()
                    .map_or_else(|| panic.downcast_ref::<&str>().copied().unwrap_or_default().to_owned(), Clone::clone);
                assert!(text.contains(sabotage.symptom()), "{sabotage:?} was reported as something else: {text}");
                true
            })
        });
        assert!(noticed, "{sabotage:?} went unnoticed");
    }
}

#[test]
fn a_run_that_fails_leaves_a_recording_that_replays() {
    let fails = |seed: &u64| {
        let world = World::new(*seed, Some(Sabotage::LoseEvent));
        catch_unwind(AssertUnwindSafe(|| world.run())).is_err()
    };
    let seed = (0..200).find(fails).expect("a seed that fails");
    let recording = recording_of_failure(World::new(seed, Some(Sabotage::LoseEvent)));
    let calls = super::recorder::replay(&recording).expect("the session does it again");
    assert!(calls > 20 && calls + 1 == recording.lines().count(), "{calls} calls");
}

#[test]
fn a_seed_replays() {
    let runs: BTreeSet<String> = (0..3).map(|_| format!("{:?}", World::new(7, None).run())).collect();
    assert_eq!(runs.len(), 1);
}
