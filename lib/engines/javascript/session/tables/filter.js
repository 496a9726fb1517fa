/**
 * Subscription filters, as far as the client needs them: to drop an event if no subscription can
 * want it.
 *
 * The server decides what matches. But it may still send events for a subscription that has ended,
 * and then the remaining filters decide here. A condition that this file does not understand lets
 * the event through.
 */

import { acceptedBy, lookup } from '../../../../filter.js';
import { isObject } from '../../../../own.js';

/** The conditions of one filter that can be proven not to hold. */
class Filter {
  /**
   * Key (literal, or a dotted path) and the scalars it may equal.
   *
   * @type {[key: string, accepted: unknown[]][]}
   */
  #conditions = [];

  /**
   * Reads a filter: `{ key: scalar }`, `{ key: { eq: scalar } }`, `{ key: { in: [scalars] } }`.
   *
   * @param {unknown} filter as `JSON.parse` returns it
   */
  constructor(filter) {
    if (!isObject(filter)) return;
    for (const [key, condition] of Object.entries(filter)) {
      const accepted = acceptedBy(condition);
      if (accepted?.every(isScalar)) this.#conditions.push([key, accepted]);
    }
  }

  /**
   * Whether the payload cannot match: a key exists, its value is a scalar, and the filter does not
   * accept that value.
   *
   * @param {unknown} payload
   */
  excludes(payload) {
    return this.#conditions.some(([key, accepted]) => {
      const found = lookup(payload, key);
      return isScalar(found) && !accepted.includes(found);
    });
  }
}

/** A number that JSON cannot express proves nothing. @param {unknown} value */
function isScalar(value) {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

export { Filter };
