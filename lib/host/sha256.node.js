/** SHA-256 by the OpenSSL of Node, Bun and Deno, see `sha256.d.ts`. */

import { createHash, createHmac, createSecretKey } from 'node:crypto';

/** @import { KeyObject } from 'node:crypto' */

/** @type {typeof import('./sha256.js').prepareKey} */
export function prepareKey(secret) {
  return createSecretKey(secret);
}

/** @type {typeof import('./sha256.js').hmac} */
export function hmac(key, pieces, encoding) {
  const code = createHmac('sha256', /** @type {KeyObject} */ (key));
  for (const piece of pieces) code.update(piece);
  return code.digest(encoding);
}

/** @type {typeof import('./sha256.js').sha256} */
export function sha256(pieces) {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
