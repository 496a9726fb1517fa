/** The REST API: health, tokens, publishing test events, and the rooms with routes of their own. */

import express from 'express';
import { addChannelRoutes } from '../channels/routes.js';
import { invalid, PlatformError } from '../error.js';
import { bodyOf } from './body.js';

/** @import { ErrorRequestHandler, Express, Router } from 'express' */
/** @import { Tokens } from '../auth/tokens.js' */
/** @import { Broker } from '../broker/broker.js' */

/**
 * @param {Broker} broker
 * @param {Tokens} tokens
 * @param {{ prefix: string, maxPayload: number }} options
 * @param {Record<string, Router>} rooms by path below `/api`
 * @param {Router} local the inspector and `/_local`
 * @returns {Express}
 */
export function createRest(broker, tokens, { prefix, maxPayload }, rooms, local) {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(prefix || '/', local, createRoutes(broker, tokens, maxPayload, rooms));
  app.use((request) => {
    throw new PlatformError('NotFoundError', `No route for ${request.method} ${request.path}.`);
  });
  app.use(createSendRefusal(broker));
  return app;
}

/**
 * @param {Broker} broker
 * @param {Tokens} tokens
 * @param {number} maxPayload
 * @param {Record<string, Router>} rooms
 */
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
      throw invalid(`topic: the body must name the topic of the path, '${name}', or none.`);
    }
    response.status(201).json(broker.publish({ ...partial, topic: name }));
  });
  addChannelRoutes(routes, broker);
  for (const [path, room] of Object.entries(rooms)) routes.use(`/api${path}`, room);
  return routes;
}

/**
 * @param {Broker} broker
 * @returns {ErrorRequestHandler} Express recognises it by its four parameters
 */
const createSendRefusal =
  ({ activity, refusals }) =>
  (error, { identity, method, originalUrl }, response, _next) => {
    const refusal = toRefusal(error);
    if (activity.isWatched && !refusals.has(refusal)) {
      const caller = identity === undefined ? '' : ` of '${identity.sub}'`;
      // Without the query, which may have a token.
      const what = `${method} ${originalUrl.split('?', 1)[0]}${caller}`;
      activity.report({ type: 'refused', what, reason: `HTTP ${refusal.status}, ${refusal.message}` });
    }
    response.status(refusal.status).json(refusal);
  };

/**
 * Express and its body parser refuse with a `status`. Any other foreign error is a defect.
 *
 * @param {{ status?: unknown }} error
 */
function toRefusal(error) {
  if (error instanceof PlatformError) return error;
  const status = Number(error.status);
  if (status === 413) return new PlatformError('PayloadTooLargeError', 'The body is longer than maxPayload.');
  if (status >= 400 && status < 500) {
    return invalid('The request could not be read: its body is not valid JSON, or its path is badly encoded.');
  }
  return PlatformError.from(error);
}
