'use strict';

/**
 * A table of listeners by name. Adding, removing and `once` behave as in Node's EventEmitter: a function added twice is
 * called twice, `off` removes the one added last, and changes made by a handler take effect with the next event, since
 * the lists are copied on write.
 */

const { invalidArgument } = require('./errors.js');
const { rethrow } = require('./rethrow.js');
const values = require('./values.js');

/**
 * @typedef {{ readonly name: string, readonly handler: (data: any) => unknown, readonly once: boolean }} Listener
 */

/**
 * Which names there are.
 *
 * @typedef {object} Scheme
 * @property {readonly string[]} names those that stand for themselves
 * @property {string} prefix before a key, e.g. `event:`
 * @property {string} key what the key is, e.g. `topic`
 * @property {(value: unknown, path: string) => string} parseKey
 */

/** @type {readonly Listener[]} */
const NONE = Object.freeze([]);

class Listeners {
  /** By name, and by key: an arriving event is looked up without building 'event:<topic>'. */
  #byName = /** @type {Map<string, readonly Listener[]>} */ (new Map());
  #byKey = /** @type {Map<string, readonly Listener[]>} */ (new Map());
  #scheme;
  #interest;
  #closed = false;

  /**
   * @param {Scheme} scheme
   * @param {(name: string, wanted: boolean, key?: string) => void} interest called when the first listener of a name, or of a
   *   key, comes and when the last one goes
   */
  constructor(scheme, interest) {
    this.#scheme = scheme;
    this.#interest = interest;
  }

  /** @param {unknown} name @param {unknown} handler @param {boolean} once */
  add(name, handler, once) {
    const { map, key } = this.#locate(name);
    const listener = { name: String(name), handler: values.handler(handler, 'handler'), once };
    const list = map.get(key);
    map.set(key, list === undefined ? [listener] : [...list, listener]);
    if (list === undefined) this.#tell(map, key, true);
  }

  /** @param {unknown} name @param {unknown} handler */
  remove(name, handler) {
    const { map, key } = this.#locate(name);
    values.handler(handler, 'handler');
    const index = map.get(key)?.findLastIndex((listener) => listener.handler === handler) ?? -1;
    this.#removeAt(map, key, index);
  }

  /** @param {string} name */
  named(name) {
    return this.#byName.get(name) ?? NONE;
  }

  /** The listeners of 'event:<key>'. @param {string} key */
  keyed(key) {
    return this.#byKey.get(key) ?? NONE;
  }

  /**
   * Calls listeners in turn. One that throws stops no other: its error is thrown again where Node reports it.
   *
   * @param {readonly Listener[]} listeners
   * @param {unknown} data
   * @param {object} receiver `this` of the handlers
   */
  call(listeners, data, receiver) {
    for (const listener of listeners) {
      if (this.#closed) return;
      if (listener.once) this.#spend(listener);
      try {
        listener.handler.call(receiver, data);
      } catch (error) {
        rethrow(error);
      }
    }
  }

  /** Removes a `once` listener that is about to be called. @param {Listener} listener */
  #spend(listener) {
    const { map, key } = this.#locate(listener.name);
    this.#removeAt(map, key, map.get(key)?.indexOf(listener) ?? -1);
  }

  /** Forgets all of them, without a word to `interest`; none is called any more. */
  close() {
    this.#closed = true;
    this.#byName.clear();
    this.#byKey.clear();
  }

  /** @param {unknown} name */
  #locate(name) {
    const { names, prefix, key, parseKey } = this.#scheme;
    if (typeof name === 'string' && names.includes(name)) return { map: this.#byName, key: name };
    const form = `'${prefix}<${key}>'`;
    if (typeof name !== 'string' || !name.startsWith(prefix)) {
      const known = [names[0], form.slice(1, -1), ...names.slice(1)].map((each) => `'${each}'`);
      throw invalidArgument('event', `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`, name);
    }
    return { map: this.#byKey, key: parseKey(name.slice(prefix.length), form) };
  }

  /** @param {Map<string, readonly Listener[]>} map @param {string} key @param {number} index */
  #removeAt(map, key, index) {
    const list = map.get(key);
    if (list === undefined || index < 0) return;
    if (list.length > 1) {
      map.set(key, list.toSpliced(index, 1));
      return;
    }
    map.delete(key);
    this.#tell(map, key, false);
  }

  /** @param {Map<string, readonly Listener[]>} map @param {string} key @param {boolean} wanted */
  #tell(map, key, wanted) {
    if (map === this.#byKey) this.#interest(this.#scheme.prefix, wanted, key);
    else this.#interest(key, wanted);
  }
}

exports.Listeners = Listeners;
