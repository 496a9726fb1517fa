/** The REST routes of the documents: clients read, services write. */

import express from 'express';
import { invalid } from '../error.js';
import { bodyOf } from '../http/rest.js';
import { HEADERS } from '../vocabulary.js';
import { Idempotency } from './idempotency.js';

/**
 * @param {import('./service.js').Documents} documents
 * @returns {import('express').Router} to be mounted behind the check of the token
 */
export function createDocumentRoutes(documents) {
  const idempotency = new Idempotency();

  const read = (act) => (request, response) => {
    request.identity.require('read');
    response.json(act(request));
  };
  const write = (status, act) => (request, response) => {
    request.identity.require('write');
    const { method, baseUrl, path, identity } = request;
    const key = request.get(HEADERS.idempotencyKey);
    const answer = idempotency.answer({ caller: identity.sub, method, path: baseUrl + path, key }, () => ({
      status,
      body: act(request),
    }));
    response.status(answer.status).json(answer.body);
  };

  const routes = express.Router();
  routes
    .route('/:service/documents')
    .get(
      read(({ params, query }) =>
        documents.list(params.service, { limit: wholeOf(query, 'limit'), cursor: query.cursor }),
      ),
    )
    .post(write(201, (request) => documents.create(request.params.service, bodyOf(request))));
  routes
    .route('/:service/documents/:id')
    .get(read(({ params }) => documents.get(params.service, params.id)))
    .put(write(200, (request) => documents.replace(...placeOf(request), bodyOf(request))))
    .delete(
      write(200, (request) =>
        documents.delete(...placeOf(request), { expectedRevision: wholeOf(request.query, 'expectedRevision') }),
      ),
    );
  routes.patch(
    '/:service/documents/:id/merge',
    write(200, (request) => documents.merge(...placeOf(request), bodyOf(request))),
  );
  routes.post(
    '/:service/documents/:id/mutate',
    write(200, (request) => documents.mutate(...placeOf(request), bodyOf(request))),
  );
  return routes;
}

const placeOf = ({ params: { service, id } }) => [service, id];

function wholeOf(query, name) {
  if (query[name] === undefined) return undefined;
  if (typeof query[name] !== 'string' || !/^\d{1,16}$/.test(query[name])) {
    throw invalid(`${name}: expected a whole number.`);
  }
  return Number(query[name]);
}
