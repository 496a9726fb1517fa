/**
 * Filters of subscriptions, where JavaScript chooses. A client delivers an event once for all its
 * subscriptions of a topic, so a handler of one subscription, and a component of React, choose
 * theirs. Whether an event can be wanted at all, the engines decide on their own.
 */

import { own } from './own.js';

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
    const member = own(payload, key);
    const found = member === undefined ? key.split('.').reduce(own, payload) : member;
    if (found === undefined) return own(payload, 'diff') !== undefined;
    return acceptedBy(condition).includes(found);
  });
}

/** @param {any} condition @returns {unknown[]} */
function acceptedBy(condition) {
  if (Object(condition) !== condition) return [condition];
  return condition.in ?? [condition.eq];
}

export { matches };
