//! Random scenarios: calls and frames in an order that no driver, user or server would choose. The
//! Rust session states the results, and the JavaScript session must come to the same.
//!
//! They reach what the simulation does not: the plain protocol, attachments, tokens, filters, and
//! answers of every kind. One command writes them to the standard output, one JSON object a line:
//!
//! ```text
//! SIMULATION_RUNS=500 cargo test --lib scenarios::random -- --ignored
//! ```

mod frames;
mod steps;

use std::{
    env,
    io::{BufWriter, Write, stdout},
};

use fastrand::Rng;
use serde_json::{Value, json};

use self::steps::Generator;
use super::player::Player;

/// How many steps a scenario has.
const STEPS: usize = 150;

/// A scenario with all of its results.
fn scenario(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let is_plain = rng.u8(0..3) == 0;
    let mut generator = Generator { rng, is_plain };
    let config = generator.config();
    let mut player = Player::new(&config);
    let mut steps = vec![];
    for _ in 0..STEPS {
        let step = generator.step(&player);
        steps.push(player.complete(step));
    }
    json!({ "name": format!("random {seed}"), "config": config, "steps": steps })
}

#[test]
#[ignore = "writes scenarios for another implementation"]
fn random_scenarios_are_written() {
    let number = |variable: &str| env::var(variable).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let from = number("SIMULATION_FROM").unwrap_or(0);
    let mut target = BufWriter::new(stdout());
    // The test runner may have begun a line of its own.
    writeln!(target).expect("a reader");
    for seed in from..from + number("SIMULATION_RUNS").unwrap_or(500) {
        writeln!(target, "{}", scenario(seed)).expect("a reader");
    }
    target.flush().expect("a reader");
}

#[test]
fn a_random_scenario_plays_again() {
    for seed in 0..50 {
        let scenario = scenario(seed);
        let mut player = Player::new(&scenario["config"]);
        let problems = scenario["steps"].as_array().expect("steps").iter().find_map(|step| player.play(step));
        assert_eq!(problems, None, "seed {seed}");
    }
}
