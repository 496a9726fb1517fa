/** A server that receives webhooks, and a local platform that sends them. */

import { once } from 'node:events';
import http from 'node:http';
import { startPlatform } from './local-platform.js';

const SECRET = 'whsec_of_this_test';
const NEVER = 2 ** 31 - 1;
const ENDPOINT = { url: 'http://127.0.0.1:9/', secret: SECRET, events: ['t'] };

/**
 * A server that records what it receives.
 *
 * @param {import('node:test').TestContext} t
 * @param {(response: http.ServerResponse, count: number) => void} [answer] `count`: which request
 *   it is, from 1
 */
async function startTarget(t, answer = (response) => response.writeHead(204).end(), { server } = {}) {
  const requests = [];
  const listening = (server ?? http.createServer()).on('request', async (request, response) => {
    const { method, url, headers } = request;
    const chunks = await request.toArray();
    requests.push({ method, url, headers, body: Buffer.concat(chunks) });
    answer(response, requests.length);
    listening.emit('kept');
  });
  await once(listening.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    listening.close();
    listening.closeAllConnections();
  });
  const origin = `${server ? 'https' : 'http'}://127.0.0.1:${listening.address().port}`;
  const arrived = async (count) => {
    while (requests.length < count) await once(listening, 'kept');
  };
  return { requests, arrived, server: listening, url: `${origin}/hooks?from=test` };
}

async function start(t, { answer, options, ...endpoint } = {}) {
  const receiver = await startTarget(t, answer);
  const platform = await startPlatform(t, { webhookRetryDelay: 0, ...options });
  const { id } = platform.webhooks.create({ ...ENDPOINT, url: receiver.url, ...endpoint });
  return { platform, receiver, id };
}

const idle = (platform) => platform.until(({ webhooks }) => webhooks.pending === 0);

export { ENDPOINT, idle, NEVER, SECRET, start, startTarget };
