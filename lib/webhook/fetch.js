/**
 * The endpoint for frameworks that turn a `Request` into a `Response`: Next.js, Hono, Bun, Deno.
 */

import { concat } from '../bytes.js';
import { Endpoint, INCOMPLETE, NOT_POST } from './endpoint.js';

/**
 * @import { WebhookBody, WebhookEvent, WebhookMiddlewareOptions, WebhookReceiver } from '../../index.js'
 */
/** @import { Answer } from './endpoint.js' */

const RAW_BODY_ADVICE =
  'Something read the body of the Request before fetchWebhook(). Pass the Request on unread, or let others read request.clone().';

/**
 * @param {WebhookReceiver} receiver
 * @param {(delivery: WebhookEvent<any>, request: Request) => unknown} handler
 * @param {WebhookMiddlewareOptions} [options]
 */
function fetchWebhook(receiver, handler, options) {
  const endpoint = new Endpoint(receiver, handler, options, 'fetchWebhook', RAW_BODY_ADVICE);
  return async (/** @type {Request} */ request) => {
    if (request.method !== 'POST') return respond(NOT_POST);
    let rawBody;
    try {
      rawBody = await readBody(request, endpoint.maxBodyBytes);
    } catch {
      return respond(INCOMPLETE);
    }
    if (rawBody === null) return respond(endpoint.refuseTooLarge(request));
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
  // Firefox has no stream of a request's body, and Safari's streams are not iterable.
  const { body = new Response(await request.arrayBuffer()).body } = request;
  const reader = body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return concat(chunks);
    size += value.byteLength;
    // Also when a chunk is not bytes.
    if (!(size <= limit)) {
      // Whether the sender minds does not matter: the answer is the same.
      reader?.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
}

/** @param {Answer} answer */
function respond({ status, headers, body }) {
  return body === undefined ? new Response(null, { status, headers }) : Response.json(body, { status, headers });
}

export { fetchWebhook };
