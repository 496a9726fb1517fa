/**
 * Why errors of subscriptions, messages, documents and tokens happen, and a program that meets
 * each.
 */

import { start } from './connection.mjs';

/** @import { Page } from './write.mjs' */

/** @param {string} permissions */
const client = (permissions) => `${start}const realtime = new RealtimeClient({
  url: platform.url,
  token: platform.token({ permissions: [${permissions}] }),
});
`;
const end = `realtime.destroy();
await platform.close();`;

/** A server that answers as the example wants it. @param {string} handlers */
const server = (handlers) => `import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { RealtimeClient } from '@smarterservices/realtime';

const io = new Server(createServer().listen(3001));
io.on('connection', (socket) => {
${handlers}
});

const realtime = new RealtimeClient({ url: 'http://127.0.0.1:3001', token: 'a.b.c' });
`;

/** A server whose answers to requests are the example's. @param {string} answer */
const answering = (answer) => `import { createServer } from 'node:http';
import { RealtimeClient } from '@smarterservices/realtime';

const server = createServer((request, response) => {
${answer}
}).listen(3001);
const realtime = new RealtimeClient({ url: 'http://127.0.0.1:3001', token: 'a.b.c', autoConnect: false });
`;

/** @param {string} call */
const caught = (call) => `try {
  ${call}
} catch (error) {
  console.log(error.code, error.message);
}
`;

/** @type {Record<string, Page>} */
const calls = {
  FORBIDDEN: {
    why: [
      'The token is valid, but its permissions do not allow this request: writing documents needs the role `service`.',
    ],
    example: client("'client'") + caught("await realtime.sync.create('notes', { title: 'Milk' });") + end,
  },
  NOT_FOUND: {
    why: [
      'There is no document with this ID in this service, or it was deleted or has expired.',
      'The receiver of a direct message is not connected.',
    ],
    example: client("'client'") + caught("await realtime.sync.get('notes', 'n1');") + end,
  },
  ALREADY_EXISTS: {
    why: ['Two programs create the same document, or one creates it twice.'],
    example:
      client("'service'") +
      "await realtime.sync.create('notes', { title: 'Milk' }, 'n1');\n" +
      caught("await realtime.sync.create('notes', { title: 'Bread' }, 'n1');") +
      end,
  },
  REVISION_CONFLICT: {
    why: ['Somebody else changed the document after you read it. `document` is the current document.'],
    example:
      client("'service'") +
      "await realtime.sync.create('notes', { title: 'Milk' }, 'n1');\nawait realtime.sync.merge('notes', 'n1', { done: true }); // revision 2\n" +
      caught("await realtime.sync.replace('notes', 'n1', { title: 'Bread' }, 1);") +
      end,
    see: '[Conflicts](../documents.md#conflicts)',
  },
  RATE_LIMITED: {
    why: [
      'Your program sends more requests than the server allows. `retryAfter` says how long to wait, in milliseconds.',
    ],
    example:
      answering("  response.writeHead(429, { 'retry-after': '2' }).end();") +
      `try {
  await realtime.sync.merge('notes', 'n1', { done: true });
} catch (error) {
  console.log(error.code, error.retryAfter, error.message);
}
realtime.destroy();
server.close();`,
  },
  ABORTED: {
    why: [
      'The `signal` of a call was aborted, or the object that the call waited for was closed. Often this is intended.',
    ],
    example:
      client("'client'") + caught("await realtime.sync.get('notes', 'n1', { signal: AbortSignal.abort() });") + end,
  },
  SERVER_ERROR: {
    why: ['The server failed (HTTP 5xx). The client has repeated the request where that is safe.'],
    example:
      answering(
        '  response.writeHead(500, { \'content-type\': \'application/json\' }).end(\'{ "error": "InternalError", "message": "disk full" }\');',
      ) +
      caught("await realtime.sync.get('notes', 'n1');") +
      'realtime.destroy();\nserver.close();',
  },
  SUBSCRIBE_DENIED: {
    why: ['The topic is not for this token, or the server does not accept the filter.'],
    example:
      server(
        "  socket.on('subscribe', (request, answer) => answer({ error: 'Forbidden', message: 'no access to payroll' }));",
      ) +
      `realtime.on('error', ({ code, subscriptionId, message }) => {
  console.log(code, subscriptionId, message);
  realtime.destroy();
  io.close();
});
realtime.subscribe({ topic: 'payroll.updated' });`,
  },
  SUBSCRIBE_UNCONFIRMED: {
    why: [
      'The server answered other subscriptions, but not this one, for 30 seconds (a channel: 10). It probably lost the request.',
    ],
  },
  CHANNEL_DENIED: {
    why: ['The channel is not for this token, or its name is not allowed.'],
    example:
      server(
        "  socket.on('channel:join', (request, answer) => answer({ error: 'Forbidden', message: 'for members only' }));",
      ) +
      caught("await realtime.socketClient.joinChannel('board');") +
      'realtime.destroy();\nio.close();',
  },
  ROSTER_FULL: {
    why: ['A channel has more than 100,000 members. `presence()` keeps at most that many.'],
  },
  MESSAGE_DENIED: {
    why: ['The token lacks the permission to publish: that needs the role `service`.'],
    example: client("'client'") + caught("await realtime.socketClient.publish('lobby', 'greeting', 'hello');") + end,
  },
  OUTBOX_FULL: {
    why: [
      'More messages wait for a connection than `options.outbox` allows: the client has been offline for a long time.',
    ],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient({
  url: 'http://localhost:3000',
  token: 'a.b.c',
  autoConnect: false,
  outbox: { maxMessages: 1 },
});
realtime.socketClient.publish('lobby', 'first').catch(() => {});
try {
  await realtime.socketClient.publish('lobby', 'second');
} catch (error) {
  console.log(error.code, error.message);
}
realtime.destroy();`,
    see: '[Messages you send](../delivery-guarantees.md#messages-you-send)',
  },
  EXPIRED: {
    why: ['There was no connection within `options.outbox.maxAgeMs`, a minute by default.'],
    example: `import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient({
  url: 'http://127.0.0.1:9',
  token: 'a.b.c',
  outbox: { maxAgeMs: 100 },
});
realtime.on('error', () => {}); // the failed attempts
try {
  await realtime.socketClient.publish('lobby', 'greeting', 'hello');
} catch (error) {
  console.log(error.code, error.message);
}
realtime.destroy();`,
  },
  INVALID_TOKEN: {
    why: [
      'The text is not a JWT: it does not have three parts, or they are not JSON in base64url.',
      'It begins with `Bearer `.',
    ],
    example: `import { decodeToken } from '@smarterservices/realtime';

try {
  decodeToken('Bearer a.b.c');
} catch (error) {
  console.log(error.code, error.message);
}`,
  },
};

export { calls };
