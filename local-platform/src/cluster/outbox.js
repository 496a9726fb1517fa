/**
 * The outbox: this process's records, in order, on their way into the stream. A record stays until
 * it has come back through the stream. Until then it is sent again when Redis may have lost it.
 * Readers know a record by its number, and drop one that they have had.
 */

import { setTimeout } from 'node:timers';
import { encode } from './record.js';

/** @import { Fields, Record } from './record.js' */
/** @import { Redis } from './redis.js' */

/**
 * @typedef {object} Outgoing
 * @property {number} number
 * @property {Record} record
 * @property {Fields} fields
 * @property {number} length
 * @property {(result: unknown) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** Records and characters of one transaction. */
const BATCH = 500;
const BATCH_LENGTH = 1_000_000;
/** Characters that may wait. */
const MAX_LENGTH = 64_000_000;
/** How long to wait after Redis refused to write, in ms. */
const RETRY_DELAY = 500;

export class Outbox {
  #redis;
  #key;
  #process;
  #maxLength;
  #number = 0;
  #length = 0;
  /** Records that have not come back, by number. @type {Map<number, Outgoing>} */
  #outgoing = new Map();
  /** Number of the next record to send. */
  #next = 1;
  #sending = false;
  /** @type {Error | undefined} */
  #ended;
  /** @type {Set<() => void>} */
  #idle = new Set();

  /**
   * @param {Redis} redis
   * @param {{ key: string, process: string, maxLength: number }} stream `maxLength`: entries that
   *   the stream keeps, at least
   */
  constructor(redis, { key, process, maxLength }) {
    this.#redis = redis;
    this.#key = key;
    this.#process = process;
    this.#maxLength = maxLength;
  }

  /** Whether a record of any length would be too much. */
  get isFull() {
    return this.#length > MAX_LENGTH;
  }

  /** Characters of the records that have not come back. */
  get length() {
    return this.#length;
  }

  /**
   * @param {Record} record
   * @returns {Promise<unknown>} what the record led to in this process, when it has come back
   */
  add(record) {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#number += 1;
    const number = this.#number;
    const fields = encode(this.#process, number, record);
    const length = Object.values(fields).reduce((sum, text) => sum + text.length, 0);
    this.#length += length;
    const result = new Promise((resolve, reject) => {
      this.#outgoing.set(number, { number, record, fields, length, resolve, reject });
    });
    // A caller that does not wait ignores a refusal.
    result.catch(() => {});
    this.#send();
    return result;
  }

  /** Removes and returns a record that has come back. @param {number} number */
  take(number) {
    const outgoing = this.#outgoing.get(number);
    if (outgoing === undefined) return undefined;
    this.#outgoing.delete(number);
    this.#length -= outgoing.length;
    if (number >= this.#next) this.#next = number + 1;
    if (this.#outgoing.size === 0) this.#release();
    return outgoing;
  }

  /** Sends all that has not come back once more, from the first on. */
  resend() {
    const [first = this.#number + 1] = this.#outgoing.keys();
    this.#next = first;
    this.#send();
  }

  /** Resolves when everything has come back, or this is closed. @returns {Promise<void>} */
  empty() {
    if (this.#outgoing.size === 0 || this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.add(resolve);
    });
  }

  /** @param {Error} reason for what waits for its record */
  close(reason) {
    this.#ended = reason;
    for (const { reject } of this.#outgoing.values()) reject(reason);
    this.#outgoing.clear();
    this.#release();
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    // What is added in the same turn goes in one transaction.
    await null;
    while (!this.#ended && this.#next <= this.#number) {
      await this.#redis.ready();
      if (this.#ended) break;
      const batch = this.#batch();
      const last = batch.at(-1);
      if (last === undefined) {
        this.#next = this.#number + 1;
        break;
      }
      const next = last.number + 1;
      this.#next = next;
      try {
        await this.#write(batch);
        this.#redis.accept();
      } catch (error) {
        // Redis may have written them or not. Those that come back meanwhile are not sent again.
        this.#next = batch[0].number;
        if (this.#redis.isReady) {
          this.#redis.refuse(error);
          await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY).unref());
        }
      }
    }
    this.#sending = false;
  }

  #batch() {
    /** @type {Outgoing[]} */
    const batch = [];
    let length = 0;
    for (let number = this.#next; number <= this.#number && batch.length < BATCH; number += 1) {
      const outgoing = this.#outgoing.get(number);
      if (outgoing === undefined) continue;
      batch.push(outgoing);
      length += outgoing.length;
      if (length > BATCH_LENGTH) break;
    }
    return batch;
  }

  /** All or nothing, so that no record overtakes another one. @param {Outgoing[]} batch */
  async #write(batch) {
    const transaction = this.#redis.commands.multi();
    const TRIM = /** @type {const} */ ({ strategy: 'MAXLEN', strategyModifier: '~', threshold: this.#maxLength });
    for (const { fields } of batch) transaction.xAdd(this.#key, '*', fields, { TRIM });
    await transaction.exec();
  }

  #release() {
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}
