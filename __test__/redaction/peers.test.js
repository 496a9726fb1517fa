/**
 * Real servers repeat the secrets of a client, with control characters around them, wherever a
 * server can send text. Neither may reach the user in any error, reason or warning.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';

import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

import { RealtimeClient } from '../../lib/index.js';
import { startConnectProxy } from '../support/connect-proxy.js';
import { nativeTest } from '../support/engine.js';
import { observe } from '../support/observed-client.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl-X_9';
const KEY = 'k3y 0f/the+"app"';
const SECRETS = { '[token]': TOKEN, '[header]': KEY };

const FORMS = {
  whole: (secret) => secret,
  'cut in front': (secret) => secret.slice(5),
  'cut at its end': (secret) => secret.slice(0, -4),
  'cut at both ends': (secret) => secret.slice(3, 12),
  'percent-encoded': encodeURIComponent,
  'escaped as in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
};

/**
 * What a server says: a secret, between characters that would clear a terminal and forge a log
 * line.
 */
const SAYINGS = Object.entries(SECRETS).flatMap(([label, secret]) =>
  Object.entries(FORMS).map(([form, write]) => ({
    title: `${label.slice(1, -1)} ${form}`,
    label,
    text: `no \u001b[2J${write(secret)}\u202e\r\nadmin signed in`,
  })),
);

/** Asserts that the label is there, and neither a piece of a secret nor a control character. */
function assertClean(value, label) {
  const shown = inspect(value, { depth: 9 });
  const texts = [value, value?.message, value?.reason, value?.cause?.message].filter(
    (each) => typeof each === 'string',
  );
  for (const secret of Object.values(SECRETS)) {
    for (let at = 0; at + 8 <= secret.length; at += 1) {
      for (const write of [FORMS.whole, FORMS['percent-encoded'], FORMS['escaped as in JSON']]) {
        const piece = write(secret.slice(at, at + 8));
        assert.ok(!shown.includes(piece), `${piece} is in ${shown}`);
      }
    }
  }
  for (const text of texts) assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}\u202e]/u);
  assert.ok(shown.includes(label), `${label} is not in ${shown}`);
}

/** The text that the servers below send. */
let saying = '';
const closing = [];

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Answers all requests, including upgrades. */
async function startHttp(answer) {
  const server = http.createServer(answer);
  server.on('upgrade', (request, socket) => {
    const response = new http.ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.on('finish', () => socket.end());
    answer(request, response);
  });
  return listen(server);
}

const json = (response, status, body) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** Socket.IO: it refuses every request, and every client of the environment `refuse`. */
async function startSocketIo() {
  const server = http.createServer((_, response) => json(response, 500, { error: 'E', message: saying }));
  const io = new Server(server);
  io.use((socket, next) => {
    if (socket.handshake.auth.environment !== 'refuse') return next();
    next(Object.assign(new Error(saying), { data: { code: 'teapot' } }));
  });
  io.on('connection', (socket) => {
    socket.onAny((_verb, { event }, reply) => {
      reply({ error: 'ForbiddenError', message: saying });
      if (event === 'fail') socket.emit('error', { error: saying, message: saying });
      if (event === 'fail with an id') socket.emit('error', { error: 'E', subscriptionId: saying });
    });
  });
  closing.push(() => io.close());
  return listen(server);
}

/**
 * Plain WebSocket: it refuses subscriptions to `refused`, and closes the connection at any other
 * subscription.
 */
async function startPlain() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { type, topic, subscriptionId } = JSON.parse(data);
      if (topic === 'refused') {
        socket.send(JSON.stringify({ type: 'error', error: 'ForbiddenError', message: saying, subscriptionId }));
      } else if (type === 'subscribe') {
        socket.send(JSON.stringify({ type: 'subscribed', subscriptionId, topic }));
        socket.close(4000, saying);
      }
    });
  });
  closing.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

const options = { token: TOKEN, headers: { 'X-Api-Key': KEY } };
const refused = (promise) =>
  promise.then(
    () => assert.fail('it was accepted'),
    (error) => error,
  );

