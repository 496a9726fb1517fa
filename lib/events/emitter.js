/**
 * An emitter with the methods of Node's EventEmitter, whose cost of adding and removing a listener
 * does not depend on their number; Node's own searches its list at each removal. Otherwise it
 * behaves as Node's, so `events.once()` and `events.on()` work with it.
 */

import { warn } from '#host';
import * as values from '../options/values.js';
import { own } from '../own.js';
import { ListenerList } from './listener-list.js';

/** @import { Listener } from './listener-list.js' */
/** @typedef {string | symbol} Name */
/** @typedef {(...data: any[]) => void} Handler */

/** @type {readonly Listener[]} */
const NONE = Object.freeze([]);
/** More listeners of one event may be a leak, as Node's emitters see it. */
const DEFAULT_MAX_LISTENERS = 10;

/**
 * @template {Record<keyof Events, any[]>} Events
 */
class Emitter {
  #maxListeners = DEFAULT_MAX_LISTENERS;
  /** @type {Map<Name, ListenerList>} */
  #lists = new Map();
  /** Names that were warned about. @type {Set<Name>} */
  #warned = new Set();

  /** @param {any} name @param {any} handler */
  on(name, handler) {
    return this.#add(name, handler, false);
  }

  /** @param {any} name @param {any} handler */
  addListener(name, handler) {
    return this.#add(name, handler, false);
  }

  /** @param {any} name @param {any} handler */
  once(name, handler) {
    return this.#add(name, handler, true);
  }

  /** @param {any} name @param {any} handler */
  prependListener(name, handler) {
    return this.#add(name, handler, false, true);
  }

  /** @param {any} name @param {any} handler */
  prependOnceListener(name, handler) {
    return this.#add(name, handler, true, true);
  }

  /** @param {any} name @param {any} handler */
  off(name, handler) {
    return this.removeListener(name, handler);
  }

  /** @param {any} name @param {any} handler */
  removeListener(name, handler) {
    const call = values.handler(handler, 'listener');
    const list = this.#lists.get(name);
    // For a `once` listener, rawListeners() shows a wrapper.
    this.#remove(list?.latest(call) ?? list?.latest(own(call, 'listener')));
    return this;
  }

  /** @param {any} [name] */
  removeAllListeners(name) {
    const names = name === undefined ? this.eventNames().filter((each) => each !== 'removeListener') : [name];
    for (const each of names) for (const listener of [...this.#all(each)].reverse()) this.#remove(listener);
    if (name === undefined) this.#lists.clear();
    return this;
  }

  /** @param {any} name @param {any[]} data */
  emit(name, ...data) {
    const listeners = this.rawListeners(name);
    if (listeners.length === 0) {
      if (name === 'error') throw data[0];
      return false;
    }
    for (const listener of listeners) Reflect.apply(listener, this, data);
    return true;
  }

  /** @param {any} name @param {any} [handler] @returns {number} */
  listenerCount(name, handler) {
    if (handler === undefined) return this.#lists.get(name)?.size ?? 0;
    return this.#all(name).filter((each) => each.handler === handler).length;
  }

  /** @param {any} name @returns {any[]} */
  listeners(name) {
    return this.#all(name).map(({ handler }) => handler);
  }

  /** @param {any} name @returns {any[]} */
  rawListeners(name) {
    return this.#all(name).map((listener) => (listener.once ? this.#onlyOnce(listener) : listener.handler));
  }

  /** @returns {any[]} */
  eventNames() {
    return [...this.#lists.keys()];
  }

  getMaxListeners() {
    return this.#maxListeners;
  }

  /** @param {number} count 0 for no limit */
  setMaxListeners(count) {
    this.#maxListeners = values.count(count, 'count');
    return this;
  }

  /** @param {Name} name */
  #all(name) {
    return this.#lists.get(name)?.all() ?? NONE;
  }

  /** @param {any} name @param {unknown} handler @param {boolean} once @param {boolean} [isFirst] */
  #add(name, handler, once, isFirst = false) {
    const call = values.handler(handler, 'listener');
    if (this.#lists.has('newListener')) this.emit('newListener', name, call);
    const list = this.#lists.get(name) ?? new ListenerList(name);
    this.#lists.set(name, list);
    list.add(call, once, isFirst);
    const limit = this.#maxListeners;
    if (limit > 0 && list.size > limit && !this.#warned.has(name)) this.#warn(name, list.size);
    return this;
  }

  /** @param {Listener | undefined} listener */
  #remove(listener) {
    if (listener === undefined) return;
    const { name, handler } = listener;
    const list = this.#lists.get(name);
    if (!list?.remove(listener)) return;
    if (list.size === 0) this.#lists.delete(name);
    if (this.#lists.has('removeListener')) this.emit(/** @type {any} */ ('removeListener'), name, handler);
  }

  /** @param {Listener} listener */
  #onlyOnce(listener) {
    const call = (/** @type {any[]} */ ...data) => {
      if (listener.spent) return;
      listener.spent = true;
      this.#remove(listener);
      Reflect.apply(listener.handler, this, data);
    };
    return Object.assign(call, { listener: listener.handler });
  }

  /** As Node does. @param {Name} name @param {number} count */
  #warn(name, count) {
    this.#warned.add(name);
    const message = `${count} listeners of '${String(name)}' were added to a ${this.constructor.name}, which may be a leak`;
    const warning = new Error(`${message}. Use setMaxListeners() to raise the limit.`);
    warn(Object.assign(warning, { name: 'MaxListenersExceededWarning', emitter: this, type: name, count }));
  }
}

export { Emitter };
