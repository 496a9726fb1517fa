/** Calls of the platform that the SDK has no method for. */

import { CommandError, EXIT } from './exit-codes.js';

/** @import { Connection } from './configuration.js' */

const TIMEOUT = 10_000;
/** @type {Record<number, number>} */
const EXITS = { 401: EXIT.refused, 403: EXIT.refused, 404: EXIT.notFound, 408: EXIT.unreachable, 409: EXIT.conflict };

/**
 * @param {Connection} connection @param {string} path @param {object} body
 * @returns {Promise<any>} the answer
 * @throws {CommandError}
 */
export const post = (connection, path, body) => call(connection, 'POST', path, body);

/**
 * @param {Connection} connection @param {'GET' | 'POST' | 'DELETE'} method @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} the answer
 * @throws {CommandError}
 */
export async function call({ url, token, applicationId, environment }, method, path, body) {
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` }),
    ...(applicationId && { 'x-application-id': applicationId }),
    ...(environment && { 'x-environment': environment }),
  };
  let response;
  let text;
  try {
    // A redirect would carry the token to another place.
    const signal = AbortSignal.timeout(TIMEOUT);
    response = await fetch(url + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      redirect: 'manual',
      signal,
    });
    text = await response.text();
  } catch (error) {
    const what = `${method} ${path}: ${causeOf(error)}. Is the platform at ${hostOf(url)} up?`;
    throw new CommandError(EXIT.unreachable, what);
  }
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer;
  const reason = answer?.message ?? `HTTP ${response.status}`;
  const exit = EXITS[response.status] ?? (response.status >= 500 ? EXIT.unreachable : EXIT.failed);
  throw new CommandError(exit, `${method} ${path} was refused with HTTP ${response.status}: ${reason}`);
}

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a request had no answer. @param {unknown} error @returns {string} */
export function causeOf(error) {
  const { name, message, cause } = /** @type {Error & { cause?: Error & { code?: string } }} */ (error);
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT / 1000} seconds`;
  return cause?.message || cause?.code || message;
}

/** An address without its credentials. @param {string} url */
export const hostOf = (url) => new URL(url).origin;
