/**
 * Idempotency keys: a request that is sent again with the same key gets the former answer, and the
 * write is not repeated. A store that several platforms share remembers the answers itself, since
 * the request may come back to another platform. Otherwise answers are computed synchronously, so a
 * key cannot come back while its first request is running.
 */

import { invalid, PlatformError } from '../error.js';
import { later } from '../later.js';
import { LIMITS } from '../vocabulary.js';

/** @import { DocumentStore, Eventual } from './memory.js' */

/** @typedef {{ status: number, body: object }} Answer */

export class Idempotency {
  #store;
  /** Oldest first. @type {Map<string, { answer: Answer, time: number }>} */
  #answers = new Map();

  /** @param {Pick<DocumentStore, 'once'>} store */
  constructor(store) {
    this.#store = store;
  }

  /**
   * @param {{ caller: string, method: string, path: string, key?: string }} request a request
   *   without a key is not remembered
   * @param {() => Eventual<Answer>} act
   * @returns {Eventual<Answer>} a refusal is an answer, too
   */
  answer({ key, ...request }, act) {
    if (key === undefined) return attempt(act);
    if (key === '' || key.length > LIMITS.idempotencyKeyLength) {
      throw invalid(`Idempotency-Key: expected 1 to ${LIMITS.idempotencyKeyLength} characters.`);
    }
    const name = JSON.stringify([request.caller, request.method, request.path, key]);
    if (this.#store.once) return this.#store.once(name, () => attempt(act));
    this.#prune();
    const former = this.#answers.get(name);
    if (former) return former.answer;
    return later(attempt(act), (answer) => {
      if (answer.status < 500) this.#answers.set(name, { answer, time: Date.now() });
      return answer;
    });
  }

  /** Removes expired answers, and the oldest ones above the limit. */
  #prune() {
    for (const [name, { time }] of this.#answers) {
      if (this.#answers.size <= LIMITS.idempotencyKeys && Date.now() - time < LIMITS.idempotencyTime) return;
      this.#answers.delete(name);
    }
  }
}

/** @param {() => Eventual<Answer>} act @returns {Eventual<Answer>} */
function attempt(act) {
  const refuse = (/** @type {unknown} */ error) => {
    const refusal = PlatformError.from(error);
    return { status: refusal.status, body: refusal };
  };
  try {
    return later(act(), undefined, refuse);
  } catch (error) {
    return refuse(error);
  }
}
