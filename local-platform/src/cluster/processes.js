/**
 * Which processes are alive. Each keeps a key in Redis that expires. When the key of a process is
 * gone, another one reports its end: so a process that was killed leaves no members behind.
 */

import { clearInterval, setInterval } from 'node:timers';

/** @import { Redis } from './redis.js' */

export class Processes {
  #redis;
  #keys;
  #id;
  #timeout;
  #others;
  #onEnd;
  /** Processes whose key was already missing at the last look. @type {Set<string>} */
  #missing = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {Redis} redis
   * @param {object} settings
   * @param {string} settings.prefix of the keys
   * @param {string} settings.id of this process
   * @param {number} settings.timeout how long a process may be silent, in ms
   * @param {() => string[]} settings.others the processes that this one knows
   * @param {(process: string) => void} settings.onEnd called in the process that reports the end
   */
  constructor(redis, { prefix, id, timeout, others, onEnd }) {
    this.#redis = redis;
    this.#keys = { all: `${prefix}:processes`, one: (/** @type {string} */ process) => `${prefix}:process:${process}` };
    this.#id = id;
    this.#timeout = timeout;
    this.#others = others;
    this.#onEnd = onEnd;
  }

  /** Enters this process. Resolves to the others that are alive. */
  async open() {
    await this.#enter();
    this.#timer = setInterval(() => void this.#beat(), this.#timeout / 3).unref();
    return this.#alive();
  }

  /** Takes this process off the list. */
  async leave() {
    clearInterval(this.#timer);
    await this.#redis.commands.multi().sRem(this.#keys.all, this.#id).del(this.#keys.one(this.#id)).exec();
  }

  close() {
    clearInterval(this.#timer);
  }

  async #enter() {
    const { all, one } = this.#keys;
    const expiry = { expiration: /** @type {const} */ ({ type: 'PX', value: this.#timeout }) };
    await this.#redis.commands.multi().sAdd(all, this.#id).set(one(this.#id), '1', expiry).exec();
  }

  /** The other processes on the list whose key is there. */
  async #alive() {
    const listed = await this.#redis.commands.sMembers(this.#keys.all);
    const others = listed.filter((process) => process !== this.#id);
    const keys = await this.#keysOf(others);
    return others.filter((_, index) => keys[index] !== null);
  }

  async #beat() {
    if (this.#redis.lost !== undefined) return;
    try {
      await this.#enter();
      const listed = await this.#redis.commands.sMembers(this.#keys.all);
      const others = [...new Set([...listed, ...this.#others()])].filter((process) => process !== this.#id);
      const keys = await this.#keysOf(others);
      const missing = new Set(others.filter((_, index) => keys[index] === null));
      for (const process of missing) await this.#end(process);
      this.#missing = missing;
    } catch {
      // The connection was lost, and the next beat tries again.
    }
  }

  /** Of several processes that notice it, one removes the name. @param {string} process */
  async #end(process) {
    const isFirst = (await this.#redis.commands.sRem(this.#keys.all, process)) === 1;
    // The one that removed the name may have ended before it reported the end.
    if (isFirst || this.#missing.has(process)) this.#onEnd(process);
  }

  /** @param {string[]} processes @returns {Promise<(string | null)[]>} */
  async #keysOf(processes) {
    return processes.length === 0 ? [] : this.#redis.commands.mGet(processes.map(this.#keys.one));
  }
}
