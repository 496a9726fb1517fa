/** The secret and the options of a receiver: every name, range and default. */

import { invalidArgument, invalidSecret } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { member } from '../own.js';
import { isWellFormed } from './body.js';
import { MemoryReplayStore } from './replay-store.js';
import { OWN_HEADERS, STANDARD_HEADERS } from './schemes.js';

/** @import { ReplayStore, WebhookReceiverOptions } from '../../index.js' */

/** @satisfies {Record<keyof WebhookReceiverOptions, Function>} */
const OPTIONS = {
  toleranceMs: optional(values.positiveMilliseconds, 300_000),
  signatureHeader: optional(parseHeaderName),
  timestampHeader: optional(parseHeaderName),
  idHeader: optional(parseHeaderName),
  replayStore: optional(parseReplayStore),
  maxBodyBytes: optional(parseSize, 1024 * 1024),
  clock: optional(parseClock, Date.now),
};
/** Begins errors about what a receiver is made with. */
const CONSTRUCTOR = 'WebhookReceiver(): ';
/** Each delivery is verified with every secret. */
const MAX_SECRETS = 16;

/** @param {WebhookReceiverOptions} options */
function parseReceiverOptions(options) {
  const given = parseBag(options, `${CONSTRUCTOR}options`, OPTIONS);
  const { toleranceMs, maxBodyBytes, clock } = given;
  const { replayStore = new MemoryReplayStore({ clock }) } = given;
  return { toleranceMs, headers: headerNames(given), replayStore, maxBodyBytes, clock };
}

/** @param {{ signatureHeader?: string, timestampHeader?: string, idHeader?: string }} given */
function headerNames({ signatureHeader, timestampHeader, idHeader }) {
  const names = {
    signature: signatureHeader ?? OWN_HEADERS.signature,
    timestamp: timestampHeader ?? OWN_HEADERS.timestamp,
    id: idHeader ?? OWN_HEADERS.id,
  };
  // The presence of this header selects the scheme.
  if (names.signature === STANDARD_HEADERS.signature)
    throw invalidArgument(
      `${CONSTRUCTOR}options.signatureHeader`,
      'a name that Standard Webhooks does not use',
      signatureHeader,
    );
  if (new Set(Object.values(names)).size < 3)
    throw invalidSecret(`${CONSTRUCTOR}options`, 'three different names of headers', names);
  return names;
}

/** @param {unknown} value @param {string} path */
function parseClock(value, path) {
  return /** @type {() => number} */ (values.handler(value, path));
}

/** @param {unknown} value @param {string} path @returns {number} */
function parseSize(value, path) {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 1)
    throw invalidArgument(path, 'an integer >= 1', value);
  return /** @type {number} */ (value);
}

/** @param {unknown} value @param {string} path */
function parseHeaderName(value, path) {
  if (typeof value !== 'string' || !values.isHeaderName(value))
    throw invalidSecret(path, 'the name of a header', value);
  return value.toLowerCase();
}

/** @param {unknown} value @param {string} path @returns {ReplayStore} */
function parseReplayStore(value, path) {
  if (typeof member(value, 'claim') !== 'function' || typeof member(value, 'release') !== 'function')
    throw invalidSecret(path, 'an object with the methods claim and release', value);
  const complete = member(value, 'complete');
  if (complete !== undefined) values.handler(complete, `${path}.complete`);
  return /** @type {ReplayStore} */ (value);
}

/**
 * @param {unknown} value
 * @param {string} [at] the method, for errors
 * @returns {string[]}
 */
function parseSecrets(value, at = CONSTRUCTOR) {
  const secrets = Array.isArray(value) ? value : [value];
  if (secrets.length < 1 || secrets.length > MAX_SECRETS)
    throw invalidSecret(`${at}secret`, `a string, or an array of 1 to ${MAX_SECRETS}`, value);
  for (const [index, secret] of secrets.entries()) {
    const path = Array.isArray(value) ? `${at}secret[${index}]` : `${at}secret`;
    if (secret === undefined || secret === '')
      throw invalidSecret(path, 'the secret of the endpoint (is its environment variable set?)', secret);
    if (typeof secret !== 'string' || secret === 'whsec_' || !isWellFormed(secret))
      throw invalidSecret(path, 'the secret of the endpoint', secret);
    // Files and the output of commands end with one. The secret of the sender does not have it.
    if (/[\r\n]/.test(secret)) throw invalidSecret(path, 'a secret without a line end (trim() removes it)', secret);
  }
  return secrets;
}

export { parseReceiverOptions, parseSecrets };
