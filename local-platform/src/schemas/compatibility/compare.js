/**
 * Backward compatibility: whether a new schema accepts every payload that the old one accepted.
 *
 * It is a proof: what cannot be shown counts as broken, with its place and the reason. The proof
 * knows types, enum and const, bounds, required, properties, patternProperties,
 * additionalProperties, propertyNames, items, prefixItems, references inside a schema, allOf, anyOf
 * and oneOf. Everything else must be the same in both.
 */

import { canonical, textsOf } from '../canonical.js';
import { hasKeywords } from '../keywords.js';
import { proveNumber, proveText } from './bounds.js';
import { casesOf, TooComplex } from './cases.js';
import { Contents } from './contents.js';
import { Disjointness } from './disjoint.js';
import { assertions, isEmpty, Sameness } from './same.js';

/** @import { Kind, Schema } from '../keywords.js' */
/** @import { References } from '../references.js' */
/** @import { Case } from './cases.js' */

/**
 * `path`: a JSON Pointer into payloads, in which `*` is any item or any other member.
 *
 * @typedef {{ path: string, reason: string }} Break
 */

/** A step takes some microseconds. */
const MAX_STEPS = 200_000;
const MAX_BREAKS = 10;
/** How many levels of a payload it follows, through definitions that differ at each. */
const MAX_DEPTH = 100;
/** Payloads are objects. */
const OBJECT = { type: 'object' };

/**
 * Keywords that must be the same in both, with those that belong to them.
 *
 * @type {Record<string, { type?: string, group: string[] }>}
 */
const UNPROVEN = {
  not: { group: ['not'] },
  if: { group: ['if', 'then', 'else'] },
  contains: { type: 'array', group: ['contains', 'minContains', 'maxContains'] },
  unevaluatedItems: { type: 'array', group: [] },
  unevaluatedProperties: { type: 'object', group: [] },
  dependentRequired: { type: 'object', group: ['dependentRequired'] },
  dependentSchemas: { type: 'object', group: ['dependentSchemas'] },
};

/**
 * @param {References} old
 * @param {References} next
 * @returns {Break[]} none if every payload that fits the old schema fits the new one
 */
export function findBreaks(old, next) {
  try {
    return new Comparison(old, next).run().slice(0, MAX_BREAKS);
  } catch (error) {
    // Definitions can refer to each other in a chain that is longer than the stack.
    if (!(error instanceof TooComplex || error instanceof RangeError)) throw error;
    return [{ path: '', reason: 'the two schemas have too many alternatives to compare' }];
  }
}

class Comparison {
  #old;
  #next;
  #same;
  #disjoint;
  #contents;
  #steps = 0;
  /**
   * Pairs whose proof is under way, deeper in the payload it may rest on itself.
   *
   * @type {Set<string>}
   */
  #open = new Set();
  /** Pairs that were proven, in this order. @type {Set<string>} */
  #proven = new Set();
  /** @type {Map<Schema, number>} */
  #ids = new Map();

