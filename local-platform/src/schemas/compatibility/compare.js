/**
 * Backward compatibility: whether a new schema accepts every payload that the old one accepted.
 *
 * It is a proof: what cannot be shown counts as broken, with its place and the reason. The proof
 * knows types, enum and const, bounds, required, properties, patternProperties,
 * additionalProperties, propertyNames, items, prefixItems, references inside a schema, allOf, anyOf
 * and oneOf. Everything else must be the same in both.
 */

import { canonical, textsOf } from '../canonical.js';
import { escapeToken, hasKeywords } from '../keywords.js';
import { casesOf, TooComplex } from './cases.js';
import { Disjointness } from './disjoint.js';
import { itemsOf, leastOf, lengthOf, matches, membersOf, mostOf, rangeOf, requiredOf } from './members.js';
import { assertions, Sameness } from './same.js';

/** @import { Kind, Schema } from '../keywords.js' */
/** @import { References } from '../references.js' */
/** @import { Case } from './cases.js' */

/**
 * `path`: a JSON Pointer into payloads, in which `*` is any item or any other member. @typedef {{
 * path: string, reason: string }} Break
 */

/** A step takes some microseconds. */
const MAX_STEPS = 200_000;
const MAX_BREAKS = 10;
/** How many levels of a payload it follows, through definitions that differ at each. */
const MAX_DEPTH = 100;
/** For names of members. */
const TEXT = { type: 'string' };
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
    if (one.type === 'object') return this.#proveObject(one, next, path);
    if (one.type === 'array') return this.#proveArray(one, next, path);
    if (one.type === 'number') return proveNumber(one, next).map((reason) => ({ path, reason }));
    return one.type === 'string' ? proveText(one, next).map((reason) => ({ path, reason })) : [];
  }

  /** @param {Case} one @param {Record<string, any>} next @param {string} path @returns {Break[]} */
  #proveObject(one, next, path) {
    const required = requiredOf(one);
    const missing = (next.required ?? []).filter((/** @type {string} */ name) => !required.has(name));
    const breaks = missing.map((/** @type {string} */ name) => ({
      path: below(path, name),
      reason: 'it is now required',
    }));
    breaks.push(
      ...proveCount(one, next, ['minProperties', 'maxProperties'], 'members', required.size, mostMembers(one)).map(
        (reason) => ({ path, reason }),
      ),
    );
    for (const [name, schema] of Object.entries(next.properties ?? {})) {
      breaks.push(...this.#proveMember(one, name, schema, below(path, name)));
    }
    const names = new Set(one.schemas.flatMap(({ properties = {} }) => Object.keys(properties)));
    // Each name meets each pattern.
    this.spend(names.size * Object.keys(next.patternProperties ?? {}).length);
    for (const [pattern, schema] of Object.entries(next.patternProperties ?? {})) {
      for (const name of names) {
        if (matches(pattern, name)) breaks.push(...this.#proveMember(one, name, schema, below(path, name)));
      }
      breaks.push(...this.#proveRest(othersOf(one, pattern), schema, `${path}/*`));
    }
    breaks.push(...this.#proveAdditional(one, next, names, path));
    if (next.propertyNames !== undefined) {
      const olds = one.schemas.flatMap(({ propertyNames }) => (propertyNames === undefined ? [] : [propertyNames]));
      const found = this.#prove([...olds, TEXT], next.propertyNames, path);
      breaks.push(...found.map(({ reason }) => ({ path, reason: `propertyNames: ${reason}` })));
    }
    return breaks;
  }

  /**
   * Members that the new schema does not name.
   *
   * @param {Case} one
   * @param {Record<string, any>} next
   * @param {Set<string>} names
   * @param {string} path
   */
  #proveAdditional(one, { properties = {}, patternProperties = {}, additionalProperties }, names, path) {
    if (additionalProperties === undefined || isEmpty(additionalProperties)) return [];
    const patterns = Object.keys(patternProperties);
    const left = [...names].filter(
      (name) => !Object.hasOwn(properties, name) && !patterns.some((pattern) => matches(pattern, name)),
    );
    const breaks = left.flatMap((name) => this.#proveMember(one, name, additionalProperties, below(path, name)));
    const others = one.schemas.flatMap((schema) => {
      const isCovered = Object.keys(schema.patternProperties ?? {}).every((pattern) => patterns.includes(pattern));
      return isCovered && schema.additionalProperties !== undefined ? [schema.additionalProperties] : [];
    });
    return [...breaks, ...this.#proveRest(others, additionalProperties, `${path}/*`)];
  }

  /** @param {Case} one @param {string} name @param {Schema} next @param {string} path */
  #proveMember(one, name, next, path) {
    for (const { patternProperties } of one.schemas) {
      if (patternProperties) this.spend(Object.keys(patternProperties).length);
    }
    return this.#proveRest(
      one.schemas.flatMap((schema) => membersOf(schema, name)),
      next,
      path,
    );
  }

  /** @param {Case} one @param {Record<string, any>} next @param {string} path @returns {Break[]} */
  #proveArray(one, next, path) {
    const breaks = proveCount(one, next, ['minItems', 'maxItems'], 'items', 0, Number.POSITIVE_INFINITY).map(
      (reason) => ({ path, reason }),
    );
    const most = mostOf(one, 'maxItems');
    if (next.uniqueItems === true && most > 1 && !one.schemas.some(({ uniqueItems }) => uniqueItems === true)) {
      breaks.push({ path, reason: 'equal items are no longer accepted' });
    }
    const { prefixItems = [], items } = next;
    const known = Math.max(prefixItems.length, ...one.schemas.map((schema) => schema.prefixItems?.length ?? 0));
    // One more stands for all that follow.
    for (let index = 0; index <= known && index < most; index++) {
      const schema = index < prefixItems.length ? prefixItems[index] : items;
      if (schema === undefined) continue;
      const olds = one.schemas.flatMap((old) => itemsOf(old, index));
      breaks.push(...this.#proveRest(olds, schema, `${path}/${index < known ? index : '*'}`));
    }
    return breaks;
  }

  /** @param {Schema[]} olds @param {Schema} next @param {string} path @returns {Break[]} */
  #proveRest(olds, next, path) {
    const breaks = this.#prove(olds, next, path);
    if (olds.length > 0 || breaks.length === 0) return breaks;
    return [{ path, reason: 'any value was accepted here, since the old schema does not say what it is' }];
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

/** Whether a schema accepts everything. @param {Schema} schema */
const isEmpty = (schema) => schema === true || (hasKeywords(schema) && assertions(schema).length === 0);

/** @param {string} path @param {string} name */
const below = (path, name) => `${path}/${escapeToken(name)}`;

/**
 * The schemas of members that no schema of the case names, and that match a pattern.
 *
 * @param {Case} one
 * @param {string} pattern
 */
function othersOf({ schemas }, pattern) {
  return schemas.flatMap(({ patternProperties, additionalProperties }) => {
    if (patternProperties && Object.hasOwn(patternProperties, pattern)) return [patternProperties[pattern]];
    return patternProperties || additionalProperties === undefined ? [] : [additionalProperties];
  });
}

/** How many members an object of a case can have, by its names. @param {Case} one */
function mostMembers({ schemas }) {
  const closed = schemas.filter(
    ({ additionalProperties, patternProperties }) => additionalProperties === false && !patternProperties,
  );
  return Math.min(...closed.map(({ properties = {} }) => Object.keys(properties).length), Number.POSITIVE_INFINITY);
}

/**
 * @param {Case} one
 * @param {Record<string, any>} next
 * @param {[least: string, most: string]} keywords
 * @param {string} what
 * @param {number} atLeast what is known otherwise
 * @param {number} atMost
 * @returns {string[]} reasons
 */
function proveCount(one, next, [least, most], what, atLeast, atMost) {
  const from = Math.max(leastOf(one, least), atLeast);
  const to = Math.min(mostOf(one, most), atMost);
  const reasons = [];
  if ((next[least] ?? 0) > from) reasons.push(`${least} rose from ${from} to ${next[least]} ${what}`);
  if (next[most] < to) reasons.push(`${change(most, 'fell', to, next[most])} ${what}`);
  return reasons;
}

/** @param {string} keyword @param {string} verb @param {number} before @param {number} after */
const change = (keyword, verb, before, after) =>
  Number.isFinite(before) ? `${keyword} ${verb} from ${before} to ${after}` : `${keyword} is new: ${after}`;

/** @param {Case} one @param {Record<string, any>} next @returns {string[]} */
function proveText(one, next) {
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

/** @param {Case} one @param {Record<string, any>} next @returns {string[]} */
function proveNumber(one, next) {
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