/** Each resolves to what one server made the client show. */
const WAYS = {
  async 'a refused upgrade'(t) {
    const { seen } = observe(t, { ...options, url: urls.refusing, transports: ['websocket'] });
    return [await seen('error')];
  },
  async 'a refused upgrade in plain words'(t) {
    const { seen } = observe(t, { ...options, url: urls.plainWords, transports: ['websocket'] });
    return [await seen('error')];
  },
  async 'a refused upgrade of the plain wire'(t) {
    const { seen } = observe(t, { ...options, url: urls.refusing, protocol: 'ws' });
    return [await seen('error')];
  },
  async 'a refused session of long-polling'(t) {
    const { seen } = observe(t, { ...options, url: urls.refusing, transports: ['polling'] });
    return [await seen('error')];
  },
  async 'a poll that the server refuses'(t) {
    const { seen } = observe(t, { ...options, url: urls.polling, transports: ['polling'], reconnection: false });
    return [await seen('connection', ({ state }) => state === 'disconnected')];
  },
  async 'a CONNECT_ERROR'(t) {
    const { seen } = observe(t, { ...options, url: urls.socketIo, environment: 'refuse' });
    return [await seen('error'), await seen('connection', ({ reason }) => reason !== undefined)];
  },
  async 'the reason of a close frame'(t) {
    const { client, seen } = observe(t, { ...options, url: urls.plain, protocol: 'ws' });
    client.subscribe({ topic: 'a' });
    return [await seen('connection', ({ reason }) => reason !== undefined), await seen('gap')];
  },
  async 'a refused subscription of the plain wire'(t) {
    const { client, seen } = observe(t, { ...options, url: urls.plain, protocol: 'ws' });
    client.subscribe({ topic: 'refused' });
    return [await seen('error')];
  },
  async 'a refused subscription'(t) {
    const { client, seen } = observe(t, { ...options, url: urls.socketIo });
    client.subscribe({ topic: 'a' });
    return [await seen('error', ({ code }) => code === 'SUBSCRIBE_DENIED')];
  },
  async 'refused calls of socketClient'(t) {
    const { client } = observe(t, { ...options, url: urls.socketIo });
    const { socketClient } = client;
    const left = socketClient.joinChannel('b').catch(() => socketClient.leaveChannel('b'));
    return Promise.all([
      refused(socketClient.joinChannel('a')),
      refused(left),
      refused(socketClient.publish('a', 'e', 1)),
      refused(socketClient.directMessage('x', 'e', 1)),
      refused(socketClient.broadcast('a', 'e', 1)),
      refused(socketClient.members('a')),
    ]);
  },
  async 'a refused message whose promise is ignored'(t) {
    const { client, seen } = observe(t, { ...options, url: urls.socketIo });
    client.socketClient.publish('a', 'e', 1);
    return [await seen('error', ({ code }) => code === 'MESSAGE_DENIED')];
  },
  async 'an error event'(t) {
    const { client, seen } = observe(t, { ...options, url: urls.socketIo });
    client.socketClient.publish('a', 'fail', 1).catch(() => {});
    return [await seen('error', ({ code }) => code === 'SERVER_ERROR')];
  },
  async 'an error event with an id of the server'(t) {
    const { client, seen } = observe(t, { ...options, url: urls.socketIo });
    client.socketClient.publish('a', 'fail with an id', 1).catch(() => {});
    const error = await seen('error', ({ code }) => code === 'SUBSCRIBE_DENIED');
    return [error, error.subscriptionId];
  },
  async 'a warning, where nobody listens to errors'(t) {
    const client = new RealtimeClient({ ...options, url: urls.refusing, transports: ['websocket'] });
    t.after(() => client.destroy());
    const isOurs = ({ code }) => code === 'UPGRADE_REFUSED';
    for (;;) {
      const [warning] = await once(process, 'warning');
      if (isOurs(warning)) return [warning.message];
    }
  },
  async 'a refused request'(t) {
    const { client } = observe(t, { ...options, url: urls.refusing, autoConnect: false });
    return [await refused(client.sync.get('s', 'd')), await refused(client.sync.replace('s', 'd', 1))];
  },
  async 'a request that is answered in plain words'(t) {
    const { client } = observe(t, { ...options, url: urls.plainWords, autoConnect: false });
    return [await refused(client.sync.get('s', 'd'))];
  },
  async 'a type of content'(t) {
    const { client } = observe(t, { ...options, url: urls.typed, autoConnect: false });
    return [await refused(client.sync.get('s', 'd'))];
  },
  async 'a live document'(t) {
    const { client, seen } = observe(t, { ...options, url: urls.refusing, transports: ['websocket'] });
    client.sync.watch('s', 'd');
    return [await seen('error', ({ path }) => path !== undefined)];
  },
};

const urls = {};

