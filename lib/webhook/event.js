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
  const wrong = firstFault(value);
  if (wrong !== undefined)
    throw new WebhookVerificationError('INVALID_EVENT', `The signature holds, but ${wrong}`, {
      remediation: 'Check what sends to this address: the body of a delivery is one RealtimeEvent.',
    });
  return value;
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
