/**
 * Arguments of the platform's methods. A misspelled option would have no effect without any sign,
 * and a test would check something else than its author thinks: unknown names are refused.
 */

import { nearestName } from '../../lib/options/habits/nearest-name.js';
import { invalid, PlatformError } from './error.js';

/**
 * The options of a call, with known names only. Missing options are an empty object.
 *
 * @param {unknown} given
 * @param {readonly string[]} known
 * @param {string} example an object as the caller would write it
 * @param {(name: string) => string} [label] how the caller knows an option
 * @returns {Record<string, unknown>}
 */
export function requireOptions(given, known, example, label = (name) => `options.${name}`) {
  if (given === undefined) return {};
  if (given === null || typeof given !== 'object' || Symbol.iterator in given) {
    throw invalid(`expected an object such as ${example}, got ${kindOf(given)}.`);
  }
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw invalid(`${label(name)} is not an option. ${adviseName(name, known)}`);
  }
  return /** @type {Record<string, unknown>} */ (given);
}

/**
 * What to write instead of an unknown name.
 *
 * @param {string} name
 * @param {readonly string[]} known
 */
export function adviseName(name, known) {
  const nearest = known.length > 0 ? nearestName(name, known) : undefined;
  return nearest === undefined ? `Known: ${known.join(', ')}.` : `Did you mean '${nearest}'?`;
}

/**
 * Calls a function, and puts the name of the public method before its refusal.
 *
 * @template T
 * @param {string} method
 * @param {() => T} act
 * @returns {T}
 */
export function inMethod(method, act) {
  try {
    return act();
  } catch (error) {
    throw refusedBy(method, error);
  }
}

/**
 * A refusal that names the method. Any other error stays as it is.
 *
 * @param {string} method
 * @param {unknown} error
 */
export function refusedBy(method, error) {
  return error instanceof PlatformError
    ? new PlatformError(error.name, `${method}: ${error.message}`, error.details)
    : error;
}

/** A value in an error. Texts are not shown: one of them may be a secret. @param {unknown} value */
export function kindOf(value) {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return `the number ${value}`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return value === '' ? "''" : 'a string';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
