/**
 * Everything that can go wrong between a dial and a closed link, in the words that a user reads in
 * `connection.reason` and in errors. None of them holds a token. `refusal.js` has the answers of
 * HTTP.
 */

/** @import { Failure, Loss } from './transport.js' */

// The dial has failed.

/**
 * @param {string} authority
 * @param {string} reason
 * @param {Partial<Failure>} [more]
 * @returns {Loss}
 */
export function unreachable(authority, reason, more) {
  return { reason, error: { code: 'NETWORK_ERROR', message: `no connection to ${authority}: ${reason}`, ...more } };
}

/** @param {string} authority @param {string} reason @returns {Loss} */
export function notRealtime(authority, reason) {
  return { reason, error: { code: 'PROTOCOL_ERROR', message: `no realtime server at ${authority}: ${reason}` } };
}

// The link is lost.

/**
 * The server sent a close frame, or the packet that ends a session.
 *
 * @param {number} [code]
 * @param {string} [reason]
 * @param {string} [words] what the code means
 * @returns {Loss}
 */
export function closed(code, reason = '', words = '') {
  const shown = code === undefined ? '' : ` (${`${code} ${reason || words}`.trim()})`;
  return { reason: `closed by the server${shown}`, isPlainClose: (code ?? 1000) === 1000 && reason === '' };
}

/**
 * The server sent a message above the limit.
 *
 * @param {number | undefined} size
 * @param {number} limit
 */
export function tooLarge(size, limit) {
  const length = size === undefined ? '' : ` of ${size} bytes,`;
  const reason = `the server sent a message${length} above the limit of ${limit} bytes (maxMessageBytes)`;
  return violated(reason, 'MESSAGE_TOO_LARGE');
}

/**
 * The server violated the protocol.
 *
 * @param {string} reason
 * @param {string} [code]
 * @returns {Loss}
 */
export function violated(reason, code = 'PROTOCOL_ERROR') {
  return { reason, error: { code, message: `the connection was closed: ${reason}` } };
}
