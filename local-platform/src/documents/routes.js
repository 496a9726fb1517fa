/** REST routes of documents: clients can read, services can also write. */

import express from 'express';
import { invalid } from '../error.js';
import { bodyOf } from '../http/body.js';
import { later } from '../later.js';
import { HEADERS } from '../vocabulary.js';
import { Idempotency } from './idempotency.js';

/** @import { Request, RequestHandler } from 'express' */
/** @import { Eventual } from './memory.js' */
/** @import { Documents } from './service.js' */

/** @typedef {Request<{ service: string, id: string }>} DocumentRequest */

/**
 * @param {Documents} documents
 * @returns {import('express').Router} to be mounted behind the check of the token
 */
export function createDocumentRoutes(documents) {
  const idempotency = new Idempotency(documents.store);

  /** @param {(request: DocumentRequest) => Eventual<object>} act @returns {RequestHandler<any>} */
  const read = (act) => (request, response) => {
    request.identity.require('read');
    return later(act(request), (body) => void response.json(body));
  };
  /**
   * @param {number} status
   * @param {(request: DocumentRequest) => Eventual<object>} act
   * @returns {RequestHandler<any>}
   */
  const write = (status, act) => (request, response) => {
    request.identity.require('write');
    const { method, baseUrl, path, identity } = request;
    const key = request.get(HEADERS.idempotencyKey);
    const answer = idempotency.answer({ caller: identity.sub, method, path: baseUrl + path, key }, () =>
      later(act(request), (body) => ({ status, body })),
    );
    return later(answer, ({ status, body }) => void response.status(status).json(body));
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
    .put(write(200, (request) => documents.replace(...targetOf(request), bodyOf(request))))
    .delete(
      write(200, (request) =>
        documents.delete(...targetOf(request), { expectedRevision: wholeOf(request.query, 'expectedRevision') }),
      ),
    );
  routes.patch(
    '/:service/documents/:id/merge',
    write(200, (request) => documents.merge(...targetOf(request), bodyOf(request))),
  );
  routes.post(
    '/:service/documents/:id/mutate',
    write(200, (request) => documents.mutate(...targetOf(request), bodyOf(request))),
  );
  return routes;
}

/** @param {DocumentRequest} request @returns {[service: string, id: string]} */
const targetOf = ({ params: { service, id } }) => [service, id];

/** @param {DocumentRequest['query']} query @param {string} name */
function wholeOf(query, name) {
  const value = query[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) throw invalid(`${name}: expected a whole number.`);
  return Number(value);
}
