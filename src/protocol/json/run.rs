//! Runs of plain bytes in a JSON string: up to its end, an escape, or an invalid character.
//!
//! Most bytes of an event are in strings, so runs are read 16 bytes at a time. The last block of a
//! text overlaps the previous one, so that only a text shorter than a block is read byte by byte.

use wide::u8x16;

/// Number of bytes per block.
const BLOCK: usize = 16;

/// The end of the run that starts at `at`, and whether the run is all ASCII. A run ends at a quote,
/// a backslash, a control character or the end of the text.
#[inline]
#[must_use]
pub fn plain_run(bytes: &[u8], at: usize) -> (usize, bool) {
    let mut non_ascii = 0;
    let mut place = at;
    while let Some(block) = bytes.get(place..).and_then(<[u8]>::first_chunk) {
        let (special, high) = marks(block);
        if special != 0 {
            let before = (special & special.wrapping_neg()) - 1;
            return (place + special.trailing_zeros() as usize, (non_ascii | high & before) == 0);
        }
        non_ascii |= high;
        place += BLOCK;
    }
    last_run(bytes, place, non_ascii == 0)
}

/// The length of a string that ends within the block, and whether the string is all ASCII. `None`:
/// another byte ends the run, or the run is longer than the block.
#[inline]
#[must_use]
pub fn short_run(block: &[u8; BLOCK]) -> Option<(usize, bool)> {
    let (special, high) = marks(block);
    let length = special.trailing_zeros() as usize;
    let before = (special & special.wrapping_neg()).wrapping_sub(1);
    (block.get(length) == Some(&b'"')).then_some((length, high & before == 0))
}

/// The last part of [`plain_run`], where less than a block is left.
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

/// Two bit sets: the bytes that end a run, and the bytes that are not ASCII.
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

    /// Every byte value at every place of texts that are shorter than a block, up to longer than
    /// two blocks.
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
    fn a_short_run_ends_with_a_quote_within_the_block() {
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
    fn ignores_bytes_after_the_end_of_the_run() {
        for text in ["0123456789\"é", "0123\"é89", "\"é", "0123456789abcdef0123\"é"] {
            assert_eq!(plain_run(text.as_bytes(), 0), (text.find('"').unwrap(), true), "{text}");
        }
    }
}
