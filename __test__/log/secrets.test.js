/**
 * No log shows a secret, at any level, from any of the places where one can be; and none shows a
 * payload below the level `trace`.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import {
  expressWebhook,
  fetchWebhook,
  MemoryReplayStore,
  RealtimeClient,
  signWebhook,
  WebhookReceiver,
} from '../../lib/index.js';
import { engine } from '../support/engine.js';
import { startLeakyServer } from '../support/leaky-server.js';
import { logRecords } from '../support/log-records.js';
import { PLACES, placesIn, secretAt } from '../support/secret-places.js';

/** The places that a scene has put a value into. */
const visited = new Set();

/** @param {string} place */
function put(place) {
  visited.add(place);
  return secretAt(place);
}

/**
 * Runs a scene with logs of both kinds, and checks what they contain.
 *
 * @param {string} name
 * @param {(t: import('node:test').TestContext, log: ReturnType<typeof logRecords> & { level: string },
 *   client: (url: string, options?: any) => any) => Promise<unknown>} run
 */
function scene(name, run) {
  for (const level of ['debug', 'trace'])
    test(`no secret at the level ${level}: ${name}`, async (t) => {
      const log = { ...logRecords(), level };
      const client = (/** @type {string} */ url, /** @type {any} */ options) => {
        const made = new RealtimeClient({
          url,
          token: 'a.token',
          transports: ['websocket'],
          reconnection: false,
          log,
          ...options,
        });
        t.after(() => made.destroy());
        made.on('error', () => {});
        made.on('event', () => {});
        return made;
      };
      await run(t, log, client);
      assert.ok(log.records.length > 0);
      assert.deepEqual(placesIn(JSON.stringify(log.records), { payloads: level === 'trace' }), []);
    });
}

/** What a server repeats once the client is connected, by place. */
const SAYINGS = {
  'reason of a close frame': (secret, _send, socket) => socket.close(4000, `bad ${secret}`),
  'name of a subscription in an error': (secret, send) =>
    send(`42["error",{"message":"no","subscriptionId":"${secret}"}]`),
  'frame that is not JSON': (secret, send) => send(`42["event",{"${secret}`),
  'frame of an unknown kind': (secret, send) => send(`9${secret}`),
  'event that repeats a token': (secret, send) =>
    send(`42["event",{"id":"1","topic":"a","source":"s","type":"t","payload":{"x":"${secret}"},"metadata":{}}]`),
  'error event of the server': (secret, send) => send(`42["error",{"message":"no ${secret}"}]`),
};

for (const [place, say] of Object.entries(SAYINGS))
  scene(place, async (t, log, client) => {
    const secret = put(place);
    const url = await startLeakyServer(t, {
      onJoined: (send, socket) => {
        say(secret, send, socket);
        socket.close();
      },
    });
    client(url, { token: secret }).subscribe({ topic: 'a' });
    await log.seen('disconnected');
  });

for (const [place, packet] of Object.entries({
  'message of CONNECT_ERROR': (secret) => ({ message: `no ${secret}` }),
  'data of CONNECT_ERROR': (secret) => ({ message: 'no', data: { content: secret, code: 'invalid_token' } }),
}))
  scene(place, async (t, log, client) => {
    const secret = put(place);
    const url = await startLeakyServer(t, { onJoin: (send) => send(`44${JSON.stringify(packet(secret))}`) });
    client(url, { token: secret });
    await log.seen('disconnected');
  });

scene('what belongs to the session alone', async (t, log, client) => {
  const ids = { sid: put('Engine.IO session id'), pid: put('private session id for the recovery') };
  let links = 0;
  const url = await startLeakyServer(t, {
    ...ids,
    onJoined: (send, socket) => {
      links += 1;
      send('42["event",{"id":"1","topic":"a","source":"s","type":"t","payload":{},"metadata":{}},"offset"]');
      if (links === 1) socket.terminate();
    },
  });
  client(url, { reconnection: true, reconnectionDelay: 1 }).subscribe({ topic: 'a' });
  await log.seen('connected', 2);
});

scene('answers to requests on the connection', async (t, log, client) => {
  const [denied, answered] = [put('refusal of a subscription'), put('answer to a message')];
  const url = await startLeakyServer(t, {
    onEvent: (verb, ack, send) => {
      const text = verb === 'subscribe' ? denied : answered;
      if (!/^subscribe$|publish|message/.test(verb)) return false;
      send(`43${ack}[{"error":"ForbiddenError","message":"no ${text}"}]`);
      return true;
    },
  });
  const tokens = [denied, answered];
  const made = client(url, { token: () => tokens[0], headers: { 'x-own': answered } });
  made.subscribe({ topic: 'a' });
  await log.seen('error');
  await assert.rejects(made.socketClient.publish('room', 'hi', { text: 'hi' }));
});

