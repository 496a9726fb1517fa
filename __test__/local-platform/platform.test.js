/**
 * The local platform as its clients see it: REST, tokens, subscriptions and filters, by official
 * libraries.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { connect, PROTOCOLS } from '../support/platform-client.js';

const SECRET = 'a secret of this test';
let startLocalPlatform;
let platform;

before(async () => {
  ({ startLocalPlatform } = await import('@smarterservices/realtime-local'));
  platform = await startLocalPlatform({ secret: SECRET });
});
after(() => platform.close());

async function call(method, path, { body, token, headers, to = platform } = {}) {
  const response = await fetch(to.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

/** A token signed by hand, so that the platform's own way of signing is not what checks it. */
function sign(claims, { header = { alg: 'HS256', kid: 'local' }, secret = SECRET } = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 60;
  const signed = `${part(header)}.${part({ sub: 'me', aud: 'local', exp, permissions: ['client'], ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

describe('REST', () => {
  test('GET /health', async () => {
    assert.deepEqual(await call('GET', '/health'), [200, { status: 'ok' }]);
  });

  test('POST /auth/token issues a token that works, with its expiry in ms', async () => {
    const [status, { token, expiresAt }] = await call('POST', '/auth/token', {
      body: { applicationId: 'local', permissions: ['publish'] },
    });
    assert.equal(status, 200);
    const [, { valid, claims }] = await call('POST', '/auth/verify', { body: { token } });
    assert.equal(valid, true);
    assert.equal(claims.exp * 1000, expiresAt);
    assert.deepEqual(claims.permissions, ['publish']);
    assert.equal((await call('POST', '/api/topics/t/events', { token, body: {} }))[0], 201);
  });

  test('POST /api/topics/:name/events completes the event and keeps unknown members', async () => {
    const token = platform.token({ permissions: ['service'] });
    const body = {
      id: 'e1',
      type: 'order.paid',
      payload: { n: 1 },
      metadata: { table: 'orders', shard: 3 },
      trace: 'x',
    };
    const [status, event] = await call('POST', '/api/topics/order.updated/events', { token, body });
    assert.equal(status, 201);
    assert.ok(Math.abs(event.metadata.timestamp - Date.now()) < 60_000);
    const { timestamp } = event.metadata;
    const metadata = { ...body.metadata, timestamp };
    assert.deepEqual(event, { ...body, topic: 'order.updated', source: 'database', metadata });
  });

  const service = () => platform.token({ permissions: ['service'] });
  const publishing = (body) => ({ path: '/api/topics/t/events', token: service, body });
  const REFUSALS = [
    { what: 'an unknown address', path: '/nowhere', status: 404, error: 'NotFoundError' },
    { what: 'an unknown API address', path: '/api/nowhere', token: service, status: 404, error: 'NotFoundError' },
    { what: 'the API without a token', path: '/api/nowhere', status: 401, error: 'UnauthorizedError' },
    { what: 'publishing without a token', path: '/api/topics/t/events', status: 401, error: 'UnauthorizedError' },
    {
      what: 'publishing as a client',
      path: '/api/topics/t/events',
      token: () => platform.token(),
      body: {},
      status: 403,
      error: 'ForbiddenError',
    },
    {
      what: 'another application in the scope header',
      ...publishing({}),
      headers: { 'x-application-id': 'other' },
      status: 403,
      error: 'ForbiddenError',
    },
    { what: 'a body that is not JSON', ...publishing('{"token":"hush'), status: 400, error: 'ValidationError' },
    { what: 'a body that is no object', ...publishing([]), status: 400, error: 'ValidationError' },
    { what: 'another topic in the body', ...publishing({ topic: 'u' }), status: 400, error: 'ValidationError' },
    { what: 'a payload that is no object', ...publishing({ payload: [1] }), status: 400, error: 'ValidationError' },
    { what: 'an unknown source', ...publishing({ source: 'moon' }), status: 400, error: 'ValidationError' },
    { what: 'an empty id', ...publishing({ id: '' }), status: 400, error: 'ValidationError' },
    {
      what: 'an unknown operation',
      ...publishing({ metadata: { operation: 'drop' } }),
      status: 400,
      error: 'ValidationError',
    },
    {
      what: 'a body over maxPayload',
      ...publishing({ payload: { text: 'x'.repeat(1_000_001) } }),
      status: 413,
      error: 'PayloadTooLargeError',
    },
    {
      what: 'a badly encoded topic',
      ...publishing({}),
      path: '/api/topics/%E0/events',
      status: 400,
      error: 'ValidationError',
    },
    {
      what: 'a topic that is too long',
      ...publishing({}),
      path: `/api/topics/${'t'.repeat(257)}/events`,
      status: 400,
      error: 'ValidationError',
    },
    {
      what: 'a token for another application',
      path: '/auth/token',
      body: { applicationId: 'other' },
      status: 403,
      error: 'ForbiddenError',
    },
    {
      what: 'an unknown permission',
      path: '/auth/token',
      body: { permissions: ['root'] },
      status: 400,
      error: 'ValidationError',
    },
    { what: 'verifying nothing', path: '/auth/verify', body: {}, status: 401, error: 'UnauthorizedError' },
  ];
  for (const { what, path, status, error, token, ...request } of REFUSALS) {
    test(`${what}: ${status} ${error}`, async () => {
      const [actual, body] = await call('POST', path, { ...request, token: token?.() });
      assert.equal(actual, status);
      assert.deepEqual(Object.keys(body), ['error', 'message']);
      assert.equal(body.error, error);
      assert.doesNotMatch(body.message, /hush/);
    });
  }

  test('bad options and tokens are refused by name', async () => {
    await assert.rejects(startLocalPlatform({ pingInterval: '1s' }), {
      name: 'ValidationError',
      message: /options\.pingInterval/,
    });
    await assert.rejects(startLocalPlatform({ pingIntervall: 1 }), /options\.pingIntervall is not .+'pingInterval'/);
    assert.throws(() => platform.token({ permissions: ['root'] }), /permissions/);
    assert.throws(() => platform.token({ expiresIn: '1h' }), /expiresIn/);
    assert.throws(() => platform.publish({ payload: {} }), /topic/);
  });
});

describe('tokens', () => {
  const GOOD = {
    'its kid in the header': () => sign({}),
    'its kid in the claims': () => sign({ kid: 'local' }, { header: { alg: 'HS256' } }),
    'one of several audiences': () => sign({ aud: ['other', 'local'] }),
    "the platform's own": () => platform.token({ sub: 'own' }),
  };
  const BAD = {
    'another secret': () => sign({}, { secret: 'guessed' }),
    'another audience': () => platform.token({ applicationId: 'other' }),
    'no kid': () => sign({}, { header: { alg: 'HS256' } }),
    'an unknown kid': () => sign({ kid: 'old' }),
    'no expiry': () => sign({ exp: undefined }),
    'an expiry in the past': () => platform.token({ expiresIn: -1 }),
    'no subject': () => sign({ sub: undefined }),
    'no algorithm': () => sign({}, { header: { alg: 'none', kid: 'local' } }),
    'no token at all': () => '',
    'no JWT': () => 'hush',
  };
  for (const [what, token] of Object.entries(GOOD)) {
    test(`accepted with ${what}`, async () => {
      assert.equal((await call('POST', '/auth/verify', { body: { token: token() } }))[0], 200);
      for (const protocol of PROTOCOLS) (await connect(protocol, platform, { token: token() })).close();
    });
  }
  for (const [what, token] of Object.entries(BAD)) {
    test(`refused with ${what}`, async () => {
      const [status, { error }] = await call('POST', '/auth/verify', { body: { token: token() } });
      assert.deepEqual([status, error], [401, 'UnauthorizedError']);
      assert.equal((await call('POST', '/api/topics/t/events', { token: token(), body: {} }))[0], 401);
      await assert.rejects(connect('ws', platform, { token: token() }), /401/);
      await assert.rejects(connect('socket.io', platform, { token: token() }), ({ message, data }) => {
        assert.doesNotMatch(message, /hush/);
        assert.deepEqual(data, { code: 'AUTH_FAILED' });
        return true;
      });
    });
  }

  test('refused where it allows nothing, or the caller names another application', async () => {
    const token = platform.token({ permissions: [] });
    const auth = { token: platform.token(), applicationId: 'other' };
    const headers = { authorization: `Bearer ${platform.token()}`, 'x-application-id': 'other' };
    await assert.rejects(connect('ws', platform, { token }), /403/);
    await assert.rejects(connect('ws', platform, { options: { headers } }), /403/);
    await assert.rejects(connect('socket.io', platform, { token }), { data: { code: 'AUTH_FAILED' } });
    await assert.rejects(connect('socket.io', platform, { options: { auth } }), { data: { code: 'AUTH_FAILED' } });
  });

  test('who is connected shows in `connections`', async () => {
    const token = platform.token({ sub: 'ada' });
    const headers = { authorization: `Bearer ${token}`, 'x-application-id': 'local', 'x-environment': 'test' };
    const client = await connect('ws', platform, { options: { headers } });
    await client.request('subscribe', { topic: 'seen', filter: { a: 1 }, subscriptionId: 'sub_1', returnMode: 'diff' });
    const { sub, protocol, environment, subscriptions } = platform.connections.find((one) => one.sub === 'ada');
    assert.deepEqual({ sub, protocol, environment }, { sub: 'ada', protocol: 'ws', environment: 'test' });
    assert.deepEqual(subscriptions, [{ subscriptionId: 'sub_1', topic: 'seen', filter: { a: 1 }, returnMode: 'diff' }]);
    client.close();
    await platform.until(({ connections }) => connections.every((one) => one.sub !== 'ada'));
  });
});

for (const protocol of PROTOCOLS) {
  describe(`subscriptions on ${protocol}`, () => {
    let client;
    before(async () => {
      client = await connect(protocol, platform);
      await client.request('subscribe', { topic: 'end' });
    });
    after(() => client.close());

    /** What arrives of what was published, up to an end mark. */
    async function received(...events) {
      for (const event of [...events, { topic: 'end' }]) platform.publish(event);
      const arrived = [];
      for (;;) {
        const event = await client.events.next();
        if (event.topic === 'end') return arrived;
        arrived.push(event);
      }
    }

    test('an event goes once to a connection whose subscriptions match it, and not after they end', async () => {
      const first = await client.request('subscribe', { topic: 'a', subscriptionId: 'sub_1' });
      assert.ok(Math.abs(Date.now() - first.timestamp) < 60_000);
      assert.deepEqual(first, { subscriptionId: 'sub_1', topic: 'a', timestamp: first.timestamp });
      await client.request('subscribe', { topic: 'a', subscriptionId: 'sub_2', filter: { n: 1 } });
      const event = { topic: 'a', id: 'once', payload: { n: 1 } };
      const [arrived, ...more] = await received({ topic: 'b' }, event);
      assert.deepEqual([arrived.id, more.length], ['once', 0]);
      await client.request('unsubscribe', { subscriptionId: 'sub_1' });
      assert.equal((await received({ topic: 'a', payload: { n: 2 } }, event)).length, 1);
      await client.request('unsubscribe', { subscriptionId: 'sub_2' });
      assert.equal((await received(event)).length, 0);
    });

    test('the same id again replaces the subscription; without one the platform gives one', async () => {
      await client.request('subscribe', { topic: 'old', subscriptionId: 'same' });
      await client.request('subscribe', { topic: 'new', subscriptionId: 'same' });
      assert.deepEqual(
        (await received({ topic: 'old' }, { topic: 'new' })).map(({ topic }) => topic),
        ['new'],
      );
      const { subscriptionId } = await client.request('subscribe', { topic: 'given' });
      assert.match(subscriptionId, /^srv_/);
      await client.request('unsubscribe', { subscriptionId });
      await client.request('unsubscribe', { subscriptionId: 'same' });
      assert.equal((await received({ topic: 'new' }, { topic: 'given' })).length, 0);
    });

    const payload = {
      campusId: 12,
      status: 'active',
      note: null,
      'a.b': 'literal',
      a: { b: 'nested', c: { d: true } },
    };
    const FILTERS = [
      [undefined, true],
      [null, true],
      [{}, true],
      [{ campusId: 12 }, true],
      [{ campusId: '12' }, false],
      [{ campusId: { eq: 12 } }, true],
      [{ campusId: { eq: 13 } }, false],
      [{ status: { in: ['ended', 'active'] } }, true],
      [{ status: { in: [] } }, false],
      [{ campusId: { in: ['12'] } }, false],
      [{ campusId: 12, status: 'ended' }, false],
      [{ campusId: { eq: 12, in: [13] } }, false],
      [{ note: null }, true],
      [{ missing: null }, false],
      [{ 'a.b': 'literal' }, true],
      [{ 'a.b': 'nested' }, false],
      [{ 'a.c.d': true }, true],
      [{ 'status.length': 6 }, false],
      [{ toString: { in: [null] } }, false],
    ];
    for (const [filter, matches] of FILTERS) {
      test(`filter ${JSON.stringify(filter)} ${matches ? 'matches' : 'does not match'}`, async () => {
        await client.request('subscribe', { topic: 'f', filter, subscriptionId: 'filtered' });
        assert.equal((await received({ topic: 'f', payload })).length, matches ? 1 : 0);
      });
    }

    const BAD = {
      'no topic': [{}, /topic/],
      'a topic that is too long': [{ topic: 't'.repeat(257) }, /topic.*256/],
      'a control character in the topic': [{ topic: 'a\nb' }, /topic/],
      'an unknown operator': [{ topic: 't', filter: { n: { gt: 1 } } }, /filter\.n.*'gt'/],
      'an inherited operator': [{ topic: 't', filter: { n: { toString: 1 } } }, /'toString'/],
      'a condition without operator': [{ topic: 't', filter: { n: {} } }, /filter\.n/],
      'a condition that is an array': [{ topic: 't', filter: { n: [1] } }, /filter\.n/],
      'a list for eq': [{ topic: 't', filter: { n: { eq: [1] } } }, /filter\.n\.eq/],
      'a scalar for in': [{ topic: 't', filter: { n: { in: 1 } } }, /filter\.n\.in/],
      'a filter that is no object': [{ topic: 't', filter: 'n=1' }, /filter/],
      'a filter that is too long': [{ topic: 't', filter: { n: 'x'.repeat(16_384) } }, /filter.*16384/],
      'an unknown returnMode': [{ topic: 't', returnMode: 'some' }, /returnMode/],
      'an id that is too long': [{ topic: 't', subscriptionId: 'x'.repeat(129) }, /subscriptionId.*128/],
    };
    for (const [what, [request, message]] of Object.entries(BAD)) {
      test(`refused: ${what}`, async () => {
        const refusal = await client.request('subscribe', request);
        assert.equal(refusal.error, 'ValidationError');
        assert.match(refusal.message, message);
      });
    }

    test('refused: ending what was never begun', async () => {
      assert.equal((await client.request('unsubscribe', { subscriptionId: 'x' })).error, 'NotFoundError');
    });

    test('refused: more than 1000 subscriptions', async () => {
      const crowd = await connect(protocol, platform);
      const subscribe = (_, n) => crowd.request('subscribe', { topic: 'crowd', subscriptionId: `sub_${n}` });
      const answers = await Promise.all(Array.from({ length: 1001 }, subscribe));
      assert.match(answers.pop().message, /1000/);
      assert.ok(answers.every(({ error }) => error === undefined));
      crowd.close();
    });

    test('a frame over maxPayload ends the connection', async () => {
      const loud = await connect(protocol, platform);
      loud.socket.send(JSON.stringify({ type: 'subscribe', topic: 'x'.repeat(1_000_001) }));
      assert.equal(await loud.closed, protocol === 'ws' ? 1009 : 'transport close');
    });
  });
}

describe('what is particular to a wire', () => {
  test('Socket.IO without an ack: `subscribed` and `error` events', async () => {
    const { socket, close } = await connect('socket.io', platform);
    socket.emit('subscribe', { topic: 't', subscriptionId: 'sub_1' });
    const before = Date.now();
    const [{ timestamp, ...confirmed }] = await once(socket, 'subscribed');
    assert.deepEqual(confirmed, { subscriptionId: 'sub_1', topic: 't' });
    assert.ok(before <= timestamp && timestamp <= Date.now(), `${timestamp}`);
    socket.emit('subscribe', { topic: '', subscriptionId: 'sub_2' });
    const [{ error, subscriptionId }] = await once(socket, 'error');
    assert.deepEqual({ error, subscriptionId }, { error: 'ValidationError', subscriptionId: 'sub_2' });
    socket.emit('subscribe');
    assert.equal((await once(socket, 'error'))[0].error, 'ValidationError');
    close();
  });

  test('Socket.IO by long-polling', async () => {
    const client = await connect('socket.io', platform, { options: { transports: ['polling'] } });
    await client.request('subscribe', { topic: 'polled' });
    platform.publish({ topic: 'polled' });
    assert.equal((await client.events.next()).topic, 'polled');
    client.close();
  });

  test('/ws answers what it cannot read, and a refusal carries the ids', async () => {
    const { socket, close } = await connect('ws', platform);
    const answer = async (data) => {
      socket.send(data);
      return JSON.parse((await once(socket, 'message'))[0]);
    };
    for (const bad of ['nonsense', '1', 'null', '{}', '{"type":"constructor"}', Buffer.from('{"type":"ping"}')]) {
      const { type, error } = await answer(bad);
      assert.deepEqual({ type, error }, { type: 'error', error: 'ValidationError' }, String(bad));
    }
    const before = Date.now();
    const { type, timestamp } = await answer('{"type":"ping"}');
    assert.ok(type === 'pong' && before <= timestamp && timestamp <= Date.now(), `${type} ${timestamp}`);
    const refused = await answer('{"type":"subscribe","topic":"t","filter":1,"subscriptionId":"sub_9"}');
    assert.deepEqual([refused.type, refused.topic, refused.subscriptionId], ['error', 't', 'sub_9']);
    close();
  });

  test('an upgrade anywhere else is refused with 404', async () => {
    const [error] = await once(new WebSocket(`${platform.url.replace('http', 'ws')}/elsewhere`), 'error');
    assert.match(error.message, /404/);
  });

  test('a prefix goes in front of everything', async (t) => {
    const prefixed = await startLocalPlatform({ prefix: '/realtime/v1' });
    t.after(() => prefixed.close());
    assert.match(prefixed.url, /\/realtime\/v1$/);
    assert.deepEqual(await call('GET', '/health', { to: prefixed }), [200, { status: 'ok' }]);
    for (const protocol of PROTOCOLS) (await connect(protocol, prefixed)).close();
    assert.equal((await fetch(new URL('/health', prefixed.url))).status, 404);
  });
});

describe('the command', () => {
  const run = (...flags) => {
    const bin = join(import.meta.dirname, '..', '..', 'local-platform', 'src', 'bin.js');
    return spawn(process.execPath, [bin, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  };

  test('prints an address and a token that work, and stops at SIGTERM', async () => {
    const child = run('--port', '0', '--secret', SECRET);
    const printed = {};
    for await (const line of createInterface(child.stdout)) {
      const [, name, value] = /^ {2}(URL|TOKEN)=(\S+)$/.exec(line) ?? [];
      if (name) printed[name] = value;
      if (line.endsWith('Ctrl-C stops.')) break;
    }
    const { URL: url, TOKEN: token } = printed;
    assert.equal((await call('POST', '/api/topics/t/events', { to: { url }, token, body: {} }))[0], 201);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  /** What the command prints before it ends by itself. */
  async function outcome(...flags) {
    const child = run(...flags);
    const [stdout, stderr, [code]] = await Promise.all([
      child.stdout.toArray(),
      child.stderr.toArray(),
      once(child, 'exit'),
    ]);
    return { code, stdout: stdout.join(''), stderr: stderr.join('').replace('realtime-local: ', '') };
  }

  /** Follows what is wrong with the flags themselves, not with their values. */
  const USAGE = '\nUsage: realtime-local [options]. --help lists them.';

  for (const [flags, stderr] of [
    [['--port', 'http'], `--port: expected a port, or 0 for a free one, got 'http'.${USAGE}`],
    [['--port', '70000'], '--port: expected a port, or 0 for a free one, got the number 70000.'],
    [['--allowed-host', 'a b'], "--allowed-host: expected an array of host names, such as ['realtime'], got an array."],
    [['--prot', '3000'], `--prot is not an option. Did you mean '--port'?${USAGE}`],
    [['--prot=3000'], `--prot is not an option. Did you mean '--port'?${USAGE}`],
    [['--port'], `--port: expected a value after it.${USAGE}`],
    [['--help=please'], `--help: expected no value.${USAGE}`],
    [['3000'], `'3000': options begin with --. Try --help.${USAGE}`],
  ]) {
    test(`refuses ${flags.join(' ')}`, async () => {
      assert.deepEqual(await outcome(...flags), { code: 1, stdout: '', stderr: `${stderr}\n` });
    });
  }

  test('says that its port is in use', async () => {
    const stderr = `Port ${platform.port} on 127.0.0.1 is in use. Use --port 0 for a free one.\n`;
    assert.deepEqual(await outcome('--port', String(platform.port)), { code: 1, stdout: '', stderr });
    await assert.rejects(startLocalPlatform({ port: platform.port }), { code: 'EADDRINUSE', message: /is in use/ });
  });

  test('prints its version and its help', async () => {
    const manifest = join(import.meta.dirname, '..', '..', 'local-platform', 'package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    assert.deepEqual(await outcome('--version'), { code: 0, stdout: `${version}\n`, stderr: '' });
    assert.match((await outcome('--help')).stdout, /--version/);
  });
});

test('the example of the guide passes as it stands', () => {
  const root = join(import.meta.dirname, '..', '..');
  const [, example] = /```js\n(.*?)```/s.exec(readFileSync(join(root, 'docs/local-platform.md'), 'utf8'));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // else the inner run reports to the outer one
  const args = ['--input-type=module', '--eval', example];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /pass 1\b/);
});
