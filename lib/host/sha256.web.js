/** SHA-256 in JavaScript, for browsers and workers, see `sha256.d.ts`. */

import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** The states of HMAC after the key: a message continues copies of them. */
/** @typedef {ReturnType<typeof nobleHmac.create>} PreparedKey */

/** @type {typeof import('./sha256.js').prepareKey} */
export function prepareKey(secret) {
  return nobleHmac.create(nobleSha256, secret);
}

/** @type {typeof import('./sha256.js').hmac} */
export function hmac(key, pieces, encoding) {
  const code = /** @type {PreparedKey} */ (key).clone();
  for (const piece of pieces) code.update(piece);
  const digest = code.digest();
  return encoding === 'hex' ? hex(digest) : btoa(String.fromCharCode(...digest));
}

/** @type {typeof import('./sha256.js').sha256} */
export function sha256(pieces) {
  const hash = nobleSha256.create();
  for (const piece of pieces) hash.update(piece);
  return hex(hash.digest());
}

/** @param {Uint8Array} digest */
function hex(digest) {
  let text = '';
  for (const byte of digest) text += (byte + 256).toString(16).slice(1);
  return text;
}
