/** What the documentation promises, over both wires, against the local platform. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';

import { cert, key } from '../support/certificate.js';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

/** A platform and a client that is connected to it. */
async function connect(t, protocol, options = {}) {
  const platform = await startPlatform(t);
  const observed = observe(t, { url: platform.url, token: platform.token(), protocol, ...options });
  await observed.reached('connected');
  return { platform, ...observed };
}

for (const protocol of ['socket.io', 'ws']) {
  describe(`over ${protocol}`, () => {
    test('connects on construction, and says so', async (t) => {
      const platform = await startPlatform(t);
      const { client, reached, changes } = observe(t, { url: platform.url, token: platform.token(), protocol });
      assert.equal(client.state, 'connecting');
      assert.equal(client.connected, false);
      await reached('connected');
      assert.equal(client.state, 'connected');
      assert.equal(client.connected, true);
      assert.deepEqual(
        changes().map(({ state }) => state),
        ['connecting', 'connected'],
      );
    });

    test('events reach the listeners of all events and of their topic', async (t) => {
      const { platform, client, seen } = await connect(t, protocol);
      const topical = [];
      client.on('event:session.status', (event) => topical.push(event));
      client.on('event:order.updated', () => assert.fail('another topic'));
      assert.equal(client.subscribe({ topic: 'session.status' }), 'sub_1');
      await platform.subscribed('session.status');
      const sent = platform.publish({ topic: 'session.status', payload: { n: 1, text: 'Grüße 🎉' }, extra: [null] });
      assert.deepStrictEqual(await seen('event'), sent);
      assert.deepStrictEqual(topical, [sent]);
    });

    test('a filter lets through what matches it', async (t) => {
      const { platform, client, events, seen } = await connect(t, protocol);
      client.subscribe({ topic: 'a', filter: { campusId: 12, status: { in: ['active', 'ended'] } } });
      client.subscribe({ topic: 'last' });
      await platform.subscribed('last');
      for (const payload of [
        { campusId: 12, status: 'active' },
        { campusId: '12', status: 'active' },
        { campusId: 13, status: 'active' },
        { campusId: 12, status: 'new' },
        { campusId: 12, status: 'ended' },
      ])
        platform.publish({ topic: 'a', payload });
      platform.publish({ topic: 'last' });
      await seen('event', ({ topic }) => topic === 'last');
      assert.deepEqual(
        events()
          .slice(0, -1)
          .map(({ payload }) => payload.status),
        ['active', 'ended'],
      );
    });

    test('the numbers of a filter reach the server as they are', async (t) => {
      const server = await startScriptedServer(t);
      const { client } = observe(t, { url: server.url, token: 't', protocol });
      // Careless readers of decimals are off by the last bit in one of six.
      const numbers = [499440.05568401597, 5.117902372982464e-14, 1.7976931348623157e308, 5e-324];
      client.subscribe({ topic: 'a', filter: { n: { in: numbers } } });
      await server.received('subscribe');
      assert.deepEqual(server.asked('subscribe')[0].body.filter.n.in, numbers);
    });

    test('an event is delivered once, whatever matches it and however often it comes', async (t) => {
      const { platform, client, events, seen } = await connect(t, protocol);
      client.subscribe({ topic: 'a' });
      client.subscribe({ topic: 'a', filter: { n: { in: [1, 2] } } });
      client.subscribe({ topic: 'last' });
      await platform.subscribed('last');
      platform.publish({ topic: 'a', id: 'one', payload: { n: 1 } });
      platform.publish({ topic: 'a', id: 'two', payload: { n: 2 } });
      platform.faults.repeat(2);
      platform.publish({ topic: 'last', id: 'last' });
      await seen('event', ({ topic }) => topic === 'last');
      assert.deepEqual(
        events().map(({ id }) => id),
        ['one', 'two', 'last'],
      );
      const { eventsDelivered, droppedRepeats, eventsReceived } = client.stats();
      assert.equal(eventsDelivered, 3);
      assert.ok(droppedRepeats >= 2, `${droppedRepeats} repeats`);
      assert.equal(eventsReceived, eventsDelivered + droppedRepeats);
    });

    test('after unsubscribe() no event comes that only this subscription wanted', async (t) => {
      const { platform, client, events, seen } = await connect(t, protocol);
      const all = client.subscribe({ topic: 'a' });
      client.subscribe({ topic: 'a', filter: { keep: true } });
      client.subscribe({ topic: 'last' });
      await platform.subscribed('last');
      for (let n = 1; n <= 50; n++) platform.publish({ topic: 'a', payload: { n, keep: n % 10 === 0 } });
      platform.publish({ topic: 'last', payload: {} });
      client.once('event', () => client.unsubscribe(all));
      await seen('event', ({ topic }) => topic === 'last');
      assert.deepEqual(
        events().map(({ payload }) => payload.n),
        [1, 10, 20, 30, 40, 50, undefined],
      );
      await platform.until(({ connections: [connection] }) => connection?.subscriptions.length === 2);
      client.unsubscribe(all);
      client.unsubscribe('sub_99');
    });

    test('a lost connection comes back with its subscriptions, in order', async (t) => {
      const { platform, client, seen, reached, states } = await connect(t, protocol);
      const topics = ['c', 'a', 'b'];
      for (const topic of topics) client.subscribe({ topic });
      client.unsubscribe(client.subscribe({ topic: 'gone' }));
      await platform.subscribed('b');
      await platform.faults.dropAll();
      const { reason } = await reached('reconnecting');
      assert.match(reason, /./);
      await reached('connected', 2);
      await platform.subscribed('b');
      assert.deepEqual(
        platform.connections[0].subscriptions.map(({ topic }) => topic),
        topics,
      );
      const { id } = platform.publish({ topic: 'b' });
      await seen('event', (event) => event.id === id);
      assert.deepEqual(states(), ['connecting', 'connected', 'reconnecting', 'connected']);
      assert.equal(client.stats().reconnects, 1);
    });

    test('a platform that goes away and comes back is found again', async (t) => {
      const { platform, reached, seen, errors } = await connect(t, protocol, { reconnectionAttempts: Infinity });
      await platform.faults.goAway();
      const error = await seen('error');
      assert.equal(error.code, 'NETWORK_ERROR');
      assert.equal(error.retryable, true);
      assert.match(error.message, /ECONNREFUSED/);
      await platform.faults.comeBack();
      await reached('connected', 2);
      assert.ok(errors().every(({ code }) => code === 'NETWORK_ERROR'));
    });

    test('disconnect() ends delivery at once and keeps the subscriptions for connect()', async (t) => {
      const { platform, client, events, reached, seen, changes } = await connect(t, protocol);
      client.subscribe({ topic: 'a' });
      await platform.subscribed('a');
      for (let n = 1; n <= 50; n++) platform.publish({ topic: 'a' });
      client.once('event', () => {
        client.disconnect();
        assert.equal(client.state, 'disconnected');
      });
      assert.equal((await reached('disconnected')).reason, 'client disconnect');
      assert.equal(events().length, 1);
      client.disconnect();

      client.connect();
      client.connect();
      assert.equal(client.state, 'connecting');
      await reached('connected', 2);
      assert.equal(client.state, 'connected');
      await platform.subscribed('a');
      const { id } = platform.publish({ topic: 'a' });
      await seen('event', (event) => event.id === id);
      assert.deepEqual(
        changes().map(({ state }) => state),
        ['connecting', 'connected', 'disconnected', 'connecting', 'connected'],
      );
    });

    test('a token the platform does not accept ends the attempts', async (t) => {
      const platform = await startPlatform(t);
      const token = (await startPlatform(t)).token();
      const { client, reached, seen, changes, errors } = observe(t, { url: platform.url, token, protocol });
      const error = await seen('error');
      assert.equal(error.code, 'AUTH_FAILED');
      assert.equal(error.retryable, false);
      assert.equal(error.message.includes(token), false);
      const { reason } = await reached('disconnected');
      assert.match(reason, /./);
      assert.equal(client.state, 'disconnected');
      assert.deepEqual(
        changes().map(({ state }) => state),
        ['connecting', 'disconnected'],
      );
      client.connect();
      await reached('disconnected', 2);
      assert.equal(errors().length, 2);
    });

    test('a refused upgrade is tried again', async (t) => {
      const platform = await startPlatform(t);
      platform.faults.refuseUpgrades({ status: 503, body: 'later' });
      const { seen, reached } = observe(t, { url: platform.url, token: platform.token(), protocol });
      const error = await seen('error');
      assert.equal(error.code, 'UPGRADE_REFUSED');
      assert.equal(error.status, 503);
      assert.match((await reached('reconnecting')).reason, /HTTP 503/);
      platform.faults.acceptUpgrades();
      await reached('connected');
    });

    test('the client gives up after the last attempt, and connect() starts again', async (t) => {
      const { platform, client, reached, seen, errors } = await connect(t, protocol, { reconnectionAttempts: 2 });
      await platform.faults.goAway();
      assert.equal((await seen('error', ({ code }) => code === 'RECONNECT_FAILED')).retryable, true);
      assert.match((await reached('disconnected')).reason, /ECONNREFUSED/);
      assert.equal(errors().filter(({ code }) => code === 'NETWORK_ERROR').length, 2);
      assert.equal(client.state, 'disconnected');
      await platform.faults.comeBack();
      client.connect();
      await reached('connected', 2);
    });

    test('without reconnection the first loss is the end', async (t) => {
      const { platform, reached, states } = await connect(t, protocol, { reconnection: false });
      await platform.faults.dropAll();
      await reached('disconnected');
      assert.deepEqual(states(), ['connecting', 'connected', 'disconnected']);
    });

    test('a denied subscription is an error that names it, and nothing else', async (t) => {
      const { platform, client, seen, errors } = await connect(t, protocol);
      // The local platform allows a thousand of them.
      for (let n = 1; n <= 1001; n++) client.subscribe({ topic: `topic ${n}` });
      const error = await seen('error');
      assert.equal(error.code, 'SUBSCRIBE_DENIED');
      assert.equal(error.subscriptionId, 'sub_1001');
      const { id } = platform.publish({ topic: 'topic 1000' });
      await seen('event', (event) => event.id === id);
      assert.equal(errors().length, 1);
      assert.equal(client.connected, true);
    });

    test('an attempt fails after connectTimeout if the server sends nothing', async (t) => {
      const server = net.createServer((socket) => t.after(() => socket.destroy())).listen(0, '127.0.0.1');
      t.after(() => server.close());
      await once(server, 'listening');
      const url = `http://127.0.0.1:${server.address().port}`;
      const options = { url, token: 't', protocol, connectTimeout: 50, reconnection: false };
      const { seen, reached } = observe(t, options);
      assert.equal((await seen('error')).code, 'TIMEOUT');
      assert.match((await reached('disconnected')).reason, /timeout/);
    });

    test('the handshake carries what the options say', async (t) => {
      const server = http.createServer().listen(0, '127.0.0.1');
      t.after(() => server.close());
      await once(server, 'listening');
      const upgraded = once(server, 'upgrade');
      const { client } = observe(t, {
        url: `http://127.0.0.1:${server.address().port}/base/`,
        token: 'the.token',
        protocol,
        path: '/live',
        headers: { 'X-Trace': '42' },
        applicationId: 'app',
        environment: 'staging',
      });
      const [request, socket] = await upgraded;
      client.destroy();
      socket.destroy();
      const { pathname, searchParams } = new URL(request.url, 'http://x');
      assert.equal(pathname, '/live');
      assert.equal(request.url.includes('the.token'), false);
      assert.equal(searchParams.get('EIO'), protocol === 'socket.io' ? '4' : null);
      const {
        authorization,
        'x-trace': trace,
        'x-application-id': app,
        'x-environment': environment,
      } = request.headers;
      assert.deepEqual([authorization, trace, app, environment], ['Bearer the.token', '42', 'app', 'staging']);
    });
  });
}

