/**
 * The listeners of one name, in the order in which they were added. The cost of adding and removing
 * does not depend on their number: the listeners of one function are chained, and the array for the
 * delivery is built when it is needed.
 */

/**
 * @typedef {object} Listener
 * @property {string | symbol} name
 * @property {(data: any) => unknown} handler
 * @property {boolean} once
 * @property {boolean} spent whether a `once` listener was called
 * @property {Listener | undefined} former the one of the same function that was added before it
 * @property {Listener | undefined} next the one of the same function that was added after it
 * @property {(() => void) | undefined} removed called once it was removed
 */

/** @type {Map<Function, Listener>} */
const NONE = new Map();

class ListenerList {
  #name;
  /** The only one there was so far. Most names have one listener, which needs no tables. @type {Listener | undefined} */
  #only;
  /** As soon as there was a second one. @type {Set<Listener> | undefined} */
  #listeners;
  /** The one added last, by its function. @type {Map<Function, Listener>} */
  #latest = NONE;
  /**
   * All listeners, until there is a change. The array itself never changes: it may be in use.
   *
   * @type {readonly Listener[] | undefined}
   */
  #all;

  /** @param {string | symbol} name */
  constructor(name) {
    this.#name = name;
  }

  get size() {
    return this.#listeners?.size ?? (this.#only === undefined ? 0 : 1);
  }

  all() {
    this.#all ??= this.#only === undefined ? [...(this.#listeners ?? [])] : [this.#only];
    return this.#all;
  }

  /**
   * @param {(data: any) => unknown} handler
   * @param {boolean} once
   * @param {boolean} [isFirst] which takes time for all that are there
   * @returns {Listener}
   */
  add(handler, once, isFirst = false) {
    const others = isFirst ? this.all() : [];
    for (const other of others) this.remove(other);
    /** @type {Listener} */
    const listener = {
      name: this.#name,
      handler,
      once,
      spent: false,
      former: undefined,
      next: undefined,
      removed: undefined,
    };
    this.#append(listener);
    for (const other of others) this.#append(other);
    return listener;
  }

  /** The listener of a function that was added last. @param {Function} handler */
  latest(handler) {
    return this.#only?.handler === handler ? this.#only : this.#latest.get(handler);
  }

  /** @param {Listener | undefined} listener @returns {boolean} whether it was there */
  remove(listener) {
    if (listener === undefined) return false;
    if (listener === this.#only) this.#only = undefined;
    else if (!this.#listeners?.delete(listener)) return false;
    const { handler, former, next } = listener;
    if (former !== undefined) former.next = next;
    if (next !== undefined) next.former = former;
    else if (former !== undefined) this.#latest.set(handler, former);
    else this.#latest.delete(handler);
    this.#all = undefined;
    listener.removed?.();
    return true;
  }

  /** @param {Listener} listener */
  #append(listener) {
    this.#all = undefined;
    if (this.size === 0 && this.#listeners === undefined) {
      this.#only = listener;
      return;
    }
    if (this.#listeners === undefined) {
      this.#listeners = new Set();
      this.#latest = new Map();
      const first = /** @type {Listener} */ (this.#only);
      this.#only = undefined;
      this.#append(first);
    }
    const former = this.#latest.get(listener.handler);
    listener.former = former;
    listener.next = undefined;
    if (former !== undefined) former.next = listener;
    this.#latest.set(listener.handler, listener);
    this.#listeners.add(listener);
  }
}

export { ListenerList };
