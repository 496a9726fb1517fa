/** One HTTP POST on a connection of its own, so that an attempt never fails for what an earlier one left behind. */

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/**
 * Redirects are not followed. The body of the answer is read and dropped; when it does not end in time, the status
 * counts nevertheless.
 *
 * @param {string} url
 * @param {{ headers: object, body: Buffer, timeout: number, signal: AbortSignal }} options the signal's reason is an Error
 * @returns {Promise<{ status: number } | { error: string }>} when the connection has ended; it never rejects
 */
export function post(url, { headers, body, timeout, signal }) {
  return new Promise((resolve) => {
    let outcome = { error: 'The connection ended without an answer.' };
    const send = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, { method: 'POST', headers, agent: false, signal });
    const timer = setTimeout(() => request.destroy(new Error(`No answer within ${timeout} ms.`)), timeout);
    request.on('response', (response) => {
      outcome = { status: response.statusCode };
      response.resume();
    });
    request.on('error', (error) => {
      // A failure to reach any of several addresses has no message, only a code.
      if (!outcome.status) outcome = { error: signal.aborted ? signal.reason.message : error.message || error.code };
    });
    request.on('close', () => {
      clearTimeout(timer);
      resolve(outcome);
    });
    request.end(body);
  });
}
