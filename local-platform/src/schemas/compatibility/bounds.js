/** Compares bounds: of numbers, texts, and how many members or items there are. Pure. */

import { leastOf, lengthOf, matches, mostOf, rangeOf } from './members.js';

/** @import { Case } from './cases.js' */

/**
 * @param {Case} one
 * @param {Record<string, any>} next
 * @param {[least: string, most: string]} keywords
 * @param {string} what
 * @param {number} atLeast what is known otherwise
 * @param {number} atMost
 * @returns {string[]} reasons
 */
export function proveCount(one, next, [least, most], what, atLeast, atMost) {
  const from = Math.max(leastOf(one, least), atLeast);
  const to = Math.min(mostOf(one, most), atMost);
  const reasons = [];
  if ((next[least] ?? 0) > from) reasons.push(`${least} rose from ${from} to ${next[least]} ${what}`);
  if (next[most] < to) reasons.push(`${change(most, 'fell', to, next[most])} ${what}`);
  return reasons;
}

/** @param {Case} one @param {Record<string, any>} next @returns {string[]} reasons */
export function proveText(one, next) {
  const text = one.value?.json;
  const length = typeof text === 'string' ? lengthOf(text) : undefined;
  const reasons = proveCount(
    one,
    next,
    ['minLength', 'maxLength'],
    'characters',
    length ?? 0,
    length ?? Number.POSITIVE_INFINITY,
  );
  const { pattern } = next;
  if (pattern === undefined || one.schemas.some((schema) => schema.pattern === pattern)) return reasons;
  if (typeof text === 'string' && matches(pattern, text)) return reasons;
  return [...reasons, 'pattern is new or changed, which cannot be compared'];
}

/** @param {Case} one @param {Record<string, any>} next @returns {string[]} reasons */
export function proveNumber(one, next) {
  const { from, isFromOut, to, isToOut } = rangeOf(one);
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = next;
  const reasons = [];
  if (minimum > from) reasons.push(change('minimum', 'rose', from, minimum));
  if (exclusiveMinimum > from || (exclusiveMinimum === from && !isFromOut)) {
    reasons.push(change('exclusiveMinimum', 'rose', from, exclusiveMinimum));
  }
  if (maximum < to) reasons.push(change('maximum', 'fell', to, maximum));
  if (exclusiveMaximum < to || (exclusiveMaximum === to && !isToOut)) {
    reasons.push(change('exclusiveMaximum', 'fell', to, exclusiveMaximum));
  }
  if (multipleOf !== undefined && !isMultiple(one, multipleOf))
    reasons.push(`not every number was a multiple of ${multipleOf}`);
  return reasons;
}

/** @param {Case} one @param {number} of */
function isMultiple({ value, schemas }, of) {
  if (typeof value?.json === 'number') return Number.isInteger(value.json / of);
  // Fractions have no exact multiples.
  const isWholeMultiple = (/** @type {number} */ old) =>
    Number.isSafeInteger(old) && Number.isSafeInteger(of) && old % of === 0;
  return schemas.some(
    ({ multipleOf }) => multipleOf !== undefined && (multipleOf === of || isWholeMultiple(multipleOf)),
  );
}

/** @param {string} keyword @param {string} verb @param {number} before @param {number} after */
const change = (keyword, verb, before, after) =>
  Number.isFinite(before) ? `${keyword} ${verb} from ${before} to ${after}` : `${keyword} is new: ${after}`;
