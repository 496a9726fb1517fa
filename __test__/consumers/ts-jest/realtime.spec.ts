/**
 * A jest suite in TypeScript: ts-jest checks its types and runs it in a realm of its own. The
 * platform is jest's.
 */

import { RealtimeClient, RealtimeError, type RealtimeEvent } from '@smarterservices/realtime';

const event: RealtimeEvent = require('../jest/event.js');

const { REALTIME_URL: url = '', REALTIME_TOKEN: token = '' } = process.env;

test('an event is strictly equal to what was published', async () => {
  const client = new RealtimeClient({ url, token });
  const received = new Promise<RealtimeEvent>((resolve) => client.once('event', resolve));
  client.subscribe({ topic: event.topic });
  expect(await received).toStrictEqual(event);
  client.destroy();
});

test('a thrown error is an Error and a RealtimeError of this realm', () => {
  expect(() => new RealtimeClient({ url, token: '' })).toThrow(RealtimeError);
  expect(() => new RealtimeClient({ url, token: '' })).toThrow(Error);
});
