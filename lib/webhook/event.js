/** Validates the event of a delivery whose signature holds. */

import { own } from '../own.js';
import { WebhookVerificationError } from './verification-error.js';

/** @import { RealtimeEvent } from '../../index.js' */

/**
 * @param {any} value the parsed body; undefined where it is not JSON
 * @returns {RealtimeEvent}
 */
function checkEvent(value) {
  if (value === undefined)
    throw new WebhookVerificationError('INVALID_JSON', 'The signature holds, but the body is not JSON');
  const wrong = isEvent(value) ? undefined : firstFault(value);
  if (wrong !== undefined)
    throw new WebhookVerificationError('INVALID_EVENT', `The signature holds, but ${wrong}`, {
      remediation: 'Check what sends to this address: the body of a delivery is one RealtimeEvent.',
    });
  return value;
}

/**
 * Whether a value is certainly an event. Plain reads are much faster than asking whether members
 * are own ones; they are that if no prototype has members of these names.
 *
 * @param {any} value
 */
function isEvent(value) {
  if (!isObject(value)) return false;
  const { id, topic, type, payload } = value;
  if (!isName(id) || !isName(topic) || !isName(type) || !isObject(payload)) return false;
  const inherited = /** @type {any} */ (Object.prototype);
  return (inherited.id ?? inherited.topic ?? inherited.type ?? inherited.payload) === undefined;
}

/** @param {any} event */
function firstFault(event) {
  if (!isObject(event)) return 'the body is not an object';
  for (const name of ['id', 'topic', 'type'])
    if (!isName(own(event, name))) return `the ${name} of the event is not a non-empty string`;
  if (!isObject(own(event, 'payload'))) return 'the payload of the event is not an object';
  return undefined;
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function isName(value) {
  return typeof value === 'string' && value !== '';
}

export { checkEvent };
