/** A wait keeps no process alive; the connection does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

test('a process ends although something waits, once there is no connection', async (t) => {
  const platform = await startPlatform(t);
  const { ended } = start(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token });
      const limits = { timeout: 1_000_000 };
      client.waitFor('event', limits).catch(({ code }) => console.log(code));
      client.waitFor('gap', limits).then(console.log, console.log);
      const events = client.events({ topic: 'a' });
      client
        .ready(limits)
        .then(() => client.subscribed('sub_1', limits))
        .then(() => {
          console.log('subscribed');
          events.next().then(console.log, console.log);
          client.disconnect();
        });
      process.on('exit', (code) => console.log(`exit ${code}`));
    },
    [platform.url, platform.token()],
  );
  const { stdout, stderr, code } = await ended;
  assert.deepEqual([stdout, stderr, code], [['subscribed', 'ABORTED', 'exit 0'], '', 0]);
});

test('a connection that was unreferenced lets the process end, whatever waits', async (t) => {
  const platform = await startPlatform(t);
  const { ended } = start(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token });
      client.ready().then(() => {
        client.waitFor('event', { timeout: 1_000_000 });
        client.unref();
      });
    },
    [platform.url, platform.token()],
  );
  const { stderr, code } = await ended;
  assert.deepEqual([stderr, code], ['', 0]);
});
