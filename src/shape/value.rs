//! The scalars of an event: a strict parser that writes to the tape without an allocation.
//!
//! Most scalars are short and end within a fixed window of the text. Longer ones, and those with an
//! escape or an exponent, take slower paths.

use super::tape::{Constant, Style, Tape};
use crate::protocol::json::{Scanner, plain_run, short_run};

/// The window holds a string of 15 bytes or a number of 15 digits, and the byte after it.
const WINDOW: usize = 18;
/// The digits that are parsed at once.
const WORD: usize = 8;
/// Longer numbers are left to `JSON.parse`.
const MAX_NUMBER_BYTES: usize = 1024;
const POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Writes the scalar at `at` to the tape, and returns its end. `None`: there is no valid scalar.
/// The caller must check the byte after a number.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a call costs as much as parsing a short number")]
pub(super) fn scalar(text: &str, at: usize, tape: &mut Tape) -> Option<usize> {
    match text.as_bytes().get(at..)?.first_chunk() {
        Some(window) => within(window, text, at, tape),
        None => near_the_end(text, at, tape),
    }
}

#[inline(never)]
fn near_the_end(text: &str, at: usize, tape: &mut Tape) -> Option<usize> {
    let mut window = [0; WINDOW];
    for (byte, of) in window.iter_mut().zip(text.as_bytes().get(at..)?) {
        *byte = *of;
    }
    within(&window, text, at, tape)
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "as above")]
fn within(window: &[u8; WINDOW], text: &str, at: usize, tape: &mut Tape) -> Option<usize> {
    match window {
        [b'"', rest @ ..] => {
            let Some((length, plain)) = rest.first_chunk().and_then(short_run) else {
                return long_string(text, at + 1, tape);
            };
            tape.push_text(at + 1, at + 1 + length, if plain { Style::Ascii } else { Style::NonAscii });
            Some(at + length + 2)
        }
        [b'0'..=b'9', ..] => match number::<false>(window, tape) {
            Some(length) => Some(at + length),
            None => any_number(text, at, tape),
        },
        [b'-', ..] => negative_number(window, text, at, tape),
        _ => {
            let (constant, length) = match window {
                [b't', b'r', b'u', b'e', ..] => (Constant::True, 4),
                [b'n', b'u', b'l', b'l', ..] => (Constant::Null, 4),
                [b'f', b'a', b'l', b's', b'e', ..] => (Constant::False, 5),
                _ => return None,
            };
            tape.push_constant(constant);
            Some(at + length)
        }
    }
}

/// Writes any string; `start` is behind its opening quote.
fn long_string(text: &str, start: usize, tape: &mut Tape) -> Option<usize> {
    let (mut end, plain) = plain_run(text.as_bytes(), start);
    let mut style = if plain { Style::Ascii } else { Style::NonAscii };
    if text.as_bytes().get(end) != Some(&b'"') {
        // It has an escape, or is invalid.
        let mut scanner = Scanner::new(text.get(start - 1..)?);
        scanner.string().ok()?;
        end = start + scanner.position() - 2;
        style = Style::Escaped;
    }
    tape.push_text(start, end, style);
    Some(end + 1)
}

/// Writes a number without an exponent, and returns its length. It handles up to 15 digits, or 7
/// digits before and 8 after a decimal point.
#[inline(always)]
#[allow(clippy::inline_always, reason = "in an event of small objects every other value is a number")]
fn number<const NEGATIVE: bool>(window: &[u8; WINDOW], tape: &mut Tape) -> Option<usize> {
    let start = usize::from(NEGATIVE);
    let (value, count) = digits(window, start)?;
    // A leading zero is invalid.
    if count == 0 || count > 1 && window.get(start) == Some(&b'0') {
        return None;
    }
    let end = start + count;
    if count == WORD {
        let (more, count) = digits(window, end)?;
        let end = end + count;
        if count == WORD || matches!(window.get(end)?, b'.' | b'e' | b'E') {
            return None;
        }
        let value = value * POWERS.get(count)? + more;
        match i32::try_from(value) {
            Ok(value) => tape.push_integer(if NEGATIVE { -value } else { value }),
            Err(_) => tape.push_number(if NEGATIVE { -exact(value) } else { exact(value) }),
        }
        return Some(end);
    }
    match window.get(end)? {
        b'.' => {
            let (fraction, places) = digits(window, end + 1)?;
            let end = end + 1 + places;
            if places == 0 || matches!(window.get(end)?, b'0'..=b'9' | b'e' | b'E') {
                return None;
            }
            let power = *POWERS.get(places)?;
            let magnitude = exact(value * power + fraction) / exact(power);
            tape.push_number(if NEGATIVE { -magnitude } else { magnitude });
            return Some(end);
        }
        b'e' | b'E' => return None,
        _ => {}
    }
    match i32::try_from(value).ok()? {
        0 if NEGATIVE => tape.push_number(-0.0),
        value => tape.push_integer(if NEGATIVE { -value } else { value }),
    }
    Some(end)
}

#[inline(never)]
fn negative_number(window: &[u8; WINDOW], text: &str, at: usize, tape: &mut Tape) -> Option<usize> {
    match number::<true>(window, tape) {
        Some(length) => Some(at + length),
        None => any_number(text, at, tape),
    }
}

