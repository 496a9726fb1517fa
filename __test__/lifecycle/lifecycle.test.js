/**
 * What a client does to its process: when it holds it, when it lets it go, and that nothing of it
 * is left behind.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { ENTRY, start } from '../support/program.js';

/**
 * Programs that must end by themselves, with exit code 0. `url` and `token` are those of a running
 * platform.
 */
const ending = {
  'that never connects': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token, autoConnect: false });
    client.subscribe({ topic: 'a' });
    client.on('event', () => {});
    console.log('done');
  },
  'that disconnects at once': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token });
    client.on('connection', ({ state }) => state === 'disconnected' && console.log('done'));
    client.disconnect();
  },
  'that disconnects when connected': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token });
    client.on('connection', ({ state }) => {
      if (state === 'connected') client.disconnect();
      if (state === 'disconnected') console.log('done');
    });
  },
  'that destroys its client when connected': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token });
    client.on('connection', ({ state }) => {
      if (state !== 'connected') return;
      client.destroy();
      console.log('done');
    });
  },
  'that disposes of its client when connected': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token });
    client.on('connection', async ({ state }) => {
      if (state !== 'connected') return;
      await client[Symbol.asyncDispose]();
      console.log('done');
    });
  },
  'that connects anew, and disconnects': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token });
    let connections = 0;
    client.on('connection', ({ state }) => {
      if (state === 'connected') client.disconnect();
      if (state === 'disconnected' && ++connections < 3) client.connect();
      if (state === 'disconnected' && connections === 3) console.log('done');
    });
  },
  'whose attempts are exhausted': (RealtimeClient) => {
    const options = { url: 'http://127.0.0.1:1', token: 't', reconnectionAttempts: 2, reconnectionDelay: 1 };
    const client = new RealtimeClient(options);
    client.on('error', ({ code }) => code === 'RECONNECT_FAILED' && console.log('done'));
  },
  'whose token is refused': (RealtimeClient, url) => {
    new RealtimeClient({ url, token: 'wrong' }).on(
      'error',
      ({ code }) => code === 'AUTH_FAILED' && console.log('done'),
    );
  },
  'whose client is unreferenced from the start': (RealtimeClient, url, token) => {
    new RealtimeClient({ url, token }).unref();
    console.log('done');
  },
  'whose client is unreferenced when connected': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token });
    client.on('connection', ({ state }) => {
      if (state !== 'connected') return;
      client.unref();
      console.log('done');
    });
  },
  'whose client stays unreferenced over a new connection': (RealtimeClient, url, token) => {
    const client = new RealtimeClient({ url, token }).unref();
    client.disconnect();
    client.connect();
    console.log('done');
  },
};

for (const [name, program] of Object.entries(ending)) {
  test(`a program ${name} ends by itself`, async (t) => {
    const platform = await startPlatform(t);
    const { code, signal, stdout } = await start(t, program, [platform.url, platform.token()]).ended;
    assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: ['done'] });
  });
}

test('a connected client holds the process, and so does one referenced again', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token }).unref().ref();
      client.once('event', () => client.disconnect());
      client.on('connection', ({ state }) => console.log(state));
      client.subscribe({ topic: 'a' });
    },
    [platform.url, platform.token()],
  );
  await platform.subscribed('a');
  await program.printed('connected');
  platform.publish({ topic: 'a' });
  const { code, stdout } = await program.ended;
  assert.equal(code, 0);
  assert.deepEqual(stdout, ['connecting', 'connected', 'disconnected']);
});

test('a reconnecting client holds the process until it is connected again', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token, reconnectionDelay: 10, reconnectionAttempts: Infinity });
      let connections = 0;
      client.on('error', () => console.log('refused'));
      client.on('connection', ({ state }) => {
        console.log(state);
        if (state === 'connected' && ++connections === 2) client.disconnect();
      });
    },
    [platform.url, platform.token()],
  );
  await program.printed('connected');
  await platform.faults.goAway();
  await program.printed('refused');
  await platform.faults.comeBack();
  const { code, stdout } = await program.ended;
  assert.equal(code, 0);
  assert.equal(stdout.at(-1), 'disconnected');
});

test('process.exit() while connected and under a flood', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const clients = Array.from({ length: 4 }, () => new RealtimeClient({ url, token }));
      let count = 0;
      for (const client of clients) {
        client.on('event', () => ++count === 1000 && process.exit(7));
        client.subscribe({ topic: 'a' });
      }
    },
    [platform.url, platform.token()],
  );
  await platform.subscribed('a', 4);
  let running = true;
  program.ended.then(() => {
    running = false;
  });
  while (running) {
    for (let n = 0; n < 100; n++) platform.publish({ topic: 'a', payload: { n, text: 'x'.repeat(200) } });
    await new Promise(setImmediate);
  }
  const { code, signal, stderr } = await program.ended;
  assert.deepEqual({ code, signal, stderr }, { code: 7, signal: null, stderr: '' });
});

