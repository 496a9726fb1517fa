/** The methods that wait, and what they say when they wait in vain. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';
import { start } from '../support/program.js';

/** The lines of the rejection, without times. */
async function complaint(promise) {
  const error = await promise.then(
    () => assert.fail('it resolved'),
    (error) => error,
  );
  assert.deepEqual([error.name, error.code], ['TimeoutError', 'TIMEOUT']);
  assert.match(error.stack, /waiting\.test\.js/);
  return error.message.replace(/\d+(\.\d+)? m?s ago/g, 'some time ago').split('\n  ');
}

const NOBODY = 'Connected clients: none.';

describe('a deadline', () => {
  test('after 5 seconds, unless the platform or the call says otherwise', async (t) => {
    const platform = await startPlatform(t, { waitTimeout: undefined });
    const begun = performance.now();
    const lines = await complaint(platform.subscribed('order.updated'));
    assert.ok(performance.now() - begun >= 4_990);
    assert.deepEqual(lines, ["LocalPlatform.subscribed(): 'order.updated' had 0 of 1 subscription after 5 s.", NOBODY]);
    const hasty = await startPlatform(t, { waitTimeout: 0 });
    assert.deepEqual(await complaint(hasty.joined('lobby', 2)), [
      "LocalPlatform.joined(): 'lobby' had 0 of 2 members after 0 ms.",
      NOBODY,
    ]);
    assert.deepEqual(await complaint(hasty.until(() => false, { timeout: 20 })), [
      'LocalPlatform.until(): the condition did not hold within 20 ms.',
      NOBODY,
    ]);
    await hasty.until(() => true);
  });

  test('says which connections were refused, why, and how often', async (t) => {
    const platform = await startPlatform(t);
    const token = platform.token({ expiresIn: -1 });
    for (const protocol of [...PROTOCOLS, 'ws']) await assert.rejects(connect(protocol, platform, { token }));
    const url = platform.url.replace('http', 'ws');
    await once(new WebSocket(`${url}/elsewhere?token=hush`), 'error');
    platform.faults.refuseUpgrades({ status: 429, times: 1 });
    await once(new WebSocket(`${url}/ws`), 'error');
    const expired = 'Token refused: "exp" claim timestamp check failed.';
    assert.deepEqual((await complaint(platform.subscribed('t', { timeout: 0 }))).slice(1), [
      NOBODY,
      'Refused an upgrade to /ws some time ago: HTTP 429, refused by faults.refuseUpgrades() or its Host.',
      'Refused an upgrade to /elsewhere some time ago: HTTP 404, nothing is served at this path.',
      `Refused a connection on ws 2 times, last some time ago: ${expired}`,
      `Refused a connection on socket.io some time ago: ${expired}`,
    ]);
  });

  test('says who is connected and which names are similar', async (t) => {
    const platform = await startPlatform(t);
    const client = await connect('ws', platform, { token: platform.token({ sub: 'ada' }) });
    await client.request('subscribe', { topic: 'order.update', filter: { id: 7 } });
    await client.request('channel:join', { channel: 'lobby', ackId: 1 });
    const refusal = await client.request('subscribe', { topic: 'order.updated', filter: { id: { gt: 1 } } });
    const ada = "Connected clients: 'ada' (ws) subscribed to 'order.update' (filtered), in 'lobby'.";
    const [, hint, who, refused] = await complaint(platform.subscribed('order.updated', { timeout: 0 }));
    assert.deepEqual([hint, who], ["Did you mean 'order.update', which is in use?", ada]);
    assert.equal(refused, `Refused subscribe('order.updated') of 'ada' some time ago: ${refusal.message}`);
    const hintOf = async (waiting) => (await complaint(waiting))[1];
    assert.equal(await hintOf(platform.joined('loby', { timeout: 0 })), "Did you mean 'lobby', which is in use?");
    assert.match(await hintOf(platform.subscribed('lobby', { timeout: 0 })), /is a channel .+ joined\('lobby'\)\?$/);
    assert.match(await hintOf(platform.joined('order.update', { timeout: 0 })), /subscribed\('order\.update'\)\?$/);
    assert.equal(await hintOf(platform.subscribed('unlike', { timeout: 0 })), ada);
    client.close();
  });

  test('says that the platform does not listen, and that a token expired', async (t) => {
    const platform = await startPlatform(t);
    const client = await connect('ws', platform, { token: platform.token({ expiresIn: 2 }) });
    assert.equal(await client.closed, 4401);
    await platform.faults.goAway();
    assert.deepEqual((await complaint(platform.subscribed('t', { timeout: 0 }))).slice(1), [
      'The platform does not listen: faults.goAway() is in effect.',
      NOBODY,
      'Refused a connection on ws some time ago: Its token expired.',
    ]);
  });

  test('a signal ends the waiting with its reason', async (t) => {
    const platform = await startPlatform(t);
    const reason = new Error('the test is over');
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [
      platform.until(() => false, { signal }),
      platform.subscribed('t', { signal }),
      platform.joined('c', 1, { signal }),
    ];
    setImmediate(() => controller.abort(reason));
    const outcomes = await Promise.allSettled(waiting);
    outcomes.push(...(await Promise.allSettled([platform.idle({ signal }), platform.until(() => true, { signal })])));
    for (const outcome of outcomes) assert.deepEqual(outcome, { status: 'rejected', reason });
  });

  test('a condition that throws ends the waiting, and so does the end of the platform', async (t) => {
    const platform = await startPlatform(t);
    const mistake = new TypeError('mistake');
    const throwing = platform.until(() => {
      throw mistake;
    });
    assert.equal(await throwing.catch((error) => error), mistake);
    const waiting = assert.rejects(platform.subscribed('t'), /The local platform was closed/);
    await platform.close();
    await waiting;
    await assert.rejects(platform.joined('c'), /The local platform was closed/);
  });

  for (const [what, call, message] of [
    ['a topic that is none', (platform) => platform.subscribed(), /^LocalPlatform\.subscribed\(\): topic: /],
    [
      'a count that is none',
      (platform) => platform.subscribed('t', '2'),
      /count: expected a whole number, got a string/,
    ],
    ['an unknown option', (platform) => platform.joined('c', { timout: 5 }), /timout is not .+ 'timeout'\?/],
    ['a timeout that is none', (platform) => platform.joined('c', 1, { timeout: '5 s' }), /timeout: expected milli/],
    [
      'a signal that is none',
      (platform) => platform.idle({ signal: {} }),
      /idle\(\): options\.signal: expected an Abort/,
    ],
    [
      'a condition that is none',
      (platform) => platform.until(true),
      /until\(\): condition: expected a function, got true/,
    ],
  ]) {
    test(`refuses ${what}`, async (t) => {
      const platform = await startPlatform(t);
      await assert.rejects(call(platform), { name: 'ValidationError', message });
    });
  }
});

