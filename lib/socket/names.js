/** Validates what a user passes to the methods of `socketClient`. */

import { invalidArgument } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';

/** @import { PublishOptions } from '../../index.js' */

/** The timeout is how long the server may take to answer. */
const PUBLISH = {
  timeout: optional(values.positiveMilliseconds, 10_000),
  volatile: optional(values.boolean, false),
  retry: optional(values.boolean, false),
  signal: optional(values.signal),
};
/** The defaults. @type {ReturnType<typeof parsePublishOptions> | undefined} */
let usual;
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

/** @param {unknown} value @param {string} at the method */
function parseEventName(value, at) {
  const name = values.name(value, `${at}event`);
  if (RESERVED.includes(name)) throw invalidArgument(`${at}event`, `a name other than ${RESERVED.join(', ')}`, value);
  return name;
}

/** @param {unknown} value @param {string} at the method @returns {Required<Omit<PublishOptions, 'signal'>> & Pick<PublishOptions, 'signal'>} */
function parsePublishOptions(value, at) {
  // Nearly every message is sent without options.
  if (value === undefined) {
    usual ??= parseBag({}, `${at}options`, PUBLISH);
    return usual;
  }
  return parseBag(value, `${at}options`, PUBLISH, 'an object such as { timeout: 5000 }');
}

export { parseEventName, parsePublishOptions };
