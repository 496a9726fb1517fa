'use strict';

/**
 * A jest suite that pretends to be a browser, as with jest-environment-jsdom: jest then requires
 * what packages have for browsers, and understands no ES modules.
 */

const { RealtimeClient } = require('@smarterservices/realtime');
const core = require('@smarterservices/realtime/core');
const event = require('../jest/event.js');

const options = { url: process.env.REALTIME_URL, token: process.env.REALTIME_TOKEN };

test('gets an event with the JavaScript engine', async () => {
  const client = new RealtimeClient(options);
  expect(client.engine).toBe('javascript');
  const received = new Promise((resolve) => client.once('event', resolve));
  client.subscribe({ topic: event.topic });
  expect(await received).toEqual(event);
  client.destroy();
});

test('errors have links', () => {
  expect(() => new core.RealtimeClient({ ...options, tls: {} })).toThrow(/See https:.+#INVALID_ARGUMENT$/);
});
