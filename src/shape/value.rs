//! The values of an event that vary from one to the next: found in its text, strictly, and without an allocation.

use crate::protocol::json::Scanner;

/// The longest integer that is taken digit by digit: it fits a double exactly.
const EXACT_DIGITS: usize = 15;
const POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
/// The top bit of each byte of a word.
const TOPS: u64 = 0x8080_8080_8080_8080;
/// Powers of ten that a double holds exactly: dividing by one of them rounds once, as reading the decimal does.
const EXACT_POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// One value, or a mark between the elements of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slot {
    /// A string: where it stands between its quotes.
    Text {
        /// Where it begins.
        start: u32,
        /// Where it ends.
        end: u32,
        /// Neither an escape nor anything beyond ASCII.
        plain: bool,
    },
    /// An integer that is not large.
    Integer(i32),
    /// Any other number.
    Number(f64),
    Null,
    True,
    False,
    /// So many scalars follow, each in a slot of its own.
    Scalars(u32),
    /// So many objects of one shape follow, each in the slots of that shape.
    Objects(u32, u32),
    /// So many lists follow.
    Lists(u32),
    /// The list is complete.
    End,
}

/// Reads a scalar at `at` into a slot; gives where it ends. `None`: there is none, or it is no JSON.
//
// Each kind is pushed where it is found: a slot that is passed around in memory costs more than the reading.
#[inline]
pub(super) fn scalar(text: &str, at: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    match *text.as_bytes().get(at)? {
        b'"' => string(text, at + 1, slots),
        b'-' | b'0'..=b'9' => number(text, at, slots),
        first => literal(text.as_bytes(), at, first, slots),
    }
}

#[inline]
fn literal(bytes: &[u8], at: usize, first: u8, slots: &mut Vec<Slot>) -> Option<usize> {
    let (name, slot): (&[u8], _) = match first {
        b't' => (b"true", Slot::True),
        b'f' => (b"false", Slot::False),
        b'n' => (b"null", Slot::Null),
        _ => return None,
    };
    bytes.get(at..)?.starts_with(name).then(|| {
        slots.push(slot);
        at + name.len()
    })
}

/// Reads a string from behind its opening quote.
#[inline]
fn string(text: &str, at: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let (length, plain) = text_length(text.as_bytes().get(at..)?);
    let end = at + length;
    if text.as_bytes().get(end) != Some(&b'"') {
        return escaped_string(text, at, slots);
    }
    push_text(at, end, plain, slots)
}

/// Reads a string that has an escape, or a control character, or no end.
#[cold]
fn escaped_string(text: &str, at: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let mut scanner = Scanner::new(text.get(at - 1..)?);
    scanner.string().ok()?;
    push_text(at, at + scanner.position() - 2, false, slots)
}

#[inline]
fn push_text(start: usize, end: usize, plain: bool, slots: &mut Vec<Slot>) -> Option<usize> {
    let (from, to) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    slots.push(Slot::Text { start: from, end: to, plain });
    Some(end + 1)
}

/// How many bytes at the start are neither quote nor backslash nor control character; and whether all of them are ASCII.
#[inline]
fn text_length(bytes: &[u8]) -> (usize, bool) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let mut foreign = 0;
    let mut length = 0;
    while let Some(word) = bytes.get(length..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*word);
        // As in `protocol::json`: bytes above the lowest hit may be marked wrongly, that one never.
        let special = (below(word, 0x20)
            | below(word ^ (ONES * u64::from(b'"')), 1)
            | below(word ^ (ONES * u64::from(b'\\')), 1))
            & TOPS;
        if special != 0 {
            let before = (special & special.wrapping_neg()) - 1;
            return (length + (special.trailing_zeros() / 8) as usize, (foreign | word & before) & TOPS == 0);
        }
        foreign |= word;
        length += 8;
    }
    last_length(bytes, length, foreign & TOPS == 0)
}

/// The end of [`text_length`], where less than a word is left.
#[cold]
fn last_length(bytes: &[u8], from: usize, plain: bool) -> (usize, bool) {
    let tail = bytes.get(from..).unwrap_or_default();
    let rest = tail.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
    (from + rest, plain && tail.iter().take(rest).all(u8::is_ascii))
}

/// Reads a number.
#[inline]
fn number(text: &str, start: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let bytes = text.as_bytes();
    let negative = bytes.get(start) == Some(&b'-');
    let whole = start + usize::from(negative);
    let (mut mantissa, mut at) = digits(bytes, whole, 0);
    let mut count = at - whole;
    // Most numbers are short and positive integers.
    if let (1..=8, false, Some(b',' | b'}' | b']'), Ok(value)) =
        (count, negative, bytes.get(at), i32::try_from(mantissa))
        && (count == 1 || bytes.get(whole) != Some(&b'0'))
    {
        slots.push(Slot::Integer(value));
        return Some(at);
    }
    if count == 0 || count > 1 && bytes.get(whole) == Some(&b'0') {
        return None;
    }
    let mut places = 0;
    if bytes.get(at) == Some(&b'.') {
        let point = at;
        (mantissa, at) = digits(bytes, point + 1, mantissa);
        places = at - point - 1;
        if places == 0 {
            return None;
        }
        count += places;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = at + 1 + sign;
        (_, at) = digits(bytes, exponent, 0);
        if at == exponent {
            return None;
        }
        count = usize::MAX;
    }
    if count > EXACT_DIGITS {
        return long_number(text, start, at, slots);
    }
    if places == 0
        && let Ok(value) = i32::try_from(mantissa)
        && !(negative && value == 0)
    {
        slots.push(Slot::Integer(if negative { -value } else { value }));
        return Some(at);
    }
    // No more digits than a double holds exactly, so nothing is lost. Signed, which is the faster conversion.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "at most 15 digits")]
    let mut value = mantissa as i64 as f64;
    if places > 0 {
        value /= EXACT_POWERS.get(places)?;
    }
    slots.push(Slot::Number(if negative { -value } else { value }));
    Some(at)
}

