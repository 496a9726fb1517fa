/**
 * Filters of subscriptions, where JavaScript compares: a client delivers an event once for all its
 * subscriptions of a topic, so a handler of one subscription, and a component of React, choose
 * theirs. The JavaScript engine drops what no subscription can want.
 */

import { isObject, memberOf, own } from './own.js';

/** @import { SubscriptionFilter } from '../index.js' */

/**
 * Whether the payload of an event matches a filter: every key, literal or as a dotted path. A
 * document's event that carries its changes alone may lack the key. The server has compared it.
 *
 * @param {SubscriptionFilter | undefined} filter
 * @param {any} payload
 */
function matches(filter, payload) {
  return Object.entries(filter ?? {}).every(([key, condition]) => {
    const found = lookup(payload, key);
    return found === undefined ? own(payload, 'diff') !== undefined : acceptedBy(condition)?.includes(found);
  });
}

/**
 * What a condition accepts; undefined for an unknown form.
 *
 * @param {unknown} condition
 * @returns {unknown[] | undefined}
 */
function acceptedBy(condition) {
  if (!isObject(condition)) return [condition];
  const [[operator, value] = [], ...others] = Object.entries(condition);
  if (others.length > 0) return undefined;
  if (operator === 'eq') return [value];
  return operator === 'in' && Array.isArray(value) ? value : undefined;
}

/** @param {unknown} payload @param {string} key */
function lookup(payload, key) {
  const found = memberOf(payload, key);
  return found === undefined ? key.split('.').reduce(memberOf, payload) : found;
}

export { acceptedBy, lookup, matches };
