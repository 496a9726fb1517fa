'use strict';

/**
 * An EventEmitter whose cost of adding and removing a listener does not depend on their number;
 * Node's own searches its list at each removal. Otherwise it behaves as Node's, so `events.once()`
 * and `events.on()` work with it.
 */

const { EventEmitter } = require('node:events');

const { ListenerList } = require('./listener-list.js');
const { own } = require('./own.js');
const values = require('./values.js');

/** @import { Listener } from './listener-list.js' */
/** @typedef {string | symbol} Name */
/** @typedef {(...data: any[]) => void} Handler */

/** @type {readonly Listener[]} */
const NONE = Object.freeze([]);

/**
 * @template {Record<keyof Events, any[]>} Events
 * @extends {EventEmitter<Events>}
 */
class Emitter extends EventEmitter {
  /** @type {Map<Name, ListenerList>} */
  #lists = new Map();
  /** Names that were warned about. @type {Set<Name>} */
  #warned = new Set();

  /** @override @param {any} name @param {any} handler */
  on(name, handler) {
    return this.#add(name, handler, false);
  }

  /** @override @param {any} name @param {any} handler */
  addListener(name, handler) {
    return this.#add(name, handler, false);
  }

  /** @override @param {any} name @param {any} handler */
  once(name, handler) {
    return this.#add(name, handler, true);
  }

  /** @override @param {any} name @param {any} handler */
  prependListener(name, handler) {
    return this.#add(name, handler, false, true);
  }

  /** @override @param {any} name @param {any} handler */
  prependOnceListener(name, handler) {
    return this.#add(name, handler, true, true);
  }

  /** @override @param {any} name @param {any} handler */
  off(name, handler) {
    return this.removeListener(name, handler);
  }

  /** @override @param {any} name @param {any} handler */
  removeListener(name, handler) {
    const call = values.handler(handler, 'listener');
    const list = this.#lists.get(name);
    // For a `once` listener, rawListeners() shows a wrapper.
    this.#remove(list?.latest(call) ?? list?.latest(own(call, 'listener')));
    return this;
  }

  /** @override @param {any} [name] */
  removeAllListeners(name) {
    const names = name === undefined ? this.eventNames().filter((each) => each !== 'removeListener') : [name];
    for (const each of names) for (const listener of [...this.#all(each)].reverse()) this.#remove(listener);
    if (name === undefined) this.#lists.clear();
    return this;
  }

  /** @override @param {any} name @param {any[]} data */
  emit(name, ...data) {
    const listeners = this.rawListeners(name);
    // Node throws an 'error' without a listener.
    if (listeners.length === 0) return super.emit(name, .../** @type {any} */ (data));
    for (const listener of listeners) Reflect.apply(listener, this, data);
    return true;
  }

  /** @override @param {any} name @param {any} [handler] @returns {number} */
  listenerCount(name, handler) {
    if (handler === undefined) return this.#lists.get(name)?.size ?? 0;
    return this.#all(name).filter((each) => each.handler === handler).length;
  }

  /** @override @param {any} name @returns {any[]} */
  listeners(name) {
    return this.#all(name).map(({ handler }) => handler);
  }

  /** @override @param {any} name @returns {any[]} */
  rawListeners(name) {
    return this.#all(name).map((listener) => (listener.once ? this.#onlyOnce(listener) : listener.handler));
  }

  /** @override @returns {any[]} */
  eventNames() {
    return [...this.#lists.keys()];
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
    this.#lists.set(name, list.add(call, once, isFirst));
    const limit = this.getMaxListeners();
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
    process.emitWarning(
      Object.assign(warning, { name: 'MaxListenersExceededWarning', emitter: this, type: name, count }),
    );
  }
}

exports.Emitter = Emitter;
