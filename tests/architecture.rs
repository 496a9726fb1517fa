//! Dependencies between the rooms of the engine run one way. The test checks every file under
//! `src/` against the map below. A room is a folder or a file directly below `src/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The rooms that each room may import. No room may import `binding`.
const MAP: &[(&str, &[&str])] = &[
    ("waker", &[]),
    ("error", &[]),
    ("log", &["waker"]),
    ("runtime", &["error"]),
    ("vocabulary", &[]),
    ("token", &["error"]),
    ("protocol", &["error", "vocabulary"]),
    ("session", &["protocol", "token", "log", "error", "vocabulary"]),
    ("transport", &["protocol", "token", "error", "vocabulary"]),
    ("shape", &["protocol"]),
    (
        "client",
        &["session", "shape", "transport", "protocol", "token", "runtime", "waker", "log", "error", "vocabulary"],
    ),
    ("rest", &["transport", "protocol", "token", "runtime", "waker", "log", "error", "vocabulary"]),
    ("webhook", &["error"]),
    (
        "binding",
        &[
            "client",
            "rest",
            "webhook",
            "session",
            "shape",
            "transport",
            "protocol",
            "token",
            "waker",
            "log",
            "error",
            "vocabulary",
        ],
    ),
];
/// Rooms, and files of rooms, that are pure: bytes and the time are arguments, and they use no
/// runtime and no clock. Their tests may read the clock for a start time.
const PURE: &[&str] = &[
    "protocol",
    "session",
    "shape",
    "webhook",
    "token.rs",
    "runtime/pace.rs",
    "rest/request.rs",
    "rest/response",
    "rest/retry.rs",
    "rest/budget/ledger.rs",
    "transport/http/body_text.rs",
    "transport/http/keep_alive.rs",
    "transport/redirect.rs",
    "transport/http/retry_after.rs",
    "transport/http/status.rs",
];

/// The texts of source files, by path below `src/`.
type Sources = BTreeMap<PathBuf, String>;

