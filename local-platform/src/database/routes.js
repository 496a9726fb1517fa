/** REST routes of database mappings: everyone can read, services can also change. */

import express from 'express';
import { bodyOf } from '../http/body.js';

/** @import { RequestHandler, Response } from 'express' */
/** @import { Database } from './database.js' */

/**
 * @param {Database} database
 * @returns {import('express').Router} to be mounted behind the check of the token
 */
export function createDatabaseRoutes(database) {
  const routes = express.Router();
  routes.use((request, _response, next) => {
    request.identity.require(request.method === 'GET' ? 'read' : 'publish');
    next();
  });
  routes.get('/mappings', (_request, response) => {
    response.json(database.mappings);
  });
  routes.post('/mappings', async (request, response) => {
    response.status(201).json(await database.create(bodyOf(request)));
  });
  routes.get('/mappings/topic/:topic', ({ params }, response) => {
    response.json(database.mappings.filter(({ topic }) => topic === params.topic));
  });
  routes.get('/mappings/status', async (_request, response) => {
    response.json(await database.status());
  });
  routes
    .route('/mappings/:id')
    .get(({ params }, response) => {
      response.json(database.get(params.id));
    })
    .patch(async (request, response) => {
      response.json(await database.update(request.params.id, bodyOf(request)));
    })
    .delete(async ({ params }, response) => {
      response.json(await database.remove(params.id));
    });
  routes
    .route('/mappings/:id/versions')
    .get(({ params }, response) => {
      response.json(database.versions(params.id));
    })
    .post(async (request, response) => {
      response.status(201).json(await database.addVersion(request.params.id, bodyOf(request)));
    });
  routes.post('/mappings/:id/promote', async (request, response) => {
    response.json(await database.promote(request.params.id, bodyOf(request)));
  });
  routes.get('/mappings/:id/snapshot', async ({ params }, response) => {
    await database.snapshot(params.id, response, () => {
      response.status(200).set({ 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
      response.flushHeaders();
    });
  });
  return routes;
}
