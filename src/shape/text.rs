//! JSON strings as JavaScript holds them: UTF-16, in which a surrogate may stand alone.

/// Gives the units of what stands between the quotes of a valid JSON string.
pub(super) fn units(raw: &str, mut push: impl FnMut(u16)) {
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
            // One of `"\/`, which are a unit each.
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
}
