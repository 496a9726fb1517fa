/** REST routes of schemas: clients can read and validate, services can also register. */

import express from 'express';
import { invalid } from '../error.js';

/** @import { Schemas } from './schemas.js' */

/**
 * @param {Schemas} schemas
 * @returns {import('express').Router} to be mounted behind the check of the token
 */
export function createSchemaRoutes(schemas) {
  const routes = express.Router();
  routes.use((request, _response, next) => {
    const isRead = request.method === 'GET' || request.path.endsWith('/validate');
    request.identity.require(isRead ? 'read' : 'write');
    next();
  });
  routes.get('/:topic/versions', ({ params: { topic } }, response) => {
    response.json(schemas.versions(topic));
  });
  routes.get('/:topic/versions/:version', ({ params: { topic, version } }, response) => {
    response.json(schemas.get(topic, numberOf(version)));
  });
  routes.get('/:topic/latest', ({ params: { topic } }, response) => {
    response.json(schemas.latest(topic));
  });
  routes.post('/:topic', ({ params: { topic }, body }, response) => {
    response.status(201).json(schemas.register(topic, body));
  });
  routes.post('/:topic/validate', ({ params: { topic }, query: { version }, body }, response) => {
    if (body === undefined) throw invalid('Expected the payload as the body, sent as application/json.');
    response.json(schemas.validate(topic, body, version === undefined ? {} : { version: numberOf(version) }));
  });
  return routes;
}

/** @param {unknown} text */
function numberOf(text) {
  if (typeof text !== 'string' || !/^\d{1,9}$/.test(text))
    throw invalid('version: expected a whole number, such as 1.');
  return Number(text);
}
