/**
 * The reader: every record of the stream, in order, once. It notices when records are gone that it
 * has not read: the stream was trimmed past its position, or Redis was started again and may have
 * lost its last writes.
 */

import { setTimeout } from 'node:timers';
import { decode } from './record.js';

/** @import { Entry } from './record.js' */
/** @import { Redis } from './redis.js' */

/** Until `since`, everything was read. @typedef {{ since: number, reason: string }} Hole */

const COUNT = 500;
/** How long a read waits for records, in ms. */
const BLOCK = 2_000;

export class Reader {
  #redis;
  #key;
  #onEntry;
  #onHole;
  #position = '0-0';
  /** The run of Redis, which changes with each start. */
  #run = '';
  /**
   * Number of the last record of each process. It is kept when a process ends: one that was only
   * silent goes on where it was.
   *
   * @type {Map<string, number>}
   */
  #last = new Map();
  /** Everything that was written until then was read, Unix ms. */
  #provenAt = 0;
  #closed = false;
  /** @type {Promise<void>} */
  #running = Promise.resolve();

  /**
   * @param {Redis} redis
   * @param {{ key: string, onEntry: (entry: Entry) => void, onHole: (hole: Hole) => void }} handlers
   */
  constructor(redis, { key, onEntry, onHole }) {
    this.#redis = redis;
    this.#key = key;
    this.#onEntry = onEntry;
    this.#onHole = onHole;
  }

  /** Begins behind the last record that the stream has now. */
  async open() {
    const last = await this.#lastEntry();
    this.#run = await this.#currentRun();
    this.#position = last?.id ?? '0-0';
    this.#provenAt = Date.now();
    this.#running = this.#read();
  }

  /** ID of the record that is or was applied last. */
  get position() {
    return this.#position;
  }

  /** The redis connections must be closed first, which ends a read that waits. */
  async close() {
    this.#closed = true;
    await this.#running;
  }

  async #read() {
    let isSure = true;
    while (!this.#closed) {
      try {
        await this.#redis.ready();
        if (this.#closed) return;
        if (!isSure && (await this.#checkRun())) isSure = true;
        const startedAt = Date.now();
        const streams = await this.#redis.reads.xRead({ key: this.#key, id: this.#position }, { COUNT, BLOCK });
        const messages = /** @type {{ id: string, message: { [field: string]: string } }[]} */ (
          streams?.[0]?.messages ?? []
        );
        // A reader that is up to date has its last record among those of the stream.
        if ((!isSure || messages.length === COUNT) && messages.length > 0) await this.#checkTrimmed();
        isSure = true;
        for (const { id, message } of messages) this.#pass(id, message);
        if (messages.length < COUNT) this.#provenAt = startedAt;
      } catch {
        // The connection was lost. What to do about it is the matter of `Redis`.
        isSure = false;
        if (!this.#closed && this.#redis.isReady) await pause();
      }
    }
  }

  /** @param {string} id @param {{ [field: string]: string }} fields */
  #pass(id, fields) {
    this.#position = id;
    const entry = decode(id, fields);
    if (entry === undefined || entry.number <= (this.#last.get(entry.process) ?? 0)) return;
    this.#last.set(entry.process, entry.number);
    this.#onEntry(entry);
  }

  async #checkTrimmed() {
    if (this.#position === '0-0') return;
    const [first] = (await this.#redis.commands.xRange(this.#key, '-', '+', { COUNT: 1 })) ?? [];
    if (first === undefined || isUpTo(first.id, this.#position)) return;
    this.#reportHole('The stream in Redis was trimmed before this process had read it.');
  }

  /** @returns {Promise<boolean>} whether Redis was started again */
  async #checkRun() {
    const run = await this.#currentRun();
    if (run === this.#run) return false;
    this.#run = run;
    const last = await this.#lastEntry();
    // What is read a second time is dropped by its number.
    if (last === undefined || !isUpTo(this.#position, last.id)) this.#position = '0-0';
    this.#reportHole('Redis was started again, and may have lost its last records.');
    return true;
  }

  /** @param {string} reason */
  #reportHole(reason) {
    this.#onHole({ since: this.#provenAt, reason });
    this.#provenAt = Date.now();
  }

  async #lastEntry() {
    const [last] = (await this.#redis.commands.xRevRange(this.#key, '+', '-', { COUNT: 1 })) ?? [];
    return last;
  }

  async #currentRun() {
    const text = String(await this.#redis.commands.info('server'));
    return /^run_id:(\w+)/m.exec(text)?.[1] ?? '';
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100).unref());

/** Whether a stream ID is not greater than another. @param {string} id @param {string} other */
export function isUpTo(id, other) {
  const [time, count] = id.split('-').map(Number);
  const [otherTime, otherCount] = other.split('-').map(Number);
  return time < otherTime || (time === otherTime && count <= otherCount);
}
