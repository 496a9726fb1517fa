/**
 * The endpoint for frameworks that turn a `Request` into a `Response`: Next.js, Hono, Bun, Deno.
 */

import { concat } from '../bytes.js';
import { Endpoint, INCOMPLETE, NOT_POST } from './endpoint.js';

/**
 * @import { WebhookBody, WebhookEvent, WebhookMiddlewareOptions, WebhookReceiver } from '../../index.js'
 */
/** @import { Answer } from './endpoint.js' */

/**
 * @param {WebhookReceiver} receiver
 * @param {(delivery: WebhookEvent<any>, request: Request) => unknown} handler
 * @param {WebhookMiddlewareOptions} [options]
 */
function fetchWebhook(receiver, handler, options) {
  const endpoint = new Endpoint(receiver, handler, options);
  return async (/** @type {Request} */ request) => {
    if (request.method !== 'POST') return respond(NOT_POST);
    let rawBody;
    try {
      rawBody = await readBody(request, endpoint.maxBodyBytes);
    } catch {
      return respond(INCOMPLETE);
    }
    if (rawBody === null) return respond(endpoint.tooLarge);
    return respond(await endpoint.receive(rawBody, request.headers, request));
  };
}

/**
 * The bytes of the body, or null when there are more than `limit`. A body that was read before is
 * gone: the result is then not a body, and is refused as such.
 *
 * @param {Request} request
 * @param {number} limit
 * @returns {Promise<WebhookBody | null>}
 */
async function readBody(request, limit) {
  if (request.bodyUsed) return /** @type {any} */ (undefined);
  const chunks = [];
  let size = 0;
  for await (const chunk of chunksOf(request)) {
    size += chunk.byteLength;
    // Also when a chunk is not bytes. Leaving the loop cancels the stream.
    if (!(size <= limit)) return null;
    chunks.push(chunk);
  }
  return concat(chunks);
}

/** @param {Request} request @returns {AsyncGenerator<any>} */
async function* chunksOf(request) {
  // Firefox has no stream of a request's body, and WebKit's streams cannot be iterated.
  if (request.body === undefined) return yield request.arrayBuffer().then((buffer) => new Uint8Array(buffer));
  const reader = request.body?.getReader();
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    // After the end, it does nothing. Whether the sender minds does not change the answer.
    reader.cancel().catch(() => {});
  }
}

/** @param {Answer} answer */
function respond({ status, headers, body }) {
  return body === undefined ? new Response(null, { status, headers }) : Response.json(body, { status, headers });
}

export { fetchWebhook };
