/**
 * A Vitest suite. Vitest runs it in a worker thread or in a process, and transforms it on the way.
 */

import { RealtimeClient, RealtimeError } from '@smarterservices/realtime';
import { startLocalPlatform } from '@smarterservices/realtime-local';
import { afterAll, beforeAll, expect, test } from 'vitest';

let platform;
beforeAll(async () => {
  platform = await startLocalPlatform();
});
afterAll(() => platform.close());

test('an event is strictly equal to what was published', async () => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token() });
  const received = new Promise((resolve) => client.once('event', resolve));
  client.subscribe({ topic: 'session.status' });
  await platform.subscribed('session.status');
  const published = platform.publish({ topic: 'session.status', payload: { campusId: 12, tags: ['a', null] } });
  expect(await received).toStrictEqual(published);
  client.destroy();
});

test('what a client does not want has not come when all are idle', async () => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token() });
  const received = [];
  client.on('event', ({ payload }) => received.push(payload.campusId));
  client.subscribe({ topic: 'session.status', filter: { campusId: 12 } });
  await platform.subscribed('session.status');
  for (const campusId of [12, 13]) platform.publish({ topic: 'session.status', payload: { campusId } });
  await platform.idle();
  expect(received).toEqual([12]);
  client.destroy();
});

test('a wait in vain says why', async () => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token({ expiresIn: -1 }) });
  client.on('error', () => {});
  await expect(platform.subscribed('order.updated', { timeout: 300 })).rejects.toThrow(
    /Refused a connection on socket\.io/,
  );
  client.destroy();
});

test('an error that comes from the engine is an Error and a RealtimeError', async () => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token({ permissions: [] }) });
  const error = await new Promise((resolve) => client.once('error', resolve));
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(RealtimeError);
  expect(error.code).toBe('AUTH_FAILED');
  client.destroy();
});
