/**
 * Why a browser keeps a page from a server. Its own errors do not say: a script could explore the
 * network with them.
 */

import { later } from '#host';
import { unreachable } from './failure.js';

/** @import { Loss, Server } from './transport.js' */

/**
 * Watches for violations of the page's Content-Security-Policy while a dial lasts.
 *
 * @param {Server} server
 */
export function watchPolicy({ authority }) {
  let isBlocked = false;
  /** @param {any} event */
  const listener = ({ blockedURI, effectiveDirective }) => {
    isBlocked ||= effectiveDirective === 'connect-src' && `${blockedURI}`.includes(authority);
  };
  const { addEventListener, removeEventListener } = /** @type {any} */ (globalThis);
  addEventListener?.('securitypolicyviolation', listener);
  return {
    isBlocked: () => isBlocked,
    stop: () => removeEventListener?.('securitypolicyviolation', listener),
  };
}

/**
 * Adds to a failed dial what is known about the page.
 *
 * @param {Loss} loss
 * @param {Server} server
 * @param {'websocket' | 'polling'} transport
 * @param {() => boolean} isBlocked
 * @returns {Promise<Loss>}
 */
export async function explain(loss, server, transport, isBlocked) {
  const { location, navigator } = /** @type {any} */ (globalThis);
  /** @type {string | undefined} */
  const page = location?.origin;
  if (page === undefined || loss.error?.code !== 'NETWORK_ERROR') return loss;
  // The violation is reported in a task of its own.
  await new Promise((resolve) => later(() => resolve(undefined), 0));
  const { origin, authority } = server;
  const url = transport === 'polling' ? origin : origin.replace('http', 'ws');
  /** @type {string | undefined} */
  let reason;
  if (isBlocked()) reason = `the page's Content-Security-Policy does not allow ${url}: add it to connect-src`;
  else if (navigator?.onLine === false) reason = 'the browser is offline';
  else if (page.startsWith('https:') && origin.startsWith('http:'))
    reason = `a page with https:// may not connect to ${url}: write https:// in options.url`;
  else if (transport === 'polling' && page !== origin && (await isReachable(origin)))
    reason =
      'the server answers, but does not allow this page (CORS): its answers lack the header ' +
      `Access-Control-Allow-Origin: ${page}, or Access-Control-Allow-Headers with ` +
      `${['authorization', ...Object.keys(server.headers)].join(', ')}; set the option cors of its Socket.IO server`;
  return reason === undefined ? loss : unreachable(authority, reason, { cause: loss.reason });
}

/** Whether the server answers at all. @param {string} origin */
async function isReachable(origin) {
  try {
    await fetch(origin, /** @type {RequestInit} */ ({ mode: 'no-cors', credentials: 'omit', cache: 'no-store' }));
    return true;
  } catch {
    return false;
  }
}
