/** Signs deliveries: their headers, for tests and for programs that send. */

import { signWebhook as signatureOf } from '#engine';
import { randomId } from '#host';
import { invalidArgument, invalidSecret, refusePromise } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { bytesOf } from './body.js';
import { parseSecrets } from './options.js';
import { FIRST_MILLISECOND, OWN_HEADERS, SCHEMES, STANDARD_HEADERS } from './schemes.js';

/** @import { SignWebhookOptions, WebhookBody, WebhookSecret } from '../../index.js' */

/** Begins errors about arguments. */
const AT = 'signWebhook(): ';
const OPTIONS = {
  timestamp: optional(parseTimestamp),
  id: optional(parseId),
  scheme: optional(values.oneOf(SCHEMES), /** @type {const} */ ('realtime')),
};

/**
 * @param {WebhookBody} rawBody
 * @param {WebhookSecret} secret
 * @param {SignWebhookOptions} [options]
 * @returns {Record<string, string>}
 */
function signWebhook(rawBody, secret, options = {}) {
  const { id = `msg_${randomId()}`, scheme, timestamp = Date.now() } = parseBag(options, `${AT}options`, OPTIONS);
  refusePromise(`${AT}rawBody`, rawBody);
  const bytes = bytesOf(rawBody);
  if (bytes === undefined) throw invalidSecret(`${AT}rawBody`, 'a string or bytes, as they are sent', rawBody);
  const seconds = timestamp < FIRST_MILLISECOND ? timestamp : Math.floor(timestamp / 1000);
  const time = String(scheme === 'realtime' ? timestamp : seconds);
  const signature = signatureOf(parseSecrets(secret, AT), bytes, { scheme, timestamp: time, id });
  const names = scheme === 'standard-webhooks' ? STANDARD_HEADERS : OWN_HEADERS;
  const headers = { [names.id]: id, [names.timestamp]: time, [names.signature]: signature };
  if (scheme === 't-v1') delete headers[names.timestamp];
  return headers;
}

/** @param {unknown} value @param {string} path @returns {number} */
function parseTimestamp(value, path) {
  const timestamp = /** @type {number} */ (value);
  if (!Number.isSafeInteger(value) || timestamp < 0 || timestamp > 999_999_999_999_999)
    throw invalidArgument(path, 'a whole number of Unix seconds or milliseconds', value);
  return timestamp;
}

/** @param {unknown} value @param {string} path @returns {string} */
function parseId(value, path) {
  if (typeof value !== 'string' || !/^[\u0021-\u007e]{1,256}$/.test(value))
    throw invalidArgument(path, 'a string of 1 to 256 printable ASCII characters without spaces', value);
  return value;
}

export { signWebhook };
