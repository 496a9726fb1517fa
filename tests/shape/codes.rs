//! The codes of the tape are written twice, in Rust and in JavaScript. Both files must say the
//! same.

use std::{collections::BTreeMap, fs, path::Path};

use realtime::shape::codes;

const RUST: &str = "src/shape/codes.rs";
const JAVASCRIPT: &str = "lib/engines/native/batch/codes.js";

/// What the reader in JavaScript does not have to name: it finds constants in a list, and takes
/// every other kind of run, and every other negative key, for one of these.
const ONLY_IN_RUST: [&str; 6] = ["NULL", "TRUE", "FALSE", "INLINE", "NEW_KEY", "MAX_SMALL"];

type Codes = BTreeMap<String, i64>;

#[test]
fn javascript_has_the_same_codes() {
    assert_eq!(differences(&read(RUST), &read(JAVASCRIPT)), [""; 0]);
}

#[test]
fn each_difference_is_found() {
    let (rust, javascript) = (read(RUST), read(JAVASCRIPT));
    for (sound, broken, name) in [
        ("-7", "-8", "DICTIONARY"),
        ("2 ** 29", "2 ** 30", "BIAS"),
        ("null, true", "true, null", "TRUE"),
        ("FIRST_KEY", "FIRST", "FIRST_KEY"),
    ] {
        assert!(javascript.contains(sound));
        let found = differences(&rust, &javascript.replacen(sound, broken, 1));
        assert!(found.iter().any(|difference| difference.starts_with(&format!("{name}:"))), "{broken}: {found:?}");
    }
}

/// The parser below reads the values that the compiler reads.
#[test]
fn the_values_are_those_of_the_engine() {
    let codes = constants(&read(RUST));
    for (name, value) in [
        ("TEXT", i64::from(codes::TEXT)),
        ("DOUBLE", i64::from(codes::DOUBLE)),
        ("SMALL", i64::from(codes::SMALL)),
        ("BIAS", i64::from(codes::BIAS)),
        ("FIRST_KEY", i64::from(codes::FIRST_KEY)),
        ("MAX_INTEGERS", i64::try_from(codes::MAX_INTEGERS).unwrap()),
    ] {
        assert_eq!(codes.get(name), Some(&value), "{name}");
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

fn differences(rust: &str, javascript: &str) -> Vec<String> {
    let (rust, mut javascript) = (constants(rust), constants(javascript));
    let mut differences = Vec::new();
    for (name, value) in &rust {
        match javascript.remove(name) {
            None if ONLY_IN_RUST.contains(&name.as_str()) => {}
            Some(other) if other == *value => {}
            other => differences.push(format!("{name}: {value} in Rust, {other:?} in JavaScript")),
        }
    }
    differences.extend(javascript.into_keys().map(|name| format!("{name}: only in JavaScript")));
    differences
}

/// The numeric constants of a source: `pub const NAME: TYPE = VALUE;`, `export const NAME = VALUE;`
/// or `NAME: VALUE,`. A list of constants stands for the codes -1, -2 and so on.
fn constants(source: &str) -> Codes {
    let mut codes = Codes::new();
    for line in source.lines() {
        let line = line.trim().trim_end_matches([';', ',']);
        let line = line.trim_start_matches("pub ").trim_start_matches("export ").trim_start_matches("const ");
        let Some((head, value)) = line.split_once(" = ").or_else(|| line.split_once(": ")) else { continue };
        let name = head.split(':').next().unwrap_or_default();
        if !name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') {
            continue;
        }
        if let Some(list) = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
            codes.extend((1..).zip(list.split(", ")).map(|(at, name)| (name.to_uppercase(), -at)));
        } else {
            // Bounds have one name.
            let name = name.replace("MOST_", "MAX_");
            let value = evaluate(value, &codes).unwrap_or_else(|| panic!("{name}: {value}"));
            codes.insert(name, value);
        }
    }
    codes
}

/// The value of a sum of numbers, names, shifts and powers.
fn evaluate(expression: &str, codes: &Codes) -> Option<i64> {
    let number = |text: &str| text.parse().ok().or_else(|| codes.get(text).copied());
    expression.split(" + ").try_fold(0, |sum, term| {
        let value = if let Some((base, shift)) = term.split_once(" << ") {
            number(base)? << number(shift)?
        } else if let Some((base, power)) = term.split_once(" ** ") {
            number(base)?.pow(u32::try_from(number(power)?).ok()?)
        } else {
            number(term)?
        };
        Some(sum + value)
    })
}