#[test]
fn dependencies_run_one_way() {
    let sources = read_sources();
    assert!(sources.contains_key(Path::new("lib.rs")) && sources.len() > MAP.len(), "found only {:?}", sources.keys());
    let violations = violations(&sources);
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn each_rule_can_fail() {
    for (path, text, breaks) in [
        ("protocol/a.rs", "use crate::session::Session;", true),
        ("protocol/a.rs", "use super::super::client;", true),
        ("protocol/a.rs", "use super::{json::Scanner, client};", false),
        ("protocol/mod.rs", "use super::transport::Link;", true),
        ("protocol/mod.rs", "mod tests { use super::transport; }", false),
        ("protocol/mod.rs", "mod tests { use super::super::transport; }", true),
        ("protocol/mod.rs", "mod tests {} use super::transport;", true),
        ("session/a/mod.rs", "use crate::{error::{Error, transport}, protocol::{self}};", false),
        ("session/a/mod.rs", "use crate::{error::Error, client::{Client}};", true),
        ("session/a.rs", "fn a() { crate::transport::dial() }", true),
        ("transport/a.rs", "use crate::vocabulary::Protocol;", false),
        ("transport/a.rs", "use crate::session::Session;", true),
        ("client/a.rs", "use crate::{protocol, session, transport};", false),
        ("client/a.rs", "use crate::binding::Engine;", true),
        ("client/a.rs", "use crate::*;", true),
        ("error.rs", "use crate::vocabulary;", true),
        ("binding/a.rs", "use napi_derive::napi; use crate::{binding::b, client};", false),
        ("client/a.rs", "use napi::Env;", true),
        ("lib.rs", "mod binding; pub use binding::Engine;", false),
        ("lib.rs", "use napi::Env;", true),
        ("attic/a.rs", "", true),
        ("session/a.rs", "use tokio::time;", true),
        ("session/a.rs", "let start = std::time::Instant::now();", true),
        ("protocol/a.rs", "let now = SystemTime::now();", true),
        ("rest/retry.rs", "let now = SystemTime::now();", true),
        ("rest/http.rs", "use tokio::time; let now = SystemTime::now();", false),
        ("rest/a.rs", "use crate::client::Client;", true),
        ("client/a.rs", "use tokio::time; let start = Instant::now();", false),
        ("session/a.rs", "#[cfg(test)] mod tests { fn a() { Instant::now(); } }", false),
        ("session/a.rs", "#[cfg(test)] #[x] fn a() {} fn b() { Instant::now(); }", true),
        ("session/a.rs", "// tokio\n/* napi */ 'x' r#\"Instant::now\"# \"\\\" SystemTime\" &'a str", false),
    ] {
        let sources = Sources::from([(path.into(), text.into())]);
        assert_eq!(!violations(&sources).is_empty(), breaks, "{path}: {text}");
    }
}

#[test]
fn a_test_file_is_recognized_by_its_declaration() {
    let sources = |declaration: &str| {
        let text = "fn a() { Instant::now(); }".to_owned();
        Sources::from([("session/mod.rs".into(), declaration.to_owned()), ("session/tests.rs".into(), text)])
    };
    assert_eq!(violations(&sources("#[cfg(test)] mod tests;")), [""; 0]);
    assert_eq!(violations(&sources("mod tests;")).len(), 1);
}

#[test]
fn no_folder_has_a_circle() {
    let circles = circles(&read_sources());
    assert_eq!(circles, [""; 0], "the rooms and files of a folder must not name each other in a circle");
}

#[test]
fn a_circle_is_found() {
    for (a, b, is_circle) in [
        ("use crate::room::b::B;", "use super::a::A;", true),
        ("use crate::{error::Error, room::{c, b::{self, B}}};", "fn b() { crate::room::a::a() }", true),
        ("use super::b::B;", "", false),
        ("use super::b::B;", "#[cfg(test)] mod tests { use crate::room::a::A; }", false),
        ("mod inner { use super::super::b::B; }", "use super::a::A;", true),
        ("mod inner { use super::b::B; }", "use super::a::A;", false),
        ("use super::b::B;", "use super::A;", false),
    ] {
        let files = [("room/mod.rs", "mod a; mod b;"), ("room/a/mod.rs", a), ("room/b.rs", b)];
        let found: &[&str] = if is_circle { &["room: a, b"] } else { &[] };
        assert_eq!(circles(&files.map(|(path, text)| (path.into(), text.into())).into()), found, "{a} {b}");
    }
    let inner = [("house/room/a.rs", "use super::b::B;"), ("house/room/b.rs", "use crate::house::room::a::A;")];
    assert_eq!(circles(&inner.map(|(path, text)| (path.into(), text.into())).into()), ["house/room: a, b"]);
}

/// The folders whose rooms and files import each other in circles, with the members of each circle.
fn circles(sources: &Sources) -> Vec<String> {
    let mut edges: BTreeMap<PathBuf, BTreeSet<(String, String)>> = BTreeMap::new();
    let mut test_modules = Vec::new();
    for (path, text) in sources {
        let modules = without_tests(&tokens(text)).1.into_iter().map(|module| path.with_file_name(module));
        test_modules.extend(modules.collect::<Vec<_>>());
    }
    for (path, text) in sources {
        if test_modules.iter().any(|module| path.with_extension("").starts_with(module)) {
            continue;
        }
        let all = tokens(text);
        let (tokens, _) = without_tests(&all);
        let own = module_path(path);
        for named in named_paths(path, &tokens) {
            let shared = own.iter().zip(&named).take_while(|(own, named)| own == named).count();
            let (Some(from), Some(to)) = (own.get(shared), named.get(shared)) else { continue };
            let folder: PathBuf = own[..shared].iter().collect();
            let is_module = ["", "/mod"].iter().any(|end| sources.contains_key(&folder.join(format!("{to}{end}.rs"))));
            if shared > 0 && is_module {
                edges.entry(folder).or_default().insert(((*from).to_owned(), (*to).to_owned()));
            }
        }
    }
    let mut circles = Vec::new();
    for (folder, mut edges) in edges {
        // A module that nothing names, or that names nothing, is not in a circle.
        loop {
            let from: BTreeSet<_> = edges.iter().map(|(from, _)| from.clone()).collect();
            let to: BTreeSet<_> = edges.iter().map(|(_, to)| to.clone()).collect();
            let before = edges.len();
            edges.retain(|(a, b)| to.contains(a) && from.contains(b));
            if edges.len() == before {
                break;
            }
        }
        let members: BTreeSet<_> = edges.into_iter().map(|(from, _)| from).collect();
        if !members.is_empty() {
            let members: Vec<_> = members.into_iter().collect();
            circles.push(format!("{}: {}", folder.display(), members.join(", ")));
        }
    }
    circles
}

/// The path of the module that a file defines.
fn module_path(path: &Path) -> Vec<&str> {
    let parts = path.iter().map(|part| part.to_str().unwrap().trim_end_matches(".rs"));
    parts.filter(|part| *part != "mod").collect()
}

/// The paths, from the root, that a file names through `crate::` or `super::`.
fn named_paths<'a>(path: &'a Path, tokens: &[&'a str]) -> Vec<Vec<&'a str>> {
    let own = module_path(path);
    let mut braces = 0;
    // The brace levels of the enclosing inline modules.
    let mut modules = Vec::new();
    let mut paths = Vec::new();
    for (at, &token) in tokens.iter().enumerate() {
        let (before, after) = tokens.split_at(at);
        match token {
            "{" => {
                braces += 1;
                if matches!(before, [.., "mod", _]) {
                    modules.push(braces);
                }
            }
            "}" => {
                modules.pop_if(|level| *level == braces);
                braces -= 1;
            }
            "crate" if matches!(after, [_, "::", ..]) => {
                expand(&after[2..], &[], &mut paths);
            }
            "super" if !matches!(before, [.., "super", "::"]) => {
                let climbs = after.chunks(2).take_while(|pair| *pair == ["super", "::"]).count();
                let above = climbs.saturating_sub(modules.len());
                if above > 0 && above <= own.len() {
                    expand(&after[2 * climbs..], &own[..own.len() - above], &mut paths);
                }
            }
            _ => {}
        }
    }
    paths
}

/// Appends every path of a tree such as `a::{b, c::D}`, below a prefix. Returns how many tokens the
/// tree has.
fn expand<'a>(tokens: &[&'a str], prefix: &[&'a str], paths: &mut Vec<Vec<&'a str>>) -> usize {
    let mut path = prefix.to_vec();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at += if tokens[at] == "," { 1 } else { expand(&tokens[at..], &path, paths).max(1) };
                }
                return at + 1;
            }
            Some(name) => path.push(name),
            None => break,
        }
        at += 1;
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    paths.push(path);
    at
}

