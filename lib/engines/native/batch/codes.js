'use strict';

/** The numbers of a batch's stream; `src/shape/codes.rs` has the same, and says what they mean. */

module.exports = {
  /** What comes next. Numbers from 0 are shapes. */
  TEXT: -1,
  JSON_ITEMS: -2,
  DEFINE: -3,
  /** Values that are no text and no integer. Not frozen: V8 is slow to read from frozen arrays. */
  CONSTANTS: [null, true, false],
  DOUBLE: -4,
  /** From here on values are integers, to which so much was added. */
  SMALL: 2 ** 28,
  BIAS: 2 ** 28 + 2 ** 29,
  LIST: -5,
  /** From here down: objects that are spelt out, in items, members and lists. */
  OBJECT: -6,
  DICTIONARY: -7,
  /** In these instead of the number of a key. */
  CLOSE: -2,
  /** Runs of a list's elements. */
  SCALARS: -1,
  LISTS: -2,
  END: -3,
  /** Definitions with numbers from here on are of keys. */
  FIRST_KEY: 2 ** 20,
  /** The most a batch has of either. */
  MAX_INTEGERS: 48 << 10,
  MAX_DOUBLES: 32 << 10,
};
