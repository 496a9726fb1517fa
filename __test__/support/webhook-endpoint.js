/** A server with a webhook endpoint of each kind, and a sender of signed deliveries. */

import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';

import express from 'express';
import fastify from 'fastify';

import { expressWebhook, fastifyWebhook, fetchWebhook, nodeWebhook, signWebhook } from '../../lib/index.js';

const SECRET = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==';

/** By kind, a function that starts a server with the endpoint at its root. */
const kinds = {
  node: (...args) => http.createServer(nodeWebhook(...args)).listen(0, '127.0.0.1'),
  express: (...args) =>
    express()
      .use(expressWebhook(...args))
      .listen(0, '127.0.0.1'),
  fastify: (receiver, handler, options) => {
    const app = fastify();
    app.register(fastifyWebhook, { receiver, handler, ...options });
    app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
  fetch: (...args) => http.createServer(bridge(fetchWebhook(...args))).listen(0, '127.0.0.1'),
};

/** Serves a `Request => Response` function over Node's http, as frameworks do. */
function bridge(respond) {
  return async (incoming, outgoing) => {
    const headers = Object.entries(incoming.headersDistinct).flatMap(([name, all]) =>
      all.map((value) => [name, value]),
    );
    const hasBody = !['GET', 'HEAD'].includes(incoming.method);
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers,
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: 'half' }),
    });
    const response = await respond(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  };
}

/**
 * A server that is closed after the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {http.Server} server
 * @returns {Promise<string>} its address
 */
async function listening(t, server) {
  if (!server.listening) await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** A delivery as it is sent: `{ body, headers }`. */
function delivery(payload = { status: 'active' }, options = {}) {
  const event = { id: 'evt_1', topic: 'session.status', source: 'database', type: 'database.update', payload };
  const body = JSON.stringify({ ...event, metadata: { timestamp: Date.now() } });
  return { body, headers: { 'content-type': 'application/json', ...signWebhook(body, SECRET, options) } };
}

/** A promise, and the function that resolves it. */
function deferred() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** @returns {Promise<{ status: number, headers: Headers, body?: { error?: string, duplicate?: true } }>} */
async function post(url, { body, headers }) {
  const response = await fetch(url, { method: 'POST', body, headers, ...(body?.pipe && { duplex: 'half' }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

export { deferred, delivery, kinds, listening, post, SECRET };
