/**
 * Whether two schemas say the same, whatever their annotations and the names of their definitions.
 */

import { canonical } from '../canonical.js';
import { hasKeywords, kindOfKeyword } from '../keywords.js';

/** @import { Schema } from '../keywords.js' */
/** @import { References } from '../references.js' */

export class Sameness {
  #old;
  #next;
  #spend;
  /**
   * Pairs that are being compared: a schema that contains itself meets them again.
   *
   * @type {Map<Schema, Set<Schema>>}
   */
  #open = new Map();

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

  /** @param {Schema} old @param {Schema} next @returns {boolean} */
  of(old, next) {
    this.#spend();
    if (!hasKeywords(old) || !hasKeywords(next)) return old === next;
    const keywords = assertions(old);
    if (keywords.length !== assertions(next).length) return false;
    const open = this.#open.get(old) ?? new Set();
    if (open.has(next)) return true;
    this.#open.set(old, open.add(next));
    try {
      return keywords.every((keyword) => Object.hasOwn(next, keyword) && this.ofKeyword(keyword, old, next));
    } finally {
      open.delete(next);
    }
  }

  /**
   * Whether a keyword says the same in both. In both it may be missing.
   *
   * @param {string} keyword
   * @param {Record<string, any>} old
   * @param {Record<string, any>} next
   * @returns {boolean}
   */
  ofKeyword(keyword, { [keyword]: old }, { [keyword]: next }) {
    if (old === undefined || next === undefined) return old === next;
    const kind = kindOfKeyword(keyword);
    if (kind === 'schema') return this.of(old, next);
    if (kind === 'reference') return this.of(this.#old.resolve(old), this.#next.resolve(next));
    if (kind !== 'list' && kind !== 'map') return canonical(old) === canonical(next);
    const keys = Object.keys(old);
    return (
      keys.length === Object.keys(next).length &&
      keys.every((key) => Object.hasOwn(next, key) && this.of(old[key], next[key]))
    );
  }
}

/** The keywords that decide what is accepted. @param {Record<string, unknown>} schema */
export const assertions = (schema) =>
  Object.keys(schema).filter((keyword) => {
    return kindOfKeyword(keyword) !== 'annotation' && keyword !== '$defs' && keyword !== 'definitions';
  });

/** Whether a schema accepts everything. @param {Schema} schema */
export const isEmpty = (schema) => schema === true || (hasKeywords(schema) && assertions(schema).length === 0);
