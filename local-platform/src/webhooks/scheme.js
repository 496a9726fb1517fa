/**
 * The three ways to sign a delivery. Each signs the time of the attempt and the bytes of the body.
 */

import { createHmac } from 'node:crypto';
import { WEBHOOK_HEADERS } from '../vocabulary.js';

/** @import { WebhookEndpoint } from '../../index.js' */

/** @typedef {WebhookEndpoint['scheme']} Scheme */
/** @typedef {{ id: string, body: Buffer, secret: string, now: number }} Signed */

const PREFIX = 'whsec_';

/** @type {Record<Scheme, (delivery: Signed) => Record<string, string>>} */
export const SCHEMES = {
  realtime: ({ id, body, secret, now }) => ({
    [WEBHOOK_HEADERS.id]: id,
    [WEBHOOK_HEADERS.timestamp]: String(now),
    [WEBHOOK_HEADERS.signature]: hmac(secret, `${now}.`, body).toString('hex'),
  }),

  'standard-webhooks': ({ id, body, secret, now }) => {
    const seconds = Math.floor(now / 1000);
    const signature = hmac(standardKey(secret), `${id}.${seconds}.`, body).toString('base64');
    return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
  },

  't-v1': ({ body, secret, now }) => {
    const seconds = Math.floor(now / 1000);
    const signature = hmac(secret, `${seconds}.`, body).toString('hex');
    return { [WEBHOOK_HEADERS.signature]: `t=${seconds},v1=${signature}` };
  },
};

/** @param {string | Buffer} key @param {string} prefix @param {Buffer} body */
const hmac = (key, prefix, body) => createHmac('sha256', key).update(prefix).update(body).digest();

/**
 * The key of a secret: the Base64 after its prefix, with or without padding. Any other secret is
 * the key itself.
 *
 * @param {string} secret
 */
function standardKey(secret) {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const key = Buffer.from(encoded, 'base64'); // skips characters that are not Base64
  return encoded && key.toString('base64').startsWith(encoded) ? key : secret;
}
