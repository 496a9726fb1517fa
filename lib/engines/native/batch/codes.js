'use strict';

/** The codes of the tape. `src/shape/codes.rs` has the same, and explains them. */

module.exports = {
  /** What comes next on the tape. Codes from 0 are shapes. */
  TEXT: -1,
  JSON_ITEMS: -2,
  DEFINE: -3,
  /** Values other than texts and numbers. Not frozen: V8 reads frozen arrays slowly. */
  CONSTANTS: [null, true, false],
  DOUBLE: -4,
  /** From here on values are integers, plus a bias. */
  SMALL: 2 ** 28,
  BIAS: 2 ** 28 + 2 ** 29,
  LIST: -5,
  /** From here down: objects with inline keys, as items, members and elements. */
  OBJECT: -6,
  DICTIONARY: -7,
  /** Stands in these instead of the number of a key. */
  CLOSE: -2,
  /** Runs of a list's elements. */
  SCALARS: -1,
  LISTS: -2,
  END: -3,
  /** From here on definitions are those of keys. */
  FIRST_KEY: 2 ** 20,
  /** The maximum of a batch. */
  MAX_INTEGERS: 48 << 10,
  MAX_DOUBLES: 32 << 10,
};
