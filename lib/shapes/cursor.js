'use strict';

/** @import { Builder } from './builder.js' */

/** A place in a batch, and what is needed to read on from there. */
class Cursor {
  /** The next of the integers, and of the doubles. */
  integer = 0;
  double = 0;
  /** From which texts are cut, and where the next one begins. */
  text = '';
  character = 0;
  /** Values of the objects that are being built, those of an element above those of the object it is in. @type {unknown[]} */
  values = [];
  top = 0;
  /** By shape. @type {Builder[]} */
  builders = [];

  /** @param {Int32Array} integers @param {Float64Array} doubles */
  constructor(integers, doubles) {
    this.integers = integers;
    this.doubles = doubles;
  }

  /** Keeps none of the texts and values that it went over. */
  leave() {
    this.text = '';
    this.character = 0;
    if (this.values.length > 0) this.values.fill(undefined);
  }
}

exports.Cursor = Cursor;
