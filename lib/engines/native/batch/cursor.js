import { builderOf } from './builder.js';
import { FIRST_KEY } from './codes.js';
import { object } from './values.js';

/** @import { Builder } from './builder.js' */

/** A position in a batch, and what is needed to continue from there. */
class Cursor {
  /** The positions of the next integer and the next double. */
  integer = 0;
  double = 0;
  /** The string that holds the texts, and the position of the next one. */
  text = '';
  character = 0;
  /**
   * Values of the unfinished objects: those of an element above those of the object around it.
   *
   * @type {unknown[]}
   */
  values = [];
  top = 0;
  /** By shape. @type {Builder[]} */
  builders = [];
  /** By number. @type {string[]} */
  keys = [];

  /** @param {Int32Array} integers @param {Float64Array} doubles */
  constructor(integers, doubles) {
    this.integers = integers;
    this.doubles = doubles;
  }

  /** Defines a shape or a key. @param {number} number @param {string} definition JSON */
  define(number, definition) {
    if (number >= FIRST_KEY) this.keys[number - FIRST_KEY] = JSON.parse(definition);
    else this.builders[number] = builderOf(definition);
  }

  /**
   * Reads the next object, which begins with this code.
   *
   * @param {number} code
   */
  object(code) {
    return code >= 0 ? this.builders[code](this) : object(this, code);
  }

  /** Releases the texts and values that were read. */
  leave() {
    this.text = '';
    this.character = 0;
    if (this.values.length > 0) this.values.fill(undefined);
  }
}

export { Cursor };
