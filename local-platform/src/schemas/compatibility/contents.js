/** Compares what is inside a value: the members of an object, and the items of an array. */

import { escapeToken } from '../keywords.js';
import { proveCount } from './bounds.js';
import { itemsOf, matches, membersOf, mostOf, requiredOf } from './members.js';
import { isEmpty } from './same.js';

/** @import { Schema } from '../keywords.js' */
/** @import { Case } from './cases.js' */
/** @import { Break } from './compare.js' */

/** For names of members. */
const TEXT = { type: 'string' };

export class Contents {
  #prove;
  #spend;

  /**
   * @param {(olds: Schema[], next: Schema, path: string) => Break[]} prove compares the schemas of
   *   one member or item
   * @param {(steps: number) => void} spend may throw to end it
   */
  constructor(prove, spend) {
    this.#prove = prove;
    this.#spend = spend;
  }

  /** @param {Case} one @param {Record<string, any>} next @param {string} path @returns {Break[]} */
  ofObject(one, next, path) {
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
    this.#spend(names.size * Object.keys(next.patternProperties ?? {}).length);
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

  /** @param {Case} one @param {Record<string, any>} next @param {string} path @returns {Break[]} */
  ofArray(one, next, path) {
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
      if (patternProperties) this.#spend(Object.keys(patternProperties).length);
    }
    return this.#proveRest(
      one.schemas.flatMap((schema) => membersOf(schema, name)),
      next,
      path,
    );
  }

  /** @param {Schema[]} olds @param {Schema} next @param {string} path @returns {Break[]} */
  #proveRest(olds, next, path) {
    const breaks = this.#prove(olds, next, path);
    if (olds.length > 0 || breaks.length === 0) return breaks;
    return [{ path, reason: 'any value was accepted here, since the old schema does not say what it is' }];
  }
}

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
