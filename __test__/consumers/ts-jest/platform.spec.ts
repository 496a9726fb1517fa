/** A platform of its own in TypeScript: ts-jest checks the types of the CommonJS build. */

import { RealtimeClient, type RealtimeEvent } from '@smarterservices/realtime';
import { type LocalPlatform, type PublishedEvent, startLocalPlatform } from '@smarterservices/realtime-local';

let platform: LocalPlatform;
beforeAll(async () => {
  platform = await startLocalPlatform();
});
afterAll(() => platform.close());

test('an event arrives and is handled', async () => {
  const client = new RealtimeClient({ url: platform.url, token: platform.token() });
  const received: RealtimeEvent[] = [];
  client.on('event', (event) => received.push(event));
  client.subscribe({ topic: 'order.updated' });
  await platform.subscribed('order.updated', { timeout: 4000 });
  const published: PublishedEvent = platform.publish({ topic: 'order.updated', payload: { orderId: 7 } });
  await platform.idle();
  expect(received).toStrictEqual([published]);
  const receivers: number = published.receivers;
  expect(receivers).toBe(1);
  client.destroy();
});
