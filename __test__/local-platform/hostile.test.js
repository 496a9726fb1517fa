/**
 * Odd JSON wherever the local platform takes JSON: the platform answers with a refusal that names
 * the fault, keeps its failures off the standard error, and goes on to serve.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, test } from 'node:test';
import { WebSocket } from 'ws';

import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';

const nested = (levels, open = '[', close = ']') => open.repeat(levels) + close.repeat(levels);

/** As JSON text, since most of it could not be written as a value. */
const ODD = {
  null: 'null',
  true: 'true',
  'a number': '7',
  'a huge number': '1e999',
  'a negative number': '-1',
  'a whole number that no double has': '123456789012345678901234567890',
  'an empty text': '""',
  'a text': '"x"',
  'a text with control characters': '"\\u0000\\u001b[31m\\r\\n"',
  'half a surrogate pair': '"\\ud800"',
  'a long text': `"${'x'.repeat(5_000)}"`,
  'an empty list': '[]',
  'a list of a name': '["socket"]',
  'an empty object': '{}',
  'an object without toString': '{"toString":1,"valueOf":1}',
  'an object that hides its methods':
    '{"hasOwnProperty":1,"constructor":{"prototype":{}},"toJSON":1,"length":-1,"then":1}',
  'an object with a __proto__ of its own': '{"__proto__":{"polluted":true}}',
  'deep arrays': nested(50_000),
  'deep objects': nested(50_000, '{"a":', '}').replace(':}', ':1}'),
  'nesting at the limit of encoders': nested(3_000),
};

/**
 * A request body, or frame, in which each member in turn is odd, and the whole of it.
 *
 * @param {Record<string, unknown>} body
 */
function* oddBodies(body) {
  for (const [what, text] of Object.entries(ODD)) {
    yield [what, text];
    for (const member of Object.keys(body)) {
      const members = Object.entries(body).map(([name, value]) => {
        return `${JSON.stringify(name)}:${name === member ? text : JSON.stringify(value)}`;
      });
      yield [`${member}: ${what}`, `{${members.join()}}`];
    }
  }
}

let platform;
/** What was written to the standard error. */
let written = [];
const writeError = console.error;

before(async (t) => {
  console.error = (...args) => written.push(args);
  platform = await startPlatform(t, { maxPayload: 2_000_000 });
});
after(() => {
  console.error = writeError;
});
beforeEach(() => {
  written = [];
});

const admin = () => platform.token({ permissions: ['admin'] });

/** Refused with a reason, or done: nothing between. */
function assertAnswered(status, error, what) {
  assert.notEqual(error, 'InternalServerError', what);
  assert.ok(status < 300 || (status >= 400 && status < 500), `${what}: ${status}`);
  assert.deepEqual(written, [], what);
}