test('publish says how many clients are sent the event, and keeps the event equal', async (t) => {
  const platform = await startPlatform(t);
  assert.equal(platform.publish({ topic: 't' }).receivers, 0);
  const clients = await Promise.all(PROTOCOLS.map((protocol) => connect(protocol, platform)));
  for (const client of clients) {
    for (const campusId of [1, 2]) await client.request('subscribe', { topic: 't', filter: { campusId } });
  }
  await clients[0].request('subscribe', { topic: 't' });
  assert.equal(platform.publish({ topic: 't', payload: { campusId: 3 } }).receivers, 1);
  await clients[0].events.next();
  const published = platform.publish({ topic: 't', payload: { campusId: 2 } });
  assert.equal(published.receivers, 2);
  for (const client of clients) assert.deepEqual(await client.events.next(), published);
  const own = platform.publish({ topic: 't', receivers: 'of the user' });
  assert.equal(own.receivers, 'of the user');
  assert.equal((await clients[0].events.next()).receivers, 'of the user');
  for (const client of clients) client.close();
});

for (const protocol of PROTOCOLS) {
  for (const end of ['destroy', 'disconnect']) {
    test(`${end} of a client in this process ends its subscriptions and memberships at once, ${protocol}`, async (t) => {
      const platform = await startPlatform(t);
      const client = new RealtimeClient({ url: platform.url, token: platform.token(), protocol });
      t.after(() => client.destroy());
      client.subscribe({ topic: 't' });
      // The answer comes after the id of the connection, by which the platform knows the client.
      await client.socketClient.joinChannel('c');
      await Promise.all([platform.subscribed('t'), platform.joined('c')]);
      client[end]();
      assert.equal(platform.connections.length, 1);
      assert.equal(platform.publish({ topic: 't' }).receivers, 0);
      await complaint(platform.subscribed('t', { timeout: 0 }));
      await complaint(platform.joined('c', { timeout: 0 }));
    });
  }

  describe(`idle on ${protocol}`, () => {
    /** A client of the SDK in this process that is subscribed. */
    async function member(t, platform, options) {
      const client = new RealtimeClient({ url: platform.url, token: platform.token(), protocol, ...options });
      t.after(() => client.destroy());
      client.subscribe({ topic: 't' });
      await platform.subscribed('t');
      return client;
    }

    test('every handler of the SDK in this process has run, however slow it is', async (t) => {
      const platform = await startPlatform(t);
      const client = await member(t, platform);
      let handled = 0;
      client.on('event', () => {
        const end = performance.now() + 1;
        while (performance.now() < end);
        handled += 1;
      });
      for (let n = 0; n < 100; n += 1) platform.publish({ topic: 't' });
      await platform.idle();
      assert.equal(handled, 100);
      await platform.idle(); // with nothing to wait for
    });

    test('waits for events that are held back, and for what wakes the handlers late', async (t) => {
      const platform = await startPlatform(t);
      const client = await member(t, platform, { coalesceMs: 40 });
      let handled = 0;
      client.on('event', () => {
        handled += 1;
      });
      platform.faults.delay(60);
      platform.publish({ topic: 't' });
      platform.faults.delay(0);
      await platform.idle();
      assert.equal(handled, 1);
    });

    test('waits for what handlers send in turn over their sockets', async (t) => {
      const platform = await startPlatform(t);
      const options = { token: platform.token({ permissions: ['service'] }) };
      const [asking, answering] = [await member(t, platform, options), await member(t, platform, options)];
      const heard = [];
      for (const client of [asking, answering]) client.socketClient.joinChannel('c');
      await platform.joined('c', 2);
      answering.once('event:t', () => void answering.socketClient.publish('c', 'question', { n: 1 }));
      asking.socketClient.on('message:c', ({ event }) => {
        heard.push(event);
        void asking.socketClient.publish('c', 'answer', { n: 2 });
      });
      answering.socketClient.on('message:c', ({ event }) => heard.push(event));
      platform.publish({ topic: 't' });
      await platform.idle();
      assert.deepEqual(heard, ['question', 'answer']);
    });

    test('what nobody wants has not come: the end of a test that nothing happens', async (t) => {
      const platform = await startPlatform(t);
      const client = await member(t, platform);
      const received = [];
      client.on('event', ({ topic }) => received.push(topic));
      platform.publish({ topic: 'other' });
      await platform.idle();
      assert.deepEqual(received, []);
    });

    test('the events are with other clients', async (t) => {
      const platform = await startPlatform(t);
      const client = await connect(protocol, platform);
      await client.request('subscribe', { topic: 't' });
      let arrived = 0;
      client.socket.on(protocol === 'ws' ? 'message' : 'event', () => {
        arrived += 1;
      });
      for (let n = 0; n < 500; n += 1) platform.publish({ topic: 't', payload: { text: 'x'.repeat(1000) } });
      await Promise.all([platform.idle(), platform.idle()]);
      assert.equal(arrived, 500);
      client.close();
    });

    test('a client that was silenced is not waited for, one that is lost meanwhile neither', async (t) => {
      const platform = await startPlatform(t);
      const [silenced, lost] = [await connect(protocol, platform), await connect(protocol, platform)];
      await lost.request('subscribe', { topic: 't' });
      platform.publish({ topic: 't' });
      const idle = platform.idle();
      (lost.socket.io?.engine ?? lost.socket).close();
      await idle;
      platform.faults.stopAnsweringPings();
      await platform.idle();
      silenced.close();
      await platform.faults.dropAll();
    });
  });
}

