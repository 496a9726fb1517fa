/** A server that answers requests for documents as the test says. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';

import { RealtimeClient } from '../../lib/index.js';

const document = { service: 'notes', id: 'n1', revision: 3, data: { n: 1 }, createdAt: 1, updatedAt: 2 };

/** The reason with which a promise rejects. */
const failure = (promise) =>
  promise.then(
    (value) => assert.fail(`resolved to ${JSON.stringify(value)}`),
    (error) => error,
  );

/**
 * A server that sends the answers in turn and repeats the last one, with a client of it.
 *
 * An answer is `{ status, headers, body }`, whose body is sent as JSON unless it is a string, or a
 * function of the request and the response.
 */
async function serve(t, answers, options) {
  const requests = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    server.emit('asked', request, response);
    if (typeof answer === 'function') return answer(request, response);
    const { status = 200, headers = {}, body: content = document } = answer;
    const isText = typeof content === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
    response.end(isText ? content : JSON.stringify(content));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const client = new RealtimeClient({ url, token: 'secret-token', autoConnect: false, ...options });
  t.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { server, url, client, sync: client.sync, requests };
}

/** The document. */
const ok = {};
/** Never answers. */
const silence = () => {};
const refusal = (status, error, more) => ({ status, body: { error, message: 'so it is', ...more } });

export { document, failure, ok, refusal, serve, silence };