describe('REST', () => {
  const document = { id: 'd', data: {}, expiresAt: 4e12 };
  const write = { data: { a: 1 }, expectedRevision: 1, expiresAt: 4e12 };
  const ROUTES = [
    ['POST', '/auth/token', { applicationId: 'local', permissions: ['client'] }],
    ['POST', '/auth/verify', { token: 'a.b.c' }],
    [
      'POST',
      '/api/topics/t/events',
      { id: 'e', topic: 't', source: 'sync', type: 'x', payload: {}, metadata: {}, more: 1 },
    ],
    ['POST', '/api/topics/t/events', { metadata: { timestamp: 1 } }],
    ['POST', '/api/socket/broadcast', { channel: 'c', event: 'e', data: 1, id: 'm' }],
    ['POST', '/api/sync/s/documents', document],
    ['PUT', '/api/sync/s/documents/kept', write],
    ['PATCH', '/api/sync/s/documents/kept/merge', write],
    [
      'POST',
      '/api/sync/s/documents/kept/mutate',
      { mutations: [{ op: 'set', path: '/a', value: 1 }], expectedRevision: 1 },
    ],
    ['POST', '/api/webhooks', { url: 'http://127.0.0.1:9/', secret: 's', events: ['t'], scheme: 'realtime' }],
    ['POST', '/api/topics', { name: 'odd', description: 'd', owner: 'o' }],
    ['PATCH', '/api/topics/kept', { description: 'd', owner: 'o', activeSchemaVersion: 1 }],
    ['POST', '/api/schemas/kept', { schema: { type: 'object' }, compatibilityMode: 'none' }],
    ['POST', '/api/schemas/kept/validate', { a: 1 }],
    ['POST', '/api/webhooks/unknown/activate', {}],
    ['DELETE', '/api/sync/s/documents/unknown', {}],
  ];

  before(() => {
    platform.documents.create('s', { id: 'kept', data: { list: [] } });
    platform.topics.create({ name: 'kept', description: 'd', owner: 'o' });
    platform.schemas.register('kept', { schema: { type: 'object', required: ['a'] } });
  });

  for (const [method, path, body] of ROUTES) {
    test(`${method} ${path} ${Object.keys(body)}`, async () => {
      const headers = { authorization: `Bearer ${admin()}`, 'content-type': 'application/json' };
      for (const [what, text] of oddBodies(body)) {
        const response = await fetch(platform.url + path, { method, headers, body: text });
        const answer = await response.json();
        assertAnswered(response.status, answer.error, what);
        // Endpoints are made by some of the bodies, and there may be 100.
        for (const { id } of platform.webhooks.endpoints) platform.webhooks.remove(id);
      }
    });
  }

  test('each member of a mutation', async () => {
    const headers = { authorization: `Bearer ${admin()}`, 'content-type': 'application/json' };
    for (const op of ['set', 'increment', 'remove', 'push']) {
      for (const [what, text] of oddBodies({ op, path: '/list', value: 1 })) {
        const body = `{"mutations":[${text}]}`;
        const url = `${platform.url}/api/sync/s/documents/kept/mutate`;
        const response = await fetch(url, { method: 'POST', headers, body });
        assertAnswered(response.status, (await response.json()).error, `${op} ${what}`);
      }
    }
  });

  test('queries and headers', async () => {
    for (const query of [
      'limit=1e3',
      'limit[]=1',
      'limit=1&limit=2',
      'cursor=%00',
      'cursor[a]=1',
      '__proto__=1',
      'limit=-0',
    ]) {
      const headers = { authorization: `Bearer ${admin()}`, 'idempotency-key': 'k'.repeat(300) };
      const response = await fetch(`${platform.url}/api/sync/s/documents?${query}`, { headers });
      assertAnswered(response.status, (await response.json()).error, query);
    }
    for (const authorization of [
      'Bearer',
      'Bearer a.b',
      `Bearer ${'a.'.repeat(1_000)}`,
      `Bearer e30.${btoa('[]')}.x`,
      'Basic e30',
    ]) {
      const response = await fetch(`${platform.url}/api/webhooks`, { headers: { authorization } });
      assert.equal(response.status, 401, authorization);
      assert.deepEqual(written, []);
    }
  });

  const DEEP = [
    ['POST', '/api/topics/t/events', `{"payload":{"a":${ODD['deep arrays']}}}`],
    ['POST', '/api/topics/t/events', `{"topic":${ODD['an object without toString']}}`],
    ['POST', '/api/topics/t/events', `{"source":${ODD['an object without toString']}}`],
    ['POST', '/api/topics/t/events', '{"source":["sync"]}'],
    ['POST', '/api/socket/broadcast', `{"channel":"c","event":"e","data":${ODD['deep arrays']}}`],
    ['POST', '/api/sync/s/documents', `{"data":${ODD['deep objects']}}`],
    [
      'POST',
      '/api/sync/s/documents/kept/mutate',
      `{"mutations":[{"op":"set","path":"/a","value":${ODD['deep arrays']}}]}`,
    ],
    ['POST', '/api/sync/s/documents/kept/mutate', '{"mutations":[{"op":{"toString":1},"path":"/a"}]}'],
    ['POST', '/api/webhooks', '{"url":"http://127.0.0.1:9/","secret":"s","events":["t"],"scheme":{"toString":1}}'],
    ['POST', '/api/webhooks', `{"url":"http://127.0.0.1:9/","secret":"s","events":[${ODD['deep arrays']}]}`],
    ['POST', '/auth/token', `{"permissions":[${ODD['deep arrays']}]}`],
  ];
  for (const [index, [method, path, body]] of DEEP.entries()) {
    test(`400 ValidationError: ${index + 1}, ${path} ${body.slice(0, 40)}`, async () => {
      const headers = { authorization: `Bearer ${admin()}`, 'content-type': 'application/json' };
      const response = await fetch(platform.url + path, { method, headers, body });
      assert.deepEqual([response.status, (await response.json()).error], [400, 'ValidationError']);
      assert.deepEqual(written, []);
    });
  }

  test('another application is refused, however it is named', async () => {
    for (const text of ['{"toString":1}', '["local"]', '5', 'null']) {
      const body = `{"applicationId":${text}}`;
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${platform.url}/auth/token`, { method: 'POST', headers, body });
      assert.deepEqual([response.status, (await response.json()).error], [403, 'ForbiddenError'], text);
    }
  });
});

const FRAMES = {
  subscribe: { topic: 't', filter: { a: 1 }, returnMode: 'diff', subscriptionId: 's' },
  unsubscribe: { subscriptionId: 's' },
  'channel:join': { channel: 'c' },
  'channel:leave': { channel: 'c' },
  'channel:publish': { channel: 'c', event: 'e', data: {}, id: 'm' },
  direct: { targetSocketId: 'nobody', event: 'e', data: {}, id: 'n' },
  auth: { token: 'a.b.c' },
  error: { message: 'an event that emitters treat in their own way' },
  unknown: { a: 1 },
};
const DEEP_FILTERS = [
  ODD['deep arrays'],
  ODD['deep objects'],
  `{"a":{"in":[${ODD['deep arrays']}]}}`,
  `{"a":{"eq":${ODD['deep objects']}}}`,
];

for (const protocol of PROTOCOLS) {
  describe(protocol, () => {
    let client;
    before(async () => {
      client = await connect(protocol, platform, { token: admin(), options: { maxPayload: 0 } });
    });
    after(() => client.close());

    /** Text on the wire, as no client library would send it. */
    const sendText = {
      ws: (verb, text) => client.socket.send(withMembers({ type: verb, ackId: 1 }, text)),
      'socket.io': (verb, text) => client.socket.io.engine.write(`2["${verb}",${text}]`),
    }[protocol];

    const withMembers = (members, text) =>
      /^\{./.test(text) ? `{${JSON.stringify(members).slice(1, -1)},${text.slice(1)}` : text;

    for (const [verb, frame] of Object.entries(FRAMES)) {
      test(`${verb} with odd members`, async () => {
        for (const [, text] of oddBodies(frame)) sendText(verb, text);
        // What was sent first is handled first: all of the above has been, once this subscription
        // is there.
        const topic = `after ${verb}`;
        sendText('subscribe', JSON.stringify({ topic, subscriptionId: topic }));
        const gone = client.closed.then((reason) => assert.fail(`the connection was closed: ${reason}`));
        await Promise.race([platform.subscribed(topic), gone]);
        assert.deepEqual(written, []);
      });
    }

    test('a filter that nests too deep is refused by its name', async () => {
      const fresh = await connect(protocol, platform, { token: admin() });
      for (const filter of DEEP_FILTERS) {
        const text = `{"topic":"t","subscriptionId":"deep","filter":${filter}}`;
        if (protocol === 'ws') fresh.socket.send(`{"type":"subscribe",${text.slice(1)}`);
        else fresh.socket.io.engine.write(`2["subscribe",${text}]`);
        const refusal = await new Promise((resolve) => {
          if (protocol === 'ws') fresh.socket.once('message', (data) => resolve(JSON.parse(data)));
          else fresh.socket.once('error', resolve);
        });
        assert.equal(refusal.error, 'ValidationError');
        assert.match(refusal.message, /^filter/);
        assert.equal(refusal.subscriptionId, 'deep');
      }
      assert.deepEqual(written, []);
      fresh.close();
    });
  });
}

test('malformed frames of /ws', async () => {
  const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${admin()}` },
  });
  await once(socket, 'message');
  const TYPES = Object.values(ODD).map((text) => `{"type":${text}}`);
  for (const text of [...Object.values(ODD), ...TYPES, '', '{', 'null', nested(900_000), Buffer.from([1, 2, 3])]) {
    socket.send(text);
    const [data] = await once(socket, 'message');
    const { type, error } = JSON.parse(data);
    assert.deepEqual([type, error], ['error', 'ValidationError'], String(text).slice(0, 60));
  }
  assert.deepEqual(written, []);
  socket.close();
});

test('a CONNECT of Socket.IO with odd members is refused, or accepted, and answered', async () => {
  for (const [what, text] of oddBodies({
    token: admin(),
    applicationId: 'local',
    environment: 'test',
    pid: 'p',
    offset: 'o',
  })) {
    const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    await once(socket, 'message');
    socket.send(`40${text}`);
    // 40 accepts, 44 refuses. A packet that is not a CONNECT closes the connection.
    const answer = await Promise.race([once(socket, 'message'), once(socket, 'close')]);
    assert.match(String(answer[0]), /^(40|44|10\d\d)/, what);
    assert.deepEqual(written, [], what);
    socket.terminate();
  }
});

test('nothing has reached a prototype', () => {
  assert.equal({}.polluted, undefined);
  assert.throws(() => platform.documents.create('s', { data: JSON.parse(ODD['deep arrays']) }), {
    name: 'ValidationError',
  });
  const cycle = {};
  cycle.self = cycle;
  assert.throws(() => platform.publish({ topic: 't', payload: cycle }), { name: 'ValidationError' });
});
