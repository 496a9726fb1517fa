'use strict';

/** A Mocha suite in CommonJS, with a platform of its own. */

const assert = require('node:assert/strict');
const { RealtimeClient } = require('@smarterservices/realtime');
const { PlatformError, startLocalPlatform } = require('@smarterservices/realtime-local');

/** Mocha's functions are globals. */
const { after, before, describe, it } = globalThis;

describe('orders', () => {
  let platform;
  before(async () => {
    platform = await startLocalPlatform();
  });
  after(async () => {
    const open = await platform.close({ report: true });
    assert.deepEqual(open, []);
  });

  it('come to their subscribers, and no other events', async () => {
    const client = new RealtimeClient({ url: platform.url, token: platform.token() });
    const received = [];
    client.on('event', (event) => received.push(event));
    client.subscribe({ topic: 'order.updated', filter: { orderId: 7 } });
    await platform.subscribed('order.updated');
    const published = platform.publish({ topic: 'order.updated', payload: { orderId: 7 } });
    const other = platform.publish({ topic: 'order.updated', payload: { orderId: 8 } });
    await platform.idle();
    assert.deepEqual(received, [published]);
    assert.deepEqual([published.receivers, other.receivers], [1, 0]);
    client.destroy();
  });

  it('have one platform for require and import', async () => {
    const imported = await import('@smarterservices/realtime-local');
    assert.equal(imported.startLocalPlatform, startLocalPlatform);
    assert.throws(() => platform.token({ permission: ['admin'] }), imported.PlatformError);
    assert.equal(imported.PlatformError, PlatformError);
  });
});
