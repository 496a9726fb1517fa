/**
 * The platform's routes, and a client of the SDK with a token of its own. The client connects only
 * when a direct message needs a socket: an open page is not a client that tests would count.
 */

import { RealtimeClient } from '../lib/index.web.js';

/** The base URL of the platform: the page is at its root. */
export const BASE = new URL('.', location.href).href.replace(/\/$/, '');

/**
 * Calls a route of the platform.
 *
 * @param {string} path
 * @param {{ body?: unknown, method?: string, token?: string }} [request]
 * @returns {Promise<any>}
 * @throws {Error} with the platform's message
 */
export async function call(path, { body, method = body === undefined ? 'GET' : 'POST', token } = {}) {
  /** @type {Record<string, string>} */
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(BASE + path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? `HTTP ${response.status}`);
  return answer;
}

/** @returns {Promise<string>} */
const mint = async () => (await call('/_local/tokens', { body: { sub: 'inspector', permissions: ['admin'] } })).token;

/** @type {{ text: string, until: number } | undefined} */
let token;

/** Calls a route that needs a token. @param {string} path @param {{ body?: unknown, method?: string }} [request] */
export async function callWithToken(path, request) {
  if (token === undefined || token.until < Date.now()) token = { text: await mint(), until: Date.now() + 1_800_000 };
  return call(path, { ...request, token: token.text });
}

/** A platform that starts again has another secret. */
export const forgetToken = () => {
  token = undefined;
};

/** @type {any} */
let client;

/** The client of the SDK. @returns {any} */
export function realtime() {
  client ??= new RealtimeClient({
    url: BASE,
    token: mint,
    autoConnect: false,
    reconnectionAttempts: Number.POSITIVE_INFINITY,
  }).on('error', () => {});
  return client;
}

/** The ID of the page's own socket, if it has one. @returns {string | undefined} */
export const ownId = () => client?.socketClient.id;
