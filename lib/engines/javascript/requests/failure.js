/**
 * A failed exchange: what the user learns about it, and what the client needs to retry it. The
 * counterpart of `src/rest/failure.rs`.
 *
 * `fetch` rejects with a TypeError for everything. Node, Deno and Bun tell the reason in its cause
 * or its text, in the words of the system; a browser tells none.
 */

import { own } from '../../../own.js';

/** @import { Failure, Outcome } from '../../engine.js' */

/**
 * How an attempt ended.
 *
 * @typedef {object} Ended
 * @property {Outcome} outcome
 * @property {boolean} [transient] whether the same request may succeed a moment later
 * @property {boolean} [isOpaque] whether the runtime hides why there was no answer
 */

/** What the request never reached a server with. */
const UNCONNECTED =
  /ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDR|CONNECT_TIMEOUT|ConnectionRefused|\(Connect\)|dns error|bad port/;
const TLS = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|ALTNAME|certificate/;
const NOT_HTTP = /HPE_|HTTPParser|invalid HTTP/i;
const CLOSED = /other side closed|UND_ERR_SOCKET|ConnectionClosed|closed before message completed/;

/**
 * @param {string} code
 * @param {string} message
 * @param {Partial<Failure>} [details]
 * @returns {{ outcome: Outcome & { failure: Failure } }}
 */
function fail(code, message, details) {
  return { outcome: { status: null, body: null, failure: { code, message, ...details } } };
}

/**
 * The server did not answer.
 *
 * @param {unknown} error of `fetch`
 * @param {string} authority host and port
 * @returns {Ended}
 */
function noAnswer(error, authority) {
  const { text, cause, isOpaque } = reasonOf(error);
  if (TLS.test(text)) return fail('TLS_ERROR', `no TLS connection to ${authority}: ${cause}`, { cause });
  if (UNCONNECTED.test(text))
    return { ...fail('NETWORK_ERROR', `no connection to ${authority}: ${cause}`, { cause }), transient: true };
  if (NOT_HTTP.test(text)) {
    const hint = 'check that options.url names the platform, with https:// where it expects TLS';
    return fail('PROTOCOL_ERROR', `the answer is not valid HTTP: ${cause}; ${hint}`, { uncertain: true });
  }
  const ended = CLOSED.test(text)
    ? fail('NETWORK_ERROR', 'the server closed the connection before it answered', { uncertain: true })
    : fail('NETWORK_ERROR', `the connection broke before it answered: ${cause}`, { cause, uncertain: true });
  return { ...ended, transient: true, isOpaque };
}

/**
 * The connection broke while the client read a response with this status.
 *
 * @param {unknown} error
 * @param {number} status
 * @returns {Ended}
 */
function incomplete(error, status) {
  const { cause } = reasonOf(error);
  const message = `the connection broke before its answer was complete: ${cause}`;
  return { ...fail('NETWORK_ERROR', message, { status, cause, uncertain: true }), transient: true };
}

/** The deepest cause. Node lists one error for each address of a host. @param {any} error */
function reasonOf(error) {
  const deepest = own(error, 'cause') ?? error;
  const code = own(deepest, 'code');
  const errors = own(deepest, 'errors') ?? [deepest];
  const cause = errors.map((/** @type {any} */ each) => String(each?.message ?? each).trim()).join(', ');
  return { text: `${code} ${cause}`, cause, isOpaque: code === undefined };
}

export { fail, incomplete, noAnswer };
