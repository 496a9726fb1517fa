/** REST routes of topics: clients can read, services can also write. */

import express from 'express';

/** @import { TopicRegistry } from './registry.js' */

/**
 * @param {TopicRegistry} topics
 * @returns {import('express').Router} to be mounted behind the check of the token
 */
export function createTopicRoutes(topics) {
  const routes = express.Router();
  routes.use((request, _response, next) => {
    request.identity.require(request.method === 'GET' ? 'read' : 'write');
    next();
  });
  routes
    .route('/')
    .get((_request, response) => {
      response.json(topics.list());
    })
    .post(({ body, identity }, response) => {
      response.status(201).json(topics.create(body, identity));
    });
  routes
    .route('/:name')
    .get(({ params }, response) => {
      response.json(topics.get(params.name));
    })
    .patch(({ params, body }, response) => {
      response.json(topics.update(params.name, body));
    })
    .delete(({ params }, response) => {
      response.json(topics.delete(params.name));
    });
  return routes;
}
