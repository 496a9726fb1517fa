/** The target of a JSON Pointer: a value in a document that can be read, written and removed. */

import { invalid } from '../error.js';
import { isObject, memberOf, setMember } from '../json.js';
import { parsePointer } from './pointer.js';

const INDEX = /^(0|[1-9]\d*)$/;

export class PointerTarget {
  /** @type {Record<string, unknown> | unknown[]} */
  #container;
  #key;
  #name;

  /**
   * @param {[unknown]} root contains the document, so that the whole document can be a target
   * @param {unknown} path
   * @param {string} name name of the mutation for errors
   * @throws {PlatformError} if no object or array contains the target
   */
  constructor(root, path, name) {
    const keys = ['0', ...parsePointer(path, `${name}.path`)];
    this.#container = root;
    this.#name = name;
    this.#key = keys.pop() ?? '0';
    for (const key of keys) {
      const inner = valueAt(this.#container, key);
      if (!isContainer(inner)) {
        throw this.refusal(`the path '${path}' passes through a value that is neither an object nor an array`);
      }
      this.#container = inner;
    }
  }

  /** The value, or `undefined` if there is none. */
  get value() {
    return valueAt(this.#container, this.#key);
  }

  /**
   * Replaces the value or adds it: as a member of an object, or at the end of an array.
   *
   * @param {unknown} value
   */
  write(value) {
    const container = this.#container;
    if (!Array.isArray(container)) setMember(container, this.#key, value);
    else if (this.#key === '-') container.push(value);
    else if (INDEX.test(this.#key) && Number(this.#key) <= container.length) container[Number(this.#key)] = value;
    else {
      throw this.refusal(`the path ends in '${this.#key}', but the array takes 0 to ${container.length}, or '-'`);
    }
  }

  /** Removes the value, which must exist. */
  remove() {
    if (Array.isArray(this.#container)) this.#container.splice(Number(this.#key), 1);
    else delete this.#container[this.#key];
  }

  /** @param {string} what without a full stop */
  refusal(what) {
    return invalid(`${this.#name}: ${what}.`);
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown> | unknown[]} */
const isContainer = (value) => value !== null && typeof value === 'object';

/** @param {Record<string, unknown> | unknown[]} container @param {string} key */
function valueAt(container, key) {
  if (isObject(container)) return memberOf(container, key);
  return INDEX.test(key) ? container[Number(key)] : undefined;
}
