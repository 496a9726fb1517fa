/**
 * Sends a received request to another address as it is: the same bytes, the same headers in the
 * same order and spelling. Only what belongs to the connection is replaced.
 */

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */

/** How long the target may take to begin its answer, in ms: longer than platforms wait. */
const TIMEOUT = 30_000;
/** They belong to one connection: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const OF_CONNECTION =
  /^(?:connection|keep-alive|proxy-connection|proxy-authenticate|proxy-authorization|te|trailer|transfer-encoding|upgrade)$/i;

/**
 * Answers the received request with the answer of the target.
 *
 * @param {IncomingMessage} received @param {Buffer} body @param {string} url of the target
 * @param {ServerResponse} response
 * @returns {Promise<number>} the status
 * @throws {Error} whose message says why the target did not answer
 */
export async function relay(received, body, url, response) {
  const headers = forwarded(received).filter(([name]) => !/^(?:host|content-length|expect)$/i.test(name));
  const own = [
    ['host', new URL(url).host],
    ['content-length', String(body.length)],
  ];
  // Where the sender hangs up, nobody waits for the answer.
  const gone = new AbortController();
  const hangUp = () => gone.abort(new Error('the sender did not wait for the answer'));
  response.once('close', hangUp);
  if (response.closed) hangUp();
  const answer = await send(url, [...own, ...headers].flat(), body, gone.signal);
  const { statusCode = 502, statusMessage } = answer;
  response.writeHead(statusCode, statusMessage, forwarded(answer).flat());
  await pipeline(answer, response);
  return statusCode;
}

/** @param {string} url @param {string[]} headers @param {Buffer} body @param {AbortSignal} gone */
function send(url, headers, body, gone) {
  const start = url.startsWith('https:') ? requestHttps : requestHttp;
  return /** @type {Promise<IncomingMessage>} */ (
    new Promise((resolve, reject) => {
      // A connection of its own: one that was kept may be closed by a target that restarts.
      const request = start(url, { method: 'POST', headers: /** @type {any} */ (headers), agent: false });
      const stop = () => request.destroy(gone.reason);
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${TIMEOUT / 1000} seconds`)), TIMEOUT);
      request.once('response', (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      request.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
        clearTimeout(timer);
        // If none of several addresses can be reached, the error has a code and no message.
        reject(error.message ? error : new Error(error.code));
      });
      request.end(body);
      gone.addEventListener('abort', stop);
      if (gone.aborted) stop();
    })
  );
}

/** The headers that belong to the message. @param {IncomingMessage} message @returns {string[][]} */
function forwarded({ rawHeaders, headers }) {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => rawHeaders.slice(index * 2, index * 2 + 2)).filter(
    ([name]) => !OF_CONNECTION.test(name) && !named.has(name.toLowerCase()),
  );
}
