/** What messages do to the process: those under way hold it, nothing else of socketClient does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { PROTOCOLS } from '../support/member.js';
import { start } from '../support/program.js';

/** Programs that must end by themselves, with exit code 0 and without a complaint. */
const ENDING = {
  'that only listens and follows presence': (RealtimeClient, url, token, protocol) => {
    const { socketClient } = new RealtimeClient({ url, token, protocol, autoConnect: false });
    for (const name of ['message', 'message:lobby', 'direct', 'presence']) socketClient.on(name, () => {});
    socketClient.presence('lobby');
    console.log('done');
  },
  'whose join waits for a connection that nobody asks for': (RealtimeClient, url, token, protocol) => {
    const { socketClient } = new RealtimeClient({ url, token, protocol, autoConnect: false });
    socketClient.joinChannel('lobby');
    socketClient.leaveChannel('attic').then(() => console.log('done'));
  },
  'whose client is unreferenced while a message waits': (RealtimeClient, url, token, protocol) => {
    const client = new RealtimeClient({ url, token, protocol, autoConnect: false }).unref();
    client.socketClient.publish('lobby', 'e');
    console.log('done');
  },
  'that destroys its client with messages and a list under way': (RealtimeClient, url, token, protocol) => {
    const client = new RealtimeClient({ url, token, protocol });
    const { socketClient } = client;
    socketClient.presence('lobby');
    socketClient.joinChannel('lobby').then(() => {
      socketClient.publish('lobby', 'e', {}, { retry: true });
      client.destroy();
      console.log('done');
    });
  },
  'that disconnects when its message was taken': (RealtimeClient, url, token, protocol) => {
    const client = new RealtimeClient({ url, token, protocol });
    client.socketClient.publish('lobby', 'e').then(({ id }) => {
      client.disconnect();
      if (id) console.log('done');
    });
  },
  'that makes REST calls only': (RealtimeClient, url, token, protocol) => {
    const { socketClient } = new RealtimeClient({ url, token, protocol, autoConnect: false });
    socketClient.broadcast('lobby', 'e').then(({ id }) => id && console.log('done'));
  },
};

for (const protocol of PROTOCOLS) {
  for (const [name, program] of Object.entries(ENDING)) {
    test(`${protocol}: a program ${name} ends by itself`, async (t) => {
      const platform = await startPlatform(t);
      const token = platform.token({ permissions: ['service'] });
      const { code, signal, stdout, stderr } = await start(t, program, [platform.url, token, protocol]).ended;
      assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: ['done'], stderr: '' });
    });
  }

  test(`${protocol}: a message that waits holds the process until it is sent`, async (t) => {
    const platform = await startPlatform(t);
    const program = start(
      t,
      (RealtimeClient, url, token, protocol) => {
        const client = new RealtimeClient({ url, token, protocol, autoConnect: false });
        client.socketClient.publish('lobby', 'e').then(() => {
          console.log('sent');
          client.disconnect();
        });
        console.log('waiting');
        process.stdin.once('data', () => client.connect()).unref();
      },
      [platform.url, platform.token({ permissions: ['service'] }), protocol],
    );
    await program.printed('waiting');
    program.say('go on');
    const { code, stdout } = await program.ended;
    assert.deepEqual({ code, stdout }, { code: 0, stdout: ['waiting', 'sent'] });
  });
}

test('a client that nobody refers to is collected, though it was joined and listened to', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const collected = new FinalizationRegistry(() => {
        console.log('collected');
        clearInterval(timer);
      });
      const use = async () => {
        const client = new RealtimeClient({ url, token });
        collected.register(client);
        client.socketClient.on('presence', () => {});
        client.socketClient.presence('lobby');
        await client.socketClient.joinChannel('lobby');
        await client.socketClient.publish('lobby', 'e');
        const ended = new Promise((resolve) => client.once('connection', resolve));
        client.disconnect();
        await ended;
      };
      const timer = setInterval(() => globalThis.gc(), 10);
      use();
    },
    [platform.url, platform.token({ permissions: ['service'] })],
    ['--expose-gc'],
  );
  const { code, stdout } = await program.ended;
  assert.deepEqual({ code, stdout }, { code: 0, stdout: ['collected'] });
});
