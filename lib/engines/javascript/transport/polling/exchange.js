/**
 * One request of long-polling and its answer. A failed exchange is not repeated: a poll that broke
 * may have carried events, and a body that was sent may have arrived.
 */

import { failed } from '#websocket';
import { explain } from '../../requests/cors.js';
import { redirect } from '../refusal.js';

/** @import { Loss, Server } from '../transport.js' */

/**
 * The state that all exchanges of a session share.
 *
 * @typedef {object} Session
 * @property {Server} server
 * @property {string} token the current one
 * @property {AbortSignal} signal
 * @property {Map<string, string>} cookies
 * @property {Readonly<Record<string, string>>} headers those of the server, with the cookies
 */

/** How long a body may be that leaves with a page, for all requests together. */
const MAX_KEEPALIVE_BYTES = 60_000;

/** A page's cache would answer polls. Other runtimes have none, and some reject the setting. */
const cache = 'location' in globalThis ? 'no-store' : undefined;

/**
 * Sends a request, and follows redirects within the server. One with a body is a POST.
 *
 * @param {Session} session
 * @param {string} target
 * @param {string} [body]
 * @param {boolean} [isLast] whether the request must outlive the page
 * @returns {Promise<{ target: string, answer: Response }>} an answer with status 200, and the
 *   target that gave it
 * @throws {Loss} as of a dial
 */
export async function exchange(session, target, body, isLast = false) {
  const { server, signal } = session;
  const { origin } = server;
  const method = body === undefined ? 'GET' : 'POST';
  const headers = new Headers({ ...session.headers, authorization: `Bearer ${session.token}` });
  if (body !== undefined) headers.set('content-type', 'text/plain;charset=UTF-8');
  const keepalive = isLast && `${body}`.length < MAX_KEEPALIVE_BYTES;
  const init = /** @type {RequestInit & { method: string, headers: Headers }} */ (
    /** @type {object} */ ({ method, body, signal, cache, keepalive, redirect: 'manual', headers })
  );
  for (let redirects = 0; ; redirects++) {
    /** @type {Response} */
    let answer;
    try {
      answer = await fetch(origin + target, init);
    } catch (error) {
      const why = signal.aborted ? undefined : await explain(origin + target, init);
      throw why === undefined ? failed(server, error) : { reason: why, error: { code: 'NETWORK_ERROR', message: why } };
    }
    const lines = answer.headers.getSetCookie?.() ?? [];
    if (lines.length > 0) (await import('./cookies.js')).storeCookies(session, lines);
    if (answer.status === 200) return { target, answer };
    target = await redirect(server, answer, method, target, redirects);
  }
}

/** The pieces of a body, none of them empty. @param {Response} answer */
export async function* piecesOf(answer) {
  const reader = answer.body?.getReader();
  if (reader === undefined) {
    // React Native has no streams.
    const text = await answer.text();
    if (text !== '') yield text;
    return;
  }
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (value.length > 0) yield value;
  }
}

/** The meaning of a failed exchange for an open session. @param {Loss} loss @returns {Loss} */
export function lost(loss) {
  const { reason, error, said } = loss;
  const status = error?.status;
  const isDefect = error?.code === 'PROTOCOL_ERROR' || error?.code === 'MESSAGE_TOO_LARGE';
  if (error === undefined || (isDefect && status === undefined)) return loss;
  if (error.code === 'TLS_ERROR') return { reason: `TLS: ${reason}` };
  // Other statuses may come from a gateway that cannot reach the server.
  const isCutOff = said === undefined || status === undefined || status < 400 || status >= 500;
  return { reason: status === undefined ? reason : `long-polling was answered with ${reason}${said ?? ''}`, isCutOff };
}

/**
 * Whether a refusal says that this server does not know the session: the session has ended, or a
 * load balancer has chosen another server. Servers say `Session ID unknown`, `Invalid session ...`
 * or `invalid sid`.
 *
 * @param {Loss} loss
 */
export function isUnknownSession({ error, said = '' }) {
  return /^4/.test(`${error?.status}`) && /session|\bsid\b/i.test(said);
}
