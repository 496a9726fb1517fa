/** Whether no value of a case is accepted by a schema. A no means only that it is not known. */

import { canonical, textsOf } from '../canonical.js';
import { hasKeywords } from '../keywords.js';
import { casesOf } from './cases.js';
import { leastOf, lengthOf, matches, membersOf, mostOf, rangeOf, requiredOf } from './members.js';

/** @import { Schema } from '../keywords.js' */
/** @import { References } from '../references.js' */
/** @import { Case } from './cases.js' */

/** How deep into a payload it looks: schemas can contain themselves. */
const MAX_DEPTH = 5;

export class Disjointness {
  #old;
  #next;
  #spend;

  /**
   * @param {References} old
   * @param {References} next
   * @param {() => void} spend may throw to end it
   */
  constructor(old, next, spend) {
    this.#old = old;
    this.#next = next;
    this.#spend = spend;
  }

  /** @param {Case} one @param {Schema} next @param {number} [depth] @returns {boolean} */
  of(one, next, depth = MAX_DEPTH) {
    this.#spend();
    if (!hasKeywords(next)) return next === false;
    const { $ref, allOf = [], anyOf, oneOf } = next;
    const all = $ref === undefined ? allOf : [this.#next.resolve($ref), ...allOf];
    const isOut = (/** @type {Schema} */ other) => this.of(one, other, depth);
    if (isOther(one, next) || all.some(isOut) || anyOf?.every(isOut) || oneOf?.every(isOut)) return true;
    if (one.type === 'object') return depth > 0 && this.#ofObject(one, next, depth - 1);
    if (one.type === 'number') return isOtherNumber(one, next);
    return one.type === 'string' && isOtherText(one, next);
  }

  /** @param {Case} one @param {Record<string, any>} schema @param {number} depth */
  #ofObject(one, { required = [], properties = {} }, depth) {
    const casesOfMember = (/** @type {string} */ name) =>
      casesOf(
        one.schemas.flatMap((schema) => membersOf(schema, name)),
        this.#old,
      );
    if (required.some((/** @type {string} */ name) => casesOfMember(name).length === 0)) return true;
    return [...requiredOf(one)].some(
      (name) =>
        Object.hasOwn(properties, name) &&
        casesOfMember(name).every((member) => this.of(member, properties[name], depth)),
    );
  }
}

/** @param {Case} one @param {Record<string, any>} schema */
function isOther({ type, value, isWhole }, schema) {
  const names = schema.type === undefined ? undefined : [schema.type].flat();
  if (names && !names.includes(type) && !(type === 'number' && names.includes('integer'))) return true;
  if (names && type === 'number' && !names.includes('number') && value && !isWhole) return true;
  if (value === undefined) return false;
  const text = canonical(value.json);
  if (schema.enum && !textsOf(schema.enum).has(text)) return true;
  return Object.hasOwn(schema, 'const') && canonical(schema.const) !== text;
}

/** @param {Case} one @param {Record<string, any>} schema */
function isOtherNumber(one, { minimum, exclusiveMinimum, maximum, exclusiveMaximum }) {
  const { from, isFromOut, to, isToOut } = rangeOf(one);
  if (minimum !== undefined && (to < minimum || (to === minimum && isToOut))) return true;
  if (maximum !== undefined && (from > maximum || (from === maximum && isFromOut))) return true;
  return to <= exclusiveMinimum || from >= exclusiveMaximum;
}

/** @param {Case} one @param {Record<string, any>} schema */
function isOtherText(one, { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern }) {
  const text = one.value?.json;
  if (typeof text !== 'string') return mostOf(one, 'maxLength') < minLength || leastOf(one, 'minLength') > maxLength;
  if (lengthOf(text) < minLength || lengthOf(text) > maxLength) return true;
  return pattern !== undefined && !matches(pattern, text);
}
