/** Reads the values on the tape one by one: scalars, lists, and objects with inline keys. */

import { BIAS, CLOSE, CONSTANTS, DICTIONARY, DOUBLE, END, LIST, LISTS, SCALARS, SMALL } from './codes.js';

/** @import { Cursor } from './cursor.js' */

/** The attributes of a property of a literal. */
const PLAIN = { configurable: true, enumerable: true, writable: true };
const { prototype } = Object;

/** @param {Cursor} cursor */
function scalar(cursor) {
  const code = cursor.integers[cursor.integer++];
  if (code >= SMALL) return code - BIAS;
  if (code >= 0) {
    const start = cursor.character;
    cursor.character = code;
    return cursor.text.slice(start, code);
  }
  return code === DOUBLE ? cursor.doubles[cursor.double++] : CONSTANTS[~code];
}

/** @param {Cursor} cursor @returns {unknown[]} */
function list(cursor) {
  const elements = [];
  const { integers, builders } = cursor;
  for (;;) {
    const kind = integers[cursor.integer++];
    if (kind === END) return elements;
    /** @type {(cursor: Cursor) => unknown} */
    const read = kind >= 0 ? builders[kind] : kind === SCALARS ? scalar : kind === LISTS ? list : inline;
    for (let count = integers[cursor.integer++]; count > 0; count -= 1) elements.push(read(cursor));
  }
}

/** @param {Cursor} cursor */
function inline(cursor) {
  return object(cursor, cursor.integers[cursor.integer++]);
}

/**
 * Reads an object with inline keys. An object with unknown keys is a dictionary from the start:
 * otherwise V8 would make a hidden class for each of its members, which no other object would have.
 *
 * @param {Cursor} cursor
 * @param {number} code with which it begins
 */
function object(cursor, code) {
  const { integers, keys } = cursor;
  /** @type {Record<string, unknown>} */
  const result = code === DICTIONARY ? dictionary() : {};
  for (;;) {
    const number = integers[cursor.integer++];
    if (number === CLOSE) return result;
    const key = number >= 0 ? keys[number] : /** @type {string} */ (scalar(cursor));
    const kind = integers[cursor.integer];
    let value;
    if (kind > LIST) {
      value = scalar(cursor);
    } else {
      cursor.integer += 1;
      value = kind === LIST ? list(cursor) : object(cursor, kind);
    }
    // Every object has a member of that name: an assignment could call a setter, or fail.
    if (key in prototype) Object.defineProperty(result, key, { ...PLAIN, value });
    else result[key] = value;
  }
}

/** An empty object that V8 keeps as a table, since a property other than the latest was deleted. */
function dictionary() {
  /** @type {{ first?: number, latest?: number }} */
  const empty = { first: 0, latest: 0 };
  delete empty.first;
  delete empty.latest;
  return empty;
}

export { list, object, PLAIN, scalar };
