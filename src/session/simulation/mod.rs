//! A session against a modelled server over a hostile network, in virtual time, thousands of seeds per run.
//!
//! A seed decides everything: what the user does and when, the server's habits, and what the network does to them. One
//! that fails prints itself. `SIMULATION_SEED=17` replays it alone and prints what happens; `SIMULATION_RUNS` and `SIMULATION_FROM` choose how
//! many seeds are run, and from which on.
//!
//! | promise | where it is checked |
//! |---|---|
//! | no event twice, none out of order, none lost that arrived | [`ledger::Ledger::arrived`], at every frame |
//! | none lost but between a loss and the new subscription; none at all where the session was recovered | [`ledger::Ledger::close`] |
//! | none dropped for a user who is too slow but within a gap; a connection given up before the server does it, with the reason | `close`, [`world::World`] |
//! | messages keep their order, and none is sent twice unless the user asked for that | [`server::Server`], at every message |
//! | every call has one outcome | [`ledger::Ledger::settled`] and `close` |
//! | one link at a time, attempts and delays within the policy, no timer in the past | [`world::World`], at every step |
//! | what the client refuses does not come back by recovery; the client closes a connection for its silence only if the server is dead, and does so in time | `World`, at every frame and step |
//! | what waits is bounded | `World`, at every step |
//! | the server ends with the subscriptions and channels that the user wants, and with one connection | `World::quiesce` |

#![allow(clippy::cast_possible_truncation, reason = "a heartbeat in milliseconds")]

mod habits;
mod ledger;
mod server;
mod coverage;
mod world;

use std::{
    collections::BTreeSet,
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use self::{ledger::Sabotage, coverage::Coverage, world::World};

/// How many seeds a run takes unless `SIMULATION_RUNS` says otherwise.
const RUNS: u64 = 2000;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a whole number"))
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
                eprintln!("The simulation fails. Replay it with SIMULATION_SEED={seed}");
                resume_unwind(panic);
            }
        }
    }
    println!("{runs} seeds: {total:?}");
    if runs >= RUNS {
        let missed = total.missed();
        assert!(missed.is_empty(), "these never happened, so that nothing is known of them: {missed:?}");
    }
}

#[test]
fn every_promise_can_be_seen_broken() {
    for sabotage in Sabotage::ALL {
        let noticed = (0..200).any(|seed| {
            let quiet = World::new(seed, Some(sabotage));
            catch_unwind(AssertUnwindSafe(|| quiet.run())).is_err_and(|panic| {
                let text = panic
                    .downcast_ref::<String>()
                    .map_or_else(|| panic.downcast_ref::<&str>().copied().unwrap_or_default().to_owned(), Clone::clone);
                assert!(text.contains(sabotage.symptom()), "{sabotage:?} was taken for something else: {text}");
                true
            })
        });
        assert!(noticed, "{sabotage:?} went unnoticed");
    }
}

#[test]
fn a_seed_replays() {
    let runs: BTreeSet<String> = (0..3).map(|_| format!("{:?}", World::new(7, None).run())).collect();
    assert_eq!(runs.len(), 1);
}