test('20 worker threads that load, connect and are terminated', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    async (RealtimeClient, url, token, entry) => {
      const { once } = require('node:events');
      const { Worker } = require('node:worker_threads');
      const source = `
        const { workerData, parentPort } = require('node:worker_threads');
        const { entry, url, token } = workerData;
        const client = new (require(entry).RealtimeClient)({ url, token });
        client.subscribe({ topic: 'a' });
        client.on('event', () => {});
        client.on('connection', ({ state }) => parentPort.postMessage(state));`;
      const workers = Array.from(
        { length: 20 },
        () => new Worker(source, { eval: true, workerData: { url, token, entry } }),
      );
      // Half of them end while they connect, half when they are connected.
      await Promise.all(
        workers.map(async (worker, index) => {
          for (let state = ''; state !== (index % 2 === 0 ? 'connecting' : 'connected'); )
            [state] = await once(worker, 'message');
          await worker.terminate();
        }),
      );
      console.log('terminated');
      // The addon still works for the thread that is left.
      const client = new RealtimeClient({ url, token });
      client.once('event', () => client.destroy());
      client.subscribe({ topic: 'main' });
    },
    [platform.url, platform.token(), ENTRY],
  );
  await program.printed('terminated');
  await platform.subscribed('main');
  await platform.until(({ connections }) => connections.length === 1);
  platform.publish({ topic: 'main' });
  const { code, signal, stderr } = await program.ended;
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
});

test('a worker thread whose client disconnects ends by itself', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (_, url, token, entry) => {
      const { Worker } = require('node:worker_threads');
      const source = `
        const { workerData } = require('node:worker_threads');
        const { entry, url, token } = workerData;
        const client = new (require(entry).RealtimeClient)({ url, token });
        client.on('connection', ({ state }) => state === 'connected' && client.disconnect());`;
      new Worker(source, { eval: true, workerData: { url, token, entry } }).on('exit', (code) =>
        console.log('exit', code),
      );
    },
    [platform.url, platform.token(), ENTRY],
  );
  assert.deepEqual((await program.ended).stdout, ['exit 0']);
});

test('a client nobody refers to goes on while it is connected', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    async (RealtimeClient, url, token) => {
      (() => {
        const client = new RealtimeClient({ url, token });
        client.subscribe({ topic: 'a' });
        client.on('event', ({ payload }) => {
          global.gc();
          console.log(`event ${payload.n}`);
          if (payload.n === 3) client.destroy();
        });
      })();
      for (let n = 0; n < 10; n++) {
        global.gc();
        await new Promise(setImmediate);
      }
      console.log('collected');
    },
    [platform.url, platform.token()],
    ['--expose-gc'],
  );
  await program.printed('collected');
  await platform.subscribed('a');
  for (const n of [1, 2, 3]) {
    platform.publish({ topic: 'a', payload: { n } });
    await program.printed(`event ${n}`);
  }
  assert.equal((await program.ended).code, 0);
});

test('a client that is disconnected, destroyed or was never connected is collected, and so are handlers', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    async (RealtimeClient, url, token) => {
      const collected = new FinalizationRegistry((name) => console.log(name));
      const closed = (client, close) =>
        new Promise((resolve) => {
          client.on('event', () => {});
          client.on('connection', ({ state }) => {
            if (state === 'connected') close(client);
            if (state === 'connected' || state === 'disconnected') resolve();
          });
        });
      await (async () => {
        const unused = new RealtimeClient({ url, token, autoConnect: false });
        const disconnected = new RealtimeClient({ url, token });
        const destroyed = new RealtimeClient({ url, token });
        collected.register(unused, 'unused');
        collected.register(disconnected, 'disconnected');
        collected.register(destroyed, 'destroyed');
        await Promise.all([
          closed(disconnected, (client) => client.disconnect()),
          closed(destroyed, (client) => client.destroy()),
        ]);
        const resource = {};
        collected.register(resource, 'handler');
        global.held = new RealtimeClient({ url, token });
        global.held.on('event', () => resource);
        global.held.destroy();
      })();
      // Goes on until the test has seen all names.
      const collect = setInterval(() => global.gc(), 5);
      process.stdin.once('data', () => {
        clearInterval(collect);
        process.stdin.destroy();
      });
    },
    [platform.url, platform.token()],
    ['--expose-gc'],
  );
  await Promise.all(['unused', 'disconnected', 'destroyed', 'handler'].map((name) => program.printed(name)));
  program.say('enough');
  assert.equal((await program.ended).code, 0);
});

nativeTest('blocked')('a blocked JavaScript thread does not lose the connection', async (t) => {
  const [pingInterval, pingTimeout] = [250, 250];
  const platform = await startPlatform(t, { pingInterval, pingTimeout });
  const program = start(
    t,
    (RealtimeClient, url, token, milliseconds) => {
      const client = new RealtimeClient({ url, token });
      client.on('connection', ({ state }) => console.log(state));
      client.on('event:a', ({ payload }) => console.log(`event ${payload.n}`));
      client.once('event:block', () => {
        console.log('blocking');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
        console.log('awake');
      });
      client.on('event:end', () => client.destroy());
      for (const topic of ['a', 'block', 'end']) client.subscribe({ topic });
    },
    [platform.url, platform.token(), 3 * (pingInterval + pingTimeout)],
  );
  await platform.subscribed('end');
  const [{ id }] = platform.connections;
  platform.publish({ topic: 'block' });
  await program.printed('blocking');
  for (const n of [1, 2, 3]) platform.publish({ topic: 'a', payload: { n } });
  await program.printed('awake');
  assert.deepEqual(
    platform.connections.map((connection) => connection.id),
    [id],
    'the same connection',
  );
  platform.publish({ topic: 'end' });
  const { code, stdout } = await program.ended;
  assert.equal(code, 0);
  assert.deepEqual(stdout, ['connecting', 'connected', 'blocking', 'awake', 'event 1', 'event 2', 'event 3']);
});
