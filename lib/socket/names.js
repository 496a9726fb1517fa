/** Validates what a user passes to the methods of `socketClient`. */

import { invalidArgument } from '../errors/errors.js';
import { parseBag } from '../options/schema.js';
import * as values from '../options/values.js';

/** @import { PublishOptions } from '../../index.js' */

const PUBLISH = { timeout: values.positiveMilliseconds, volatile: values.boolean, retry: values.boolean };
/** Names with another meaning: events of Socket.IO itself, which no peer accepts, and presence. */
const RESERVED = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
  'presence.join',
  'presence.leave',
];
/** How long the server may take to answer, in milliseconds. */
const ACK_TIMEOUT = 10_000;

/** @param {unknown} value */
function parseEventName(value) {
  const name = values.name(value, 'event');
  if (RESERVED.includes(name)) throw invalidArgument('event', `a name other than ${RESERVED.join(', ')}`, value);
  return name;
}

/** @param {unknown} value */
function parseDestination(value) {
  return values.name(value, 'targetSocketId');
}

/** @param {unknown} value @returns {Required<PublishOptions>} */
function parsePublishOptions(value) {
  const expected = 'an object such as { timeout: 5000 }';
  const { timeout = ACK_TIMEOUT, volatile = false, retry = false } = parseBag(value, 'options', PUBLISH, expected);
  return { timeout, volatile, retry };
}

export { parseDestination, parseEventName, parsePublishOptions };
