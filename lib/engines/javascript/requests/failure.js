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
  /ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDR|CONNECT_TIMEOUT|ConnectionRefused|\(Connect\)|dns error/;
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
  const { code, reason } = reasonOf(error);
  const text = `${code} ${reason}`;
  if (TLS.test(text)) return fail('TLS_ERROR', `no TLS connection to ${authority}: ${reason}`);
  if (UNCONNECTED.test(text))
    return { ...fail('NETWORK_ERROR', `no connection to ${authority}: ${reason}`), transient: true };
  return broken(code, reason, 'before it answered', code === '');
}

/**
 * The connection broke while the client read a response with this status.
 *
 * @param {unknown} error
 * @param {number} status
 * @returns {Ended}
 */
function incomplete(error, status) {
  const { code, reason } = reasonOf(error);
  const ended = broken(code, reason, 'before its answer was complete', false);
  if (ended.outcome.failure) ended.outcome.failure.status = status;
  return ended;
}

/** @param {string} code @param {string} reason @param {string} moment @param {boolean} isOpaque @returns {Ended} */
function broken(code, reason, moment, isOpaque) {
  const text = `${code} ${reason}`;
  if (NOT_HTTP.test(text)) {
    const hint = 'check that options.url names the platform, with https:// where it expects TLS';
    return fail('PROTOCOL_ERROR', `the answer is not valid HTTP: ${reason}; ${hint}`, { uncertain: true });
  }
  const message = CLOSED.test(text)
    ? `the server closed the connection ${moment}`
    : `the connection broke ${moment}: ${reason}`;
  return { ...fail('NETWORK_ERROR', message, { uncertain: true }), transient: true, isOpaque };
}

/** The deepest cause that says something. @param {unknown} error */
function reasonOf(error) {
  const cause = own(error, 'cause');
  // Node lists one error for each address of a host.
  const deepest = own(own(cause, 'errors'), '0') ?? cause ?? error;
  return { code: String(own(deepest, 'code') ?? ''), reason: String(deepest?.message ?? deepest) };
}

export { fail, incomplete, noAnswer };