/// Reads a number whose digits, or exponent, a double does not hold exactly.
#[cold]
fn long_number(text: &str, start: usize, end: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    slots.push(Slot::Number(text.get(start..end)?.parse().ok()?));
    Some(end)
}

/// Reads decimal digits behind `mantissa`, eight at a time; of too many the value means nothing.
#[inline]
fn digits(bytes: &[u8], mut at: usize, mut mantissa: u64) -> (u64, usize) {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*chunk) ^ ZEROS;
        // As with special bytes: the lowest mark is right, and only that one counts.
        let others = (word.wrapping_add(ABOVE_NINE) | word) & TOPS;
        let count = (others.trailing_zeros() / 8) as usize;
        if count == 0 {
            return (mantissa, at);
        }
        // What follows the digits is shifted out, and zeros come before them.
        let value = eight_digits(word << (64 - 8 * count));
        mantissa = mantissa.wrapping_mul(POWERS.get(count).copied().unwrap_or_default()).wrapping_add(value);
        at += count;
        if count < 8 {
            return (mantissa, at);
        }
    }
    last_digits(bytes, at, mantissa)
}

/// The end of [`digits`], where less than a word is left.
#[cold]
fn last_digits(bytes: &[u8], mut at: usize, mut mantissa: u64) -> (u64, usize) {
    while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    (mantissa, at)
}

/// The value of eight bytes from 0 to 9, the first of which is the lowest: pairs, then fours, then all of them.
/// See <https://johnnylee-sde.github.io/Fast-numeric-string-to-int/>.
#[inline]
fn eight_digits(bytes: u64) -> u64 {
    const PAIR: u64 = 0x0000_00ff_0000_00ff;
    let pairs = bytes.wrapping_mul(10).wrapping_add(bytes >> 8);
    let low = (pairs & PAIR).wrapping_mul((1_000_000 << 32) + 100);
    let high = (pairs >> 16 & PAIR).wrapping_mul((10_000 << 32) + 1);
    low.wrapping_add(high) >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scalar(text: &str, at: usize) -> Option<(Slot, usize)> {
        let mut slots = Vec::new();
        let end = super::scalar(text, at, &mut slots)?;
        Some((slots[0], end))
    }

    fn value(slot: Slot) -> Option<f64> {
        match slot {
            Slot::Integer(value) => Some(value.into()),
            Slot::Number(value) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn refuses_what_is_no_json() {
        for text in [
            "01",
            "-",
            "-01",
            "1.",
            ".5",
            "1.e3",
            "1e",
            "1e+",
            "+1",
            "\"",
            "\"a",
            "\"\\x\"",
            "\"\u{1}\"",
            "\"\\u12\"",
            "tru",
            "nul",
            "",
            "{",
            "[",
            "]",
            ",",
        ] {
            // A number ends where its text does not go on; what follows is not its business.
            let end = scalar(text, 0).map(|(_, end)| end);
            assert_eq!(end, None, "{text}: {end:?}");
        }
    }

    #[test]
    fn small_integers_are_kept_apart() {
        for (text, slot) in [
            ("0", Slot::Integer(0)),
            ("-7", Slot::Integer(-7)),
            ("2147483647", Slot::Integer(i32::MAX)),
            ("2147483648", Slot::Number(2_147_483_648.0)),
            ("1.5", Slot::Number(1.5)),
            ("1.0", Slot::Number(1.0)),
            ("1e400", Slot::Number(f64::INFINITY)),
            ("true", Slot::True),
        ] {
            assert_eq!(scalar(text, 0), Some((slot, text.len())), "{text}");
        }
        let zero = scalar("-0", 0).and_then(|(slot, _)| value(slot));
        assert_eq!(zero.map(f64::to_bits), Some((-0.0_f64).to_bits()));
    }

    #[test]
    fn texts_know_whether_they_are_plain() {
        for (text, start, end, plain) in [
            ("\"\"", 1, 1, true),
            ("\"abcdefgh\"", 1, 9, true),
            ("\"aé\"", 1, 4, false),
            ("\"a\\n\"", 1, 4, false),
            ("\"0123456é\"", 1, 10, false),
        ] {
            assert_eq!(scalar(text, 0), Some((Slot::Text { start, end, plain }, text.len())), "{text}");
        }
        assert_eq!(text_length("0123456789\"é".as_bytes()), (10, true), "what follows does not count");
        assert_eq!(text_length("0123\"é89".as_bytes()), (4, true));
    }

    proptest! {
        #[test]
        fn numbers_are_what_the_standard_library_reads(text in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            let (slot, end) = scalar(&text, 0).unwrap();
            prop_assert_eq!(end, text.len());
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(value(slot).unwrap().to_bits(), expected.to_bits(), "{}", text);
        }
    }
}
