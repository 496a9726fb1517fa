/**
 * Filters of subscriptions. A client delivers an event once for all its subscriptions of a topic,
 * so the components with a filter choose theirs.
 */

/** @import { SubscriptionFilter } from '../../index.js' */

/**
 * Whether the payload of an event matches a filter: every key, literal or as a dotted path. A
 * document's event that carries its changes alone may lack the key. The server has compared it.
 *
 * @param {SubscriptionFilter | undefined} filter
 * @param {any} payload
 */
function matches(filter, payload) {
  return Object.entries(filter ?? {}).every(([key, condition]) => {
    const found = Object.hasOwn(payload, key)
      ? payload[key]
      : key.split('.').reduce((value, name) => value?.[name], payload);
    if (found === undefined) return payload.diff !== undefined;
    return acceptedBy(condition).includes(found);
  });
}

/** @param {any} condition @returns {unknown[]} */
function acceptedBy(condition) {
  if (Object(condition) !== condition) return [condition];
  return condition.in ?? [condition.eq];
}

export { matches };
