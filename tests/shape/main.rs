//! Events by their shape: a recognized event arrives as `JSON.parse` would make it, and invalid
//! JSON is never recognized.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

#[path = "../batch/mod.rs"]
mod batch;
mod codes;

use batch::Reader;
use proptest::prelude::*;
use realtime::{
    protocol::{
        event::{Envelope, Recognizer},
        json::Scanner,
    },
    shape::{Batch, Definition, Retained, Shapes, StringData},
};
use serde_json::{Value, json};

/// Takes events from their text to an item.
#[derive(Default)]
struct Path {
    shapes: Shapes,
    reader: Reader,
    recognized: usize,
}

impl Path {
    /// Sends events. `None` stands for a rejected one.
    fn send(&mut self, texts: &[&str]) -> Vec<Option<Value>> {
        let mut batch = Batch::default();
        let accepted: Vec<bool> = texts.iter().map(|text| self.push(text, &mut batch)).collect();
        let mut items = self.reader.read(&batch).into_iter();
        accepted.into_iter().map(|accepted| if accepted { items.next() } else { None }).collect()
    }

    fn push(&mut self, text: &str, batch: &mut Batch) -> bool {
        let scanned = Envelope::scan(&mut Scanner::new(text));
        match self.shapes.recognize(text) {
            Some(found) => {
                assert!(found.shape.is_some(), "{text}");
                assert_eq!(Ok(Envelope { shape: None, ..found.clone() }), scanned, "{text}");
                batch.push_event(self.shapes.accept(found.text, found.shape));
                self.recognized += 1;
                true
            }
            None => scanned.is_ok_and(|envelope| {
                batch.push_event(self.shapes.accept(envelope.text, None));
                true
            }),
        }
    }
}

/// Replaces numbers by their value as a double.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!({ "number": format!("{:?}", number.as_f64()) }),
        Value::Array(elements) => elements.into_iter().map(plain).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        value => value,
    }
}

fn meaning(text: &str) -> Value {
    plain(serde_json::from_str(text).unwrap())
}

#[test]
fn an_event_is_recognized_when_its_shape_was_seen_twice() {
    let mut path = Path::default();
    let text = |n: usize| {
        format!(
            r#"{{"id":"e{n}","topic":"t","source":"socket","type":"x","payload":{{"n":{n},"s":{{"é":"ü€\n"}},"l":[{n},null,[],[1,["a"]],{{"k":true}},{{"k":1.5}},{{}}]}},"metadata":{{"timestamp":1767225600000}}}}"#
        )
    };
    for n in 0..6 {
        let text = text(n);
        let items = path.send(&[&text]);
        assert_eq!(items.into_iter().flatten().map(plain).collect::<Vec<_>>(), [meaning(&text)]);
    }
    assert_eq!(path.recognized, 4);
}

#[test]
fn an_event_without_a_shape_has_inline_keys() {
    let mut path = Path::default();
    let text = |n: usize| {
        let many: Vec<_> = (0..n % 3 * 70).map(|key| format!("\"k{key}\":{key}")).collect();
        format!(
            r#"{{"id":"e{n}","topic":"t","payload":{{"new {n}":{n},"€{n}":"é","\n{n}":[{n},{{"known":{{"{n}":[]}}}},{{"known":"a"}},[{{}},{{"x{n}":[[1.5]]}}],null],"many":{{{}}}}},"__proto__":{{"toString":true}}}}"#,
            many.join(",")
        )
    };
    for n in 0..200 {
        let text = text(n);
        assert!(path.shapes.write_inline(&text), "{text}");
        let items = path.send(&[&text]);
        assert_eq!(items.into_iter().flatten().map(plain).collect::<Vec<_>>(), [meaning(&text)]);
    }
    assert_eq!(path.recognized, 0);
}

#[test]
fn spaces_around_colons_do_not_prevent_inline_keys() {
    let mut path = Path::default();
    for n in 0..4 {
        let text = format!(
            r#"{{ "id" : "e{n}" , "topic" : "t", "new {n}" : {n}, "list": [] , "payload": {{ "é{n}" :null }} }}"#
        );
        let mut batch = Batch::default();
        path.push(&text, &mut batch);
        let is_json = batch.strings().any(|string| match string {
            StringData::Latin1(bytes) => bytes.starts_with(b"[{"),
            StringData::Utf8(text) => text.starts_with("[{"),
            StringData::Utf16(_) => false,
        });
        assert!(!is_json, "{text}");
        assert_eq!(path.reader.read(&batch).into_iter().map(plain).collect::<Vec<_>>(), [meaning(&text)]);
    }
}

