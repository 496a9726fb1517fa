'use strict';

/**
 * Takes batches from an engine and gives their items one by one. It may be left and taken up again within a batch.
 *
 * The arrays a batch's numbers are copied into belong to the environment, not to a client, and are used again and again. A
 * reader has them from a batch's beginning to its end.
 */

const { Cursor } = require('./cursor.js');
const { DEFINE, JSON_ITEMS, MOST_DOUBLES, MOST_INTEGERS, OBJECT, TEXT } = require('./codes.js');

/** @import { Engine, Item } from '../abi.js' */

/** @typedef {{ integers: Int32Array, doubles: Float64Array }} Arrays */

/** Arrays that no reader has. Two are needed only while a batch is left in the middle. @type {Arrays[]} */
const free = [];
/** How many are kept: they are half a megabyte each. */
const MOST_FREE = 4;
const NONE = { integers: new Int32Array(0), doubles: new Float64Array(0) };

class Reader {
  #engine;
  /** @type {Arrays} */
  #arrays = NONE;
  /** @type {string[]} */
  #strings = [];
  #string = 0;
  #end = 0;
  /** Items that came as JSON. @type {Item[]} */
  #items = [];
  #item = 0;
  #cursor = new Cursor(NONE.integers, NONE.doubles);

  /** @param {Engine} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /** Takes the next batch; false when there is none. */
  fill() {
    this.#arrays = free.pop() ?? {
      integers: new Int32Array(MOST_INTEGERS),
      doubles: new Float64Array(MOST_DOUBLES),
    };
    this.#end = this.#engine.drain(this.#arrays.integers, this.#arrays.doubles, this.#strings);
    Object.assign(this.#cursor, this.#arrays, { integer: 1, double: 0 });
    if (this.#end > 0) return true;
    this.release();
    return false;
  }

  /** Whether events of this batch may not be wanted any more. */
  get isToBeChecked() {
    return this.#cursor.integers[0] === 1;
  }

  /**
   * The next item of the batch, or undefined when it has no more. Throws when an item could not be read; the next one can.
   *
   * @returns {Item | undefined}
   */
  next() {
    if (this.#item < this.#items.length) return this.#items[this.#item++];
    const cursor = this.#cursor;
    while (cursor.integer < this.#end) {
      const code = cursor.integers[cursor.integer++];
      if (code >= 0 || code <= OBJECT) return /** @type {Item} */ (cursor.object(code));
      const string = this.#strings[this.#string++];
      if (code === TEXT) {
        cursor.text = string;
        cursor.character = 0;
      } else if (code === DEFINE) {
        cursor.define(cursor.integers[cursor.integer++], string);
      } else if (code === JSON_ITEMS) {
        this.#items = JSON.parse(string);
        this.#item = 1;
        return this.#items[0];
      }
    }
    this.release();
    return undefined;
  }

  /** Gives back what it had of a batch. */
  release() {
    if (this.#arrays === NONE) return;
    if (free.length < MOST_FREE) free.push(this.#arrays);
    this.#arrays = NONE;
    Object.assign(this.#cursor, NONE).leave();
    this.#strings.length = 0;
    this.#string = 0;
    this.#items = [];
    this.#item = 0;
    this.#end = 0;
  }
}

exports.Reader = Reader;
