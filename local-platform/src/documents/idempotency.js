/**
 * Idempotency keys: a request that is sent again with the same key gets the former answer, and the
 * write is not repeated. Answers are computed synchronously, so a key cannot come back while its
 * first request is running.
 */

import { invalid, PlatformError } from '../error.js';
import { LIMITS } from '../vocabulary.js';

/** @typedef {{ status: number, body: object }} Answer */

export class Idempotency {
  /** Oldest first. @type {Map<string, { answer: Answer, time: number }>} */
  #answers = new Map();

  /**
   * @param {{ caller: string, method: string, path: string, key?: string }} request a request
   *   without a key is not remembered
   * @param {() => Answer} act
   * @returns {Answer} a refusal is an answer, too
   */
  answer({ key, ...request }, act) {
    if (key === undefined) return attempt(act);
    if (key === '' || key.length > LIMITS.idempotencyKeyLength) {
      throw invalid(`Idempotency-Key: expected 1 to ${LIMITS.idempotencyKeyLength} characters.`);
    }
    const name = JSON.stringify([request.caller, request.method, request.path, key]);
    this.#prune();
    const former = this.#answers.get(name);
    if (former) return former.answer;
    const answer = attempt(act);
    if (answer.status < 500) this.#answers.set(name, { answer, time: Date.now() });
    return answer;
  }

  /** Removes expired answers, and the oldest ones above the limit. */
  #prune() {
    for (const [name, { time }] of this.#answers) {
      if (this.#answers.size <= LIMITS.idempotencyKeys && Date.now() - time < LIMITS.idempotencyTime) return;
      this.#answers.delete(name);
    }
  }
}

/** @param {() => Answer} act @returns {Answer} */
function attempt(act) {
  try {
    return act();
  } catch (error) {
    const refusal = PlatformError.from(error);
    return { status: refusal.status, body: refusal };
  }
}
