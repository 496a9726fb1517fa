/** REST routes of webhooks. */

import express from 'express';
import { invalid } from '../error.js';

/**
 * @param {import('./webhooks.js').Webhooks} webhooks
 * @returns {import('express').Router}
 */
export function createWebhookRoutes(webhooks) {
  const routes = express.Router();
  routes.use((request, _response, next) => {
    request.identity.require('publish');
    next();
  });
  routes.get('/', (_request, response) => {
    response.json(webhooks.endpoints);
  });
  routes.post('/', (request, response) => {
    response.status(201).json(webhooks.create(request.body));
  });
  routes.get('/logs', ({ query: { event } }, response) => {
    if (event !== undefined && typeof event !== 'string') throw invalid('event: expected one webhook type.');
    response.json(webhooks.logs.filter((entry) => event === undefined || entry.event === event));
  });
  routes.get('/dead-letters', (_request, response) => {
    response.json(webhooks.deadLetters);
  });
  routes.post('/:id/activate', (request, response) => {
    response.json(webhooks.activate(request.params.id));
  });
  routes.post('/:id/deactivate', (request, response) => {
    response.json(webhooks.deactivate(request.params.id));
  });
  routes.delete('/:id', (request, response) => {
    response.json(webhooks.remove(request.params.id));
  });
  return routes;
}
