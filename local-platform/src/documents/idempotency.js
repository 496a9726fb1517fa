/**
 * Idempotency keys: a request that is sent again with the key of a former one gets the former answer, and nothing
 * happens a second time. Answers are computed in one step, so a key can never come back while its first is under way.
 */

import { invalid, PlatformError } from '../error.js';
import { LIMITS } from '../vocabulary.js';

export class Idempotency {
  /** Oldest first. */
  #answers = new Map();

  /**
   * @param {{ caller: string, method: string, path: string, key?: string }} request without a key nothing is kept
   * @param {() => { status: number, body: object }} act
   * @returns {{ status: number, body: object }} a refusal is an answer too
   */
  answer({ key, ...request }, act) {
    if (key === undefined) return attempt(act);
    if (key === '' || key.length > LIMITS.idempotencyKeyLength) {
      throw invalid(`Idempotency-Key: expected 1 to ${LIMITS.idempotencyKeyLength} characters.`);
    }
    const name = JSON.stringify([request.caller, request.method, request.path, key]);
    this.#forget();
    const former = this.#answers.get(name);
    if (former) return former.answer;
    const answer = attempt(act);
    if (answer.status < 500) this.#answers.set(name, { answer, time: Date.now() });
    return answer;
  }

  /** What is too old, and the oldest where they are too many. */
  #forget() {
    for (const [name, { time }] of this.#answers) {
      if (this.#answers.size <= LIMITS.idempotencyKeys && Date.now() - time < LIMITS.idempotencyTime) return;
      this.#answers.delete(name);
    }
  }
}

function attempt(act) {
  try {
    return act();
  } catch (error) {
    const refusal = PlatformError.from(error);
    return { status: refusal.status, body: refusal };
  }
}
