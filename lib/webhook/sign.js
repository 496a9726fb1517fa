'use strict';

/** The other side of a receiver: the headers of a delivery, for tests and for programs that send. */

const { randomUUID } = require('node:crypto');

const { invalidArgument } = require('../errors.js');
const { prepareWebhookKeys, signWebhook: signatureOf } = require('../native.js');
const { warnAboutUnknownNames } = require('../spelling.js');
const values = require('../values.js');
const { bytesOf } = require('./body.js');
const { parseSecrets } = require('./options.js');
const { ENGINE_SCHEME, OWN_HEADERS, STANDARD_HEADERS } = require('./schemes.js');

/** @import { SignWebhookOptions, WebhookBody, WebhookScheme } from '../../index.js' */

const SCHEMES = /** @type {WebhookScheme[]} */ (Object.keys(ENGINE_SCHEME));
/** Smaller numbers are seconds, as receivers read them too. */
const FIRST_MILLISECOND = 1e11;

/**
 * @param {WebhookBody} rawBody
 * @param {string | readonly string[]} secret
 * @param {SignWebhookOptions} [options]
 * @returns {Record<string, string>}
 */
function signWebhook(rawBody, secret, options = {}) {
  if (typeof options !== 'object' || options === null) throw invalidSecret('options', 'an object', options);
  warnAboutUnknownNames(options, 'options', ['timestamp', 'id', 'scheme']);
  const bytes = bytesOf(rawBody);
  if (bytes === undefined) throw invalidArgument('rawBody', 'a string or bytes, as they are sent', typeof rawBody);
  const { id = `msg_${randomUUID()}`, scheme = 'realtime', timestamp = Date.now() } = options;
  values.oneOf(SCHEMES)(scheme, 'options.scheme');
  if (!Number.isSafeInteger(timestamp) || timestamp < 0 || timestamp > 999_999_999_999_999)
    throw invalidArgument('options.timestamp', 'a whole number of Unix seconds or milliseconds', timestamp);
  if (typeof id !== 'string' || !/^[\u0021-\u007e]{1,256}$/.test(id))
    throw invalidArgument('options.id', 'a string of 1 to 256 printable ASCII characters without spaces', id);

  const seconds = timestamp < FIRST_MILLISECOND ? timestamp : Math.floor(timestamp / 1000);
  const time = String(scheme === 'realtime' ? timestamp : seconds);
  const signature = signatureOf(prepareWebhookKeys(parseSecrets(secret)), bytes, ENGINE_SCHEME[scheme], time, id);
  const names = scheme === 'standard-webhooks' ? STANDARD_HEADERS : OWN_HEADERS;
  const headers = { [names.id]: id, [names.timestamp]: time, [names.signature]: signature };
  if (scheme === 't-v1') delete headers[names.timestamp];
  return headers;
}

exports.signWebhook = signWebhook;
