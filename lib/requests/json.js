/**
 * Encodes a value as JSON, or throws an error that names the path of what is not JSON. Values that
 * JSON.stringify would silently change (NaN to null, a Map to {}, a function to nothing) are
 * refused: the receiver gets what was sent. As in JSON, undefined members are left out and toJSON
 * is honoured.
 *
 * One walk checks the value; then JSON.stringify writes it, which is several times faster than any
 * writer in JavaScript. It escapes lone surrogates, and treats `__proto__` as an ordinary key.
 */

import { describeType, RealtimeError } from '../errors/errors.js';

/** Receivers have a limit, too: serde_json stops at 128 by default, others at their stack. */
const MAX_DEPTH = 512;

/**
 * @param {unknown} value
 * @param {string} path the argument to name in an error, e.g. `data`
 * @returns {string}
 */
function encode(value, path) {
  if (!isPlainJson(value)) check(value, { path, keys: [], parents: [] });
  return JSON.stringify(value);
}

/**
 * Whether a value is JSON of plain objects and arrays. Nearly every value is: it needs no walk that
 * could name the place of anything else.
 *
 * @param {unknown} value
 * @param {number} [depth]
 * @returns {boolean}
 */
function isPlainJson(value, depth = 0) {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === MAX_DEPTH) return false;
  if (typeof (/** @type {{ toJSON?: unknown }} */ (value).toJSON) === 'function') return false;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!isPlainJson(value[at], depth + 1)) return false;
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key of Object.keys(value)) {
    const member = /** @type {Record<string, unknown>} */ (value)[key];
    if (member !== undefined && !isPlainJson(member, depth + 1)) return false;
  }
  return true;
}

/**
 * The position of the walk: the keys that lead there, and the objects on the way.
 *
 * @typedef {{ path: string, keys: (string | number)[], parents: object[] }} Place
 */

/**
 * @param {unknown} given
 * @param {Place} place
 * @param {boolean} [optional] whether undefined leaves the member out
 */
function check(given, place, optional = false) {
  const value = typeof given === 'object' && given !== null ? resolve(given, place) : given;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (value === undefined && optional) return;
  if (typeof value !== 'object') throw refusal(place, value);
  const { keys, parents } = place;
  if (parents.length === MAX_DEPTH) throw tooDeep(place, value);
  parents.push(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      keys.push(index);
      check(value[index], place);
      keys.pop();
    }
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      keys.push(key);
      check(/** @type {Record<string, unknown>} */ (value)[key], place, true);
      keys.pop();
    }
  } else {
    throw refusal(place, value);
  }
  parents.pop();
}

/**
 * What JSON writes in place of an object. Buffers have a toJSON, too, but bytes are not JSON.
 *
 * @param {object} value
 * @param {Place} place
 * @returns {unknown}
 */
function resolve(value, { keys }) {
  const { toJSON } = /** @type {{ toJSON?: unknown }} */ (value);
  return typeof toJSON === 'function' && !ArrayBuffer.isView(value)
    ? toJSON.call(value, String(keys.at(-1) ?? ''))
    : value;
}

/**
 * Whether an object consists of its members: not a Map, a RegExp, a Promise, a boxed number.
 *
 * @param {object} value
 */
function isRecord(value) {
  const prototype = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype || prototype === null || Object.prototype.toString.call(value) === '[object Object]'
  );
}

/** @param {Place} place @param {unknown} value */
function refusal(place, value) {
  const got = typeof value === 'number' ? String(value) : describeType(value);
  return new RealtimeError('INVALID_ARGUMENT', `${show(place)}: expected a JSON value, got ${got}`);
}

/**
 * The error for a value that contains itself, or is too deep.
 *
 * @param {Place} place
 * @param {object} value
 */
function tooDeep({ path, keys, parents }, value) {
  const objects = [...parents, value];
  const repeat = objects.findIndex((object, index) => objects.indexOf(object) < index);
  if (repeat < 0)
    return new RealtimeError('INVALID_ARGUMENT', `${path}: expected at most ${MAX_DEPTH} levels of objects and arrays`);
  const first = show({
    path: path.replace(/^.*: /, ''),
    keys: keys.slice(0, objects.indexOf(objects[repeat])),
    parents,
  });
  const again = show({ path, keys: keys.slice(0, repeat), parents });
  return new RealtimeError('INVALID_ARGUMENT', `${again}: expected a JSON value, got a reference back to ${first}`);
}

/** `data.list[3]['odd key']`, cut before it becomes unreadable. @param {Place} place */
function show({ path, keys }) {
  const steps = keys.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  const text = path + steps.join('');
  return text.length > 200 ? `${text.slice(0, 120)}...${text.slice(-60)}` : text;
}

export { encode, isPlainJson };
