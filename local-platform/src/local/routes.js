/** The routes for the inspector, the CLI and tests in other languages: `/` and `/_local`. */

import { randomUUID } from 'node:crypto';

import express from 'express';
import { invalid } from '../error.js';
import { bodyOf } from '../http/body.js';
import { isObject } from '../json.js';
import { readPage } from '../page.js';
import { LIMITS, WEBHOOK_TYPES } from '../vocabulary.js';
import { localOnly } from './access.js';
import { FaultRoutes } from './fault-routes.js';
import { streamLog } from './log-stream.js';

/** @import { TokenOptions, WebhookType } from '../../index.js' */
/** @import { Tokens } from '../auth/tokens.js' */
/** @import { Cluster } from '../cluster/cluster.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { Documents } from '../documents/service.js' */
/** @import { Faults } from '../faults.js' */
/** @import { Schemas } from '../schemas/schemas.js' */
/** @import { Webhooks } from '../webhooks/webhooks.js' */

/** @typedef {{ broker: Broker, tokens: Tokens, documents: Documents, schemas: Schemas,
 *   webhooks: Webhooks, faults: Faults }} Parts */

export class LocalRoutes {
  #parts;
  #faults;
  /** Another one after a restart. */
  #id = randomUUID();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#faults = new FaultRoutes(parts.faults);
  }

  /** Faults over HTTP are for all processes. @param {Cluster} cluster */
  join(cluster) {
    this.#faults.join(cluster);
  }

  close() {
    this.#faults.close();
  }

  /**
   * @param {{ host: string, maxPayload: number }} options
   * @returns {import('express').Router}
   */
  router({ host, maxPayload }) {
    const { broker, tokens, documents, schemas, webhooks } = this.#parts;
    const guard = localOnly(host);
    const routes = express.Router();
    routes.get('/', guard, sendPage);
    // Every body is JSON, so that a call with curl needs no header.
    routes.use('/_local', guard, express.json({ limit: maxPayload, type: () => true }));
    routes.get('/_local/page/:name', sendPage);
    routes.get('/_local/connections', (_request, response) => {
      response.json(broker.connections.all.map((connection) => connection.describe()));
    });
    routes.get('/_local/log', (request, response) => streamLog(broker.activity, this.#id, request, response));
    routes.get('/_local/events', (_request, response) => {
      response.json(broker.history);
    });
    routes.get('/_local/refused-payloads', (_request, response) => {
      response.json(schemas.refused);
    });
    routes.post('/_local/events/resend', (request, response) => {
      response.json(resendEvents(broker, bodyOf(request)));
    });
    routes.post('/_local/deliveries/:id/resend', (request, response) => {
      response.status(202).json(webhooks.resendDelivery(request.params.id));
    });
    routes.get('/_local/services', async (_request, response) => {
      response.json(await documents.services());
    });
    routes.post('/_local/tokens', (request, response) => {
      response.json({ token: tokens.issue(/** @type {TokenOptions} */ (bodyOf(request))) });
    });
    routes.post('/_local/webhooks/:id/resend', (request, response) => {
      const { type, event } = bodyOf(request);
      if (!WEBHOOK_TYPES.includes(/** @type {WebhookType} */ (type))) {
        throw invalid(`type: expected one of ${WEBHOOK_TYPES.join(', ')}.`);
      }
      if (!isObject(event)) throw invalid('event: expected the event that was delivered, an object.');
      response.status(202).json(webhooks.resend(request.params.id, /** @type {any} */ ({ type, event })));
    });
    routes.use('/_local/faults', this.#faults.router);
    return routes;
  }
}

/**
 * Sends events again: those with these IDs, or the last ones.
 *
 * @param {Broker} broker @param {Record<string, unknown>} body
 */
function resendEvents(broker, { ids, last }) {
  const isCount = Number.isInteger(last) && Number(last) > 0;
  const isList = Array.isArray(ids) && ids.length <= LIMITS.history && ids.every((id) => typeof id === 'string');
  if (isCount === isList) throw invalid('Expected { ids: [...] } of events, or { last: 1 }, the number of events.');
  const wanted = isList ? ids : broker.history.slice(-Number(last)).map(({ id }) => id);
  /** @type {{ id: string, topic: string, type: string, receivers: number }[]} */
  const resent = [];
  /** @type {string[]} */
  const missing = [];
  for (const id of wanted) {
    const found = broker.resend(id);
    if (found === undefined) missing.push(id);
    else resent.push({ id, topic: found.event.topic, type: found.event.type, receivers: found.receivers });
  }
  const { activity } = broker;
  if (activity.isWatched)
    activity.report({ type: 'fault', name: 'resend', options: { ids: resent.map(({ id }) => id) } });
  return { resent, missing };
}

/** @type {import('express').RequestHandler<any>} */
const sendPage = ({ params: { name = 'index.html' }, originalUrl, baseUrl, headers }, response, next) => {
  // Its addresses are relative, so it must be a folder.
  const [path] = originalUrl.split('?', 1);
  if (name === 'index.html' && !path.endsWith('/')) return response.redirect(`${baseUrl}/`);
  const file = readPage(name);
  if (file === undefined) return next();
  response.set({
    'content-type': file.type,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': policyFor(headers.host ?? ''),
  });
  response.send(file.content);
};

/** Safari's 'self' does not include WebSockets. The host was checked. @param {string} host */
const policyFor = (host) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html',
  ].join('; ');
