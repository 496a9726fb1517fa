//! Plays the scenarios in `tests/scenarios`, as the JavaScript session does. The README there
//! describes them.

pub(in crate::session) mod notation;
mod player;
mod random;

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use self::player::Player;

/// The scenarios of all files, by file and name, and the common starts.
struct Scenarios {
    all: BTreeMap<String, Value>,
    starts: Value,
}

impl Scenarios {
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
        let parse = |path: &Path| -> Value {
            let text = fs::read_to_string(path).expect("a file");
            serde_json::from_str(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
        };
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(folder.join("sessions")).expect("a folder") {
            let path = entry.expect("a file").path();
            let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
            for scenario in parse(&path).as_array().expect("an array of scenarios") {
                let name = format!("{file}: {}", scenario["name"].as_str().expect("a name"));
                assert!(all.insert(name.clone(), scenario.clone()).is_none(), "two scenarios are '{name}'");
            }
        }
        Self { all, starts: parse(&folder.join("starts.json")) }
    }

    /// Returns how the session differs from the scenario.
    fn play(&self, scenario: &Value) -> Option<String> {
        let mut player = Player::new(&scenario["config"]);
        let start = scenario.get("start").map(|name| &self.starts[name.as_str().expect("a name")]);
        let steps = |list: Option<&Value>| list.and_then(Value::as_array).cloned().unwrap_or_default();
        for (part, list) in [("start", start), ("steps", scenario.get("steps"))] {
            for (number, step) in (1..).zip(steps(list)) {
                if let Some(problem) = player.play(&step) {
                    return Some(format!("{part}, step {number}: {step}{problem}"));
                }
            }
        }
        None
    }
}

#[test]
fn the_session_plays_every_scenario() {
    let scenarios = Scenarios::read();
    assert!(scenarios.all.len() >= 40, "only {} scenarios", scenarios.all.len());
    let problem = |(name, scenario)| scenarios.play(scenario).map(|problem| format!("{name}: {problem}"));
    let problems: Vec<_> = scenarios.all.iter().filter_map(problem).collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n\n"));
}

#[test]
fn a_scenario_without_one_of_its_outputs_fails() {
    let scenarios = Scenarios::read();
    for (name, scenario) in &scenarios.all {
        let steps = scenario["steps"].as_array().map_or(0, Vec::len);
        for step in 0..steps {
            for output in 0..scenario["steps"][step]["out"].as_array().map_or(0, Vec::len) {
                let mut wrong = scenario.clone();
                wrong["steps"][step]["out"].as_array_mut().expect("outputs").remove(output);
                assert!(scenarios.play(&wrong).is_some(), "{name}: output {output} of step {step} does not matter");
            }
        }
    }
}
