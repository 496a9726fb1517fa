/**
 * SHA-256 and HMAC-SHA256, synchronously: `crypto.subtle` has them as promises only. `#sha256` in
 * `lib/package.json` chooses between `sha256.node.js`, by `node:crypto`, and `sha256.web.js`.
 */

/** A prepared key. */
export type Key = object;
export type Encoding = 'hex' | 'base64';

export function prepareKey(secret: Uint8Array): Key;
/** The authentication code of the pieces, one behind the other. */
export function hmac(key: Key, pieces: readonly Uint8Array[], encoding: Encoding): string;
/** The digest of the pieces, in hexadecimal digits. */
export function sha256(pieces: readonly Uint8Array[]): string;
