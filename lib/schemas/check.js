/**
 * Checks a value with a schema. Whatever the schema does (it throws, rejects, takes forever or
 * returns nonsense), there is one outcome.
 */

import { cancel, later } from '#host';
import { boundIssues } from './misfit.js';

/** @import { StandardSchema } from '../../index.js' */
/** @import { Misfit } from './misfit.js' */

/** @typedef {{ value: unknown, misfit?: undefined } | { value?: undefined, misfit: Misfit }} CheckOutcome */

/**
 * How long a schema may take, in milliseconds. Everything that arrives later waits for it, tokens
 * and answers, too.
 */
const CHECK_TIMEOUT = 10_000;

/**
 * @param {StandardSchema} schema
 * @param {unknown} value
 * @param {number} [timeout] in milliseconds
 * @returns {CheckOutcome | Promise<CheckOutcome>}
 */
function check(schema, value, timeout = CHECK_TIMEOUT) {
  try {
    const result = schema['~standard'].validate(value);
    return typeof (/** @type {any} */ (result)?.then) === 'function'
      ? settle(/** @type {any} */ (result), timeout)
      : outcomeOf(result);
  } catch (error) {
    return thrown(error);
  }
}

/** @param {PromiseLike<any>} promise @param {number} timeout @returns {Promise<CheckOutcome>} */
function settle(promise, timeout) {
  return new Promise((resolve) => {
    const timer = later(() => resolve(failure(`took longer than ${timeout} ms`)), timeout, false);
    const end = (/** @type {CheckOutcome} */ outcome) => {
      cancel(timer);
      resolve(outcome);
    };
    Promise.resolve(promise)
      .then(outcomeOf)
      .then(end, (error) => end(thrown(error)));
  });
}

/** @param {any} result @returns {CheckOutcome} */
function outcomeOf(result) {
  if (result?.issues) return { misfit: boundIssues(result.issues) };
  return Object(result) === result && 'value' in result
    ? { value: result.value }
    : failure('returned neither a value nor issues');
}

/** @param {unknown} error @returns {CheckOutcome} */
function thrown(error) {
  return failure('failed', textOf(error));
}

/** @param {string} reason @param {string} [cause] @returns {CheckOutcome} */
function failure(reason, cause) {
  return { misfit: { issues: [], more: 0, reason, cause } };
}

/** A value that was thrown may be anything. @param {unknown} error */
function textOf(error) {
  try {
    return String(error);
  } catch {
    return 'an error without a text';
  }
}

export { check };
