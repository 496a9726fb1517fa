/**
 * Filters: every key must match the payload. A key is looked up as it is first, then as a dotted
 * path. Values are compared without conversion, so `12` never matches `'12'`.
 */

import { invalid } from '../error.js';
import { isNameIn, isObject } from '../json.js';
import { LIMITS } from '../vocabulary.js';

/** @typedef {(payload: Record<string, unknown>) => boolean} Matches */
/** @typedef {(value: unknown) => boolean} Test */

/** @type {Record<string, (operand: unknown, key: string) => Test>} */
const OPERATORS = {
  eq: (operand, key) => {
    if (!isScalar(operand)) throw invalid(`filter.${key}.eq: expected a string, number, boolean or null.`);
    return (value) => value === operand;
  },
  in: (operand, key) => {
    if (!Array.isArray(operand) || !operand.every(isScalar)) {
      throw invalid(`filter.${key}.in: expected an array of strings, numbers, booleans or null.`);
    }
    const allowed = new Set(operand);
    return (value) => allowed.has(value);
  },
};

/**
 * @param {unknown} filter as the subscriber sent it; `undefined` and `null` match everything
 * @returns {Matches}
 * @throws {PlatformError} naming the key with an invalid condition
 */
export function compileFilter(filter) {
  if (filter === undefined || filter === null) return () => true;
  if (!isObject(filter)) throw invalid('filter: expected an object of payload keys and conditions.');
  const conditions = Object.entries(filter).map(([key, condition]) => ({
    key,
    test: compileCondition(key, condition),
  }));
  // The conditions are valid, so the filter is shallow enough for JSON.stringify.
  if (JSON.stringify(filter).length > LIMITS.filterLength) {
    throw invalid(`filter: longer than ${LIMITS.filterLength} characters of JSON.`);
  }
  return (payload) => conditions.every(({ key, test }) => test(lookUp(payload, key)));
}

/** @param {string} key @param {unknown} condition @returns {Test} */
function compileCondition(key, condition) {
  if (isScalar(condition)) return OPERATORS.eq(condition, key);
  const operators = isObject(condition) ? Object.entries(condition) : [];
  if (operators.length === 0) throw invalid(`filter.${key}: expected a scalar, { eq } or { in }.`);
  const tests = operators.map(([name, operand]) => {
    if (!isNameIn(OPERATORS, name)) {
      throw invalid(`filter.${key}: unknown operator '${name}'; known are ${Object.keys(OPERATORS).join(', ')}.`);
    }
    return OPERATORS[name](operand, key);
  });
  return (value) => tests.every((test) => test(value));
}

/** @param {Record<string, unknown>} payload @param {string} key */
function lookUp(payload, key) {
  if (Object.hasOwn(payload, key)) return payload[key];
  /** @type {unknown} */
  let value = payload;
  for (const step of key.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    value = /** @type {Record<string, unknown>} */ (value)[step];
  }
  return value;
}

/** @param {unknown} value */
const isScalar = (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value);
