//! Runs of plain bytes: what a JSON string holds up to its end, an escape, or what must not be in it.
//!
//! Nearly all bytes of an event are in its strings, so this is where its text is read, sixteen bytes at a time. The last block
//! of a text overlaps the one before: no byte is looked at by itself unless the whole text is shorter than a block.

use wide::u8x16;

/// How many bytes are looked at together.
const BLOCK: usize = 16;

/// Where the run that starts at `at` ends: the first byte that is a quote, a backslash or a control character, or the end of
/// the text. And whether all of the run is ASCII.
#[inline]
#[must_use]
pub fn plain_run(bytes: &[u8], at: usize) -> (usize, bool) {
    let mut foreign = 0;
    let mut place = at;
    while let Some(block) = bytes.get(place..).and_then(<[u8]>::first_chunk) {
        let (special, high) = marks(block);
        if special != 0 {
            let before = (special & special.wrapping_neg()) - 1;
            return (place + special.trailing_zeros() as usize, (foreign | high & before) == 0);
        }
        foreign |= high;
        place += BLOCK;
    }
    last_run(bytes, place, foreign == 0)
}

/// How many bytes a string has before the quote that ends it, and whether all of them are ASCII. `None`: that quote is not in the
/// block, or something that [`plain_run`] stops at is before it.
#[inline]
#[must_use]
pub fn short_run(block: &[u8; BLOCK]) -> Option<(usize, bool)> {
    let (special, high) = marks(block);
    let length = special.trailing_zeros() as usize;
    let before = (special & special.wrapping_neg()).wrapping_sub(1);
    (block.get(length) == Some(&b'"')).then_some((length, high & before == 0))
}

/// The end of [`plain_run`], where less than a block is left.
#[inline]
fn last_run(bytes: &[u8], at: usize, plain: bool) -> (usize, bool) {
    let Some(block) = bytes.last_chunk() else { return shortest_run(bytes, at, plain) };
    let left = bytes.len().saturating_sub(at);
    let (special, high) = marks(block);
    let (special, high) = (special >> (BLOCK - left), high >> (BLOCK - left));
    if special == 0 {
        return (bytes.len(), plain && high == 0);
    }
    let before = (special & special.wrapping_neg()) - 1;
    (at + special.trailing_zeros() as usize, plain && high & before == 0)
}

#[cold]
fn shortest_run(bytes: &[u8], at: usize, plain: bool) -> (usize, bool) {
    let tail = bytes.get(at..).unwrap_or_default();
    let length = tail.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
    (at + length, plain && tail.iter().take(length).all(u8::is_ascii))
}

/// Which bytes end a run, and which are not ASCII: a bit for each.
#[inline]
fn marks(block: &[u8; BLOCK]) -> (u32, u32) {
    let block = u8x16::new(*block);
    let control = block.min(u8x16::splat(0x1f)).simd_eq(block);
    let special = control | block.simd_eq(u8x16::splat(b'"')) | block.simd_eq(u8x16::splat(b'\\'));
    (special.to_bitmask(), block.to_bitmask())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte value at every place of texts that are shorter than a block, and longer than two.
    #[test]
    fn finds_the_end_of_a_run() {
        for length in [1, 7, 8, 9, 15, 16, 17, 40] {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    for start in [0, place, length / 2] {
                        let mut bytes = vec![b'x'; length];
                        bytes[place] = byte;
                        let hit = place >= start && matches!(byte, b'"' | b'\\' | 0..=0x1f);
                        let end = if hit { place } else { length };
                        let plain = byte.is_ascii() || place < start;
                        assert_eq!(
                            plain_run(&bytes, start),
                            (end, plain),
                            "{byte:#x} at {place} of {length} from {start}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_short_run_is_one_that_a_quote_ends_within_a_block() {
        for (text, expected) in [
            ("\"no matter what", Some((0, true))),
            ("0123456789abcde\"", Some((15, true))),
            ("é23456\"é9abcde", Some((7, false))),
            ("012345\"é9abcde", Some((6, true))),
            ("0123456789abcdef", None),
            ("01234\\\"89abcdef", None),
            ("01234\n\"89abcdef", None),
        ] {
            let block = format!("{text}\0\0").into_bytes();
            assert_eq!(short_run(block.first_chunk().unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_behind_the_end_does_not_count() {
        for text in ["0123456789\"é", "0123\"é89", "\"é", "0123456789abcdef0123\"é"] {
            assert_eq!(plain_run(text.as_bytes(), 0), (text.find('"').unwrap(), true), "{text}");
        }
    }
}
