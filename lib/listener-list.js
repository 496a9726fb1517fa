'use strict';

/**
 * The listeners of one name, in the order in which they were added. Adding and removing cost the
 * same however many there are: the listeners of one function are chained, and the array that an
 * event is delivered to is made when it is needed.
 */

/**
 * @typedef {object} Listener
 * @property {string | symbol} name
 * @property {(data: any) => unknown} handler
 * @property {boolean} once
 * @property {boolean} spent whether it was called, and is called once only
 * @property {Listener | undefined} former the one of the same function that was added before it
 * @property {Listener | undefined} next the one of the same function that was added after it
 */

class ListenerList {
  #name;
  /** @type {Set<Listener>} */
  #listeners = new Set();
  /** The one added last, by its function. @type {Map<Function, Listener>} */
  #latest = new Map();
  /** All of them, until there is a change. Never changed itself: it may be in use. @type {readonly Listener[] | undefined} */
  #all;

  /** @param {string | symbol} name */
  constructor(name) {
    this.#name = name;
  }

  get size() {
    return this.#listeners.size;
  }

  all() {
    this.#all ??= [...this.#listeners];
    return this.#all;
  }

  /** @param {(data: any) => unknown} handler @param {boolean} once @param {boolean} [isFirst] which takes time for all that are there */
  add(handler, once, isFirst = false) {
    const others = isFirst ? this.all() : [];
    for (const other of others) this.remove(other);
    this.#append({ name: this.#name, handler, once, spent: false, former: undefined, next: undefined });
    for (const other of others) this.#append(other);
    return this;
  }

  /** The listener of a function that was added last. @param {Function} handler */
  latest(handler) {
    return this.#latest.get(handler);
  }

  /** @param {Listener | undefined} listener @returns {boolean} whether it was there */
  remove(listener) {
    if (listener === undefined || !this.#listeners.delete(listener)) return false;
    const { handler, former, next } = listener;
    if (former !== undefined) former.next = next;
    if (next !== undefined) next.former = former;
    else if (former !== undefined) this.#latest.set(handler, former);
    else this.#latest.delete(handler);
    this.#all = undefined;
    return true;
  }

  /** @param {Listener} listener */
  #append(listener) {
    const former = this.#latest.get(listener.handler);
    listener.former = former;
    listener.next = undefined;
    if (former !== undefined) former.next = listener;
    this.#latest.set(listener.handler, listener);
    this.#listeners.add(listener);
    this.#all = undefined;
  }
}

exports.ListenerList = ListenerList;
