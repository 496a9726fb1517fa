/** The codes of the tape. `src/shape/codes.rs` has the same, and explains them. */

/** What comes next on the tape. Codes from 0 are shapes. */
export const TEXT = -1;
export const JSON_ITEMS = -2;
export const DEFINE = -3;
/** Values other than texts and numbers. Not frozen: V8 reads frozen arrays slowly. */
export const CONSTANTS = [null, true, false];
export const DOUBLE = -4;
/** From here on values are integers, plus a bias. */
export const SMALL = 2 ** 28;
export const BIAS = 2 ** 28 + 2 ** 29;
export const LIST = -5;
/** From here down: objects with inline keys, as items, members and elements. */
export const OBJECT = -6;
export const DICTIONARY = -7;
/** Stands in these instead of the number of a key. */
export const CLOSE = -2;
/** Runs of a list's elements. */
export const SCALARS = -1;
export const LISTS = -2;
export const END = -3;
/** From here on definitions are those of keys. */
export const FIRST_KEY = 2 ** 20;
/** The maximum of a batch. */
export const MAX_INTEGERS = 48 << 10;
export const MAX_DOUBLES = 32 << 10;
