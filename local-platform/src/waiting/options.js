/** The options of the methods that wait. */

import { kindOf, requireOptions } from '../arguments.js';
import { invalid } from '../error.js';
import { isTimeout } from '../options.js';

/** @typedef {{ timeout: number, signal: AbortSignal | undefined }} WaitOptions */

/**
 * @param {unknown} given
 * @param {number} defaultTimeout
 * @returns {WaitOptions}
 */
export function parseWait(given, defaultTimeout) {
  const { timeout = defaultTimeout, signal } = requireOptions(given, ['timeout', 'signal'], '{ timeout: 1000 }');
  if (!isTimeout(timeout))
    throw invalid(`options.timeout: expected milliseconds, or Infinity, got ${kindOf(timeout)}.`);
  if (signal !== undefined && !isSignal(signal)) {
    throw invalid(`options.signal: expected an AbortSignal, got ${kindOf(signal)}.`);
  }
  return { timeout: Number(timeout), signal };
}

/**
 * The count and the options of `subscribed` and `joined`. The options can take the place of the
 * count, and have it as a member.
 *
 * @param {unknown} countOrOptions
 * @param {unknown} options
 * @param {number} defaultTimeout
 * @returns {WaitOptions & { count: number }}
 */
export function parseCount(countOrOptions, options, defaultTimeout) {
  const isBag = typeof countOrOptions === 'object' && countOrOptions !== null && options === undefined;
  const { count = 1, ...rest } = isBag
    ? requireOptions(countOrOptions, ['count', 'timeout', 'signal'], '{ count: 2 }')
    : { count: countOrOptions };
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) {
    throw invalid(`count: expected a whole number, got ${kindOf(count)}.`);
  }
  return { count, ...parseWait(isBag ? rest : options, defaultTimeout) };
}

/** Of any realm: a test runner may have its own. @param {unknown} value @returns {value is AbortSignal} */
const isSignal = (value) =>
  value !== null && typeof value === 'object' && 'aborted' in value && 'addEventListener' in value;