before(async () => {
  urls.refusing = await startHttp((_, response) => json(response, 400, { error: 'E', message: saying }));
  urls.plainWords = await startHttp((_, response) => {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(saying);
  });
  urls.typed = await startHttp((_, response) => {
    // Only what a header line accepts.
    response.writeHead(200, { 'content-type': saying.replaceAll(/[^ -~]+/g, ' ') }).end('<');
  });
  urls.polling = await startHttp((request, response) => {
    const { method, url } = request;
    request.resume();
    if (!url.includes('sid=')) {
      return response.end('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
    }
    if (method === 'POST') return response.end('ok');
    json(response, 400, { code: 1, message: saying });
  });
  urls.socketIo = await startSocketIo();
  urls.plain = await startPlain();
});

after(() => {
  for (const close of closing) close();
});

for (const [way, take] of Object.entries(WAYS)) {
  describe(way, () => {
    for (const { title, label, text } of SAYINGS) {
      test(`hides the ${title}`, async (t) => {
        saying = text;
        for (const shown of await take(t)) assertClean(shown, label);
      });
    }
  });
}

test('former tokens are hidden, on sockets and in requests that began before a renewal', async (t) => {
  const tokens = ['the-first-token-1a2b', 'the-second-token-3c4d', 'the-third-token-5e6f'];
  let held = () => {};
  const holding = new Promise((resolve) => {
    held = resolve;
  });
  const server = http.createServer(async (request, response) => {
    const said = request.headers.authorization;
    if (request.url.endsWith('/slow')) {
      held();
      await renewed;
      return json(response, 400, { error: 'E', message: `${said}, ${tokens.join()}` });
    }
    json(response, said.endsWith(tokens[0]) ? 401 : 400, { error: 'E', message: said });
  });
  new Server(server).on('connection', (socket) => {
    socket.onAny((_verb, _body, reply) => reply({ error: 'E', message: tokens.join(' ') }));
  });
  const url = await listen(server);
  let asked = 0;
  let renew = () => {};
  const renewed = new Promise((resolve) => {
    renew = resolve;
  });
  const { client } = observe(t, { url, token: () => tokens[asked++], autoConnect: false });
  const slow = refused(client.sync.get('s', 'slow'));
  await holding;
  const quick = await refused(client.sync.get('s', 'quick'));
  renew();
  const errors = [quick, await slow];
  client.connect();
  errors.push(await refused(client.socketClient.publish('a', 'e', 1)));
  assert.ok(asked >= 2);
  const shown = inspect(errors, { depth: 9 });
  assert.deepEqual(
    tokens.slice(0, asked).filter((token) => shown.includes(token)),
    [],
  );
  assert.ok(
    errors.every(({ message }) => message.includes('[token]')),
    shown,
  );
});

test('the Location of a redirect that is not followed shows no secret', async (t) => {
  let location = '';
  const url = await startHttp((_, response) => response.writeHead(307, { location }).end());
  for (const transports of [['websocket'], ['polling']]) {
    for (location of [
      `http://${TOKEN}.example/`,
      `http://other.example/${encodeURIComponent(KEY)}?token=${TOKEN}`,
      `http://user:${TOKEN}@other.example/`,
      `/${'x'.repeat(20)}?token=${TOKEN}`,
    ]) {
      const { client, errors, seen } = observe(t, { ...options, url, transports });
      await seen('error');
      const shown = inspect([...errors(), await refused(client.sync.replace('s', 'd', 1))], { depth: 9 });
      client.destroy();
      for (const piece of [TOKEN.slice(0, 8), TOKEN.slice(-8), 'user:', encodeURIComponent(KEY), 'token=']) {
        assert.ok(!shown.toLowerCase().includes(piece.toLowerCase()), `${piece} is in ${shown}`);
      }
    }
  }
});

nativeTest('proxy')('the password of a proxy is hidden in all its forms', async (t) => {
  const credentials = 'someone:p@ss w0rd+';
  const password = 'p@ss w0rd+';
  const basic = Buffer.from(credentials).toString('base64');
  const forms = [password, encodeURIComponent(password), credentials, `Basic ${basic}`, basic.slice(6)];
  const url = await startHttp((_, response) => json(response, 400, { error: 'E', message: forms.join(' | ') }));
  const { address } = await startConnectProxy(t, { credentials });
  const proxy = `http://someone:${encodeURIComponent(password)}@${address}`;
  const { client, seen } = observe(t, { url, proxy, token: 't', transports: ['websocket'] });
  for (const error of [await seen('error'), await refused(client.sync.get('s', 'd'))]) {
    const shown = inspect(error, { depth: 9 });
    assert.ok(shown.includes('[proxy password] | '), shown);
    for (const form of [password, encodeURIComponent(password), basic, basic.slice(6)]) {
      assert.ok(!shown.includes(form), `${form} is in ${shown}`);
    }
  }
});

test('the document of a conflict is data and stays unchanged', async (t) => {
  const message = `\u001b ${TOKEN}`;
  const conflict = {
    error: 'ConflictError',
    message,
    currentRevision: 3,
    document: { id: 'd', revision: 3, data: message },
  };
  const url = await startHttp((_, response) => json(response, 409, conflict));
  const { client } = observe(t, { ...options, url, autoConnect: false });
  const error = await refused(client.sync.replace('s', 'd', 1, 2));
  assert.equal(error.document.data, message);
  assert.ok(error.message.includes('\\u001b [token]'), error.message);
});
