//! The values of an event that vary from one to the next: found in its text, strictly, and without an allocation.

use wide::u8x16;

use crate::protocol::json::{Scanner, plain_run};

/// A number with more characters is left to `JSON.parse`.
const LONGEST_NUMBER: usize = 1024;
const POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// One value, or a mark between the elements of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slot {
    /// A string: where it stands between its quotes.
    Text {
        /// Where it begins.
        start: u32,
        /// Where it ends.
        end: u32,
        /// What is in it.
        style: Style,
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

/// How a text is to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// All of it is ASCII.
    Plain,
    /// It has characters beyond ASCII, and no escape.
    Foreign,
    /// It has an escape.
    Escaped,
}

/// Reads a scalar at `at` into a slot; gives where it ends. `None`: there is none, or it is no JSON.
//
// Each kind is pushed where it is found: a slot that is passed around in memory costs more than the reading.
#[inline]
pub(super) fn scalar(text: &str, at: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    match *text.as_bytes().get(at)? {
        b'"' => string(text, at + 1, slots),
        b'-' | b'0'..=b'9' => number(text, at, slots),
        _ => literal(text.as_bytes(), at, slots),
    }
}

fn literal(bytes: &[u8], at: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let found = bytes.get(at..)?.first_chunk::<4>()?;
    match found {
        b"true" => slots.push(Slot::True),
        b"null" => slots.push(Slot::Null),
        b"fals" if bytes.get(at + 4) == Some(&b'e') => {
            slots.push(Slot::False);
            return Some(at + 5);
        }
        _ => return None,
    }
    Some(at + 4)
}

/// Reads a string from behind its opening quote.
#[inline]
fn string(text: &str, at: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let (end, plain) = plain_run(text.as_bytes(), at);
    if text.as_bytes().get(end) != Some(&b'"') {
        return escaped_string(text, at, slots);
    }
    push_text(at, end, if plain { Style::Plain } else { Style::Foreign }, slots)
}

/// Reads a string that has an escape, or a control character, or no end.
#[cold]
fn escaped_string(text: &str, at: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let mut scanner = Scanner::new(text.get(at - 1..)?);
    scanner.string().ok()?;
    push_text(at, at + scanner.position() - 2, Style::Escaped, slots)
}

#[inline]
fn push_text(start: usize, end: usize, style: Style, slots: &mut Vec<Slot>) -> Option<usize> {
    let (from, to) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    slots.push(Slot::Text { start: from, end: to, style });
    Some(end + 1)
}

/// Reads a number. Most are short, so that their digits, and a point between them, are found at once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "in an event of small objects every other value is a number")]
fn number(text: &str, start: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let Some(block) = text.as_bytes().get(start..).and_then(<[u8]>::first_chunk::<16>) else {
        return any_number(text, start, slots);
    };
    let sign = usize::from(block.first() == Some(&b'-'));
    let first = block.get(sign).copied().unwrap_or_default();
    let digits = digit_marks(block) >> sign;
    let whole = (!digits).trailing_zeros() as usize;
    let block_behind_sign = u128::from_le_bytes(*block) >> (8 * sign);
    let ends = |at: usize| matches!(block.get(sign + at), Some(b',' | b'}' | b']'));
    // A zero stands alone.
    if whole == 0 || first == b'0' && whole > 1 {
        return any_number(text, start, slots);
    }
    if ends(whole) {
        let value = match whole.checked_sub(8) {
            None | Some(0) => word(block_behind_sign, whole),
            Some(more) => word(block_behind_sign, 8) * POWERS.get(more)? + word(block_behind_sign >> 64, more),
        };
        push_integer(sign == 1, value, slots);
        return Some(start + sign + whole);
    }
    let places = (!digits >> (whole + 1)).trailing_zeros() as usize;
    let end = whole + 1 + places;
    if block.get(sign + whole) == Some(&b'.') && whole <= 7 && (1..=8).contains(&places) && ends(end) {
        let power = *POWERS.get(places)?;
        let mantissa = word(block_behind_sign, whole) * power + word(block_behind_sign >> (8 * (whole + 1)), places);
        let value = exact(mantissa) / exact(power);
        slots.push(Slot::Number(if sign == 1 { -value } else { value }));
        return Some(start + sign + end);
    }
    any_number(text, start, slots)
}

#[inline]
fn push_integer(negative: bool, value: u64, slots: &mut Vec<Slot>) {
    slots.push(match i32::try_from(value) {
        Ok(0) if negative => Slot::Number(-0.0),
        Ok(value) => Slot::Integer(if negative { -value } else { value }),
        Err(_) => Slot::Number(if negative { -exact(value) } else { exact(value) }),
    });
}

/// Reads any other number.
#[cold]
fn any_number(text: &str, start: usize, slots: &mut Vec<Slot>) -> Option<usize> {
    let mut scanner = Scanner::new(text.get(start..)?);
    let number = scanner.skip_value().ok()?;
    if number.len() > LONGEST_NUMBER {
        return None;
    }
    match number.parse::<i32>() {
        Ok(value) if value != 0 || number == "0" => slots.push(Slot::Integer(value)),
        _ => slots.push(Slot::Number(number.parse().ok()?)),
    }
    Some(start + number.len())
}

/// An integer of at most 15 digits, which a double holds exactly: dividing it by a power of ten that is one, too, rounds
/// once, as reading the decimal does. Signed, which is the faster conversion.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "it is exact")]
const fn exact(integer: u64) -> f64 {
    integer.cast_signed() as f64
}

/// Which bytes are digits: a bit for each.
#[inline]
fn digit_marks(block: &[u8; 16]) -> u32 {
    let values = u8x16::new(*block) - u8x16::splat(b'0');
    values.min(u8x16::splat(9)).simd_eq(values).to_bitmask()
}

/// The value of the first bytes, 1 to 8 digits: they are shifted so that zeros come before them.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the first eight")]
const fn word(bytes: u128, digits: usize) -> u64 {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    eight_digits((bytes as u64 ^ ZEROS) << (64 - 8 * digits))
}

/// The value of eight bytes from 0 to 9, the first of which is the lowest: pairs, then fours, then all of them.
/// See <https://johnnylee-sde.github.io/Fast-numeric-string-to-int/>.
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
            assert!(end.is_none_or(|end| end > 0 && end < text.len()), "{text}: {end:?}");
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
    fn a_number_without_end_is_left_alone() {
        let longest = format!("1.{}", "0".repeat(LONGEST_NUMBER - 2));
        assert_eq!(scalar(&longest, 0), Some((Slot::Number(1.0), LONGEST_NUMBER)));
        assert_eq!(scalar(&format!("{longest}0,"), 0), None);
    }

    #[test]
    fn texts_know_how_they_are_to_be_copied() {
        for (text, start, end, style) in [
            ("\"\"", 1, 1, Style::Plain),
            ("\"abcdefgh\"", 1, 9, Style::Plain),
            ("\"aé\"", 1, 4, Style::Foreign),
            ("\"a\\n\"", 1, 4, Style::Escaped),
            ("\"0123456é\"", 1, 10, Style::Foreign),
        ] {
            assert_eq!(scalar(text, 0), Some((Slot::Text { start, end, style }, text.len())), "{text}");
        }
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
