/**
 * A server whose answers each request brings along: requests of one case and one engine are
 * answered in turn, so that many cases and both engines can run at the same time.
 */

import { once } from 'node:events';
import http from 'node:http';

/** The headers of a request that mean something to the platform. */
const HEADERS = [
  ...['accept', 'accept-encoding', 'authorization', 'content-type', 'idempotency-key'],
  ...['x-application-id', 'x-environment', 'x-mine'],
];
/** Statuses that Node has other words for. */
const WORDS = { 299: '', 418: "I'm a teapot", 520: '', 522: '', 530: '', 599: '' };

/**
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {Record<string, string>} [headers]
 * @property {string | Uint8Array} [body]
 * @property {'before' | 'within' | 'silence' | 'stall' | 'garbage'} [fault] the connection breaks
 *   before or within the answer, stays silent or stalls within it, or brings no HTTP
 */

/** @param {import('node:test').TestContext} t */
async function startAnsweringServer(t) {
  /** @type {Map<string, { answers: Answer[], seen: object[] }>} by case and engine */
  const cases = new Map();
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const found = cases.get(`${request.headers['x-case']} ${request.headers['x-engine']}`);
    if (found === undefined) return response.writeHead(500).end('unknown case');
    const { method, url, headers } = request;
    found.seen.push({
      method,
      url,
      headers: Object.fromEntries(HEADERS.map((name) => [name, headers[name]])),
      body: Buffer.concat(chunks).toString(),
    });
    respond(response, found.answers.length > 1 ? found.answers.shift() : found.answers[0]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    host: `127.0.0.1:${server.address().port}`,
    /** Adds a case, and returns what the server will have seen of it. */
    add(name, engine, answers) {
      const added = { answers: [...answers], seen: [] };
      cases.set(`${name} ${engine}`, added);
      return added.seen;
    },
  };
}

/** @param {http.ServerResponse} response @param {Answer} answer */
function respond(response, { status = 200, headers = {}, body = '', fault }) {
  const { socket } = response;
  if (fault === 'silence') return;
  if (fault === 'before') return socket.end();
  if (fault === 'garbage') return socket.end('SSH-2.0-OpenSSH_9.6\r\n');
  const bytes = Buffer.from(body);
  const length = fault === undefined ? bytes.length : bytes.length + 10;
  const hasBody = status !== 204 && status !== 304;
  const all = { 'content-type': 'application/json', ...(hasBody && { 'content-length': length }), ...headers };
  response.writeHead(status, WORDS[status] ?? http.STATUS_CODES[status], all);
  if (fault === undefined) return response.end(bytes);
  response.flushHeaders();
  response.write(bytes, () => fault === 'within' && socket.end());
}

export { startAnsweringServer };