test('idle says what it still waits for', async (t) => {
  const platform = await startPlatform(t);
  const client = await connect('ws', platform, { token: platform.token({ sub: 'ada' }) });
  await client.request('subscribe', { topic: 't' });
  client.socket.pause();
  platform.publish({ topic: 't' });
  const [first, silent] = await complaint(platform.idle({ timeout: 50 }));
  assert.equal(first, 'LocalPlatform.idle(): the clients were not idle within 50 ms.');
  assert.equal(silent, "No answer to a ping from: 'ada' (ws) subscribed to 't'.");
  client.socket.resume();
  await platform.idle();
  platform.faults.delay(60_000);
  platform.publish({ topic: 't' });
  const [, delayed] = await complaint(platform.idle({ timeout: 50 }));
  assert.equal(delayed, '1 event held back by faults.delay().');
  client.close();
});

describe('close', () => {
  test('names the clients that were left open, and where they were created', async (t) => {
    const platform = await startPlatform(t);
    const clients = ['forgotten', 'destroyed'].map(
      (sub) => new RealtimeClient({ url: platform.url, token: platform.token({ sub }) }),
    );
    t.after(() => clients[0].destroy());
    for (const client of clients) client.subscribe({ topic: 't' });
    await platform.subscribed('t', 2);
    clients[1].destroy();
    const warned = once(process, 'warning');
    const open = await platform.close({ report: true });
    assert.deepEqual(
      open.map(({ sub }) => sub),
      ['forgotten'],
    );
    const [{ code, message }] = await warned;
    assert.equal(code, 'CLIENTS_LEFT_OPEN');
    assert.match(message, /^The local platform was closed with 1 client that is still connected:\n/);
    assert.match(
      message,
      /'forgotten' \(socket\.io\) subscribed to 't', connected for .+, created at .+waiting\.test\.js:/,
    );
    assert.match(message, /\nCall destroy\(\) on each client/);
  });

  test('warns of nobody where nobody is left, nor unasked', async (t) => {
    const warnings = [];
    const onWarning = (warning) => warnings.push(warning);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const platform = await startPlatform(t);
    assert.deepEqual(await platform.close({ report: true }), []);
    const other = await startPlatform(t);
    const client = await connect('ws', other);
    assert.equal((await other.close()).length, 1);
    await client.closed;
    await new Promise((resolve) => process.nextTick(resolve));
    assert.deepEqual(warnings, []);
    await assert.rejects(other.close({ reports: true }), /close\(\): options\.reports is not .+ 'report'\?/);
  });
});

