/** One run of the suite in another runtime: the result of each case, as it arrives. */

import { cases } from '../cases/index.js';

/** @typedef {{ skipped?: string, error?: { message: string, stack?: string } }} Result */

export class Run {
  /** @type {Map<string, PromiseWithResolvers<Result>>} */
  #results = new Map();

  /** @param {string} id */
  constructor(id) {
    this.id = id;
    for (const { name } of cases) {
      const result = {};
      result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
      result.promise.catch(() => {}); // a test that is never reached does not ask for it
      this.#results.set(name, result);
    }
  }

  /** @param {Result & { name?: string }} report without a name: the run as a whole has failed */
  take({ name, ...result }) {
    if (name === undefined) this.fail(new Error(result.error?.message));
    else this.#results.get(name)?.resolve(result);
  }

  /** Fails the cases that have no result. @param {Error} error */
  fail(error) {
    for (const result of this.#results.values()) result.reject(error);
  }

  /**
   * Makes each case a test.
   *
   * @param {import('node:test').TestContext} t
   */
  async asTests(t) {
    for (const [name, { promise }] of this.#results) {
      await t.test(name, async (test) => {
        const { skipped, error } = await promise;
        if (skipped) test.skip(skipped);
        if (error) throw Object.assign(new Error(error.message), { stack: error.stack ?? error.message });
      });
    }
  }
}
