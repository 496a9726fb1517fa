//! The integers of a batch's stream: the only place in Rust where they are written.
//!
//! The reader in JavaScript has the same numbers in its `codes.js`; `tests/shape/codes.rs` compares
//! the two files. What a code means depends on where it stands, so numbers occur more than once.

/// An item: from here on, texts are cut from the next string.
pub const TEXT: i32 = -1;
/// An item: the next string is a JSON array of items.
pub const JSON_ITEMS: i32 = -2;
/// An item: a number follows, and the next string defines the shape or the key of this number.
pub const DEFINE: i32 = -3;

/// A value: `null`.
pub const NULL: i32 = -1;
/// A value: `true`.
pub const TRUE: i32 = -2;
/// A value: `false`.
pub const FALSE: i32 = -3;
/// A value: the next one of the doubles.
pub const DOUBLE: i32 = -4;
/// Values from here on are integers. Values from 0 are the ends of texts, and a frame is far
/// shorter than this.
pub const SMALL: i32 = 1 << 28;
/// Integers from `-MAX_SMALL` to `MAX_SMALL - 1` are part of the stream. Others are doubles.
pub const MAX_SMALL: i32 = 1 << 29;
/// Added to an integer in the stream.
pub const BIAS: i32 = SMALL + MAX_SMALL;

/// A run of a list's elements: values.
pub const SCALARS: i32 = -1;
/// A run of a list's elements: lists.
pub const LISTS: i32 = -2;
/// A run of a list's elements: objects with inline keys.
pub const INLINE: i32 = -4;
/// The end of a list.
pub const END: i32 = -3;

/// A member of an object with inline keys: a list.
pub const LIST: i32 = -5;
/// An object with inline keys.
pub const OBJECT: i32 = -6;
/// An object with inline keys that V8 should keep as a hash table.
pub const DICTIONARY: i32 = -7;
/// Instead of a key's number: the key follows as a text.
pub const NEW_KEY: i32 = -1;
/// Instead of a key's number: the object ends.
pub const CLOSE: i32 = -2;

/// Definitions with numbers from here on are keys. Those below are shapes.
pub const FIRST_KEY: u32 = 1 << 20;

/// The room for the integers of a batch.
pub const MAX_INTEGERS: usize = 48 << 10;
/// The room for the doubles of a batch.
pub const MAX_DOUBLES: usize = 32 << 10;