test('a server that falls silent is left for a new connection', async (t) => {
  const platform = await startPlatform(t, { pingInterval: 100, pingTimeout: 100 });
  const { reached } = observe(t, { url: platform.url, token: platform.token() });
  await reached('connected');
  platform.faults.stopAnsweringPings();
  assert.match((await reached('reconnecting')).reason, /^ping timeout/);
  await reached('connected', 2);
});

test('without autoConnect nothing happens until connect()', async (t) => {
  const platform = await startPlatform(t);
  const { client, reached, changes } = observe(t, { url: platform.url, token: platform.token(), autoConnect: false });
  assert.equal(client.state, 'disconnected');
  client.subscribe({ topic: 'a' });
  client.connect();
  assert.equal(client.state, 'connecting');
  await reached('connected');
  await platform.subscribed('a');
  assert.equal(changes().length, 2);
});

test('commands in quick succession: every change is reported, the state is the last one', async (t) => {
  const platform = await startPlatform(t);
  const { client, reached, states } = observe(t, { url: platform.url, token: platform.token() });
  client.disconnect();
  client.connect();
  client.disconnect();
  client.connect();
  assert.equal(client.state, 'connecting');
  client.on('connection', () => assert.notEqual(client.state, 'disconnected'));
  await reached('connected');
  assert.equal(client.state, 'connected');
  assert.deepEqual(states(), ['connecting', 'disconnected', 'connecting', 'disconnected', 'connecting', 'connected']);
});

nativeTest('tls')('over TLS the certificate is checked as the options say', async (t) => {
  const platform = await startPlatform(t, { tls: { key, cert } });
  const connection = (tls) =>
    observe(t, { url: platform.url, token: platform.token(), reconnection: false, ...(tls && { tls }) });

  const unknown = connection();
  const error = await unknown.seen('error');
  assert.equal(error.code, 'TLS_ERROR');
  assert.match((await unknown.reached('disconnected')).reason, /certificate|issuer/);
  await connection({ ca: cert }).reached('connected');
  await connection({ ca: [Buffer.from(cert)], servername: 'localhost' }).reached('connected');
  await connection({ rejectUnauthorized: false }).reached('connected');
  assert.equal((await connection({ ca: cert, servername: 'example.com' }).seen('error')).code, 'TLS_ERROR');
});
