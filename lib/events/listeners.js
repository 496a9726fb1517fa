/**
 * A table of listeners by name. Adding, removing and `once` behave as in Node's EventEmitter: a
 * function added twice is called twice, `off` removes the one added last, and changes made by a
 * handler take effect with the next event.
 */

import { eventAdvice } from '#habits';
import { report } from '#host';
import { onAbort } from '../aborts.js';
import { invalidArgument } from '../errors/errors.js';
import * as values from '../options/values.js';
import { ListenerList } from './listener-list.js';

/** @import { Listener } from './listener-list.js' */

/**
 * The names of listeners.
 *
 * @typedef {object} Scheme
 * @property {string} owner the class of the object, for errors
 * @property {readonly string[]} names without a key
 * @property {string} prefix before a key, e.g. `event:`
 * @property {string} key the word for a key, e.g. `topic`
 * @property {(value: unknown, path: string) => string} parseKey
 */

/** @type {readonly Listener[]} */
const NONE = Object.freeze([]);

class Listeners {
  /** By name, and by key: the look-up for an event does not build 'event:<topic>'. */
  #byName = /** @type {Map<string, ListenerList>} */ (new Map());
  #byKey = /** @type {Map<string, ListenerList>} */ (new Map());
  #scheme;
  #interest;
  #closed = false;

  /**
   * @param {Scheme} scheme
   * @param {(name: string, wanted: boolean, key?: string) => void} interest called when a name or a
   *   key gets its first listener, and when it loses its last one
   */
  constructor(scheme, interest) {
    this.#scheme = scheme;
    this.#interest = interest;
  }

  /**
   * @param {unknown} name
   * @param {unknown} handler
   * @param {boolean} once
   * @param {AbortSignal} [signal] removes the listener; one that is aborted adds none
   */
  add(name, handler, once, signal) {
    const { map, key, call } = this.#parse(once ? 'once' : 'on', name, handler);
    if (signal?.aborted) return;
    const list = map.get(key) ?? new ListenerList(String(name));
    const listener = list.add(call, once);
    if (signal) listener.removed = onAbort(signal, () => this.#remove(map, key, list, listener));
    if (list.size > 1) return;
    map.set(key, list);
    this.#tell(map, key, true);
  }

  /** @param {unknown} name @param {unknown} handler */
  remove(name, handler) {
    const { map, key, call } = this.#parse('off', name, handler);
    const list = map.get(key);
    if (list) this.#remove(map, key, list, list.latest(call));
  }

  /**
   * How many listeners a name has, or how many of them are this handler.
   *
   * @param {unknown} name
   * @param {unknown} [handler]
   */
  count(name, handler) {
    const { map, key } = this.#locate(name);
    const all = map.get(key)?.all() ?? NONE;
    return handler === undefined ? all.length : all.filter((each) => each.handler === handler).length;
  }

  /** @param {string} name */
  named(name) {
    return this.#byName.get(name)?.all() ?? NONE;
  }

  /** The listeners of 'event:<key>'. @param {string} key */
  keyed(key) {
    return this.#byKey.get(key)?.all() ?? NONE;
  }

  /**
   * Calls listeners in turn. One that throws does not stop the others: its error is thrown again
   * where Node reports it.
   *
   * @param {readonly Listener[]} listeners
   * @param {unknown} data
   * @param {object} receiver `this` of the handlers
   * @param {(hasFailed: boolean, value: unknown) => void} [observe] called with what each listener
   *   returned or threw
   */
  call(listeners, data, receiver, observe) {
    for (const listener of listeners) {
      if (this.#closed) return;
      if (listener.once && !this.#spend(listener)) continue;
      try {
        const result = listener.handler.call(receiver, data);
        observe?.(false, result);
      } catch (error) {
        report(error);
        observe?.(true, error);
      }
    }
  }

  /** Removes all listeners without calling `interest`. None is called any more. */
  close() {
    this.#closed = true;
    for (const map of [this.#byName, this.#byKey])
      for (const list of map.values()) for (const { removed } of list.all()) removed?.();
    this.#byName.clear();
    this.#byKey.clear();
  }

  /**
   * Removes a `once` listener that is about to be called; false when it was called before.
   *
   * @param {Listener} listener
   */
  #spend(listener) {
    if (listener.spent) return false;
    listener.spent = true;
    const { map, key } = this.#locate(listener.name);
    const list = map.get(key);
    if (list) this.#remove(map, key, list, listener);
    return true;
  }

  /** The arguments of a method. @param {string} method @param {unknown} name @param {unknown} handler */
  #parse(method, name, handler) {
    const at = `${this.#scheme.owner}.${method}(): `;
    return { ...this.#locate(name, at), call: values.handler(handler, `${at}handler`) };
  }

  /** @param {unknown} name @param {string} [at] the method, for an error */
  #locate(name, at = '') {
    const { names, prefix, key, parseKey } = this.#scheme;
    if (typeof name === 'string' && names.includes(name)) return { map: this.#byName, key: name };
    const form = `'${prefix}<${key}>'`;
    if (typeof name !== 'string' || !name.startsWith(prefix)) {
      const known = [names[0], form.slice(1, -1), ...names.slice(1)].map((each) => `'${each}'`);
      const expected = `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`;
      throw invalidArgument(`${at}event`, expected, name, eventAdvice(name, names, prefix));
    }
    return { map: this.#byKey, key: parseKey(name.slice(prefix.length), at + form) };
  }

  /**
   * @param {Map<string, ListenerList>} map
   * @param {string} key
   * @param {ListenerList} list
   * @param {Listener | undefined} listener
   */
  #remove(map, key, list, listener) {
    if (!list.remove(listener) || list.size > 0) return;
    map.delete(key);
    this.#tell(map, key, false);
  }

  /** @param {Map<string, ListenerList>} map @param {string} key @param {boolean} wanted */
  #tell(map, key, wanted) {
    if (map === this.#byKey) this.#interest(this.#scheme.prefix, wanted, key);
    else this.#interest(key, wanted);
  }
}

export { Listeners };