for (const [place, answer] of Object.entries({
  'body of a refused upgrade': (secret) =>
    `HTTP/1.1 403 No\r\ncontent-type: application/json\r\ncontent-length: ${secret.length + 14}\r\n\r\n{"message":"${secret}"}`,
  'header of a refused upgrade': (secret) =>
    `HTTP/1.1 503 No\r\nx-said: ${secret}\r\nset-cookie: a=${secret}\r\ncontent-length: 0\r\n\r\n`,
  'target of a redirected upgrade': (secret) =>
    `HTTP/1.1 302 No\r\nlocation: http://127.0.0.2/${secret}?token=${secret}\r\ncontent-length: 0\r\n\r\n`,
}))
  scene(place, async (t, log, client) => {
    const secret = put(place);
    const url = await startLeakyServer(t, { onUpgrade: (_, socket) => Boolean(socket.end(answer(secret))) || true });
    client(url, { token: secret, reconnectionAttempts: 1 });
    await log.seen('disconnected');
  });

scene('cookie of long-polling', async (t, log, client) => {
  const cookie = put('cookie of long-polling');
  const url = await startLeakyServer(t, {
    onRequest: (request, response) => {
      const isFirst = !request.url?.includes('sid=');
      response.writeHead(isFirst ? 200 : 400, { 'set-cookie': `lb=${cookie}`, 'content-type': 'text/plain' });
      response.end(isFirst ? `0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}` : '{"code":1}');
    },
  });
  client(url, { transports: ['polling'] });
  await log.seen('disconnected');
});

scene('options of the client', async (t, log, client) => {
  const url = await startLeakyServer(t, {});
  const options = {
    token: put('options.token'),
    headers: {
      authorization: put('options.headers.authorization'),
      cookie: `a=${put('options.headers.cookie, first value')}; b=${put('options.headers.cookie, second value')}`,
      'x-api-key': put('options.headers.x-api-key'),
    },
    [put('misspelt option')]: put('misspelt option'),
  };
  // Some of them are refused.
  const tls = { key: `-----BEGIN PRIVATE KEY-----\n${put('options.tls.key')}`, cert: '-----BEGIN CERTIFICATE-----' };
  const proxy = `http://me:${put('password in the url of the proxy')}@127.0.0.1:9`;
  let refused = 0;
  for (const more of [{}, { headers: { ...options.headers, authorization: undefined } }, { tls }, { proxy }])
    try {
      const { authorization, ...headers } = options.headers;
      client(`${url}/${put('path of the url')}`, { ...options, headers, ...more });
    } catch {
      refused += 1;
    }
  assert.ok(refused >= (engine === 'native' ? 1 : 2), `${refused}`);
  await log.seen('connected');
  if (engine === 'native') await log.seen('disconnected');
  assert.throws(() => client(url, options));
});

scene('token function', async (t, log, client) => {
  const url = await startLeakyServer(t, {
    onUpgrade: (request, socket) => {
      if (!`${request.headers.authorization}`.includes(secretAt('token that the server refuses'))) return false;
      socket.end('HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n');
      return true;
    },
    onRequest: (_, response) => response.writeHead(401).end('{}'),
  });
  const tokens = [
    put('token that the server refuses'),
    put('first token of the token function'),
    put('renewed token of the token function'),
  ];
  const made = client(url, {
    token: () => {
      const token = tokens.shift();
      if (token !== undefined) return token;
      const cause = new Error(put('cause of the error of the token function'));
      throw new Error(put('error of the token function'), { cause });
    },
  });
  await log.seen('connected');
  for (let count = 0; count < 2; count += 1) await assert.rejects(made.sync.get('s', 'd'));
  assert.equal(tokens.length, 0);
});

/** What a server answers to a request for a document, by place. */
const ANSWERS = {
  'message of a REST refusal': (secret) => [403, {}, `{"error":"ForbiddenError","message":"no ${secret}"}`],
  'details of a REST refusal': (secret) => [400, {}, `{"error":"E","message":"no","details":["${secret}"]}`],
  'body of a REST answer that is not JSON': (secret) => [200, {}, `<html>${secret}`],
  'document that repeats a token': (secret) => [200, {}, `{"id":"d","revision":1,"data":{"x":"${secret}"}}`],
  'header of a REST answer': (secret) => [503, { 'x-said': secret, 'set-cookie': `a=${secret}` }, '{}'],
  'target of a REST redirect': (secret) => [302, { location: `http://127.0.0.2/${secret}?t=${secret}` }, ''],
};

for (const [place, answer] of Object.entries(ANSWERS))
  scene(place, async (t, log, client) => {
    const secret = put(place);
    const url = await startLeakyServer(t, {
      onRequest: (_, response) => {
        const [status, headers, body] = answer(secret);
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      },
    });
    const made = client(url, { token: secret, autoConnect: false });
    await made.sync.get('s', 'd', { timeout: 300 }).catch(() => {});
    assert.ok(log.lines().some((line) => /^rest (debug done|warn failed)$/.test(line)));
  });

