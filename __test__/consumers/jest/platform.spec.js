'use strict';

/**
 * A jest suite with a platform of its own: jest runs CommonJS, in a realm of its own, and no
 * `import()`.
 */

const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { RealtimeClient } = require('@smarterservices/realtime');
const { PlatformError, startLocalPlatform } = require('@smarterservices/realtime-local');

let platform;
let folder;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'realtime-jest-'));
  platform = await startLocalPlatform({ data: join(folder, 'documents.sqlite') });
});
afterAll(async () => {
  expect(await platform.close({ report: true })).toEqual([]);
  rmSync(folder, { recursive: true });
});

test.each(['socket.io', 'ws'])('events arrive and are handled on %s', async (protocol) => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token(), protocol });
  const received = [];
  client.on('event', (event) => received.push(event));
  client.subscribe({ topic: 'order.updated', filter: { orderId: 7 } });
  await platform.subscribed('order.updated');
  const published = platform.publish({ topic: 'order.updated', payload: { orderId: 7, tags: ['a', null] } });
  platform.publish({ topic: 'order.updated', payload: { orderId: 8 } });
  await platform.idle();
  expect(received).toStrictEqual([published]);
  expect(published.receivers).toBe(1);
  client.destroy();
  await platform.until(({ connections }) => connections.length === 0);
});

test('a document in the file of the platform', async () => {
  const options = { url: platform.url, token: platform.token({ permissions: ['service'] }) };
  const client = new RealtimeClient(options);
  await client.sync.create('notes', { text: 'hello' }, 'first');
  expect(platform.documents.get('notes', 'first').data).toEqual({ text: 'hello' });
  client.destroy();
});

test('fake timers stop neither events nor the time limit of a wait', async () => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token({ expiresIn: -1 }) });
  client.on('error', () => {});
  jest.useFakeTimers();
  const waiting = platform.subscribed('order.updated', { timeout: 300 });
  const error = await waiting.catch((error) => error);
  jest.useRealTimers();
  client.destroy();
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toMatch(
    /^LocalPlatform\.subscribed\(\): 'order\.updated' had 0 of 1 subscription after 300 ms\./,
  );
  expect(error.message).toMatch(/Refused a connection on socket\.io .+"exp" claim timestamp check failed\.$/m);
});

test('errors are those of this realm', () => {
  expect(() => platform.token({ permission: ['admin'] })).toThrow(PlatformError);
  expect(() => platform.token({ permission: ['admin'] })).toThrow("Did you mean 'permissions'?");
});
