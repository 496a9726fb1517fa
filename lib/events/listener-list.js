/**
 * The listeners of one name, in the order in which they were added. The cost of adding and removing
 * does not depend on their number, and the array for the delivery is built when it is needed.
 */

/**
 * @typedef {object} Listener
 * @property {string | symbol} name
 * @property {(data: any) => unknown} handler
 * @property {boolean} once
 * @property {boolean} spent whether a `once` listener was called
 */

class ListenerList {
  #name;
  /** @type {Set<Listener>} */
  #listeners = new Set();
  /** Those of each function, in the same order. @type {Map<Function, Listener[]>} */
  #byHandler = new Map();
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
    return this.#listeners.size;
  }

  all() {
    this.#all ??= [...this.#listeners];
    return this.#all;
  }

  /**
   * @param {(data: any) => unknown} handler
   * @param {boolean} once
   * @param {boolean} [isFirst] which takes time for all that are there
   */
  add(handler, once, isFirst = false) {
    const listener = { name: this.#name, handler, once, spent: false };
    const same = this.#byHandler.get(handler) ?? [];
    this.#byHandler.set(handler, same);
    if (isFirst) {
      this.#listeners = new Set([listener, ...this.#listeners]);
      same.unshift(listener);
    } else {
      this.#listeners.add(listener);
      same.push(listener);
    }
    this.#all = undefined;
    return this;
  }

  /** The listener of a function that was added last. @param {Function} handler */
  latest(handler) {
    return this.#byHandler.get(handler)?.at(-1);
  }

  /** @param {Listener | undefined} listener @returns {boolean} whether it was there */
  remove(listener) {
    if (listener === undefined || !this.#listeners.delete(listener)) return false;
    const { handler } = listener;
    const same = /** @type {Listener[]} */ (this.#byHandler.get(handler));
    // `off` removes the last one, and a delivery the first one.
    if (same.at(-1) === listener) same.pop();
    else same.splice(same.indexOf(listener), 1);
    if (same.length === 0) this.#byHandler.delete(handler);
    this.#all = undefined;
    return true;
  }
}

export { ListenerList };
