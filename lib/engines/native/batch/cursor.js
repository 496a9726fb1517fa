'use strict';

const { builderOf } = require('./builder.js');
const { FIRST_KEY } = require('./codes.js');
const { object } = require('./values.js');

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
  /** By number. @type {string[]} */
  keys = [];

  /** @param {Int32Array} integers @param {Float64Array} doubles */
  constructor(integers, doubles) {
    this.integers = integers;
    this.doubles = doubles;
  }

  /** Takes note of what a shape or a key is. @param {number} number @param {string} definition JSON */
  define(number, definition) {
    if (number >= FIRST_KEY) this.keys[number - FIRST_KEY] = JSON.parse(definition);
    else this.builders[number] = builderOf(definition);
  }

  /**
   * The next object, which begins with this code.
   *
   * @param {number} code
   */
  object(code) {
    return code >= 0 ? this.builders[code](this) : object(this, code);
  }

  /** Keeps none of the texts and values that it went over. */
  leave() {
    this.text = '';
    this.character = 0;
    if (this.values.length > 0) this.values.fill(undefined);
  }
}

exports.Cursor = Cursor;
