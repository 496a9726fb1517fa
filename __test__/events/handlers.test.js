/**
 * Handlers that throw or reject: each in a process of its own, since what they do there is reported
 * to the process.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

/**
 * Starts a platform and the program, publishes the events once it is subscribed, and waits for its
 * end.
 */
async function run(t, program, payloads, flags = []) {
  const platform = await startPlatform(t);
  const { ended } = start(t, program, [platform.url, platform.token()], flags);
  // A program that fails before it subscribes ends this wait too, and is then reported.
  await Promise.race([platform.subscribed('a'), ended]);
  for (const payload of payloads) platform.publish({ topic: 'a', payload });
  return ended;
}

const numbers = [1, 2, 3].map((n) => ({ n }));

test('a handler that throws stops no other handler, no other event, and not the connection', async (t) => {
  const { code, stdout, stderr } = await run(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token });
      const seen = [];
      process.on('uncaughtException', ({ message, stack }) => {
        console.log('uncaught', message, stack.includes('namedHandler'));
      });
      client.on('event', function namedHandler({ payload }) {
        throw new Error(`from event ${payload.n}`);
      });
      client.on('event:a', () => {
        throw new Error('from topic');
      });
      client.on('connection', ({ state }) => {
        throw new Error(`from ${state}`);
      });
      client.on('event:a', ({ payload }) => {
        seen.push(payload.n);
        if (payload.n !== 3) return;
        // All errors are reported before the loop turns.
        setImmediate(() => {
          console.log('seen', seen.join(), client.state);
          client.destroy();
        });
      });
      client.subscribe({ topic: 'a' });
    },
    numbers,
  );
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.deepEqual(stdout.sort(), [
    'seen 1,2,3 connected',
    'uncaught from connected false',
    'uncaught from connecting false',
    'uncaught from event 1 true',
    'uncaught from event 2 true',
    'uncaught from event 3 true',
    'uncaught from topic false',
    'uncaught from topic false',
    'uncaught from topic false',
  ]);
});

test('a handler of errors that throws does no more harm', async (t) => {
  const program = start(t, (RealtimeClient) => {
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    const client = new RealtimeClient({ url: 'http://127.0.0.1:1', token: 't', reconnection: false });
    client.on('error', ({ code }) => {
      throw new Error(`from ${code}`);
    });
    client.on('error', ({ code }) => console.log('next', code));
    client.on('connection', ({ state }) => console.log(state));
  });
  const { code, stdout } = await program.ended;
  assert.equal(code, 0);
  assert.deepEqual(stdout.sort(), ['connecting', 'disconnected', 'next NETWORK_ERROR', 'uncaught from NETWORK_ERROR']);
});

test('a handler that rejects is an unhandledRejection', async (t) => {
  const { code, stdout } = await run(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token });
      process.on('unhandledRejection', ({ message }) => {
        console.log('unhandled', message);
        if (message === '3') client.destroy();
      });
      client.on('event', async ({ payload }) => {
        await null;
        throw new Error(`${payload.n}`);
      });
      client.subscribe({ topic: 'a' });
    },
    numbers,
  );
  assert.equal(code, 0);
  assert.deepEqual(stdout, ['unhandled 1', 'unhandled 2', 'unhandled 3']);
});

for (const [order, flags] of Object.entries({
  after: [],
  // As jest does it: the modules of Node stay as they are.
  before: ['--import', 'data:text/javascript,globalThis.queueMicrotask=globalThis.setImmediate=()=>{}'],
})) {
  test(`fake timers that are installed ${order} the package is loaded stop no event and hide no error`, async (t) => {
    const { code, stdout } = await run(
      t,
      (RealtimeClient, url, token) => {
        // In the very turn in which the package was loaded.
        require('node:test').mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate'] });
        globalThis.queueMicrotask = () => {};
        process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
        const client = new RealtimeClient({ url, token });
        client.on('event', ({ payload }) => {
          // Longer than events are handled without a turn of the event loop.
          for (const end = process.hrtime.bigint() + 3_000_000n; process.hrtime.bigint() < end; );
          if (payload.n === 3) client.destroy();
          throw new Error(`from event ${payload.n}`);
        });
        client.subscribe({ topic: 'a' });
      },
      numbers,
      flags,
    );
    assert.equal(code, 0);
    assert.deepEqual(
      stdout,
      numbers.map(({ n }) => `uncaught from event ${n}`),
    );
  });
}

test('without uncaughtException a throwing handler ends the process with its own stack', async (t) => {
  const { code, stderr } = await run(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token });
      client.on('event', function namedHandler() {
        throw new RangeError('out of it');
      });
      client.subscribe({ topic: 'a' });
    },
    numbers,
  );
  assert.equal(code, 1);
  assert.match(stderr, /RangeError: out of it\n\s+at .*namedHandler/);
});

test('without a listener for errors the process prints one warning and goes on', async (t) => {
  const program = start(
    t,
    (RealtimeClient, url) => {
      const options = { url, token: 't', reconnectionAttempts: 3, reconnectionDelay: 1 };
      new RealtimeClient(options).on('connection', ({ state }) => console.log(state));
    },
    [await addressWithoutServer()],
  );
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 0);
  assert.deepEqual(stdout, ['connecting', ...Array(3).fill('reconnecting'), 'disconnected']);
  assert.equal(stderr.match(/\[NETWORK_ERROR\] RealtimeWarning: .*ECONNREFUSED/g)?.length, 1, stderr);
  assert.equal(stderr.match(/\[RECONNECT_FAILED\] RealtimeWarning: /g)?.length, 1, stderr);
});

/** The address of a server that has stopped. fetch refuses well-known ports itself. */
async function addressWithoutServer() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return `http://127.0.0.1:${port}`;
}
