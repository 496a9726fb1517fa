/** The three ways to sign a delivery. Each signs the moment of the attempt together with the bytes of the body. */

import { createHmac } from 'node:crypto';
import { WEBHOOK_HEADERS } from '../vocabulary.js';

const PREFIX = 'whsec_';

/** @type {Record<string, (delivery: { id: string, body: Buffer, secret: string, now: number }) => Record<string, string>>} */
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

const hmac = (key, prefix, body) => createHmac('sha256', key).update(prefix).update(body).digest();

/** Base64 after the prefix, with or without its padding; a secret that is anything else is taken as it is. */
function standardKey(secret) {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const key = Buffer.from(encoded, 'base64'); // which skips what is not base64
  return encoded && key.toString('base64').startsWith(encoded) ? key : secret;
}
