/** The routes for the inspector, the CLI and tests in other languages: `/_local`. */

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { connect } from '../support/platform-client.js';
import { startTarget } from '../support/webhook-target.js';

const LIMIT = { timeout: 20_000 };

/** Calls a route. @returns {Promise<{ status: number, body: any, headers: Headers }>} */
async function call(platform, path, { body, headers, method = body === undefined ? 'GET' : 'POST' } = {}) {
  const response = await fetch(platform.url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

/** Calls with headers that `fetch` sets itself. @returns {Promise<number | undefined>} the status */
const statusOf = (platform, path, headers) =>
  new Promise((resolve, reject) => {
    const sent = request(platform.url + path, { headers, agent: false }, (response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    sent.on('error', reject).end();
  });

/** Opens the log. `next(type)` resolves to the next record of that type. */
async function openLog(t, platform) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const response = await fetch(`${platform.url}/_local/log`, { signal: stop.signal });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const lines = createInterface({ input: (await import('node:stream')).Readable.fromWeb(response.body) });
  lines.on('error', () => {});
  const iterator = lines[Symbol.asyncIterator]();
  const next = async (type) => {
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) throw new Error(`the log ended before ${type}`);
      const record = value.startsWith('data: ') ? JSON.parse(value.slice(6)) : undefined;
      if (record?.type === type) return record;
    }
  };
  assert.ok((await next('opened')).time > 0);
  return { next, stop };
}

describe('GET /_local/log', LIMIT, () => {
  test('connections, subscriptions, events with receivers and filters, documents, faults', LIMIT, async (t) => {
    const platform = await startPlatform(t);
    const log = await openLog(t, platform);
    const seven = await connect('socket.io', platform);
    assert.equal((await log.next('connected')).connection.protocol, 'socket.io');
    await seven.request('subscribe', { topic: 'orders', subscriptionId: 'mine', filter: { orderId: 7 } });
    const { connection, subscription } = await log.next('subscribed');
    assert.deepEqual(
      [connection.sub, subscription.topic, subscription.filter],
      ['local-user', 'orders', { orderId: 7 }],
    );
    const eight = await connect('ws', platform);
    await eight.request('subscribe', { topic: 'orders', filter: { orderId: 8 } });
    platform.publish({ topic: 'orders', payload: { orderId: 8 } });
    const { event, receivers, filtered, receiverCount, filteredCount } = await log.next('published');
    assert.deepEqual([event.payload, receiverCount, filteredCount], [{ orderId: 8 }, 1, 1]);
    assert.equal(receivers[0].id, platform.connections.find(({ protocol }) => protocol === 'ws').id);
    assert.deepEqual([filtered[0].id, filtered[0].subscriptionId], [connection.id, 'mine']);
    await seven.request('channel:join', { channel: 'room' });
    assert.equal((await log.next('joined')).memberCount, 1);
    platform.documents.create('notes', { id: 'n', data: { a: 1 } });
    platform.documents.merge('notes', 'n', { data: { a: 2 } });
    platform.documents.delete('notes', 'n');
    assert.equal((await log.next('document')).operation, 'created');
    const update = await log.next('document');
    assert.deepEqual([update.operation, update.document.revision, update.document.data], ['updated', 2, { a: 2 }]);
    assert.ok(update.diff);
    assert.equal((await log.next('document')).operation, 'deleted');
    platform.faults.delay(0);
    assert.deepEqual((await log.next('fault')).options, { milliseconds: 0 });
    await call(platform, '/_local/faults/dropAll', { body: {} });
    const { reason, durationMs } = await log.next('disconnected');
    assert.ok(reason && durationMs >= 0);
  });

  test('a refusal has its reason and no token; a webhook attempt has request and response', LIMIT, async (t) => {
    const platform = await startPlatform(t);
    const target = await startTarget(t, (response) => response.writeHead(201).end('thanks'));
    const log = await openLog(t, platform);
    const token = platform.token({ expiresIn: -5 });
    await assert.rejects(connect('ws', platform, { token }));
    const refused = await log.next('refused');
    assert.match(refused.reason, /exp/);
    assert.ok(!JSON.stringify(refused).includes(token));
    const { id } = platform.webhooks.create({ url: target.url, secret: 'whsec_c2VjcmV0', events: ['orders'] });
    platform.publish({ topic: 'orders', payload: { orderId: 1 } });
    const { attempt, request: sent } = await log.next('webhook');
    assert.deepEqual([attempt.status, attempt.responseBody], [201, 'thanks']);
    assert.equal(JSON.parse(sent.body).payload.orderId, 1);
    assert.ok(!JSON.stringify(sent).includes('c2VjcmV0'));
    const body = { type: attempt.event, event: JSON.parse(sent.body) };
    assert.equal((await call(platform, `/_local/webhooks/${id}/resend`, { body })).status, 202);
    const again = await log.next('webhook');
    assert.equal(again.request.body, sent.body);
    assert.notEqual(again.attempt.deliveryId, attempt.deliveryId);
  });

  test('events and deliveries are sent again; what is wrong or unknown is said', LIMIT, async (t) => {
    const platform = await startPlatform(t);
    const target = await startTarget(t);
    const client = await connect('ws', platform);
    await client.request('subscribe', { topic: 'orders' });
    platform.webhooks.create({ url: target.url, secret: 'whsec_c2VjcmV0', events: ['orders'] });
    const [first, second] = [1, 2].map((n) => platform.publish({ topic: 'orders', payload: { n } }));
    const log = await openLog(t, platform);
    const again = (body) => call(platform, '/_local/events/resend', { body });
    const { id, topic, type } = second;
    assert.deepEqual((await again({ last: 1 })).body, { resent: [{ id, topic, type, receivers: 1 }], missing: [] });
    const named = (await again({ ids: [first.id, 'evt_none'] })).body;
    assert.deepEqual([named.resent[0].id, named.missing], [first.id, ['evt_none']]);
    const { name, options } = await log.next('fault');
    assert.deepEqual([name, options], ['resend', { ids: [second.id] }]);
    for (const body of [{}, { last: 0 }, { last: 1.5 }, { ids: 'evt_1' }, { ids: [1] }, { ids: [], last: 1 }]) {
      assert.equal((await again(body)).status, 400, JSON.stringify(body));
    }
    await platform.until(({ webhooks }) => webhooks.pending === 0);
    const [{ deliveryId }] = platform.webhooks.logs;
    const repeated = await call(platform, `/_local/deliveries/${deliveryId}/resend`, { body: {} });
    assert.deepEqual([repeated.status, repeated.body.id], [202, first.id]);
    await target.arrived(3);
    const unknown = await call(platform, '/_local/deliveries/whd_none/resend', { body: {} });
    assert.deepEqual([unknown.status, unknown.body.message], [404, "No delivery 'whd_none' among the latest ones."]);
  });

  test('a flood is sampled, and the stream says how many it left out', LIMIT, async (t) => {
    const platform = await startPlatform(t);
    const log = await openLog(t, platform);
    for (let n = 1; n <= 5_000; n++) platform.publish({ topic: 'flood', payload: { n } });
    const { skipped } = await log.next('sampled');
    assert.equal(skipped, 3_000);
  });

  test('it costs nothing while it is closed: the platform keeps no listener', LIMIT, async () => {
    const { Activity } = await import('../../local-platform/src/activity.js');
    const activity = new Activity();
    assert.equal(activity.isWatched, false);
    const seen = [];
    const stop = activity.watch((record) => seen.push(record.type));
    activity.report({ type: 'fault', name: 'delay' });
    stop();
    activity.report({ type: 'fault', name: 'delay' });
    assert.deepEqual([activity.isWatched, seen], [false, ['fault']]);
  });
});

describe('POST /_local/faults/:name', LIMIT, () => {
  test('each fault happens', LIMIT, async (t) => {
    const platform = await startPlatform(t);
    const post = (name, body = {}) => call(platform, `/_local/faults/${name}`, { body });
    const client = await connect('ws', platform);
    await client.request('subscribe', { topic: 't' });
    platform.publish({ topic: 't' });
    assert.deepEqual((await post('repeat', { count: 1 })).body, { repeated: 1 });
    assert.deepEqual((await post('delay', { milliseconds: 5 })).body, {});
    assert.deepEqual((await post('dropAll')).body, { dropped: 1 });
    assert.equal((await post('refuseUpgrades', { status: 503 })).status, 200);
    await assert.rejects(connect('ws', platform));
    assert.equal((await post('acceptUpgrades')).status, 200);
    await connect('ws', platform);
    assert.equal((await post('stopAnsweringPings')).status, 200);
    const log = await openLog(t, platform);
    assert.deepEqual((await post('goAway', { milliseconds: 0 })).body, { milliseconds: 0 });
    await assert.rejects(log.next('never'));
    // It comes back by itself: until then the port refuses connections.
    let status;
    while (status === undefined) status = await statusOf(platform, '/health', {}).catch(() => undefined);
    assert.equal(status, 200);
  });

  test('an unknown name and wrong options are refused with advice', LIMIT, async (t) => {
    const platform = await startPlatform(t);
    const unknown = await call(platform, '/_local/faults/dropall', { body: {} });
    assert.deepEqual([unknown.status, /dropAll/.test(unknown.body.message)], [404, true]);
    const wrong = await call(platform, '/_local/faults/delay', { body: { ms: 5 } });
    assert.deepEqual([wrong.status, /ms is not an option/.test(wrong.body.message)], [400, true]);
    const away = await call(platform, '/_local/faults/goAway', { body: { milliseconds: -1 } });
    assert.equal(away.status, 400);
  });
});

describe('the other routes', LIMIT, () => {
  test('connections, past events, services and tokens', LIMIT, async (t) => {
    const platform = await startPlatform(t);
    const client = await connect('ws', platform);
    await client.request('subscribe', { topic: 't' });
    assert.deepEqual(
      (await call(platform, '/_local/connections')).body,
      JSON.parse(JSON.stringify(platform.connections)),
    );
    platform.documents.create('notes', { data: 1 });
    assert.deepEqual((await call(platform, '/_local/services')).body, ['notes']);
    assert.equal((await call(platform, '/_local/events')).body.at(-1).topic, 'sync.notes.updated');
    const { body } = await call(platform, '/_local/tokens', { body: { sub: 'me', permissions: ['service'] } });
    const verified = await call(platform, '/auth/verify', { body, headers: { 'content-type': 'application/json' } });
    assert.equal(verified.body.claims.sub, 'me');
  });

  test('the services of a data file, too', LIMIT, async (t) => {
    const { mkdtempSync, rmSync } = await import('node:fs');
    const { join } = await import('node:path');
    const { tmpdir } = await import('node:os');
    const folder = mkdtempSync(join(tmpdir(), 'local-routes-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const platform = await startPlatform(t, { data: join(folder, 'data.sqlite') });
    for (const service of ['b', 'a', 'b']) platform.documents.create(service, { data: 1 });
    assert.deepEqual((await call(platform, '/_local/services')).body, ['a', 'b']);
  });

  test('only this machine, or the option host, and only the own page', LIMIT, async (t) => {
    const platform = await startPlatform(t, { allowedHosts: ['realtime'] });
    const path = '/_local/connections';
    const host = `localhost:${platform.port}`;
    assert.equal(await statusOf(platform, path, { host }), 200);
    assert.equal(await statusOf(platform, path, { host: `[::1]:${platform.port}` }), 200);
    for (const other of ['realtime', '10.1.2.3', 'evil.example']) {
      assert.equal(await statusOf(platform, path, { host: other }), 403, other);
      assert.equal(await statusOf(platform, '/', { host: other }), 403, other);
    }
    assert.equal(await statusOf(platform, path, { host, origin: `http://${host}` }), 200);
    assert.equal(await statusOf(platform, path, { host, origin: 'http://localhost:5173' }), 403);
    assert.equal(await statusOf(platform, path, { host, 'sec-fetch-site': 'same-site' }), 403);
    const { headers } = await call(platform, path);
    assert.equal(headers.get('access-control-allow-origin'), null);
  });
});
