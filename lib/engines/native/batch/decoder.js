/**
 * Builds objects from single JSON texts whose shape the addon knows. The known shapes belong to the
 * whole environment, and so do the arrays that the addon shares with this file.
 */

import { addon } from '../addon.js';
import { Cursor } from './cursor.js';

/** The registers at the beginning of the arrays belong to the caller of the addon. */
const RESERVED_INTEGERS = 9;
const RESERVED_DOUBLES = 2;
/** Texts with more values go to JSON.parse. Untouched memory takes no space. */
const MAX_INTEGERS = 128 << 10;
const MAX_DOUBLES = 64 << 10;

class Decoder {
  integers = new Int32Array(MAX_INTEGERS);
  doubles = new Float64Array(MAX_DOUBLES);
  /** For functions of the addon. */
  handle = addon().createDecoder(this.integers, this.doubles);
  #cursor = new Cursor(this.integers, this.doubles);

  /**
   * The object that the arrays describe.
   *
   * @param {string} text holds its texts
   */
  build(text) {
    const cursor = this.#cursor;
    // The first integer says that a text begins, the second one begins the object.
    cursor.integer = RESERVED_INTEGERS + 2;
    cursor.double = RESERVED_DOUBLES;
    cursor.text = text;
    const object = cursor.object(this.integers[RESERVED_INTEGERS + 1]);
    cursor.leave();
    return object;
  }

  /**
   * @param {string} definitions a JSON array of shapes and keys: each a number and its definition
   */
  define(definitions) {
    for (const [number, definition] of JSON.parse(definitions)) this.#cursor.define(number, definition);
  }
}

/** @type {Decoder | undefined} */
let decoder;

/** The decoder of this environment. */
function sharedDecoder() {
  decoder ??= new Decoder();
  return decoder;
}

export { sharedDecoder };
