/** A place in a document: what a JSON Pointer names, to be read and changed there. */

import { invalid } from '../error.js';
import { isObject, memberOf, setMember } from '../json.js';
import { parsePointer } from './pointer.js';

const INDEX = /^(0|[1-9]\d*)$/;

export class PointerTarget {
  #container;
  #key;
  #name;

  /**
   * @param {[unknown]} root holds the document, so that the whole of it is a place too
   * @param {unknown} path
   * @param {string} name what a refusal names
   * @throws {PlatformError} when there is nothing the place could be in
   */
  constructor(root, path, name) {
    const keys = ['0', ...parsePointer(path, `${name}.path`)];
    this.#name = name;
    this.#key = keys.pop();
    this.#container = root;
    for (const key of keys) {
      this.#container = valueAt(this.#container, key);
      if (this.#container === null || typeof this.#container !== 'object') {
        throw this.refusal(`the path '${path}' leads through what is no object and no array`);
      }
    }
  }

  /** `undefined` when there is nothing yet. */
  get value() {
    return valueAt(this.#container, this.#key);
  }

  /** Replaces what is there, or adds it: a member to an object, an element to the end of an array. */
  write(value) {
    const { length } = this.#container;
    if (isObject(this.#container)) setMember(this.#container, this.#key, value);
    else if (this.#key === '-') this.#container.push(value);
    else if (INDEX.test(this.#key) && this.#key <= length) this.#container[this.#key] = value;
    else throw this.refusal(`the path ends in '${this.#key}', the array there takes 0 to ${length}, or '-'`);
  }

  /** There must be something. */
  remove() {
    if (isObject(this.#container)) delete this.#container[this.#key];
    else this.#container.splice(Number(this.#key), 1);
  }

  /** @param {string} what without a full stop */
  refusal(what) {
    return invalid(`${this.#name}: ${what}.`);
  }
}

function valueAt(container, key) {
  if (isObject(container)) return memberOf(container, key);
  return INDEX.test(key) ? container[key] : undefined;
}
