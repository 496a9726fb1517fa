/** The option `compression`. */

import { optional, parseBag } from '../schema.js';
import * as values from '../values.js';

/** @import { EngineConfig } from '../../engines/engine.js' */

const COMPRESSION = {
  threshold: optional(values.nonNegativeInteger, 1024),
  maxWindowBits: optional(parseWindowBits, 15),
};

/** @param {unknown} value @param {string} path @returns {EngineConfig['compression']} */
function parseCompression(value = false, path) {
  if (value === false) return undefined;
  const given = value === true ? {} : value;
  return parseBag(given, path, COMPRESSION, 'true or false, or an object with threshold and maxWindowBits');
}

/**
 * The library that compresses has no window of 8 bits, which RFC 7692 allows.
 *
 * @param {unknown} value
 * @param {string} path
 */
function parseWindowBits(value, path) {
  return values.integerWithin(value, path, 9, 15);
}

export { parseCompression };
