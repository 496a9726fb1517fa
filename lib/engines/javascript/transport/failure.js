/**
 * Everything that can go wrong between a dial and a closed link, in the words that a user reads in
 * `connection.reason` and in errors. None of them holds a token. `refusal.js` has the answers of
 * HTTP.
 */

/** @import { Failure, Loss } from './transport.js' */

/** What IANA calls the close codes, <https://www.iana.org/assignments/websocket>, from 1000. */
const CLOSE_CODES =
  'normal closure,going away,protocol error,unsupported data,,,,invalid payload,policy violation,message too big,extension expected,internal error,service restart,try again later,bad gateway'.split(
    ',',
  );

// The dial has failed.

/** @param {string} authority @param {string} reason @param {Partial<Failure>} [more] @returns {Loss} */
export function unreachable(authority, reason, more) {
  return { reason, error: { code: 'NETWORK_ERROR', message: `no connection to ${authority}: ${reason}`, ...more } };
}

/**
 * The dial has failed with an error of the runtime. Node tells certificates and TLS from the rest.
 *
 * @param {string} authority
 * @param {any} error
 * @returns {Loss}
 */
export function failed(authority, error) {
  const cause = error?.cause?.errors?.[0] ?? error?.cause ?? error;
  const text = `${cause?.message || cause?.code || cause}`;
  const isClosed = /UND_ERR_SOCKET|ConnectionClosed|closed before message/.test(`${cause?.code} ${text}`);
  const reason = isClosed ? 'the server closed the connection before it answered' : text;
  return /CERT|TLS|SSL|EPROTO/.test(cause?.code)
    ? { reason, error: { code: 'TLS_ERROR', message: `no TLS connection to ${authority}: ${reason}` } }
    : unreachable(authority, reason);
}

/** @param {string} authority @param {string} reason @returns {Loss} */
export function notRealtime(authority, reason) {
  return { reason, error: { code: 'PROTOCOL_ERROR', message: `no realtime server at ${authority}: ${reason}` } };
}

// The link is lost.

/** The server sent a close frame. @param {number | undefined} code @param {string} reason @returns {Loss} */
export function closed(code, reason) {
  const words = code === undefined ? '' : ` (${`${code} ${reason || (CLOSE_CODES[code - 1000] ?? '')}`.trim()})`;
  return { reason: `closed by the server${words}`, isPlainClose: (code ?? 1000) === 1000 && reason === '' };
}

/** The server sent a message above the limit. @param {number | undefined} size @param {number} limit */
export function tooLarge(size, limit) {
  const length = size === undefined ? '' : ` of ${size} bytes,`;
  const reason = `the server sent a message${length} above the limit of ${limit} bytes (maxMessageBytes)`;
  return violated(reason, 'MESSAGE_TOO_LARGE');
}

/** The server violated the protocol. @param {string} reason @param {string} [code] @returns {Loss} */
export function violated(reason, code = 'PROTOCOL_ERROR') {
  return { reason, error: { code, message: `the connection was closed: ${reason}` } };
}