#[test]
fn an_event_that_nobody_wants_is_recognized_when_its_shape_was_seen_twice() {
    let mut shapes = Shapes::default();
    let text = r#"{"id":"e","topic":"t","list":[{"a":1},{"a":2}]}"#;
    for _ in 0..2 {
        assert!(shapes.recognize(text).is_none());
        shapes.decline(text);
    }
    let shape = shapes.recognize(text).unwrap().shape;
    assert!(shape.is_some());
    let mut batch = Batch::default();
    batch.push_event(shapes.accept(text, shape));
    assert_eq!(Reader::default().read(&batch).into_iter().map(plain).collect::<Vec<_>>(), [meaning(text)]);
}

/// The third of three equal objects in a list is recognized, so its shape is defined before the
/// event.
#[test]
fn a_shape_serves_the_event_it_was_learned_from() {
    let mut path = Path::default();
    let text = r#"{"id":"e","topic":"t","list":[{"a":1,"b":0.5},{"a":2,"b":null},{"a":3,"b":"x"}]}"#;
    let mut batch = Batch::default();
    path.push(text, &mut batch);
    assert!(batch.strings().any(|string| string == StringData::Latin1(br#"["a",1,"b",0] "#)), "{batch:?}");
    assert_eq!(path.reader.read(&batch).into_iter().map(plain).collect::<Vec<_>>(), [meaning(text)]);
}

#[test]
fn only_json_is_written_inline() {
    let mut shapes = Shapes::default();
    for text in [
        "",
        "{",
        "[]",
        "1",
        "{}}",
        "{} ",
        r#"{"a":01}"#,
        r#"{"a":1,}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":}"#,
        r#"{"a":"\x"}"#,
        r#"{"a":12x}"#,
        "{a:1}",
        r#"{"a":[{"b":1,}]}"#,
        r#"{"a":nul}"#,
        r#"{"a" 1}"#,
    ] {
        assert!(!shapes.write_inline(text), "{text}");
    }
    let nested = |depth: usize| format!("{}1{}", r#"{"a":["#.repeat(depth), "]}".repeat(depth));
    assert!(shapes.write_inline(&nested(16)) && !shapes.write_inline(&nested(17)), "it is bounded");
}

#[test]
fn a_member_may_be_of_any_scalar_kind() {
    let mut path = Path::default();
    let texts = ["1", "\"a\"", "null", "true", "false", "0.5", "-1", "1e300", "-0", "\"\"", "4294967296", "-536870913"]
        .map(|value| format!(r#"{{"id":"e","topic":"t","v":{value},"w":{value}}}"#));
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    for _ in 0..2 {
        let items = path.send(&texts);
        for (item, text) in items.into_iter().zip(&texts) {
            assert_eq!(plain(item.unwrap()), meaning(text));
        }
    }
    assert_eq!(path.recognized, 2 * texts.len() - 2);
}

#[test]
fn texts_change_their_width() {
    let mut path = Path::default();
    let texts: Vec<_> = (0..3000)
        .map(|n| {
            let word = ["plain", "é", "€uro", "😀", r"\u20ac\\"][n * n % 7 % 5];
            format!(r#"{{"id":"e{n}","topic":"t","s":"{}","n":{n}.5}}"#, word.repeat(n % 50))
        })
        .collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let items = path.send(&texts);
    for (item, text) in items.into_iter().zip(&texts) {
        assert_eq!(plain(item.unwrap()), meaning(text));
    }
    assert_eq!(path.recognized, texts.len() - 2);
}

#[test]
fn strings_are_short_so_that_what_is_kept_of_one_keeps_little() {
    let mut path = Path::default();
    let mut batch = Batch::default();
    let mut size = 0;
    for n in 0..200 {
        let text = format!(
            r#"{{"id":"evt_{n:012}","topic":"session.status","type":"session","source":"database","payload":{{"note":"{}"}}}}"#,
            "x".repeat(190),
        );
        size = text.len();
        path.push(&text, &mut batch);
    }
    let lengths: Vec<usize> = batch
        .strings()
        .skip(3)
        .map(|string| match string {
            StringData::Latin1(bytes) => bytes.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    // What V8 holds besides for a kept ID: the string's head, and the substring.
    let overhead = 16 + 32;
    assert!((290..=310).contains(&size), "{size}");
    assert!(lengths.iter().all(|length| length + overhead <= 600), "{lengths:?}");
    assert!(lengths.len() < 120, "and still a string holds more than one event: {}", lengths.len());
}

/// `MAX_INTEGERS` and `MAX_DOUBLES` of the codes.
#[test]
fn a_batch_never_has_more_than_javascript_has_room_for() {
    for element in ["0.5", "[]", "{}", "[1],{},2", "\"a\",0.5,{\"a\":[]}"] {
        let mut path = Path::default();
        let elements = |count: usize| vec![element; count].join(",");
        let mut batch = Batch::default();
        let mut longest = 0;
        for round in 0..400 {
            let text = format!(r#"{{"id":"{round}","topic":"t","l":[{}]}}"#, elements(20 * round));
            if batch.is_full() {
                longest = longest.max(batch.integers().len()).max(batch.doubles().len() * 3 / 2);
                batch.clear();
            }
            path.push(&text, &mut batch);
        }
        assert!(longest <= 48 << 10, "{element}: {longest}");
        // A run of empty objects is three integers, whatever its length.
        assert!(element == "{}" || longest > 16 << 10, "{element}: {longest}");
        assert!(path.recognized > 50, "{element}");
    }
}

#[test]
fn shapes_that_come_and_go_do_not_pile_up() {
    let mut path = Path::default();
    for round in 0..3000 {
        let text = format!(r#"{{"id":"e","topic":"t","k{round}":{round}}}"#);
        for item in path.send(&[&text, &text, &text]) {
            assert_eq!(plain(item.unwrap()), meaning(&text));
        }
    }
    assert!(path.recognized > 100 && path.recognized < 3000, "{}", path.recognized);
}

#[test]
fn without_its_events_a_batch_still_says_what_the_shapes_are() {
    let mut path = Path::default();
    let text = r#"{"id":"e","topic":"t"}"#;
    let mut batch = Batch::default();
    batch.push_json(false, |json| json.push_str("[1]"));
    for _ in 0..3 {
        path.push(text, &mut batch);
    }
    batch.push_json(false, |json| json.push_str("[2]"));
    assert_eq!(batch.count(), (5, 3));
    let mut rest = Batch::default();
    for leftover in batch.retained() {
        match leftover {
            Retained::Notice(text) => rest.push_json(false, |json| json.push_str(text)),
            Retained::Definition(number, text) => rest.define(&Definition { number, description: text.to_owned() }),
        }
    }
    assert_eq!((rest.count(), path.reader.read(&rest)), ((2, 0), vec![json!([1]), json!([2])]));
    batch.clear();
    assert!(path.push(text, &mut batch));
    assert_eq!(path.reader.read(&batch), [json!({ "id": "e", "topic": "t" })]);
}

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{0,12}",
        1 => "\\PC{0,20}",
        1 => prop::sample::select(vec!["\"", "\\", "\n", "\u{1}", "é", "€", "😀", "toString", "0", "__proto__"]).prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(vec!["a", "b", "c", "é", "__proto__", "1"]), inner), 0..4)
                .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

fn event() -> impl Strategy<Value = String> {
    (string(), "[a-z]{0,3}", value())
        .prop_map(|(id, topic, payload)| json!({ "id": id, "topic": topic, "payload": payload }).to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_arrives_is_what_was_sent(texts in prop::collection::vec(event(), 1..4), order in prop::collection::vec(0usize..4, 1..20)) {
        let mut path = Path::default();
        for chunk in order.chunks(3) {
            let sent: Vec<&str> = chunk.iter().map(|at| texts[at % texts.len()].as_str()).collect();
            for (item, text) in path.send(&sent).into_iter().zip(sent) {
                let scanned = Envelope::scan(&mut Scanner::new(text)).is_ok();
                prop_assert_eq!(item.map(plain), scanned.then(|| meaning(text)));
            }
        }
    }

    /// Alters an event of a known shape at random. It must be rejected whenever a strict parser
    /// rejects it.
    #[test]
    fn what_is_no_json_never_arrives(text in event(), at in any::<prop::sample::Index>(), with in "[{}\\[\\]\",:0-9eE+.\\\\\\- a-z\n]{0,2}", cut in 0usize..3) {
        let mut path = Path::default();
        path.send(&[&text, &text, &text]);
        let mut altered = text.clone();
        let start = altered.floor_char_boundary(at.index(text.len()));
        let end = altered.ceil_char_boundary((start + cut).min(text.len()));
        altered.replace_range(start..end, &with);
        match serde_json::from_str::<Value>(&altered) {
            Ok(value) => if let Some(item) = path.send(&[&altered]).remove(0) {
                prop_assert_eq!(plain(item), plain(value), "{}", altered);
            },
            // The rest of the frame is not the recognizer's business, and serde_json has no
            // infinite numbers.
            Err(_) => if path.shapes.recognize(&altered).is_some() {
                prop_assert!(Envelope::scan(&mut Scanner::new(&altered)).is_ok(), "{}", altered);
            },
        }
    }
}