/// Writes any other number.
#[cold]
fn any_number(text: &str, start: usize, tape: &mut Tape) -> Option<usize> {
    let mut scanner = Scanner::new(text.get(start..)?);
    let number = scanner.skip_value().ok()?;
    if number.len() > MAX_NUMBER_BYTES {
        return None;
    }
    match number.parse::<i32>() {
        Ok(value) if value != 0 || number == "0" => tape.push_integer(value),
        _ => tape.push_number(number.parse().ok()?),
    }
    Some(start + number.len())
}

/// Converts an integer of at most 15 digits. A double holds it and the powers of ten exactly, so
/// their quotient is rounded only once, as in parsing the decimal. The signed conversion is the
/// faster one.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "it is exact")]
const fn exact(integer: u64) -> f64 {
    integer.cast_signed() as f64
}

/// The value and the number of the digits at `at`, at most eight.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as above")]
fn digits(window: &[u8; WINDOW], at: usize) -> Option<(u64, usize)> {
    let values = u64::from_le_bytes(*window.get(at..)?.first_chunk()?) ^ each(b'0');
    // Sets the high bit of each byte above 9. A carry may set it in later bytes, too.
    let others = (values.wrapping_add(each(0x76)) | values) & each(0x80);
    if others == 0 {
        return Some((eight_digits(values), WORD));
    }
    let bits = others.trailing_zeros();
    // Shifts zeros in front of the digits. Without any digit, all of the word is shifted out.
    Some((eight_digits(values << 1 << (70 - bits)), bits as usize / 8))
}

/// A word of eight equal bytes.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; WORD])
}

/// The value of eight digits, one per byte, the first in the lowest byte: combines pairs, then
/// fours. See <https://johnnylee-sde.github.io/Fast-numeric-string-to-int/>.
#[inline]
const fn eight_digits(bytes: u64) -> u64 {
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

    fn scalar(text: &str, at: usize) -> Option<(Tape, usize)> {
        let mut tape = Tape::default();
        let end = super::scalar(text, at, &mut tape)?;
        // Near the end of a text another path parses it.
        for behind in [",", "}", "] and so on, and so on", ",0123456789abcdef01234"] {
            let mut others = Tape::default();
            let longer = format!("{text}{behind}");
            assert_eq!((super::scalar(&longer, at, &mut others), &others), (Some(end), &tape), "{longer}");
        }
        Some((tape, end))
    }

    #[test]
    fn rejects_invalid_json() {
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
            // A number ends before the first byte that cannot belong to it.
            let end = scalar(text, 0).map(|(_, end)| end);
            assert!(end.is_none_or(|end| end > 0 && end < text.len()), "{text}: {end:?}");
        }
    }

    #[test]
    fn small_integers_are_codes() {
        for (text, value, is_small) in [
            ("0", 0.0, true),
            ("-0", -0.0, false),
            ("-7", -7.0, true),
            ("1234567", 1_234_567.0, true),
            ("-12345678", -12_345_678.0, true),
            ("536870911", 536_870_911.0, true),
            ("536870912", 536_870_912.0, false),
            ("-536870912", -536_870_912.0, true),
            ("-536870913", -536_870_913.0, false),
            ("2147483648", 2_147_483_648.0, false),
            ("1767225600000", 1_767_225_600_000.0, false),
            ("1.5", 1.5, false),
            ("1.0", 1.0, false),
            ("1e400", f64::INFINITY, false),
        ] {
            let (tape, end) = scalar(text, 0).unwrap();
            let found = (tape.number().map(f64::to_bits), tape.doubles().is_empty(), end);
            assert_eq!(found, (Some(value.to_bits()), is_small, text.len()), "{text}");
        }
    }

    #[test]
    fn writes_constants() {
        for (text, constant) in [("true", Constant::True), ("false", Constant::False), ("null", Constant::Null)] {
            let mut tape = Tape::default();
            tape.push_constant(constant);
            assert_eq!(scalar(text, 0), Some((tape, text.len())));
            assert_eq!(super::scalar(&text[..text.len() - 1], 0, &mut Tape::default()), None);
        }
    }

    #[test]
    fn rejects_an_overlong_number() {
        let longest = format!("1.{}", "0".repeat(MAX_NUMBER_BYTES - 2));
        let (tape, end) = scalar(&longest, 0).unwrap();
        assert_eq!((tape.number(), end), (Some(1.0), MAX_NUMBER_BYTES));
        assert_eq!(scalar(&format!("{longest}0,"), 0), None);
    }

    #[test]
    fn notes_how_to_copy_a_text() {
        for (text, start, end, style) in [
            ("\"\"", 1, 1, Style::Ascii),
            ("\"abcdefgh\"", 1, 9, Style::Ascii),
            ("\"aé\"", 1, 4, Style::NonAscii),
            ("\"a\\n\"", 1, 4, Style::Escaped),
            ("\"0123456é\"", 1, 10, Style::NonAscii),
            ("\"0123456789abcde\"", 1, 16, Style::Ascii),
            ("\"0123456789abcdef\"", 1, 17, Style::Ascii),
            ("\"0123456789abcdé\"", 1, 17, Style::NonAscii),
            ("\"0123456789abc\\n\"", 1, 16, Style::Escaped),
        ] {
            let mut tape = Tape::default();
            tape.push_text(start, end, style);
            assert_eq!(scalar(text, 0), Some((tape, text.len())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parses_numbers_as_the_standard_library(text in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            let (tape, end) = scalar(&text, 0).unwrap();
            prop_assert_eq!(end, text.len());
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(tape.number().unwrap().to_bits(), expected.to_bits(), "{}", text);
        }
    }
}
