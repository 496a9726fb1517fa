/**
 * Turns the description of a shape into the function that builds its objects from a batch.
 *
 * The function is generated: an object literal with constant keys, so that V8 gives all objects of
 * the shape one hidden class and fills them without a look-up. Its source contains nothing from
 * outside but keys, each as JSON.stringify writes it.
 *
 * The first few shapes get inlined code that reads its values itself, which V8 optimises best. With
 * many shapes, V8 would take long to compile so much code, and run it slowly until then. So the
 * other shapes share the code that reads values, and only the literal is generated for each. Where
 * code cannot be generated (`--disallow-code-generation-from-strings`), a loop over the keys takes
 * its place.
 *
 * A description is an array of keys, each followed by its kind: 0 a text, 1 a number, 2 a list, or
 * the description of an object. Texts and numbers are the usual kinds at their places; any scalar
 * may replace them.
 */

import { BIAS, CONSTANTS, DOUBLE, SMALL } from './codes.js';
import { list, PLAIN, scalar } from './values.js';

/** @import { Cursor } from './cursor.js' */

/** @typedef {(cursor: Cursor) => object} Builder */
/** @typedef {0 | 1 | 2} Value */
/** @typedef {(string | Value | Description)[]} Description */

const NUMBER = 1;
const LIST = 2;

/** The number of shapes that get inlined code. */
const MAX_INLINED = 4;

/** Builders by description, for all clients of this environment. @type {Map<string, Builder>} */
const known = new Map();
/** With more builders than this, all are forgotten here. Clients keep those that they use. */
const MAX_KNOWN = 1024;

/** @param {string} description JSON @returns {Builder} */
function builderOf(description) {
  let builder = known.get(description);
  if (builder === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    builder = generate(JSON.parse(description), known.size < MAX_INLINED);
    known.set(description, builder);
  }
  return builder;
}

/**
 * @param {Description} description
 * @param {boolean} isInlined whether its code reads the values itself
 * @returns {Builder}
 */
function generate(description, isInlined) {
  try {
    return isInlined ? alone(description) : shared(description);
  } catch {
    // Not only an EvalError: a realm with its own errors, or its own Function, may forbid it.
    return interpret(description);
  }
}

/** @param {Description} description @returns {Builder} */
function alone(description) {
  const source = `return (cursor) => {
    const { integers, doubles, text } = cursor;
    let { integer, double, character } = cursor;
    let code, elements;
    const object = ${literal(description, inlined)};
    cursor.integer = integer;
    cursor.double = double;
    cursor.character = character;
    return object;
  }`;
  return new Function('constants', 'list', source)(CONSTANTS, list);
}

/** @param {Description} description @returns {Builder} */
function shared(description) {
  /** The kinds of the values, in their order. @type {Value[]} */
  const kinds = [];
  const object = literal(description, (kind) => `values[first + ${kinds.push(kind) - 1}]`);
  const source = `return (cursor) => {
    const first = read(cursor, kinds);
    const { values } = cursor;
    return ${object};
  }`;
  return new Function('read', 'kinds', source)(read, kinds);
}

/**
 * Reads the values of an object; returns where they begin in `cursor.values`.
 *
 * @param {Cursor} cursor
 * @param {Value[]} kinds
 */
function read(cursor, kinds) {
  const { values, top } = cursor;
  cursor.top += kinds.length;
  for (let at = 0; at < kinds.length; at += 1) values[top + at] = kinds[at] === LIST ? list(cursor) : scalar(cursor);
  cursor.top = top;
  return top;
}

/**
 * @param {Description} description
 * @param {(value: Value) => string} expression the source of a value
 * @returns {string}
 */
function literal(description, expression) {
  const members = [];
  for (let at = 0; at < description.length; at += 2) {
    const value = /** @type {Value | Description} */ (description[at + 1]);
    const source = Array.isArray(value) ? literal(value, expression) : expression(value);
    members.push(`${JSON.stringify(description[at])}: ${source}`);
  }
  return `{ ${members.join(', ')} }`;
}

/** @param {Value} value */
function inlined(value) {
  if (value === LIST)
    return (
      '(cursor.integer = integer, cursor.double = double, cursor.character = character, elements = list(cursor), ' +
      'integer = cursor.integer, double = cursor.double, character = cursor.character, elements)'
    );
  const text = 'text.slice(character, character = code)';
  const small = `code - ${BIAS}`;
  const rest = `code === ${DOUBLE} ? doubles[double++]`;
  const constant = 'constants[~code]';
  if (value === NUMBER)
    return `(code = integers[integer++]) >= ${SMALL} ? ${small} : ${rest} : code >= 0 ? ${text} : ${constant}`;
  return `(code = integers[integer++]) >= 0 ? code < ${SMALL} ? ${text} : ${small} : ${rest} : ${constant}`;
}

/** The same as a generated function. @param {Description} description @returns {Builder} */
function interpret(description) {
  /** @type {string[]} */
  const keys = [];
  /**
   * Whether every object has a member of that name: an assignment could call a setter, or fail.
   *
   * @type {boolean[]}
   */
  const inherited = [];
  /** @type {((cursor: Cursor) => unknown)[]} */
  const values = [];
  for (let at = 0; at < description.length; at += 2) {
    const value = description[at + 1];
    const key = String(description[at]);
    keys.push(key);
    inherited.push(key in Object.prototype);
    values.push(Array.isArray(value) ? interpret(value) : value === LIST ? list : scalar);
  }
  return (cursor) => {
    /** @type {Record<string, unknown>} */
    const object = {};
    for (let at = 0; at < keys.length; at += 1) {
      const value = values[at](cursor);
      if (inherited[at]) Object.defineProperty(object, keys[at], { ...PLAIN, value });
      else object[keys[at]] = value;
    }
    return object;
  };
}

export { builderOf, generate, interpret };
