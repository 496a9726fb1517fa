//! A quick run of the fuzz targets with their seeds and damaged copies of the seeds. `npm run fuzz`
//! explores further.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
};

use fastrand::Rng;

#[path = "../fuzz/decoders.rs"]
mod decoders;

/// The number of damaged copies of each seed.
const COPIES: u64 = 300;

#[test]
fn decoders_handle_seeds_and_damaged_copies() {
    for (name, check) in decoders::ALL {
        let seeds = read_seeds(name);
        assert!(seeds.len() > 1, "{name} has too few seeds");
        for (at, seed) in seeds.iter().enumerate() {
            check(seed);
            for copy in 0..COPIES {
                let damaged = damage(seed, &seeds, &mut Rng::with_seed(copy << 8 | at as u64));
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&damaged))) {
                    eprintln!("{name} fails for {:?}", String::from_utf8_lossy(&damaged));
                    resume_unwind(panic);
                }
            }
        }
    }
}

#[test]
fn every_decoder_has_a_fuzz_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for (name, _) in decoders::ALL {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} is not built");
        let target = fs::read_to_string(root.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("decoders::{name}(")), "{name} calls something else");
    }
}

fn read_seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Removes, repeats and splices parts, and inserts bytes with a meaning for decoders.
fn damage(seed: &[u8], seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.usize(1..4) {
        let start = rng.usize(0..=bytes.len());
        let end = rng.usize(start..=bytes.len().min(start + 16));
        let insert = match rng.u8(0..5) {
            0 => vec![],
            1 => vec![rng.u8(..)],
            2 => vec![*rng.choice(b"\"\\{}[],:0123456789-/eE.u \n\x1e\x80").unwrap()],
            3 => bytes[start..end].repeat(2),
            _ => {
                let other = rng.choice(seeds).unwrap();
                let from = rng.usize(0..=other.len());
                other[from..rng.usize(from..=other.len())].to_vec()
            }
        };
        bytes.splice(start..end, insert);
    }
    bytes
}
