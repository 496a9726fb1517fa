/**
 * Filters of subscriptions. A client delivers an event once for all its subscriptions of a topic,
 * so the components with a filter choose theirs.
 */

/** @import { SubscriptionFilter } from '../../index.js' */

/**
 * Whether an event can be meant for a filter. The server decides what matches, so whatever proves
 * nothing (a missing key, an object, an unknown operator) lets the event through.
 *
 * @param {SubscriptionFilter | undefined} filter
 * @param {any} payload
 */
function admits(filter, payload) {
  return Object.entries(filter ?? {}).every(([key, condition]) => {
    const found = payload[key] ?? key.split('.').reduce((value, name) => value?.[name], payload);
    const accepted = acceptedBy(condition);
    return found === undefined || isObject(found) || !accepted || accepted.includes(found);
  });
}

/** What a condition accepts; undefined for an unknown operator. @param {any} condition */
function acceptedBy(condition) {
  if (!isObject(condition)) return [condition];
  return 'eq' in condition ? [condition.eq] : condition.in;
}

/** @param {any} value */
function isObject(value) {
  return Object(value) === value;
}

export { admits };
