/** An ava suite. ava runs it in a worker thread. */

import { RealtimeClient, RealtimeError } from '@smarterservices/realtime';
import { startLocalPlatform } from '@smarterservices/realtime-local';
import test from 'ava';

const platform = await startLocalPlatform();
test.after.always(() => platform.close());

test('an event is deeply equal to what was published', async (t) => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token() });
  const received = new Promise((resolve) => client.once('event', resolve));
  client.subscribe({ topic: 'session.status' });
  await platform.subscribed('session.status');
  const published = platform.publish({ topic: 'session.status', payload: { campusId: 12, tags: ['a', null] } });
  t.deepEqual(await received, published);
  client.destroy();
});

test('a thrown error is a RealtimeError', (t) => {
  const error = t.throws(() => new RealtimeClient({ url: 'ftp://nowhere', token: 'token' }));
  t.true(error instanceof RealtimeError);
  t.is(error.code, 'INVALID_ARGUMENT');
});

test('so is an error that comes from the engine', async (t) => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token({ permissions: [] }) });
  const error = await new Promise((resolve) => client.once('error', resolve));
  t.true(error instanceof Error);
  t.true(error instanceof RealtimeError);
  t.is(error.code, 'AUTH_FAILED');
  client.destroy();
});
