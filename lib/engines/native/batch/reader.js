/**
 * Takes batches from the addon and yields their items one by one. A reader may stop within a batch
 * and continue later.
 *
 * The arrays that hold a batch's numbers belong to the environment, not to a client, and are
 * reused. A reader has them from the beginning of a batch to its end.
 */

import { restoreAttachments } from '../attachments.js';
import { DEFINE, JSON_ITEMS, MAX_DOUBLES, MAX_INTEGERS, OBJECT, TEXT } from './codes.js';
import { Cursor } from './cursor.js';

/** @import { Event, Item } from '../../engine.js' */
/** @import { AddonEngine, JsonItem } from '../abi.js' */

/** @typedef {{ integers: Int32Array, doubles: Float64Array }} Arrays */

/**
 * Arrays that no reader has. Two pairs are needed only while a reader stops within a batch.
 *
 * @type {Arrays[]}
 */
const free = [];
/** A pair takes half a megabyte. */
const MAX_FREE = 4;
const NONE = { integers: new Int32Array(0), doubles: new Float64Array(0) };

/** Which events of the current batch are yielded. */
const ALL = 0;
/** Those that a subscription or a channel still wants. */
const WANTED = 1;
/** None, since disconnect(). */
const NO_EVENTS = 2;

class BatchReader {
  #engine;
  /** @type {Arrays} */
  #arrays = NONE;
  /** @type {string[]} */
  #strings = [];
  #string = 0;
  #end = 0;
  /** Items that came as JSON. @type {(Item | JsonItem)[]} */
  #items = [];
  #item = 0;
  #cursor = new Cursor(NONE.integers, NONE.doubles);
  #admitted = ALL;

  /** @param {Pick<AddonEngine, 'drain' | 'tokenWanted' | 'wants'>} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /** The next item, see the wall. @returns {Item | undefined} */
  next() {
    const cursor = this.#cursor;
    for (;;) {
      while (this.#item < this.#items.length) {
        const item = this.#translate(this.#items[this.#item++]);
        if (item !== undefined) return item;
      }
      while (cursor.integer < this.#end) {
        const code = cursor.integers[cursor.integer++];
        if (code >= 0 || code <= OBJECT) {
          const event = /** @type {Event} */ (cursor.object(code));
          if (this.#admitted === ALL || this.wants(event)) return event;
        } else if (this.#readString(code)) {
          break;
        }
      }
      if (this.#item < this.#items.length || cursor.integer < this.#end) continue;
      if (!this.#fill()) return undefined;
    }
  }

  /** See the wall. @param {Event} event */
  wants(event) {
    if (this.#admitted === NO_EVENTS) return false;
    /** @type {string | undefined} */
    let text;
    try {
      text = JSON.stringify(event);
    } catch {
      // As where JSON.stringify returns undefined.
    }
    // A handler may have put something into it that is not JSON. A late event is better than a lost
    // one.
    return text === undefined || this.#engine.wants(text);
  }

  /** From now on the current batch yields no event. */
  discardBatch() {
    this.#admitted = NO_EVENTS;
  }

  /** From now on the current batch yields only events that a subscription or a channel wants. */
  filterBatch() {
    if (this.#admitted === ALL) this.#admitted = WANTED;
  }

  get isWithinBatch() {
    return this.#arrays !== NONE;
  }

  /** Puts an item ahead of those that remain in the current batch. @param {Item} item */
  insert(item) {
    this.#items = [item, ...this.#items.slice(this.#item)];
    this.#item = 0;
  }

  /** Gives back what it had of a batch. */
  release() {
    if (this.#arrays === NONE) return;
    if (free.length < MAX_FREE) free.push(this.#arrays);
    this.#arrays = NONE;
    Object.assign(this.#cursor, NONE).leave();
    this.#strings.length = 0;
    this.#string = 0;
    this.#items = [];
    this.#item = 0;
    this.#end = 0;
  }

  /** Takes the next batch; false when there is none. */
  #fill() {
    this.release();
    this.#arrays = free.pop() ?? {
      integers: new Int32Array(MAX_INTEGERS),
      doubles: new Float64Array(MAX_DOUBLES),
    };
    this.#end = this.#engine.drain(this.#arrays.integers, this.#arrays.doubles, this.#strings);
    Object.assign(this.#cursor, this.#arrays, { integer: 1, double: 0 });
    if (this.#end === 0) {
      this.release();
      return false;
    }
    this.#admitted = this.#arrays.integers[0] === 1 ? WANTED : ALL;
    return true;
  }

  /**
   * Reads what a string of the batch is for; true when it brings items as JSON.
   *
   * @param {number} code
   */
  #readString(code) {
    const cursor = this.#cursor;
    const string = this.#strings[this.#string++];
    if (code === TEXT) {
      cursor.text = string;
      cursor.character = 0;
    } else if (code === DEFINE) {
      cursor.define(cursor.integers[cursor.integer++], string);
    } else if (code === JSON_ITEMS) {
      this.#items = JSON.parse(string);
      this.#item = 0;
      return true;
    }
    return false;
  }

  /**
   * An item of the wall; undefined when nothing of it is wanted.
   *
   * @param {Item | JsonItem} item
   * @returns {Item | undefined}
   */
  #translate(item) {
    if (!Array.isArray(item)) return this.#admitted === ALL || this.wants(item) ? item : undefined;
    if (item[0] === 'binary') {
      const event = /** @type {Event} */ (item[1]);
      if (this.#admitted !== ALL && !this.wants(event)) return undefined;
      return restoreAttachments(event, /** @type {string[]} */ (item[2]));
    }
    if (item[0] !== 'token') return /** @type {Item} */ (item);
    // The engine may have got a token since, or been disconnected.
    const reason = this.#engine.tokenWanted();
    return reason === null ? undefined : ['token', { reason }];
  }
}

export { BatchReader };
