/**
 * Everything that can go wrong between a dial and a closed link, in the words that a user reads in
 * `connection.reason` and in errors. None of them holds a token.
 */

import { explanation, isPlatformError, isTransient, parsed, retryAfter, startOf } from './answer.js';

/** @import { Failure, HttpAnswer, Loss } from './transport.js' */

/** Engine.IO's code for an unsupported version, in the body of its refusal. */
const UNSUPPORTED_VERSION = 5;

/** What IANA calls the close codes, <https://www.iana.org/assignments/websocket>, from 1000. */
const CLOSE_CODES =
  'normal closure,going away,protocol error,unsupported data,,,,invalid payload,policy violation,message too big,extension expected,internal error,service restart,try again later,bad gateway'.split(
    ',',
  );

// The dial has failed.

/**
 * @param {string} authority
 * @param {string} reason
 * @param {Partial<Failure>} [more]
 * @returns {Loss}
 */
export function unreachable(authority, reason, more) {
  return {
    reason,
    error: { code: 'NETWORK_ERROR', message: `no connection to ${authority}: ${reason}`, ...more },
  };
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
  const reason = `${cause?.message || cause?.code || cause}`;
  if (!/CERT|TLS|SSL|EPROTO/.test(cause?.code)) return unreachable(authority, reason);
  return { reason, error: { code: 'TLS_ERROR', message: `no TLS connection to ${authority}: ${reason}` } };
}

/** @param {string} authority @param {string} reason @returns {Loss} */
export function notRealtime(authority, reason) {
  return { reason, error: { code: 'PROTOCOL_ERROR', message: `no realtime server at ${authority}: ${reason}` } };
}

/** @param {string} authority @param {number} status @param {string} text @returns {Loss} */
export function redirected(authority, status, text) {
  const reason = `HTTP ${status}, ${text}`;
  const message = `${authority} answered the handshake with ${reason}`;
  // The next attempt fails in the same way if the server itself has redirected.
  return { reason, error: { code: 'UPGRADE_REFUSED', message, status, outlook: 'unproven' } };
}

/**
 * The server or a gateway has answered the handshake with another status.
 *
 * @param {string} authority
 * @param {HttpAnswer} answer
 * @returns {Promise<Loss>}
 */
export async function refused(authority, answer) {
  const { status } = answer;
  const body = await startOf(answer);
  const said = explanation(body);
  const isVersion = parsed(body)?.code === UNSUPPORTED_VERSION;
  // Gateways and firewalls answer 403 with a page. Any other 403 may come from a server that has
  // read the token.
  const isAboutToken = status === 401 || (status === 403 && !/^\s*</.test(body));
  const version =
    ': the server does not speak Engine.IO 4, which this client needs: it refuses this version of the protocol';
  /** @type {Failure} */
  const error = {
    code: isVersion ? 'PROTOCOL_ERROR' : isAboutToken ? 'AUTH_FAILED' : 'UPGRADE_REFUSED',
    message: `${authority} answered the handshake with HTTP ${status}${said}${isVersion ? version : ''}`,
    status,
    retryAfter: retryAfter(answer.headers.get('retry-after')),
  };
  // A body in the platform's JSON proves that the server itself has answered.
  if (status >= 400 && status < 500 && !isTransient(status))
    error.outlook = isPlatformError(body) ? 'permanent' : 'unproven';
  return { reason: `HTTP ${status}`, error, said };
}

// The link is lost.

/** The server sent a close frame. @param {number | undefined} code @param {string} reason @returns {Loss} */
export function closed(code, reason) {
  const words = code === undefined ? '' : ` (${`${code} ${reason || (CLOSE_CODES[code - 1000] ?? '')}`.trim()})`;
  return { reason: `closed by the server${words}`, isPlainClose: (code ?? 1000) === 1000 && reason === '' };
}

/** The server sent a message above the limit. @param {number | undefined} size @param {number} limit @returns {Loss} */
export function tooLarge(size, limit) {
  const length = size === undefined ? '' : ` of ${size} bytes,`;
  return violated(
    `the server sent a message${length} above the limit of ${limit} bytes (maxMessageBytes)`,
    'MESSAGE_TOO_LARGE',
  );
}

/** The server violated the protocol. @param {string} reason @param {string} [code] @returns {Loss} */
export function violated(reason, code = 'PROTOCOL_ERROR') {
  return { reason, error: { code, message: `the connection was closed: ${reason}` } };
}
