/**
 * A watch on Object.prototype: a getter for each name that occurs in `lib/` notes who looks there.
 * So a member that is read without
 * `own()` is found whatever it is called, also one that only the answer of a peer lacks.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

const root = join(import.meta.dirname, '..', '..');

/** Every word of `lib/`, but what the language itself reads of any object. */
function wordsOfTheLibrary() {
  const language = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'then', 'toJSON', 'return'];
  const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.js$/.test(name),
  );
  const words = new Set(files.flatMap((name) => readFileSync(join(root, 'lib', name), 'utf8').match(/[A-Za-z_]\w*/g)));
  return [...words].filter((word) => !language.includes(word) && !(word in Object.prototype));
}

nativeTest('runtime')('nothing in lib/ reads a member of Object.prototype', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    async (RealtimeClient, url, token, root, words) => {
      const { fetchWebhook, signWebhook, verifyWebhook, WebhookReceiver } = require(root);
      const { getTokenExpiresIn } = require(root);
      /** Everything a user may do, with as few options as possible. */
      async function use(protocol) {
        const client = new RealtimeClient({ url, token, protocol, tls: {}, inbox: {}, outbox: {}, heartbeat: {} });
        client.on('error', () => {});
        client.on('gap', () => {});
        await new Promise((resolve) => client.on('connection', ({ state }) => state === 'connected' && resolve()));
        const { sync, socketClient } = client;
        const id = `watched-${protocol}-${Math.random()}`;
        client.subscribe({ topic: 'sync.notes.updated', filter: { id } });
        const live = sync.watch('notes', id, {});
        await live.ready();
        const change = live[Symbol.asyncIterator]().next();
        await sync.create('notes', { n: 1 }, id);
        await change;
        await sync.update('notes', id, ({ n }) => ({ n: n + 1 }));
        await sync.mutate('notes', id, [{ op: 'increment', path: '/n' }]);
        await sync.merge('notes', id, { other: 1 });
        await sync.replace('notes', id, {}, 99).catch(() => {});
        await sync.get('notes', 'none').catch(() => {});
        for await (const document of sync.list('notes')) if (document.id === id) await sync.get('notes', id);

        await socketClient.joinChannel('lobby');
        socketClient.presence('lobby');
        const presence = new Promise((resolve) => socketClient.on('presence', resolve));
        const message = new Promise((resolve) => socketClient.on('message:lobby', resolve));
        const direct = new Promise((resolve) => socketClient.on('direct', resolve));
        await socketClient.publish('lobby', 'hello', protocol === 'ws' ? {} : Buffer.from('bytes'));
        await socketClient.directMessage(socketClient.id, 'hello', { text: 'hi' });
        await socketClient.broadcast('lobby', 'hello', [1]);
        await socketClient.channels();
        await socketClient.members('lobby');
        await socketClient.connections();
        await Promise.all([presence, message, direct]);
        await socketClient.leaveChannel('lobby');
        await sync.delete('notes', id);
        client.disconnect();
        client.destroy();
      }
      async function receive() {
        const body = JSON.stringify({ id: 'e', topic: 't', source: 'database', type: 'x', payload: {} });
        for (const scheme of ['realtime', 'standard-webhooks', 't-v1'])
          verifyWebhook(body, signWebhook(body, 'secret', { scheme }), 'secret', {});
        const handle = fetchWebhook(new WebhookReceiver('secret'), () => {});
        for (const headers of [signWebhook(body, 'secret'), {}])
          await handle(new Request('http://localhost/', { method: 'POST', body, headers }));
        const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
        getTokenExpiresIn(`${part({ alg: 'none' })}.${part({})}.`);
      }
      // That of the delivery without headers.
      process.removeAllListeners('warning');
      const everything = async () => {
        await use('socket.io');
        await use('ws');
        await receive();
      };
      // What is loaded late is loaded by now: the module loader looks at Object.prototype, too.
      await everything();

      const seen = new Set();
      let isLooking = false;
      for (const name of words)
        Object.defineProperty(Object.prototype, name, {
          configurable: true,
          enumerable: true,
          get() {
            if (isLooking) return undefined;
            isLooking = true;
            const reader = new Error('read').stack.split('\n')[2] ?? '';
            isLooking = false;
            if (reader.includes(root) && !reader.includes('node_modules')) seen.add(`${name} ${reader.trim()}`);
            return undefined;
          },
          // An assignment makes a member of the object's own, as it would without the watch.
          set(value) {
            Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
          },
        });
      await everything();
      for (const name of words) delete Object.prototype[name];
      console.log(JSON.stringify([...seen]));
    },
    [platform.url, platform.token({ permissions: ['service'] }), root, wordsOfTheLibrary()],
  );
  const { stdout, stderr, code } = await program.ended;
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(JSON.parse(stdout.at(-1)), []);
});
