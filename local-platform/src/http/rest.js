/** The REST side: health, tokens, publishing a test event, and the rooms that bring their own routes. */

import express from 'express';
import { addChannelRoutes } from '../channels/routes.js';
import { invalid, PlatformError } from '../error.js';

/**
 * @param {import('../broker/broker.js').Broker} broker
 * @param {import('../auth/tokens.js').Tokens} tokens
 * @param {{ prefix: string, maxPayload: number }} options
 * @param {Record<string, import('express').Router>} rooms by their path below `/api`
 * @returns {import('express').Express}
 */
export function createRest(broker, tokens, { prefix, maxPayload }, rooms) {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(prefix || '/', createRoutes(broker, tokens, maxPayload, rooms));
  app.use((request) => {
    throw new PlatformError('NotFoundError', `Nothing is served at ${request.method} ${request.path}.`);
  });
  app.use((error, _request, response, _next) => {
    const refusal = toRefusal(error);
    response.status(refusal.status).json(refusal);
  });
  return app;
}

function createRoutes(broker, tokens, maxPayload, rooms) {
  const routes = express.Router();
  routes.get('/health', (_request, response) => {
    response.json({ status: 'ok' });
  });
  routes.use(express.json({ limit: maxPayload }));
  routes.post('/auth/token', (request, response) => {
    response.json(tokens.grant(bodyOf(request)));
  });
  routes.post('/auth/verify', async (request, response) => {
    response.json({ valid: true, claims: await tokens.verify(bodyOf(request).token) });
  });
  routes.use('/api', async (request, _response, next) => {
    request.identity = await tokens.identifyRequest(request);
    next();
  });
  routes.post('/api/topics/:name/events', (request, response) => {
    request.identity.require('publish');
    const { name } = request.params;
    const partial = bodyOf(request);
    if (partial.topic !== undefined && partial.topic !== name) {
      throw invalid(`topic: the body names another one than the address, '${name}'.`);
    }
    response.status(201).json(broker.publish({ ...partial, topic: name }));
  });
  addChannelRoutes(routes, broker);
  for (const [path, room] of Object.entries(rooms)) routes.use(`/api${path}`, room);
  return routes;
}

export function bodyOf({ body }) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw invalid('Expected a JSON object as the body, sent as application/json.');
  }
  return body;
}

/** Express and its body parser refuse with a `status`; everything else that is not ours is a failure. */
function toRefusal(error) {
  if (error.status === 413) return new PlatformError('PayloadTooLargeError', 'The body is longer than maxPayload.');
  if (error.status >= 400 && error.status < 500 && !(error instanceof PlatformError)) {
    return invalid('The request could not be read: its body is not valid JSON, or its address is badly encoded.');
  }
  return PlatformError.from(error);
}
