/**
 * Why `fetch` rejects on Node, Bun and Deno, in the words of the system, see `no-answer.d.ts`. The
 * counterpart of `src/rest/failure.rs`.
 */

import { own } from '../../../own.js';
import { fail } from './failure.js';

/** The errors with which a request has not reached a server. */
const UNCONNECTED =
  /ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDR|CONNECT_TIMEOUT|ConnectionRefused|\(Connect\)|dns error|bad port/;
const TLS = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|ALTNAME|certificate|InvalidContentType/;
/** What OpenSSL and BoringSSL say of an answer in plain text. */
const NO_TLS = /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|http[ _]request|InvalidContentType/i;
/** As in `src/error/remediation.rs`. */
const HAS_NO_TLS = 'Write http:// in options.url if the server has no TLS, or another port if it has.';
const NOT_HTTP = /HPE_|HTTPParser|invalid HTTP/i;
const CLOSED = /other side closed|UND_ERR_SOCKET|ConnectionClosed|closed before message completed/;

/** @type {typeof import('./no-answer.js').noAnswer} */
export function noAnswer(error, url) {
  const { host } = new URL(url);
  const cause = causeOf(error);
  const text = `${own(deepest(error), 'code')} ${cause}`;
  if (NO_TLS.test(text)) {
    const message = `no TLS connection to ${host}: connected to a server that does not speak TLS`;
    return fail('TLS_ERROR', message, { cause, remediation: HAS_NO_TLS });
  }
  if (TLS.test(text)) return fail('TLS_ERROR', `no TLS connection to ${host}: ${cause}`, { cause });
  if (UNCONNECTED.test(text)) return fail('NETWORK_ERROR', `no connection to ${host}: ${cause}`, { cause }, true);
  if (NOT_HTTP.test(text)) {
    const hint = 'check that options.url names the platform, with https:// where it expects TLS';
    return fail('PROTOCOL_ERROR', `the answer is not valid HTTP: ${cause}; ${hint}`, { uncertain: true });
  }
  if (CLOSED.test(text))
    return fail('NETWORK_ERROR', 'the server closed the connection before it answered', { uncertain: true }, true);
  const message = `the connection broke before it answered: ${cause}`;
  return fail('NETWORK_ERROR', message, { cause, uncertain: true }, true);
}

/** @type {typeof import('./no-answer.js').causeOf} */
export function causeOf(error) {
  const last = deepest(error);
  // One for each address of a host.
  const errors = own(last, 'errors') ?? [last];
  return errors.map((/** @type {any} */ each) => String(each?.message ?? each).trim()).join(', ');
}

/** @param {unknown} error */
function deepest(error) {
  return own(error, 'cause') ?? error;
}
