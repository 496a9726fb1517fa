/** What may follow the handler of a listener. */

import { optional, parseBag } from './schema.js';
import * as values from './values.js';

const OPTIONS = { signal: optional(values.signal) };

/** @param {unknown} options @returns {AbortSignal | undefined} the signal that ends something */
function parseSignal(options) {
  return options === undefined
    ? undefined
    : parseBag(options, 'options', OPTIONS, 'an object such as { signal }').signal;
}

export { parseSignal };
