/** A failed exchange: what the user learns about it, and what the client needs to retry it. */

/** @import { Failure, Outcome } from '../../engine.js' */

/**
 * What `fetch` is given.
 *
 * @typedef {Omit<RequestInit, 'headers'> & { method: string, headers: Headers }} Init
 */

/**
 * How an attempt ended.
 *
 * @typedef {object} Ended
 * @property {Outcome} outcome
 * @property {boolean} [transient] whether the same request may succeed a moment later
 * @property {(init: Init) => Promise<void>} [explain] finds out more about the failure, which takes
 *   time
 */

/**
 * @param {string} code
 * @param {string} message
 * @param {Partial<Failure>} [details]
 * @param {boolean} [transient]
 * @returns {{ outcome: Outcome & { failure: Failure }, transient?: boolean }}
 */
function fail(code, message, details, transient) {
  return { outcome: { status: null, body: null, failure: { code, message, ...details } }, transient };
}

export { fail };
