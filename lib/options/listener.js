/** What may follow the handler of a listener, or the name of a channel. */

import { optional, parseBag } from './schema.js';
import * as values from './values.js';

const OPTIONS = { signal: optional(values.signal) };

/**
 * @param {unknown} options
 * @param {string} at the method
 * @returns {AbortSignal | undefined} the signal that ends something
 */
function parseSignal(options, at) {
  if (options === undefined) return undefined;
  return parseBag(options, `${at}options`, OPTIONS, 'an object such as { signal }').signal;
}

export { parseSignal };
