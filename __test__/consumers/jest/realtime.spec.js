'use strict';

/**
 * A jest suite. jest runs it in a realm of its own, where foreign objects and errors would show.
 */

const { RealtimeClient, RealtimeError } = require('@smarterservices/realtime');
const event = require('./event.js');

const url = process.env.REALTIME_URL;

test('an event is strictly equal to what was published', async () => {
  const client = new RealtimeClient({ url, token: process.env.REALTIME_TOKEN });
  const received = new Promise((resolve) => client.once('event', resolve));
  client.subscribe({ topic: event.topic });
  expect(await received).toStrictEqual(event);
  client.destroy();
});

test('a thrown error is an Error and a RealtimeError of this realm', () => {
  expect(() => new RealtimeClient({ url, token: '' })).toThrow(RealtimeError);
  expect(() => new RealtimeClient({ url, token: '' })).toThrow(Error);
});

test('so is an error that comes from the engine', async () => {
  const client = new RealtimeClient({ url, token: process.env.REALTIME_REFUSED_TOKEN });
  const error = await new Promise((resolve) => client.once('error', resolve));
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(RealtimeError);
  expect(error.code).toBe('AUTH_FAILED');
  client.destroy();
});
