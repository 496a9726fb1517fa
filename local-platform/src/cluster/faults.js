/**
 * Faults for all processes: one of them passes a fault on through the stream, each applies it to
 * its own connections and answers, and the caller gets all answers.
 */

import { randomUUID } from 'node:crypto';

/** @import { Broker } from '../broker/broker.js' */
/** @import { Cluster } from './cluster.js' */

/** @typedef {{ [name: string]: unknown }} Options */
/**
 * Applies a fault to this process, and returns the answer for its caller.
 *
 * @typedef {(name: string, options: Options) => object | Promise<object>} ApplyFault
 */

export class ClusterFaults {
  #cluster;
  #broker;
  /** Set by what injects faults into this process. @type {ApplyFault} */
  apply = () => ({});
  /** Answers of other processes, by call. @type {Map<string, Map<string, object>>} */
  #answers = new Map();

  /** @param {Cluster} cluster @param {Broker} broker */
  constructor(cluster, broker) {
    this.#cluster = cluster;
    this.#broker = broker;
  }

  /**
   * Applies a fault to all processes.
   *
   * @param {string} name
   * @param {Options} options
   * @returns {Promise<object[]>} the answers, that of this process first
   */
  async call(name, options) {
    this.#cluster.requireLink(`The fault ${name}`);
    const call = randomUUID();
    const answers = new Map();
    this.#answers.set(call, answers);
    try {
      const mine = await /** @type {Promise<object>} */ (this.#cluster.send({ type: 'fault', call, name, options }));
      // A process that ends before it answers leaves the roster.
      await this.#broker.until(() => this.#cluster.roster.processes.every((process) => answers.has(process)));
      return [mine, ...answers.values()];
    } finally {
      this.#answers.delete(call);
    }
  }

  /** Another process called. @param {string} call @param {string} name @param {Options} options */
  async answer(call, name, options) {
    let answer = {};
    try {
      answer = await this.apply(name, options);
    } catch {
      // The caller's own process fails in the same way, and says why.
    }
    this.#cluster.post({ type: 'done', call, answer });
  }

  /**
   * Another process answered.
   *
   * @param {string} call
   * @param {string} process
   * @param {object} answer
   */
  done(call, process, answer) {
    this.#answers.get(call)?.set(process, answer);
    this.#broker.checkWaiters();
  }
}
