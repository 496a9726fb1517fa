'use strict';

/**
 * Builds objects from JSON texts that come one at a time, where the engine knows their shape. What it knows is kept for the
 * whole environment, and so are the arrays it shares with this file.
 */

const { addon } = require('../addon.js');
const { Cursor } = require('./cursor.js');

/** The places at the beginning of the arrays that belong to whoever has a text decoded. */
const RESERVED_INTEGERS = 9;
const RESERVED_DOUBLES = 2;
/** A text with more values is for JSON.parse. Memory that nothing was written to takes no room. */
const MAX_INTEGERS = 128 << 10;
const MAX_DOUBLES = 64 << 10;

class Decoder {
  integers = new Int32Array(MAX_INTEGERS);
  doubles = new Float64Array(MAX_DOUBLES);
  /** What functions of the engine take. */
  handle = addon.createDecoder(this.integers, this.doubles);
  #cursor = new Cursor(this.integers, this.doubles);

  /**
   * The object that the arrays describe.
   *
   * @param {string} text its texts
   */
  build(text) {
    const cursor = this.#cursor;
    // The first integer says that a text begins, the next one is what the object begins with.
    cursor.integer = RESERVED_INTEGERS + 2;
    cursor.double = RESERVED_DOUBLES;
    cursor.text = text;
    const object = cursor.object(this.integers[RESERVED_INTEGERS + 1]);
    cursor.leave();
    return object;
  }

  /** @param {string} definitions a JSON array of shapes and keys: each a number and its definition */
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

module.exports = { sharedDecoder };
