/** The options of what waits. */

import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';

const WAIT = { signal: optional(values.signal), timeout: optional(values.positiveMilliseconds) };
const WAIT_FOR = { ...WAIT, where: optional(values.handler) };
const LOOP = { signal: optional(values.signal), buffer: optional(values.positiveInteger) };

/**
 * @template {import('../options/schema.js').Parsers} Table
 * @param {string} method for the warning about unknown names
 * @param {unknown} options
 * @param {Table} parsers
 */
function parseOptions(method, options, parsers) {
  return parseBag(options === undefined ? {} : options, 'options', parsers, undefined, `${method} options`);
}

export { LOOP, parseOptions, WAIT, WAIT_FOR };