  /** @param {References} old @param {References} next */
  constructor(old, next) {
    this.#old = old;
    this.#next = next;
    const spend = (steps = 1) => {
      this.#steps += steps;
      if (this.#steps > MAX_STEPS) throw new TooComplex();
    };
    this.spend = spend;
    this.#same = new Sameness(old, next, spend);
    this.#disjoint = new Disjointness(old, next, spend);
    this.#contents = new Contents((olds, schema, path) => this.#prove(olds, schema, path), spend);
  }

  run() {
    return distinct(this.#prove([this.#old.root, OBJECT], this.#next.root, ''));
  }

  /**
   * Why a value that all the old schemas accept may not fit the new one.
   *
   * @param {Schema[]} olds
   * @param {Schema} next
   * @param {string} path
   * @returns {Break[]}
   */
  #prove(olds, next, path) {
    this.spend();
    if (isEmpty(next)) return [];
    const ids = new Set(olds.map((old) => this.#idOf(old, this.#old)));
    const key = `${[...ids].sort()}|${this.#idOf(next, this.#next)}`;
    if (this.#open.has(key) || this.#proven.has(key) || olds.some((old) => this.#same.of(old, next))) return [];
    if (this.#open.size >= MAX_DEPTH) throw new TooComplex();
    const before = this.#proven.size;
    this.#open.add(key);
    const cases = casesOf(olds, this.#old);
    this.spend(cases.length);
    const breaks = cases.flatMap((one) => this.#proveCase(one, next, path));
    this.#open.delete(key);
    if (breaks.length === 0) this.#proven.add(key);
    else this.#forget(before);
    return breaks;
  }

  /**
   * What was proven since a proof began may rest on it, and it has failed.
   *
   * @param {number} kept number of pairs that stay
   */
  #forget(kept) {
    for (const key of [...this.#proven].slice(kept)) this.#proven.delete(key);
  }

  /** @param {Case} one @param {Schema} next @param {string} path @returns {Break[]} */
  #proveCase(one, next, path) {
    this.spend();
    if (isEmpty(next) || one.schemas.some((old) => this.#same.of(old, next))) return [];
    if (!hasKeywords(next)) return [{ path, reason: 'it is no longer allowed' }];
    const { $ref, allOf = [], anyOf, oneOf } = next;
    const all = $ref === undefined ? allOf : [this.#next.resolve($ref), ...allOf];
    const breaks = all.flatMap((/** @type {Schema} */ each) => this.#proveCase(one, each, path));
    if (anyOf && !this.#candidates(one, anyOf).some((each) => this.#proveCase(one, each, path).length === 0)) {
      breaks.push({ path, reason: `${nameOf(one)} may fit no alternative of anyOf` });
    }
    if (oneOf && !this.#isOne(one, oneOf, path)) {
      breaks.push({ path, reason: `${nameOf(one)} may fit none, or several, of the alternatives of oneOf` });
    }
    return [...breaks, ...this.#proveKinds(one, next, path), ...this.#proveOfType(one, next, path)];
  }

  /**
   * The alternatives that a case may fit. Those that a member tells apart are left out before they
   * are compared as a whole.
   *
   * @param {Case} one
   * @param {Schema[]} alternatives
   */
  #candidates(one, alternatives) {
    return alternatives.filter((each) => !this.#disjoint.of(one, each));
  }

  /**
   * Whether a case fits exactly one alternative.
   *
   * @param {Case} one
   * @param {Schema[]} alternatives
   * @param {string} path
   */
  #isOne(one, alternatives, path) {
    const candidates = this.#candidates(one, alternatives);
    return candidates.length === 1 && this.#proveCase(one, candidates[0], path).length === 0;
  }

  /**
   * Types, listed values, and keywords that must be the same.
   *
   * @param {Case} one
   * @param {Record<string, any>} next
   * @param {string} path
   */
  #proveKinds(one, next, path) {
    /** @type {Break[]} */
    const breaks = [];
    const names = next.type === undefined ? undefined : [next.type].flat();
    const isNamed = names?.includes(one.type) || (one.type === 'number' && one.isWhole && names?.includes('integer'));
    if (names && !isNamed)
      breaks.push({ path, reason: `${nameOf(one)} is no longer accepted: the type is ${names.join(' or ')}` });
    for (const list of [next.enum, Object.hasOwn(next, 'const') ? [next.const] : undefined]) {
      if (list === undefined || (one.value && textsOf(list).has(canonical(one.value.json)))) continue;
      breaks.push({ path, reason: `${nameOf(one)} is not among the values that are left` });
    }
    for (const [keyword, { type = one.type, group }] of Object.entries(UNPROVEN)) {
      if (next[keyword] === undefined || type !== one.type) continue;
      const isKept = (/** @type {Record<string, any>} */ old) =>
        group.length > 0 && group.every((name) => this.#same.ofKeyword(name, old, next));
      if (!one.schemas.some(isKept))
        breaks.push({ path, reason: `${keyword} is new or changed, which cannot be compared` });
    }
    return breaks;
  }

  /** @param {Case} one @param {Record<string, any>} next @param {string} path @returns {Break[]} */
  #proveOfType(one, next, path) {
    if (one.type === 'object') return this.#contents.ofObject(one, next, path);
    if (one.type === 'array') return this.#contents.ofArray(one, next, path);
    if (one.type === 'number') return proveNumber(one, next).map((reason) => ({ path, reason }));
    return one.type === 'string' ? proveText(one, next).map((reason) => ({ path, reason })) : [];
  }

  /**
   * The same number for a schema and for references to it.
   *
   * @param {Schema} schema
   * @param {References} references
   * @returns {number}
   */
  #idOf(schema, references) {
    if (hasKeywords(schema) && schema.$ref !== undefined && assertions(schema).length === 1) {
      return this.#idOf(references.resolve(schema.$ref), references);
    }
    const id = this.#ids.get(schema) ?? this.#ids.size;
    this.#ids.set(schema, id);
    return id;
  }
}

/** A case in a reason. @param {Case} one */
function nameOf({ type, value, isWhole }) {
  if (value) {
    const text = JSON.stringify(value.json);
    return text.length > 60 ? `${text.slice(0, 60)}...` : text;
  }
  if (type === 'number') return isWhole ? 'a whole number' : 'a number';
  return { object: 'an object', array: 'an array', string: 'a text', null: 'null', boolean: 'a boolean' }[type];
}

/** @param {Break[]} breaks @returns {Break[]} */
function distinct(breaks) {
  return [...new Map(breaks.map((each) => [`${each.path}\0${each.reason}`, each])).values()];
}
