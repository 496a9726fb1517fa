/** An ES module: gets an event, provokes errors, and exits by itself. */

import assert from 'node:assert/strict';
import { RealtimeClient, RealtimeError } from '@smarterservices/realtime';
import { startLocalPlatform } from '@smarterservices/realtime-local';

const platform = await startLocalPlatform();

const client = new RealtimeClient({ url: platform.url, token: platform.token(), protocol: 'ws' });
const received = new Promise((resolve) => client.once('event', resolve));
client.subscribe({ topic: 'order.updated' });
await platform.subscribed('order.updated');
const published = platform.publish({ topic: 'order.updated', payload: { total: 12.5, nested: { list: [1, 'é'] } } });
assert.deepStrictEqual(await received, published);
assert.throws(() => client.on('no such event', () => {}), isRealtimeError('INVALID_ARGUMENT'));
client.destroy();

const stranger = new RealtimeClient({ url: platform.url, token: platform.token({ permissions: [] }), protocol: 'ws' });
const error = await new Promise((resolve) => stranger.once('error', resolve));
assert.ok(isRealtimeError('AUTH_FAILED')(error), String(error));
stranger.destroy();
await platform.close();

function isRealtimeError(code) {
  return (error) => error instanceof Error && error instanceof RealtimeError && error.code === code;
}
