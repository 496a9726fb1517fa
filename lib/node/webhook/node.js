/**
 * The endpoint for Node's `http`. That for Express shares it: Express passes Node's requests and
 * responses.
 *
 * It reads the raw body itself. If a body parser has read it before, it takes what the parser kept:
 * bytes and text verify, and a parsed object is refused with advice.
 */

import { member } from '../../own.js';
import { Endpoint, NOT_POST } from '../../webhook/endpoint.js';
import { refuse, send } from './answer.js';
import { readBody } from './body.js';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/**
 * @import { WebhookBody, WebhookEvent, WebhookMiddlewareOptions, WebhookReceiver } from '../../../index.js'
 */
/** @import { Body } from './body.js' */

const RAW_BODY_ADVICE =
  'Something read the request before nodeWebhook(). Call nodeWebhook() first and without request.setEncoding(), or keep the ' +
  'bytes in request.rawBody.';

/** @typedef {IncomingMessage & { body?: WebhookBody, rawBody?: WebhookBody }} Request */

/**
 * @param {WebhookReceiver} receiver
 * @param {(delivery: WebhookEvent<any>, request: any) => unknown} handler
 * @param {WebhookMiddlewareOptions} [options]
 */
function nodeWebhook(receiver, handler, options) {
  return listenerOf(new Endpoint(receiver, handler, options, 'nodeWebhook', RAW_BODY_ADVICE));
}

/** @param {Endpoint} endpoint */
function listenerOf(endpoint) {
  return (/** @type {any} */ request, /** @type {any} */ response) => void serve(endpoint, request, response);
}

/**
 * @param {Endpoint} endpoint
 * @param {Request} request
 * @param {ServerResponse} response
 */
async function serve(endpoint, request, response) {
  if (request.method !== 'POST') return refuse(request, response, NOT_POST);
  const { rawBody, failure } = await bodyOf(request, endpoint.maxBodyBytes);
  if (failure === 'aborted') return;
  if (failure === 'too large') return refuse(request, response, endpoint.refuseTooLarge(request));
  send(response, await endpoint.receive(rawBody, headersOf(request), request));
}

/**
 * @param {Request} request
 * @param {number} limit in bytes
 * @returns {Promise<Body>}
 */
async function bodyOf(request, limit) {
  const untouched = !request.readableDidRead && request.readableEncoding === null;
  if (untouched) return readBody(request, request.headers, limit);
  // Firebase keeps the bytes in `rawBody`, and so does, by convention, the `verify` option of
  // Express's parsers.
  return {
    rawBody: /** @type {WebhookBody} */ (member(request, 'rawBody') ?? member(request, 'body')),
    failure: undefined,
  };
}

/**
 * The raw headers show a header that was sent twice. Adapters of serverless platforms leave them
 * empty.
 *
 * @param {IncomingMessage} request
 */
function headersOf(request) {
  return request.rawHeaders?.length > 0 ? request.rawHeaders : request.headers;
}

export { headersOf, listenerOf, nodeWebhook };
