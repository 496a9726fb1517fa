//! The bodies of JSON strings in the encodings of V8: Latin-1, or UTF-16 with lone surrogates.

use super::tape::Style;

/// Appends the body of a valid JSON string as Latin-1. Returns false when a character does not fit.
pub(super) fn to_latin1(raw: &str, style: Style, out: &mut Vec<u8>) -> bool {
    let mut fits = true;
    let mut push = |unit: u16| match u8::try_from(unit) {
        Ok(byte) => out.push(byte),
        Err(_) => fits = false,
    };
    match style {
        Style::Escaped => units(raw, push),
        Style::Ascii | Style::NonAscii => {
            // A lead byte above 0xc3 begins a character beyond U+00FF.
            if raw.bytes().any(|byte| byte > 0xc3) {
                return false;
            }
            raw.chars().for_each(|character| push(u16::try_from(u32::from(character)).unwrap_or(u16::MAX)));
        }
    }
    fits
}

/// Appends the body of a valid JSON string as UTF-16. Returns true when a character would not fit
/// Latin-1.
pub(super) fn to_utf16(raw: &str, style: Style, out: &mut Vec<u16>) -> bool {
    let mut all = 0;
    let push = |unit| {
        all |= unit;
        out.push(unit);
    };
    match style {
        Style::Escaped => units(raw, push),
        Style::Ascii | Style::NonAscii => raw.encode_utf16().for_each(push),
    }
    all > 0xff
}

/// Passes the UTF-16 units of a valid JSON string's body to `push`.
fn units(raw: &str, mut push: impl FnMut(u16)) {
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        plain.encode_utf16().for_each(&mut push);
        let mut characters = escape.chars();
        let unit = match characters.next() {
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('u') => {
                let digits = escape.get(1..5).unwrap_or_default();
                characters = escape.get(5..).unwrap_or_default().chars();
                u16::from_str_radix(digits, 16).unwrap_or_default()
            }
            // One of `"\/`.
            Some(itself) => u16::try_from(u32::from(itself)).unwrap_or_default(),
            None => break,
        };
        push(unit);
        rest = characters.as_str();
    }
    rest.encode_utf16().for_each(push);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_units_as_json_parse_does() {
        for (raw, expected) in [
            ("", vec![]),
            ("aé😀", vec![0x61, 0xe9, 0xd83d, 0xde00]),
            (r#"\"\\\/\b\f\n\r\t"#, vec![0x22, 0x5c, 0x2f, 8, 12, 10, 13, 9]),
            (r"\ud83d\uDE00x", vec![0xd83d, 0xde00, 0x78]),
            (r"é\ude00\\u0041", vec![0xe9, 0xde00, 0x5c, 0x75, 0x30, 0x30, 0x34, 0x31]),
        ] {
            let mut found = Vec::new();
            units(raw, |unit| found.push(unit));
            assert_eq!(found, expected, "{raw}");
        }
    }

    fn encoded(raw: &str) -> (Vec<u16>, bool) {
        let mut utf16 = vec![7];
        let is_utf16 = to_utf16(raw, Style::NonAscii, &mut utf16);
        assert_eq!(utf16.remove(0), 7);
        (utf16, is_utf16)
    }

    #[test]
    fn every_character_is_encoded() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let raw = character.to_string();
            assert_eq!(encoded(&raw), (raw.encode_utf16().collect(), character > 'ÿ'), "{character:?}");
            let mut to_latin1 = Vec::new();
            assert_eq!(super::to_latin1(&raw, Style::NonAscii, &mut to_latin1), character <= 'ÿ', "{character:?}");
            assert!(character > 'ÿ' || to_latin1 == [u8::try_from(character).unwrap()]);
        }
    }
}
