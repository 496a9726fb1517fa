'use strict';

/** The secret and the options of a receiver: every name, its range and its default. */

const { invalidArgument, invalidSecret } = require('../errors.js');
const { warnAboutUnknownNames } = require('../spelling.js');
const values = require('../values.js');
const { isWellFormed } = require('./body.js');
const { MemoryReplayStore } = require('./replay-store.js');
const { OWN_HEADERS, STANDARD_HEADERS } = require('./schemes.js');

/** @import { ReplayStore, WebhookReceiverOptions } from '../../index.js' */

/** @type {(keyof WebhookReceiverOptions)[]} */
const OPTION_NAMES = [
  'toleranceMs',
  'signatureHeader',
  'timestampHeader',
  'idHeader',
  'replayStore',
  'maxBodyBytes',
  'clock',
];
/** Each delivery is verified with each of them. */
const MAX_SECRETS = 16;

/** @param {WebhookReceiverOptions} options */
function parseReceiverOptions(options) {
  if (typeof options !== 'object' || options === null) throw invalidSecret('options', 'an object', options);
  warnAboutUnknownNames(options, 'options', OPTION_NAMES);
  const { toleranceMs = 300_000, replayStore, maxBodyBytes = 1024 * 1024, clock = Date.now } = options;
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1)
    throw invalidArgument('options.maxBodyBytes', 'an integer >= 1', maxBodyBytes);
  values.handler(clock, 'options.clock');
  return {
    toleranceMs: values.positiveMilliseconds(toleranceMs, 'options.toleranceMs'),
    headers: parseHeaderNames(options),
    replayStore: replayStore === undefined ? new MemoryReplayStore({ clock }) : parseReplayStore(replayStore),
    maxBodyBytes,
    clock,
  };
}

/** @param {WebhookReceiverOptions} options */
function parseHeaderNames(options) {
  const { signatureHeader, timestampHeader, idHeader } = options;
  const names = {
    signature: parseHeaderName(signatureHeader ?? OWN_HEADERS.signature, 'options.signatureHeader'),
    timestamp: parseHeaderName(timestampHeader ?? OWN_HEADERS.timestamp, 'options.timestampHeader'),
    id: parseHeaderName(idHeader ?? OWN_HEADERS.id, 'options.idHeader'),
  };
  // Its presence is what tells that scheme.
  if (names.signature === STANDARD_HEADERS.signature)
    throw invalidArgument('options.signatureHeader', 'a name that Standard Webhooks does not use', signatureHeader);
  if (new Set(Object.values(names)).size < 3)
    throw invalidSecret('options', 'three different names of headers', options);
  return names;
}

/** @param {unknown} value @param {string} path */
function parseHeaderName(value, path) {
  if (typeof value !== 'string' || !values.isHeaderName(value))
    throw invalidSecret(path, 'the name of a header', value);
  return value.toLowerCase();
}

/** @param {unknown} value */
function parseReplayStore(value) {
  const { claim, release } = /** @type {Partial<ReplayStore>} */ (Object(value));
  if (typeof claim !== 'function' || typeof release !== 'function')
    throw invalidSecret('options.replayStore', 'an object with the methods claim and release', value);
  return /** @type {ReplayStore} */ (value);
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function parseSecrets(value) {
  const secrets = Array.isArray(value) ? value : [value];
  if (secrets.length < 1 || secrets.length > MAX_SECRETS)
    throw invalidSecret('secret', `a string, or an array of 1 to ${MAX_SECRETS}`, value);
  for (const [index, secret] of secrets.entries()) {
    if (typeof secret !== 'string' || secret === '' || secret === 'whsec_' || !isWellFormed(secret))
      throw invalidSecret(Array.isArray(value) ? `secret[${index}]` : 'secret', 'the secret of the endpoint', secret);
  }
  return secrets;
}

module.exports = { parseReceiverOptions, parseSecrets };
