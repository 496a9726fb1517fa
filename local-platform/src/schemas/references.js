/** A schema with its local references: finds what a `$ref` means, and circles that never end. */

import { invalid } from '../error.js';
import { hasKeywords, IN_PLACE, inner, pointerOf } from './keywords.js';

/** @import { Schema } from './keywords.js' */

export class References {
  /** The schemas inside the root, by their JSON Pointers. @type {Map<string, Schema>} */
  #byPointer = new Map();

  /** @param {Schema} root a schema whose structure was checked */
  constructor(root) {
    this.root = root;
    this.#collect(root, []);
    for (const [pointer, schema] of this.#byPointer) {
      if (hasKeywords(schema) && schema.$ref !== undefined && this.#find(schema.$ref) === undefined) {
        throw invalid(
          `schema${pointer}/$ref: '${shorten(schema.$ref)}' is no schema inside this one. Only references to it, such as '#/$defs/money', are followed.`,
        );
      }
    }
    this.#refuseCircles();
  }

  /** @param {string} reference @returns {Schema} */
  resolve(reference) {
    return /** @type {Schema} */ (this.#find(reference));
  }

  /** The number of schemas. */
  get size() {
    return this.#byPointer.size;
  }

  /** @param {Schema} schema @param {string[]} tokens */
  #collect(schema, tokens) {
    this.#byPointer.set(pointerOf(tokens), schema);
    for (const child of inner(schema)) this.#collect(child.schema, [...tokens, ...child.tokens]);
  }

  /** @param {string} reference */
  #find(reference) {
    if (!reference.startsWith('#')) return undefined;
    try {
      return this.#byPointer.get(decodeURIComponent(reference.slice(1)));
    } catch {
      return undefined;
    }
  }

  /** A schema that applies itself to the same value would never come to an end. */
  #refuseCircles() {
    /** @type {Set<Schema>} */
    const done = new Set();
    /** @type {Set<Schema>} */
    const open = new Set();
    const visit = (/** @type {Schema} */ schema) => {
      if (!hasKeywords(schema) || done.has(schema)) return;
      if (open.has(schema)) throw invalid('schema: a $ref leads back to itself without a step into the payload.');
      open.add(schema);
      for (const next of this.#inPlace(schema)) visit(next);
      open.delete(schema);
      done.add(schema);
    };
    for (const schema of this.#byPointer.values()) visit(schema);
  }

  /** @param {Record<string, any>} schema */
  *#inPlace(schema) {
    if (schema.$ref !== undefined) yield this.resolve(schema.$ref);
    for (const { keyword, schema: next } of inner(schema)) if (IN_PLACE.includes(keyword)) yield next;
  }
}

/** @param {string} text */
const shorten = (text) => (text.length > 100 ? `${text.slice(0, 100)}...` : text);
