'use strict';

/**
 * The listeners of one name, in the order in which they were added. Adding one and removing one take the same time however many
 * there are.
 *
 * Who calls listeners works on a snapshot, so that changes made by a handler take effect with the next event. A snapshot is the
 * array itself; the first change after it copies the array.
 */

/**
 * @typedef {object} Listener
 * @property {(data: any) => unknown} handler
 * @property {boolean} once
 * @property {ListenerList} list
 * @property {number} index its place in the list's array
 * @property {Listener | undefined} older with the same handler, added before this one
 * @property {Listener | undefined} newer with the same handler, added after this one
 */

/** Undefined stands where a listener was removed. @typedef {readonly (Listener | undefined)[]} Snapshot */

class ListenerList {
  /** @type {(Listener | undefined)[]} */
  #entries = [];
  #size = 0;
  /** Whether somebody may be walking through the array. */
  #isShared = false;
  /** The newest listener of each handler. @type {Map<Function, Listener>} */
  #newest = new Map();
  #emptied;

  /** @param {() => void} emptied called when the last listener has gone */
  constructor(emptied) {
    this.#emptied = emptied;
  }

  /** @returns {Snapshot} */
  snapshot() {
    this.#isShared = true;
    return this.#entries;
  }

  /** @param {Listener['handler']} handler @param {boolean} once */
  add(handler, once) {
    this.#unshare();
    const older = this.#newest.get(handler);
    /** @type {Listener} */
    const listener = { handler, once, list: this, index: this.#entries.length, older, newer: undefined };
    if (older !== undefined) older.newer = listener;
    this.#newest.set(handler, listener);
    this.#entries.push(listener);
    this.#size += 1;
  }

  /** Removes the listener with this handler that was added last. @param {Listener['handler']} handler */
  remove(handler) {
    const listener = this.#newest.get(handler);
    if (listener !== undefined) this.delete(listener);
  }

  /** Removes a listener, unless it was removed before. @param {Listener} listener */
  delete(listener) {
    const { handler, older, newer } = listener;
    if (this.#entries[listener.index] !== listener) return;
    this.#unshare();
    this.#entries[listener.index] = undefined;
    listener.index = -1;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else if (older !== undefined) this.#newest.set(handler, older);
    else this.#newest.delete(handler);
    this.#size -= 1;
    if (this.#size === 0) this.#emptied();
    else if (this.#entries.length > 2 * this.#size) this.#compact();
  }

  #unshare() {
    if (this.#isShared) this.#entries = [...this.#entries];
    this.#isShared = false;
  }

  #compact() {
    this.#entries = this.#entries.filter((listener) => listener !== undefined);
    for (const [index, listener] of this.#entries.entries()) /** @type {Listener} */ (listener).index = index;
  }
}

exports.ListenerList = ListenerList;