fn violations(sources: &Sources) -> Vec<String> {
    let mut violations = Vec::new();
    let mut test_modules = Vec::new();
    let mut clocks = Vec::new();
    for (path, text) in sources {
        let tokens = tokens(text);
        let room = path.iter().next().and_then(|name| name.to_str()).unwrap().trim_end_matches(".rs");
        let mut complain = |what: &str| violations.push(format!("src/{}: {what}", path.display()));
        if room != "binding" && tokens.iter().any(|token| token.starts_with("napi")) {
            complain("only src/binding may use `napi`");
        }
        if room == "lib" {
            continue;
        }
        let Some((_, visible)) = MAP.iter().find(|(name, _)| *name == room) else {
            complain("MAP has no entry for this room");
            continue;
        };
        for named in named_rooms(path, &tokens) {
            if named != room && !visible.contains(&named) {
                complain(&format!("`{room}` must not import `{named}`"));
            }
        }
        if PURE.iter().any(|pure| path.starts_with(pure)) {
            let (tokens, modules) = without_tests(&tokens);
            test_modules.extend(modules.into_iter().map(|module| path.with_file_name(module)));
            let clock = |three: &[&str]| matches!(three, ["Instant" | "SystemTime", "::", "now"]);
            if tokens.windows(3).any(clock) || tokens.iter().any(|token| token.starts_with("tokio")) {
                clocks.push(path);
            }
        }
    }
    clocks.retain(|path| !test_modules.iter().any(|module| path.with_extension("").starts_with(module)));
    let pure = |path: &PathBuf| format!("src/{}: no runtime and no clock in a pure room", path.display());
    violations.extend(clocks.into_iter().map(pure));
    violations
}

/// The rooms that a file names: the first names of its paths.
fn named_rooms<'a>(path: &'a Path, tokens: &[&'a str]) -> Vec<&'a str> {
    named_paths(path, tokens).iter().filter_map(|named| named.first().copied()).collect()
}

/// The tokens outside `#[cfg(test)]` items, and the names of test modules in their own files.
fn without_tests<'a>(tokens: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut rest = tokens;
    while let Some((&token, after)) = rest.split_first() {
        let Some(item) = rest.strip_prefix(&["#", "[", "cfg", "(", "test", ")", "]"]) else {
            kept.push(token);
            rest = after;
            continue;
        };
        if let ["mod", name, ";", ..] = item {
            modules.push(*name);
        }
        let mut level = 0;
        let end = item.iter().position(|token| {
            level += i32::from(*token == "{") - i32::from(*token == "}");
            level == 0 && matches!(*token, "}" | ";")
        });
        rest = end.map_or(&[], |end| &item[end + 1..]);
    }
    (kept, modules)
}

/// The tokens of a Rust file, without comments and literals.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let (length, is_token) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), false)
        } else if let Some(length) = literal(rest) {
            (length, false)
        } else if word(first) {
            (rest.find(|c| !word(c)).unwrap_or(rest.len()), true)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            (first.len_utf8(), !first.is_whitespace())
        };
        let (token, after) = rest.split_at(length);
        if is_token {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

/// The length of the string or character literal at the start of `text`.
fn literal(text: &str) -> Option<usize> {
    let body = text.trim_start_matches(['b', 'c']);
    if let Some(raw) = body.strip_prefix('r') {
        let opened = raw.trim_start_matches('#');
        if let Some(content) = opened.strip_prefix('"') {
            let end = format!("\"{}", "#".repeat(raw.len() - opened.len()));
            return content.find(&end).map(|at| text.len() - content.len() + at + end.len());
        }
    }
    let mut chars = body.char_indices();
    let (_, quote) = chars.next().filter(|(_, first)| matches!(first, '"' | '\''))?;
    // A lifetime has no closing quote.
    if quote == '\'' && !body.starts_with("'\\") && body.chars().nth(2) != Some('\'') {
        return None;
    }
    while let Some((at, next)) = chars.next() {
        if next == '\\' {
            chars.next();
        } else if next == quote {
            return Some(text.len() - body.len() + at + 1);
        }
    }
    None
}

fn read_sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Sources::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.insert(path.strip_prefix(&root).unwrap().to_owned(), text);
            }
        }
    }
    sources
}
