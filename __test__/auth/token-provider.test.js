/**
 * Tokens from a function: when it is asked, what becomes of its answers and failures, and what a
 * connection survives.
 */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Server } from 'socket.io';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { PROTOCOLS } from '../support/platform-client.js';
import { start } from '../support/program.js';

/**
 * A function for tokens that answers with each of these in turn, and with the last one for ever;
 * `reasons` is its log.
 */
function provider(...answers) {
  const reasons = [];
  const ask = (reason) => answers[Math.min(reasons.push(reason), answers.length) - 1](reason);
  return Object.assign(ask, { reasons });
}

const secret = 'secret of the platforms of this file';

/**
 * A token that lives for so many seconds, which need not be whole. It says that it is old already,
 * so that it is renewed after half of them: the platform's own would leave a slow machine a tenth.
 */
function shortLived(seconds, permissions = ['service']) {
  const now = Date.now() / 1000;
  const claims = { sub: 'local-user', aud: 'local', kid: 'local', permissions, iat: now - 3600, exp: now + seconds };
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** A promise and its ends. */
function deferred() {
  const handle = {};
  handle.promise = new Promise((resolve, reject) => Object.assign(handle, { resolve, reject }));
  return handle;
}

const code = (expected) => (error) => error.code === expected;

for (const protocol of PROTOCOLS) {
  test(`${protocol}: one token serves the connection, its reconnects and requests`, async (t) => {
    const platform = await startPlatform(t);
    const token = provider(async () => platform.token({ sub: 'me', permissions: ['service'] }));
    const { client, reached, states } = observe(t, { url: platform.url, protocol, token });
    const created = client.sync.create('notes', { text: 'hello' });
    await reached('connected');
    assert.equal((await created).revision, 1);
    assert.equal(platform.connections[0].sub, 'me');
    await platform.faults.dropAll();
    await reached('connected', 2);
    assert.deepEqual(states(), ['connecting', 'connected', 'reconnecting', 'connected']);
    assert.equal(token.reasons.length, 1);
  });

  test(`${protocol}: a connection outlives its tokens`, async (t) => {
    const platform = await startPlatform(t, { secret });
    const fourth = deferred();
    const token = provider(() => {
      if (token.reasons.length === 4) fourth.resolve();
      return shortLived(2);
    });
    const { client, reached, states, errors, seen } = observe(t, { url: platform.url, protocol, token });
    client.subscribe({ topic: 'a' });
    await reached('connected');
    await platform.subscribed('a');
    const [{ id }] = platform.connections;
    // Three seconds have passed: the first one has expired.
    await fourth.promise;
    platform.publish({ topic: 'a' });
    await seen('event');
    assert.deepEqual(
      platform.connections.map((connection) => connection.id),
      [id],
    );
    assert.deepEqual([states(), errors()], [['connecting', 'connected'], []]);
    assert.deepEqual(token.reasons, ['connect', 'expiring', 'expiring', 'expiring']);
  });

  test(`${protocol}: a refused token is replaced once`, async (t) => {
    const platform = await startPlatform(t);
    const token = provider(
      () => platform.token({ expiresIn: -60 }),
      async () => platform.token(),
    );
    const { reached, states, errors } = observe(t, { url: platform.url, protocol, token, reconnection: false });
    await reached('connected');
    assert.deepEqual(states(), ['connecting', 'reconnecting', 'connected']);
    assert.deepEqual([token.reasons, errors()], [['connect', 'refused'], []]);
  });

  test(`${protocol}: a second refusal is the end`, async (t) => {
    const platform = await startPlatform(t);
    const token = provider(() => 'not.a.token');
    const { client, reached, errors } = observe(t, { url: platform.url, protocol, token });
    await reached('disconnected');
    assert.deepEqual(
      errors().map((error) => error.code),
      ['AUTH_FAILED'],
    );
    assert.deepEqual(token.reasons, ['connect', 'refused']);
    client.connect();
    await reached('disconnected', 2);
    assert.equal(token.reasons.length, 4);
  });

  test(`${protocol}: the only token is reported before the server refuses it`, async (t) => {
    const platform = await startPlatform(t);
    const token = platform.token({ expiresIn: 2 });
    const { client, reached, seen, errors } = observe(t, { url: platform.url, protocol, token });
    await reached('connected');
    await seen('error', code('AUTH_FAILED'));
    // connect() has no effect before that.
    await reached('disconnected');
    client.connect();
    await reached('disconnected', 2);
    assert.deepEqual(
      errors().map((error) => error.code),
      ['TOKEN_EXPIRED', 'AUTH_FAILED', 'AUTH_FAILED'],
    );
    assert.equal(errors()[0].retryable, false);
  });
}

const failures = {
  throws: () => {
    throw new Error('login is down');
  },
  rejects: async () => {
    throw new Error('login is down');
  },
  'gives nothing': () => undefined,
  'gives an empty string': async () => '',
  'gives what no header can carry': () => 'Bearer secret-token',
  'gives no answer in time': () => new Promise(() => {}),
};

for (const [what, fail] of Object.entries(failures)) {
  test(`a function that ${what} is asked again after a delay`, async (t) => {
    const platform = await startPlatform(t);
    const token = provider(fail, fail, () => platform.token());
    const { reached, states, errors, changes } = observe(t, { url: platform.url, token, connectTimeout: 500 });
    await reached('connected');
    assert.deepEqual(states(), ['connecting', 'reconnecting', 'reconnecting', 'connected']);
    assert.equal(changes()[1].reason, 'no token');
    assert.deepEqual(token.reasons, ['connect', 'connect', 'connect']);
    assert.equal(errors().length, 2);
    for (const error of errors()) {
      assert.deepEqual([error.code, error.retryable], ['TOKEN_PROVIDER_FAILED', true]);
      assert.equal(error.cause?.message, what.match(/^(throws|rejects)/) ? 'login is down' : undefined);
      assert.doesNotMatch(inspect(error), /secret-token/);
    }
  });
}

test('a function that never gives a token uses up the attempts', async (t) => {
  const token = provider(failures.throws);
  const options = { url: 'http://localhost:1', token, reconnectionAttempts: 2 };
  const { reached, errors } = observe(t, options);
  await reached('disconnected');
  const failed = 'TOKEN_PROVIDER_FAILED';
  assert.deepEqual(
    errors().map((error) => error.code),
    [failed, failed, failed, 'RECONNECT_FAILED'],
  );
});

test('a live connection survives failures to renew its token', async (t) => {
  const platform = await startPlatform(t, { secret });
  const renewed = deferred();
  const token = provider(
    () => shortLived(2),
    failures.rejects,
    failures.rejects,
    () => {
      renewed.resolve();
      return platform.token();
    },
  );
  const { reached, states, errors } = observe(t, { url: platform.url, token });
  await reached('connected');
  await renewed.promise;
  assert.deepEqual(token.reasons, ['connect', 'expiring', 'expiring', 'expiring']);
  assert.deepEqual([states(), errors().length], [['connecting', 'connected'], 2]);
});

test('a server that takes no new token on a connection gets a new connection, and the session goes on', async (t) => {
  const http = createServer().listen(0);
  const server = new Server(http, { connectionStateRecovery: {} });
  t.after(() => server.close());
  await once(http, 'listening');
  const platform = await startPlatform(t);
  const given = [];
  const token = () => {
    given.push(platform.token({ sub: `user-${given.length}`, expiresIn: 2 }));
    return given.at(-1);
  };
  const connections = [];
  const second = deferred();
  server.on('connection', (socket) => {
    connections.push({ token: socket.handshake.auth.token, id: socket.id, recovered: socket.recovered });
    if (connections.length === 2) second.resolve();
    socket.on('subscribe', (_request, ack) => {
      ack({});
      socket.emit('event', { id: '1', topic: 'a', payload: {} });
    });
  });
  const { client, reached, states, seen, errors } = observe(t, {
    url: `http://localhost:${http.address().port}`,
    token,
  });
  client.subscribe({ topic: 'a' });
  await reached('connected');
  await seen('event');
  await second.promise;
  await reached('connected', 2);
  assert.deepEqual(states(), ['connecting', 'connected', 'reconnecting', 'connected']);
  assert.notEqual(connections[1].token, connections[0].token);
  assert.deepEqual([connections[1].recovered, connections[1].id], [true, connections[0].id]);
  assert.deepEqual(errors(), []);
});

test('requests without a connection share one call', async (t) => {
  const platform = await startPlatform(t);
  const answer = deferred();
  const token = provider(() => answer.promise);
  const { client } = observe(t, { url: platform.url, token, autoConnect: false });
  const requests = ['a', 'b'].map((id) => client.sync.create('notes', {}, id));
  client.connect();
  answer.resolve(platform.token({ permissions: ['service'] }));
  await Promise.all(requests);
  await client.sync.get('notes', 'a');
  await platform.until(({ connections }) => connections.length === 1);
  assert.deepEqual(token.reasons, ['request']);
});

test('a request whose token is refused is made once more, with another', async (t) => {
  const platform = await startPlatform(t);
  const stale = () => platform.token({ permissions: ['service'], expiresIn: -60 });
  const token = provider(stale, () => platform.token({ permissions: ['service'] }));
  const { client } = observe(t, { url: platform.url, token, autoConnect: false });
  const created = await Promise.all(['a', 'b', 'c'].map((id) => client.sync.create('notes', {}, id)));
  assert.deepEqual(
    created.map(({ revision }) => revision),
    [1, 1, 1],
  );
  assert.deepEqual(token.reasons, ['request', 'refused']);

  const hopeless = provider(stale);
  const other = observe(t, { url: platform.url, token: hopeless, autoConnect: false });
  await assert.rejects(other.client.sync.get('notes', 'a'), code('AUTH_FAILED'));
  assert.deepEqual(hopeless.reasons, ['request', 'refused']);
});

test('requests without a connection renew the token before it expires', async (t) => {
  const platform = await startPlatform(t, { secret });
  const token = provider(() => shortLived(1));
  const { client } = observe(t, { url: platform.url, token, autoConnect: false });
  await client.sync.create('notes', {}, 'a');
  while (token.reasons.length < 4) await client.sync.get('notes', 'a');
  assert.deepEqual(new Set(token.reasons), new Set(['request']), 'none was refused');
});

test('a request that gets no token fails, and the error event stays silent', async (t) => {
  const platform = await startPlatform(t);
  const token = provider(failures.rejects);
  const { client, errors } = observe(t, { url: platform.url, token, autoConnect: false });
  await assert.rejects(client.sync.get('notes', 'a'), (error) => {
    assert.deepEqual([error.code, error.cause.message], ['TOKEN_PROVIDER_FAILED', 'login is down']);
    return true;
  });
  assert.deepEqual([token.reasons, errors()], [['request'], []]);
});

test('a request that gets no other token knows what became of it', async (t) => {
  const statuses = [502, 401];
  const server = createServer((_, response) => response.writeHead(statuses.shift() ?? 401).end()).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  const cause = new Error('login is down');
  for (const [write, uncertain] of [
    // The first attempt may have been carried out, the second was refused.
    [(sync) => sync.replace('notes', 'a', {}, 1), true],
    [(sync) => sync.replace('notes', 'a', {}), undefined],
  ]) {
    const token = (reason) => (reason === 'refused' ? Promise.reject(cause) : 'token-of-the-request');
    const { client } = observe(t, { url, token, autoConnect: false });
    const error = await write(client.sync).catch((failure) => failure);
    const { status, method, path } = error;
    assert.deepEqual(
      [error.code, status, method, path],
      ['TOKEN_PROVIDER_FAILED', 401, 'PUT', '/api/sync/notes/documents/a'],
    );
    assert.deepEqual([error.uncertain, error.cause], [uncertain, cause]);
    assert.match(
      error.message,
      /^PUT \/api\/sync\/notes\/documents\/a: The function in options\.token failed, see `cause`\. Check /,
    );
  }
});

test('a request that waits for a token ends in time, when it is aborted, and with the client', async (t) => {
  const late = deferred();
  const { client } = observe(t, { url: 'http://localhost:1', token: () => late.promise, autoConnect: false });
  const controller = new AbortController();
  const write = (options) => client.sync.create('notes', {}, 'a', options);
  const expected = [
    [write({ timeout: 5 }), 'TIMEOUT'],
    [write({ signal: controller.signal }), 'ABORTED'],
    [write(), 'CLIENT_DESTROYED'],
  ];
  const refused = expected.map(([request, name]) =>
    assert.rejects(request, (error) => error.code === name && error.uncertain === undefined),
  );
  controller.abort();
  await refused[0];
  client.destroy();
  await Promise.all(refused);
  late.reject(new Error('nobody waits any more'));
  await assert.rejects(client.sync.get('notes', 'a'), code('CLIENT_DESTROYED'));
});

test('disconnect() and destroy() void the question: no dial, no error, no unhandled rejection', async (t) => {
  const unhandled = [];
  const collect = (reason) => unhandled.push(reason);
  process.on('unhandledRejection', collect);
  t.after(() => process.off('unhandledRejection', collect));
  const platform = await startPlatform(t);
  for (const end of ['disconnect', 'destroy']) {
    for (const settle of ['resolve', 'reject']) {
      const asked = deferred();
      const answer = deferred();
      const token = provider(() => {
        asked.resolve();
        return answer.promise;
      });
      const { client, errors, states } = observe(t, { url: platform.url, token });
      await asked.promise;
      client[end]();
      answer[settle](settle === 'resolve' ? platform.token() : new Error('late'));
      await answer.promise.catch(() => {});
      await new Promise(setImmediate);
      assert.equal(client.state, 'disconnected');
      assert.deepEqual([errors(), platform.connections.length], [[], 0]);
      assert.ok(!states().includes('reconnecting'));
    }
  }
  assert.deepEqual(unhandled, []);
});

test('disconnect() before the function was called: it is not', async (t) => {
  const platform = await startPlatform(t);
  const token = provider(() => platform.token());
  const { client, reached } = observe(t, { url: platform.url, token });
  client.disconnect();
  await reached('disconnected');
  assert.deepEqual(token.reasons, []);
  client.connect();
  await reached('connected');
  assert.deepEqual(token.reasons, ['connect']);
});

test('destroy() inside the function', async (t) => {
  const platform = await startPlatform(t);
  const called = deferred();
  const { client, states } = observe(t, {
    url: platform.url,
    token: () => {
      client.destroy();
      called.resolve();
      return platform.token();
    },
  });
  await called.promise;
  await new Promise(setImmediate);
  assert.deepEqual([states(), platform.connections.length], [['connecting'], 0]);
});

test('a client that waits for a token holds the process, until it is disconnected', async (t) => {
  const program = start(t, (Client) => {
    const client = new Client({
      url: 'http://localhost:1',
      token: () => {
        console.log('asked');
        return new Promise(() => {});
      },
    });
    client.on('connection', ({ state }) => console.log(state));
    process.stdin.once('data', () => {
      client.disconnect();
      process.stdin.destroy();
    });
    process.stdin.unref();
  });
  await program.printed('asked');
  program.say('enough');
  const { code: exit, stdout, stderr } = await program.ended;
  assert.deepEqual([exit, stdout, stderr], [0, ['connecting', 'asked', 'disconnected'], '']);
});

test('tokens are not shown', async (t) => {
  const platform = await startPlatform(t);
  const secret = platform.token();
  const { client, reached } = observe(t, { url: platform.url, token: () => secret });
  await reached('connected');
  const everything = inspect(client, { showHidden: true, depth: 9, customInspect: false });
  assert.ok(!everything.includes(secret) && client instanceof RealtimeClient);
});

test('a request that is ended in the turn in which it was made is not sent, though there is a token', async (t) => {
  const platform = await startPlatform(t);
  const token = async () => platform.token({ permissions: ['service'] });
  const { client } = observe(t, { url: platform.url, token, autoConnect: false });
  await client.sync.create('notes', {}, 'n1');

  const controller = new AbortController();
  const aborted = client.sync.create('notes', {}, 'n2', { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, code('ABORTED'));
  await assert.rejects(client.sync.get('notes', 'n2'), code('NOT_FOUND'));

  const destroyed = client.sync.create('notes', {}, 'n3');
  client.destroy();
  await assert.rejects(destroyed, ({ code, uncertain }) => code === 'CLIENT_DESTROYED' && uncertain === undefined);
});

test('a function that makes a request of the same client is still called once at a time', async (t) => {
  const platform = await startPlatform(t);
  const requests = [];
  const token = provider(() => {
    // It is not waited for here: it waits for what this function gives.
    requests.push(client.sync.create('notes', {}, `n${requests.length}`));
    return platform.token({ permissions: ['service'] });
  });
  const { client } = observe(t, { url: platform.url, token, autoConnect: false });
  await client.sync.create('notes', {}, 'own');
  assert.equal((await Promise.all(requests)).length, 1);
  assert.deepEqual(token.reasons, ['request']);
});
