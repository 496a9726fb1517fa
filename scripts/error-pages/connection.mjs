/** Why errors of connections happen, and a program that meets each. */

/** @import { Page } from './write.mjs' */

const start = `import { RealtimeClient } from '@smarterservices/realtime';
import { startLocalPlatform } from '@smarterservices/realtime-local';

const platform = await startLocalPlatform();
`;

/** @type {Record<string, Page>} */
const connection = {
  INVALID_ARGUMENT: {
    why: [
      'An option, a topic, a filter or data has the wrong type or form. The message names it and shows what was expected.',
      'The server answered a request with HTTP 400.',
    ],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

try {
  new RealtimeClient({ url: 'realtime.example.com', token: 'a.b.c' });
} catch (error) {
  console.log(error.code, error.message);
}`,
  },
  CLIENT_DESTROYED: {
    why: [
      'A method was called after `destroy()`, often by a timer or a handler that outlived the client.',
      '`destroy()` was called while a request was running: its promise rejects.',
    ],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient({ url: 'http://localhost:3000', token: 'a.b.c', autoConnect: false });
realtime.destroy();
try {
  realtime.subscribe({ topic: 'session.status' });
} catch (error) {
  console.log(error.code, error.message);
}`,
  },
  ADDON_NOT_FOUND: {
    why: [
      '`node_modules` was copied from a machine with another system, processor or C library.',
      'npm ran with `--omit=optional`, or the platform has no prebuilt addon.',
      'A bundler included the package in a bundle.',
      'A flag of Node or Deno forbids addons.',
    ],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

// Run with: node --no-addons
try {
  new RealtimeClient({ url: 'http://localhost:3000', token: 'a.b.c', engine: 'native' });
} catch (error) {
  console.log(error.code);
}`,
    flags: ['--no-addons'],
    see: '[Without the native engine](../deployment.md#without-the-native-engine)',
  },
  NETWORK_ERROR: {
    why: [
      'Nothing listens at the address (`ECONNREFUSED`), or the name does not exist (`ENOTFOUND`).',
      'No DNS server answered (`EAI_AGAIN`).',
      'The connection broke while a message or a request was waiting for its answer. With `uncertain: true`, the server may have received it.',
      'In a browser: CORS or a Content Security Policy forbids the request.',
    ],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient({ url: 'http://127.0.0.1:9', token: 'a.b.c', reconnection: false });
realtime.on('error', ({ code, message }) => console.log(code, message));`,
    see: '[The state stays connecting](../troubleshooting.md#the-state-stays-connecting-or-reconnecting)',
  },
  TIMEOUT: {
    why: [
      'A firewall drops packets, so that nothing answers.',
      'The server is overloaded.',
      'A request took longer than its `timeout`, 10 seconds by default, including its retries.',
    ],
    example: `import { createServer } from 'node:net';
import { RealtimeClient } from '@smarterservices/realtime';

const silent = createServer().listen(3001); // accepts connections and says nothing
const realtime = new RealtimeClient({
  url: 'http://127.0.0.1:3001',
  token: 'a.b.c',
  connectTimeout: 200,
  reconnection: false,
  transports: ['websocket'],
});
realtime.on('error', ({ code, message }) => {
  console.log(code, message);
  silent.close();
});`,
  },
  TLS_ERROR: {
    why: [
      'The issuer of the certificate is not trusted: a private authority, or a self-signed certificate.',
      'The certificate has expired, or is for another host.',
      '`https://` is used for a server that speaks plain HTTP.',
    ],
    example: `${start}const url = platform.url.replace('http://', 'https://');
const realtime = new RealtimeClient({ url, token: platform.token(), reconnection: false });
realtime.on('error', async ({ code, message }) => {
  console.log(code, message);
  await platform.close();
});`,
    see: '[TLS](../networks.md#tls)',
  },
  PROXY_ERROR: {
    why: [
      'The proxy in `options.proxy`, or in `HTTPS_PROXY` or another proxy variable, cannot be reached.',
      'The proxy refused: a wrong user or password (407), or a host that it does not allow (403).',
    ],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient({
  url: 'http://realtime.example.com',
  token: 'a.b.c',
  proxy: 'http://127.0.0.1:9',
  reconnection: false,
});
realtime.on('error', ({ code, message }) => console.log(code, message));`,
    see: '[Proxies](../networks.md#proxies)',
  },
  UPGRADE_REFUSED: {
    why: [
      'HTTP 404: `options.url` lacks a prefix, or `options.path` is wrong.',
      'HTTP 502 or 503: a gateway answers, but the server behind it does not.',
      'A proxy on the way blocks both WebSocket upgrades and long-polling.',
    ],
    example: `${start}const realtime = new RealtimeClient({
  url: platform.url,
  path: '/api/socket.io/',
  token: platform.token(),
  reconnection: false,
});
realtime.on('error', async ({ code, status, message }) => {
  console.log(code, status, message);
  await platform.close();
});`,
  },
  AUTH_FAILED: {
    why: [
      'The token has expired, or was signed with another secret.',
      'The token is for another application (`aud`).',
      'The token lacks the permission to connect or subscribe. A fresh token with the same permissions does not help.',
    ],
    example: `${start}const token = platform.token({ expiresIn: -60 });
const realtime = new RealtimeClient({ url: platform.url, token });
realtime.on('error', async ({ code, message }) => {
  if (code === 'TOKEN_EXPIRED') return; // the client says so first
  console.log(code, message);
  await platform.close();
});`,
    see: '[Authentication](../authentication.md)',
  },
  TOKEN_EXPIRED: {
    why: ['`options.token` is a string, and its `exp` has passed while the client was connected or connecting.'],
    example: `${start}const realtime = new RealtimeClient({ url: platform.url, token: platform.token({ expiresIn: -60 }) });
realtime.once('error', async ({ code, message }) => {
  console.log(code, message);
  realtime.destroy();
  await platform.close();
});`,
    see: '[A token in a string](../authentication.md#a-token-in-a-string)',
  },
  TOKEN_PROVIDER_FAILED: {
    why: [
      'The function threw, or its promise rejected: `cause` is what it threw.',
      'It returned something that is not a token.',
      'It took longer than `options.connectTimeout`.',
    ],
    example: `${start}const realtime = new RealtimeClient({
  url: platform.url,
  token: async () => {
    throw new Error('the login service is down');
  },
  reconnection: false,
});
realtime.on('error', async ({ code, message }) => {
  console.log(code, message);
  await platform.close();
});`,
    see: '[If the function fails](../authentication.md#if-the-function-fails)',
  },
  CONNECT_REFUSED: {
    why: [
      'A middleware of the server refused the connection, for a reason other than the token: too many connections, a maintenance window.',
    ],
    example: `import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { RealtimeClient } from '@smarterservices/realtime';

const io = new Server(createServer().listen(3001), { allowRequest: (request, done) => done(null, true) });
io.use((socket, next) => next(new Error('maintenance until 12:00')));

const realtime = new RealtimeClient({ url: 'http://127.0.0.1:3001', token: 'a.b.c', reconnection: false });
realtime.on('error', ({ code, message }) => {
  console.log(code, message);
  io.close();
});`,
  },
  RECONNECT_FAILED: {
    why: ['`options.reconnectionAttempts` attempts failed in a row. The earlier errors contain the causes.'],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient({
  url: 'http://127.0.0.1:9',
  token: 'a.b.c',
  reconnectionAttempts: 1,
  reconnectionDelay: 10,
});
realtime.on('error', ({ code, message }) => {
  if (code === 'RECONNECT_FAILED') console.log(code, message);
});`,
  },
  PROTOCOL_ERROR: {
    why: [
      'The server at the address does not speak Socket.IO 4, or uses another path for it.',
      'The server uses another parser, such as msgpack, or Socket.IO 2.',
      'A proxy changes what is sent.',
    ],
    example: `import { createServer } from 'node:http';
import { RealtimeClient } from '@smarterservices/realtime';

const web = createServer((request, response) => response.end('<title>A web site</title>')).listen(3001);
const realtime = new RealtimeClient({
  url: 'http://127.0.0.1:3001',
  token: 'a.b.c',
  transports: ['polling'],
  reconnection: false,
});
realtime.on('error', ({ code, message }) => {
  console.log(code, message);
  web.close();
});`,
  },
  MESSAGE_TOO_LARGE: {
    why: [
      'The server sent a message larger than `options.maxMessageBytes`. The connection ends, and a `gap` follows.',
      'You sent a message larger than the server accepts.',
    ],
    example: `${start}const realtime = new RealtimeClient({ url: platform.url, token: platform.token(), maxMessageBytes: 1024 });
realtime.on('error', async ({ code, message }) => {
  console.log(code, message);
  realtime.destroy();
  await platform.close();
});
realtime.on('event:report.ready', () => {});
realtime.subscribe({ topic: 'report.ready' });
await platform.subscribed('report.ready');
platform.publish({ topic: 'report.ready', payload: { text: 'x'.repeat(5000) } });`,
  },
  INVALID_EVENT: {
    why: [
      'What a publisher sent is not a `RealtimeEvent`: it lacks an `id` or a `topic`, or one of them is not a string.',
    ],
    example: `import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { RealtimeClient } from '@smarterservices/realtime';

const io = new Server(createServer().listen(3001));
io.on('connection', (socket) => socket.emit('event', { topic: 'session.status', payload: {} }));

const realtime = new RealtimeClient({ url: 'http://127.0.0.1:3001', token: 'a.b.c' });
realtime.on('error', ({ code, message }) => {
  console.log(code, message);
  realtime.destroy();
  io.close();
});`,
  },
  PAYLOAD_INVALID: {
    why: [
      'A publisher sends data that your schema does not describe, for example after an update of the publisher.',
      'The schema is stricter than the data: a member that may be missing, a number where a string is expected.',
      'The schema threw, or it took longer than 10 seconds. `issues` is empty then.',
    ],
    example: `import { RealtimeClient } from '@smarterservices/realtime';
import { startLocalPlatform } from '@smarterservices/realtime-local';
import { z } from 'zod';

const platform = await startLocalPlatform();
const schemas = { 'session.status': z.object({ campusId: z.number() }) };
const realtime = new RealtimeClient({ url: platform.url, token: platform.token(), schemas });
realtime.on('error', async ({ code, message }) => {
  console.log(code, message);
  realtime.destroy();
  await platform.close();
});
realtime.on('event:session.status', () => {});
realtime.subscribe({ topic: 'session.status' });
await platform.subscribed('session.status');
platform.publish({ id: 'e1', topic: 'session.status', payload: { campusId: '12' } });`,
  },
  SLOW_CONSUMER: {
    why: [
      'Handlers block the thread, or take longer than events arrive.',
      "The inbox was full for so long that the server would have closed the connection. With `overflow: 'disconnect'`, the client closes it first.",
    ],
    example: `${start}const realtime = new RealtimeClient({
  url: platform.url,
  token: platform.token(),
  inbox: { maxEvents: 16, maxPauseMs: 0 },
});
realtime.on('error', async ({ code, message }) => {
  console.log(code, message.split(':')[0]);
  realtime.destroy();
  await platform.close();
});
realtime.on('event:session.status', () => {});
realtime.subscribe({ topic: 'session.status' });
await platform.subscribed('session.status');
for (let n = 0; n < 10_000; n++) platform.publish({ topic: 'session.status', payload: { n } });
// A busy thread: nothing is handled meanwhile.
setTimeout(() => {
  const until = Date.now() + 500;
  while (Date.now() < until);
});`,
    see: '[Back-pressure](../delivery-guarantees.md#back-pressure)',
  },
  INTERNAL_ERROR: {
    why: ['The package has a defect. Please report it with the message and the stack.'],
  },
};

export { connection, start };
