/** One HTTP POST on a connection of its own, so that an earlier attempt cannot make it fail. */

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { WEBHOOK_LIMITS } from '../vocabulary.js';

/** @import { IncomingMessage } from 'node:http' */

/**
 * The status and the start of the body, or the reason why there is no status. `retryAfter` is in
 * milliseconds.
 *
 * @typedef {{ status?: number, responseBody?: string, retryAfter?: number, error?: string }} Outcome
 */

/**
 * Sends the request and resolves when its connection has ended. It never rejects. Redirects are not
 * followed. If the body of the answer does not end in time, the status counts nevertheless.
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
      const { 'retry-after': seconds = '' } = response.headers;
      if (/^\d{1,5}$/.test(seconds)) outcome.retryAfter = Number(seconds) * 1000;
      keepBody(response, outcome);
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

/**
 * Reads the whole body, and keeps the start of it, which says why a delivery was refused.
 *
 * @param {IncomingMessage} response
 * @param {Outcome} outcome
 */
function keepBody(response, outcome) {
  const decoder = new TextDecoder();
  let room = WEBHOOK_LIMITS.responseBytes;
  response.on('data', (/** @type {Buffer} */ chunk) => {
    if (room === 0) return;
    const kept = chunk.subarray(0, room);
    room -= kept.length;
    // As a stream: a character that the bound cuts is left out.
    outcome.responseBody = (outcome.responseBody ?? '') + decoder.decode(kept, { stream: true });
  });
}
