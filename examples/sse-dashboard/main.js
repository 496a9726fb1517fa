/** One connection to the platform, and server-sent events to as many pages as there are. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { RealtimeClient } from '@smarterservices/realtime';

/** A page that has not read as many bytes is cut off; its EventSource connects again. */
const MAX_UNREAD = 1_000_000;

const realtime = new RealtimeClient({
  url: process.env.REALTIME_URL,
  token: process.env.REALTIME_TOKEN,
  reconnectionAttempts: Infinity,
});
realtime.on('error', ({ code, message }) => console.error(code, message));
realtime.subscribe({ topic: 'session.status' });

/** The latest state of each session, for pages that open later. */
const sessions = new Map();
/** @type {Set<import('node:http').ServerResponse>} */
const pages = new Set();

realtime.on('event:session.status', ({ payload }) => {
  sessions.set(payload.id, payload);
  for (const page of pages) send(page, payload);
});

function send(page, session) {
  if (page.writableLength > MAX_UNREAD) page.destroy();
  else page.write(`data: ${JSON.stringify(session)}\n\n`);
}

const html = readFileSync(new URL('index.html', import.meta.url));
const server = createServer((request, response) => {
  if (request.url !== '/events') return response.writeHead(200, { 'content-type': 'text/html' }).end(html);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  for (const session of sessions.values()) send(response, session);
  pages.add(response);
  response.on('close', () => pages.delete(response));
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});

process.once('SIGTERM', () => {
  realtime.destroy();
  server.close();
  for (const page of pages) page.end();
});