scene('parts of a REST request', async (t, log, client) => {
  /** @type {string[]} */
  const seen = [];
  const url = await startLeakyServer(t, {
    onRequest: async (request, response) => {
      for await (const chunk of request) seen.push(String(chunk));
      seen.push(`${request.url} ${JSON.stringify(request.headers)}`);
      const document = { id: 'd', revision: 1, data: { text: put('document in a REST answer') } };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(request.method === 'GET' ? { documents: [], nextCursor: null } : document));
    },
  });
  const made = client(url, { autoConnect: false });
  const data = { text: put('document in a REST request') };
  await made.sync.create('s', data, undefined, { idempotencyKey: put('idempotency key') });
  for await (const _ of made.sync.list('s', { cursor: put('query of a REST request') }));
  for (const place of ['document in a REST request', 'idempotency key', 'query of a REST request'])
    assert.ok(seen.join().includes(secretAt(place)), place);
  assert.equal(JSON.stringify(log.records).includes(secretAt('document in a REST request')), log.level === 'trace');
});

scene('payloads on the connection', async (t, log, client) => {
  const event = (topic, source, type, payload, metadata = {}) =>
    `["event",${JSON.stringify({ id: `${topic}${type}`, topic, source, type, payload, metadata })}]`;
  const url = await startLeakyServer(t, {
    onEvent: (verb, ack, send) => {
      if (verb !== 'channel:join') return;
      send(`43${ack}[{"channel":"room"}]`);
      send(`42${event('a', 's', 't', { x: put('payload of an event') }, { y: put('metadata of an event') })}`);
      send(`42${event('room', 'socket', 'hi', { event: 'hi', data: { x: put('message of a channel') } })}`);
      send(`42${event('direct', 'socket', 'hi', { event: 'hi', data: { x: put('direct message') } })}`);
      send(`42${event('room', 'socket', 'presence.join', { clientId: 'c', data: put('data of a presence') })}`);
      const placeholder = '{"_placeholder":true,"num":0}';
      send(`451-["event",{"id":"b","topic":"a","source":"s","type":"t","payload":{"x":${placeholder}},"metadata":{}}]`);
      return true;
    },
    onJoined: (_, socket) => {
      socket.on('message', (data) => {
        if (String(data).includes('channel:join')) socket.send(Buffer.from(put('attachment of an event')));
      });
    },
  });
  const made = client(url);
  const arrived = new Promise((resolve) => made.once('event', resolve));
  made.subscribe({ topic: 'a', filter: { 'payload.x': put('value in a filter') } });
  made.subscribe({ topic: 'a' });
  await made.socketClient.joinChannel('room');
  const sent = made.socketClient.publish('room', 'hi', { x: put('message to a channel') });
  await sent.catch(() => {});
  await arrived;
  assert.equal(JSON.stringify(log.records).includes(secretAt('payload of an event')), log.level === 'trace');
});

scene('webhooks', async (_t, log) => {
  const [secret, former] = [put('webhook secret'), put('former webhook secret')];
  const receiver = new WebhookReceiver([secret, former], { replayStore: new MemoryReplayStore() });
  let fails = false;
  const handler = () => {
    if (fails) throw new Error(put('error of a webhook handler'));
  };
  const options = { log, onError: () => {}, onRefused: () => {} };
  const post = fetchWebhook(receiver, handler, options);
  assert.throws(() => expressWebhook(receiver, handler, { log: { level: secret } }));
  const send = async (body, headers) => {
    const { status } = await post(new Request('http://localhost/', { method: 'POST', body, headers }));
    return status;
  };
  const payload = { x: put('body of a delivery') };
  const body = JSON.stringify({ id: '1', topic: 'a', source: 's', type: 't', payload, metadata: { timestamp: 1 } });
  const authorization = `Bearer ${put('authorization of a delivery')}`;
  assert.equal(await send(body, { authorization, ...signWebhook(body, former) }), 204);
  fails = true;
  const other = `${body} `;
  assert.equal(await send(other, { authorization, ...signWebhook(other, secret) }), 500);
  const refused = JSON.stringify({ x: put('body of a refused delivery') });
  const headers = Object.fromEntries(
    Object.entries(signWebhook(refused, secret)).map(([name, value]) => [
      name,
      /signature/.test(name) ? `sha256=${put('signature of a refused delivery')}` : value,
    ]),
  );
  assert.equal(await send(refused, { authorization, ...headers }), 400);
  assert.deepEqual(
    log.records.map(({ part, client, message }) => [part, client, message]),
    [
      ['webhook', undefined, 'handled'],
      ['webhook', undefined, 'handler failed'],
      ['webhook', undefined, 'refused'],
    ],
  );
});

after(() => {
  assert.deepEqual(
    Object.keys(PLACES).filter((place) => !visited.has(place)),
    [],
    'a scene visits every place',
  );
});
