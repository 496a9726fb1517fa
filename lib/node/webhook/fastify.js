/**
 * The endpoint as a Fastify plugin. Fastify runs a plugin in its own scope: raw bodies here change
 * nothing for other routes.
 */

import { bare } from '../../own.js';
import { Endpoint, NOT_POST } from '../../webhook/endpoint.js';
import { refuse } from './answer.js';
import { readBody } from './body.js';
import { headersOf } from './node.js';

/** @import { FastifyWebhookOptions } from '../../../index.js' */
/** @import { Answer } from '../../webhook/endpoint.js' */

/**
 * @param {any} fastify
 * @param {FastifyWebhookOptions} options
 */
async function fastifyWebhook(fastify, options) {
  const { receiver, handler, ackAfterMs, onError = logError, onRefused } = bare(options);
  const endpoint = new Endpoint(receiver, handler, { ackAfterMs, onError, onRefused }, 'fastifyWebhook');

  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    '*',
    (/** @type {any} */ _request, /** @type {any} */ stream, /** @type {any} */ parsed) => parsed(null, stream),
  );
  fastify.all('/', async (/** @type {any} */ request, /** @type {any} */ reply) => {
    if (request.method !== 'POST') return send(reply, NOT_POST);
    // Fastify runs no parser when there is neither a body nor a content type.
    const stream = request.body ?? request.raw;
    const { rawBody, failure } = await readBody(stream, request.headers, endpoint.maxBodyBytes);
    if (failure === 'aborted') return reply.hijack();
    if (failure === 'too large') {
      reply.hijack();
      return refuse(request.raw, reply.raw, endpoint.refuseTooLarge(request));
    }
    return send(reply, await endpoint.receive(rawBody, headersOf(request.raw), request));
  });
}

/** @param {any} reply @param {Answer} answer */
function send(reply, { status, headers = {}, body }) {
  return reply.code(status).headers(headers).send(body);
}

/** @param {unknown} error @param {any} context */
function logError(error, { request }) {
  request.log.error(error);
}

export { fastifyWebhook };
