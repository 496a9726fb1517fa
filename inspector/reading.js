/**
 * Something that the page reads from the platform, again whenever a record says that it changed.
 */

import { onRecord } from './log.js';
import { changed, state } from './state.js';

/** The least time between two readings, in ms. */
const INTERVAL = 150;

/** @template Value */
export class Reading {
  #read;
  /** @type {Value | undefined} */
  value;
  error = '';
  #isStale = true;
  #isReading = false;
  #generation = -1;

  /**
   * @param {() => Promise<Value>} read
   * @param {readonly string[]} types of the records that change it
   */
  constructor(read, types) {
    this.#read = read;
    onRecord(({ type }) => {
      if (types.includes(type)) this.#isStale = true;
    });
  }

  /** Reads again. */
  refresh() {
    this.#isStale = true;
    changed();
  }

  /** Call it while the value is in view: it reads if there is something new. */
  keep() {
    if (this.#generation !== state.generation) {
      this.#generation = state.generation;
      this.#isStale = true;
    }
    if (this.#isStale && !this.#isReading && state.isLive) this.#start();
    return this;
  }

  async #start() {
    this.#isReading = true;
    this.#isStale = false;
    try {
      this.value = await this.#read();
      this.error = '';
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    }
    changed();
    setTimeout(() => {
      this.#isReading = false;
      if (this.#isStale) changed();
    }, INTERVAL);
  }
}
