/** One HTTP POST on a connection of its own, so that an earlier attempt cannot make it fail. */

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/**
 * The status, or the reason why there is none.
 *
 * @typedef {{ status?: number, error?: string }} Outcome
 */

/**
 * Sends the request and resolves when its connection has ended. It never rejects. Redirects are not
 * followed. The body of the answer is discarded; if it does not end in time, the status counts
 * nevertheless.
 *
 * @param {string} url
 * @param {object} options
 * @param {Record<string, string>} options.headers
 * @param {Buffer} options.body
 * @param {number} options.timeout in ms
 * @param {AbortSignal} options.signal its reason is an `Error`
 * @returns {Promise<Outcome>}
 */
export function post(url, { headers, body, timeout, signal }) {
  return new Promise((resolve) => {
    /** @type {Outcome} */
    let outcome = { error: 'The connection ended without an answer.' };
    const send = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, { method: 'POST', headers, agent: false, signal });
    const timer = setTimeout(() => request.destroy(new Error(`No answer within ${timeout} ms.`)), timeout);
    request.on('response', (response) => {
      outcome = { status: response.statusCode };
      response.resume();
    });
    request.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      // If none of several addresses can be reached, the error has a code and no message.
      if (!outcome.status) outcome = { error: signal.aborted ? signal.reason.message : error.message || error.code };
    });
    request.on('close', () => {
      clearTimeout(timer);
      resolve(outcome);
    });
    request.end(body);
  });
}
