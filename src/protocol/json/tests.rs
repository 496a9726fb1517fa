//! The scanner against the grammar of RFC 8259, and strings against their escapes.

use super::*;
use crate::protocol::limits::MAX_DEPTH;

#[test]
fn accepts_what_the_grammar_allows() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "1.5",
        "-1.25e+10",
        "1E-7",
        "1e999",
        r#""""#,
        r#""plain""#,
        r#""\"\\\/\b\f\n\r\t\u00e9""#,
        r#""\ud800""#,
        "\"\u{7f}\u{2028}é😀\"",
        "[]",
        "{}",
        "[[],{}]",
        " \t\r\n[ 1 , {\"a\" : [ ] } ] \n",
        r#"{"a":1,"a":2}"#,
        r#"{"":{"":null}}"#,
    ] {
        assert_eq!(validate(text), Ok(()), "{text}");
    }
}

#[test]
fn rejects_everything_else_and_says_where() {
    for (text, place, wanted) in [
        ("", 0, "a value"),
        (" ", 1, "a value"),
        ("nul", 0, "null"),
        ("True", 0, "a value"),
        ("NaN", 0, "a value"),
        ("01", 1, "the end"),
        ("-", 1, "a digit"),
        ("+1", 0, "a value"),
        (".5", 0, "a value"),
        ("1.", 2, "a digit"),
        ("1e", 2, "a digit"),
        ("1e+", 3, "a digit"),
        ("0x1", 1, "the end"),
        ("1 2", 2, "the end"),
        ("\u{feff}1", 0, "a value"),
        ("\u{a0}1", 0, "a value"),
        ("'a'", 0, "a value"),
        ("\"a", 2, "'\"'"),
        ("\"a\\", 3, "one of \"\\/bfnrtu after '\\'"),
        (r#""\x41""#, 2, "one of \"\\/bfnrtu after '\\'"),
        (r#""\u12g4""#, 5, "a hexadecimal digit"),
        ("\"é\n\"", 3, "no control character in a string"),
        ("\"12345678\0\"", 9, "no control character in a string"),
        ("[1,]", 3, "a value"),
        ("[,1]", 1, "a value"),
        ("[1 2]", 3, "',' or ']'"),
        ("[1", 2, "',' or ']'"),
        ("[1}", 2, "',' or ']'"),
        ("]", 0, "a value"),
        ("{", 1, "a member's name"),
        ("{\"a\"}", 4, "':'"),
        ("{\"a\":}", 5, "a value"),
        ("{a:1}", 1, "a member's name"),
        ("{\"a\":1,}", 7, "a member's name"),
        ("{\"a\":1]", 6, "',' or '}'"),
        ("{\"a\":1 \"b\":2}", 7, "',' or '}'"),
        ("{}}", 2, "the end"),
    ] {
        let Err(DecodeError::Json { at, expected, found }) = validate(text) else { panic!("accepted {text:?}") };
        assert_eq!((at, expected), (place, wanted), "{text:?}");
        assert_eq!(found, text[place..].chars().next(), "{text:?}");
    }
}

#[test]
fn bounds_the_depth() {
    let nested = |depth: usize| format!("{}1{}", "[{\"a\":".repeat(depth / 2), "}]".repeat(depth / 2));
    assert_eq!(validate(&nested(MAX_DEPTH)), Ok(()));
    assert!(matches!(validate(&nested(MAX_DEPTH + 2)), Err(DecodeError::TooDeep { .. })));
    assert!(matches!(validate(&"[".repeat(1_000_000)), Err(DecodeError::TooDeep { at: MAX_DEPTH })));
}

#[test]
fn walks_members_and_elements() {
    let mut scanner = Scanner::new(r#" {"a" : [1, "x" , {}], "\u0062":null} "#);
    scanner.open_object().unwrap();
    assert_eq!(scanner.next_key().unwrap().unwrap().decode(), "a");
    scanner.open_array().unwrap();
    let mut elements = Vec::new();
    while scanner.next_element().unwrap() {
        elements.push(scanner.skip_value().unwrap());
    }
    assert_eq!(elements, ["1", "\"x\"", "{}"]);
    assert_eq!(scanner.next_key().unwrap().unwrap().decode(), "b");
    assert_eq!(scanner.skip_value(), Ok("null"));
    assert_eq!(scanner.next_key(), Ok(None));
    assert_eq!(scanner.finish(), Ok(()));
}

#[test]
fn walks_as_strictly_as_it_skips() {
    for text in ["{,}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{1:2}", "{\"a\" 1}", "{\"a\":1]", "{"] {
        let mut scanner = Scanner::new(text);
        let walk = |scanner: &mut Scanner| {
            scanner.open_object()?;
            while scanner.next_key()?.is_some() {
                scanner.skip_value()?;
            }
            scanner.finish()
        };
        assert!(matches!(walk(&mut scanner), Err(DecodeError::Json { .. })), "{text}");
    }
}

#[test]
fn unescapes() {
    for (value, characters) in [
        (r#""""#, ""),
        (r#""plain é""#, "plain é"),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\x08\x0c\n\r\t"),
        (r#""\u0069d""#, "id"),
        (r#""a\ud83d\ude00b\uD83D\uDE00""#, "a😀b😀"),
        (r#""\ud800""#, "\u{fffd}"),
        (r#""\ud800x""#, "\u{fffd}x"),
        (r#""\ud800\u0041""#, "\u{fffd}A"),
        (r#""\ud800\ud83d\ude00""#, "\u{fffd}😀"),
        (r#""\ude00\\u0041""#, "\u{fffd}\\u0041"),
    ] {
        assert_eq!(unescape(value).as_deref(), Some(characters), "{value}");
    }
}

#[test]
fn unescapes_strings_only() {
    for value in ["1", "null", "[\"a\"]", "", "\"open"] {
        assert_eq!(unescape(value), None, "{value}");
    }
}

#[test]
fn borrows_a_string_without_an_escape() {
    assert!(matches!(unescape(r#""plain""#), Some(Cow::Borrowed("plain"))));
}
