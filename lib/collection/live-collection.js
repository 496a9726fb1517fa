/**
 * LiveCollection: the user's view of rows that follow the server. `row-sync.js` does the following.
 */

import { callEach } from '../events/call-each.js';
import { Emitter } from '../events/emitter.js';
import { asyncDispose, dispose, inspectCustom } from '../host/symbols.js';

/** @import { CollectionEvents } from '../../index.js' */
/** @import { Rows } from './rows.js' */

/**
 * What a view needs of the collection behind it.
 *
 * @typedef {object} Backing
 * @property {Rows} rows
 * @property {() => boolean} isLive
 * @property {() => void} close
 */

/** @extends {Emitter<CollectionEvents<any>>} */
class LiveCollection extends Emitter {
  #backing;
  #closed = false;

  /** @param {string} topic @param {Backing} backing */
  constructor(topic, backing) {
    super();
    this.topic = topic;
    this.#backing = backing;
  }

  get size() {
    return this.#backing.rows.size;
  }

  get live() {
    return !this.#closed && this.#backing.isLive();
  }

  get closed() {
    return this.#closed;
  }

  /** @param {unknown} key */
  get(key) {
    return this.#backing.rows.get(key);
  }

  /** @param {unknown} key */
  has(key) {
    return this.#backing.rows.has(key);
  }

  *entries() {
    yield* this.#backing.rows.entries();
  }

  *keys() {
    for (const [key] of this.#backing.rows.entries()) yield key;
  }

  *values() {
    for (const [, row] of this.#backing.rows.entries()) yield row;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  /**
   * @param {(row: any, key: unknown, collection: this) => void} callback
   * @param {unknown} [receiver]
   */
  forEach(callback, receiver) {
    for (const [key, row] of this) callback.call(receiver, row, key, this);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#backing.close();
  }

  [dispose]() {
    this.close();
  }

  async [asyncDispose]() {
    this.close();
  }

  /**
   * Calls the listeners of a name.
   *
   * @param {keyof CollectionEvents<any>} name
   * @param {unknown} data
   */
  tell(name, data) {
    callEach(this, name, data, () => this.#closed);
  }

  /**
   * What console.log shows.
   *
   * @param {number} _depth
   * @param {object} _options
   * @param {(value: unknown) => string} inspect
   */
  [inspectCustom](_depth, _options, inspect) {
    const { topic, size, live } = this;
    return `LiveCollection ${inspect({ topic, size, live })}`;
  }
}

export { LiveCollection };