test('a platform leaves nothing in the global object', async (t) => {
  const key = Symbol.for('@smarterservices/realtime: observers of clients');
  const observers = () => (Object.hasOwn(globalThis, key) ? globalThis[key].size : 0);
  const before = observers();
  const [one, other] = [await startPlatform(t), await startPlatform(t)];
  assert.equal(observers(), before + 2);
  await one.close();
  assert.equal(observers(), before + 1);
  await other.close();
  assert.equal(observers(), before);
  assert.equal(Object.hasOwn(globalThis, key), before > 0);
});

test('a platform keeps no client of its process from being collected', async (t) => {
  const collected = async (RealtimeClient, source) => {
    const { startLocalPlatform } = await import(source);
    const platform = await startLocalPlatform();
    const reference = (() => {
      const options = { url: platform.url, token: platform.token(), autoConnect: false };
      return new WeakRef(new RealtimeClient(options));
    })();
    for (let turn = 0; turn < 100 && reference.deref(); turn += 1) {
      await new Promise(setImmediate);
      globalThis.gc();
    }
    console.log(reference.deref() === undefined);
    await platform.close();
  };
  const source = new URL('../../local-platform/src/index.js', import.meta.url).href;
  const { stdout, stderr } = await start(t, collected, [source], ['--expose-gc']).ended;
  assert.deepEqual({ stdout, stderr }, { stdout: ['true'], stderr: '' });
});

describe('bad arguments', () => {
  for (const [what, options, message] of [
    ['a number', 3000, 'expected an object such as { port: 3000 }, got the number 3000.'],
    ['an array', [], 'expected an object such as { port: 3000 }, got an array.'],
    ['a misspelled name', { sercet: 'hush' }, "options.sercet is not an option. Did you mean 'secret'?"],
    ['a port as text', { port: '3000' }, 'options.port: expected a port, or 0 for a free one, got a string.'],
    [
      'a time limit below 0',
      { waitTimeout: -1 },
      'options.waitTimeout: expected milliseconds, or Infinity, got the number -1.',
    ],
  ]) {
    test(`startLocalPlatform refuses ${what}`, async (t) => {
      const error = { name: 'ValidationError', message: `startLocalPlatform(): ${message}` };
      await assert.rejects(startPlatformWith(t, options), error);
    });
  }

  async function startPlatformWith(t, options) {
    const { startLocalPlatform } = await import('../../local-platform/src/index.js');
    const platform = await startLocalPlatform(options);
    t.after(() => platform.close());
  }

  for (const [what, options, message] of [
    [
      'a misspelled name',
      { permission: ['admin'] },
      "options.permission is not an option. Did you mean 'permissions'?",
    ],
    ['a text', 'ada', "expected an object such as { permissions: ['service'] }, got a string."],
    [
      'a role that is not in an array',
      { permissions: 'admin' },
      /permissions: expected an array of .+, got a string\./,
    ],
    ['a misspelled role', { permissions: ['servce'] }, "permissions: 'servce' is unknown. Did you mean 'service'?"],
    ['a lifetime as text', { expiresIn: '1h' }, 'expiresIn: expected a number of seconds, got a string.'],
  ]) {
    test(`token refuses ${what}`, async (t) => {
      const platform = await startPlatform(t);
      const expected = typeof message === 'string' ? `LocalPlatform.token(): ${message}` : message;
      assert.throws(() => platform.token(options), { name: 'ValidationError', message: expected });
    });
  }
});
